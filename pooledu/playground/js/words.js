/* Words. Every sentence and formula that a component says, with the current numbers in it. */

/** A number to read: at most `digits` decimals, a true minus sign. */
function show(value, digits = 4) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const large = Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 10 ** -digits);
  const text = large ? power(value, 2) : String(Number(value.toFixed(digits)));
  return text.replaceAll("-", "−");
}

/** "1.5e6" */
const power = (value, digits) =>
  value.toExponential(digits).replace(/(\.\d*?)0+e/, "$1e").replace(".e", "e").replace("e+", "e");

/** Whether a text, as `show` writes it, is the number itself and not a rounded one. */
const exact = (text, value) =>
  !Number.isFinite(value) || Number(text.replaceAll("−", "-")) === value;

/** " = 3.75" when the number is shown in full, " ≈ 0.3333" when it is rounded. */
const equals = (value) => (exact(show(value), value) ? " = " : " ≈ ") + show(value);

const MOST = 7; // characters in a cell

/** What a cell shows of a number: two decimals, or what fits; and whether that is rounded. */
function brief(value) {
  const texts = [2, 1, 0].map((digits) => show(value, digits));
  const powers = [2, 1, 0].map((digits) => power(value, digits).replaceAll("-", "−"));
  const text = [...texts, ...powers].find((each) => each.length <= MOST) ?? powers[2];
  return { text, rounded: !exact(text, value) };
}

/** The first and the last few of a long list, with an ellipsis between. */
function shorten(items, most = 16) {
  return items.length <= most ? items : [...items.slice(0, most - 3), "…", ...items.slice(-2)];
}

const inBrackets = (value) => (value < 0 ? `(${show(value)})` : show(value));

const PADDING_ONLY = "this window holds padding only, so the result is 0";

/** The computation of one window, as text: "max(1, 3, 5, 6) = 6". */
const FORMULAS = {
  max({ cells, value }) {
    const inside = cells.filter((c) => c.inside).map((c) => show(c.value));
    return `max(${shorten(inside).join(", ")})${equals(value)}`;
  },
  avg({ cells, value, divisor }, { count_include_pad }) {
    const counted = cells.filter((c) => c.inside || (count_include_pad && c.counts));
    if (!counted.length) return "no cell counts, so the result is 0";
    const terms = shorten(counted.map((c) => inBrackets(c.value))).join(" + ");
    return `(${terms}) / ${divisor}${equals(value)}`;
  },
  lp({ cells, value, divisor, powers }, { p, mean, kernel_size }) {
    const inside = cells.filter((c) => c.inside);
    if (!inside.length) return PADDING_ONLY;
    if (p < 0 && cells.some((c) => !c.inside && c.counts))
      return "padding holds 0 and p is negative, so the result is 0";
    if (Math.abs(p) === Infinity)
      return `${p > 0 ? "max" : "min"}(${shorten(inside.map((c) => `|${show(c.value)}|`)).join(", ")})${equals(value)}`;
    const terms = shorten(inside.map((c) => `${inBrackets(c.value)}^${show(p, 2)}`)).join(" + ");
    const [kh, kw] = asPair(kernel_size);
    const scale = mean ? "" : divisor === kh * kw ? null : ` · ${kh * kw}`;
    const base = scale === null ? terms : `(${terms}) / ${divisor}${scale}`;
    const inner = Number.isFinite(powers) ? show(mean ? powers : powers * kh * kw) : "…";
    return `[${base}]^(1/${show(p, 2)}) = ${inner}^(1/${show(p, 2)})${equals(value)}`;
  },
  mixed({ value, winner, max, avg }, { lam }) {
    if (winner < 0) return PADDING_ONLY;
    return `${show(lam)} · max ${show(max)} + ${show(1 - lam)} · mean ${show(avg)}${equals(value)}`;
  },
  stochastic({ cells, value, winner, total }) {
    if (winner < 0) return "no value is above 0, so the result is 0";
    const chances = cells
      .filter((c) => c.inside)
      .map((c) => `${show(Math.max(c.value, 0))}/${show(total)}`);
    return `one of ${shorten(chances, 9).join(", ")} → ${show(value)}`;
  },
};

/** What else is worth saying about one result. */
function resultNote({ cells, value, winner, total, expected }, { op, p }) {
  if (op === "lp" && Number.isNaN(value))
    return (
      `A negative number has no power 1/${show(p, 2)}: NaN. ` +
      "Use numbers of at least 0 or an even p."
    );
  if (op !== "stochastic") return "";
  const below = cells.some((c) => c.value < 0) ? "A value below 0 counts as 0: it is never drawn." : "";
  if (winner < 0) return below;
  return (
    `Drawn: ${show(value)}, with the chance ${show(value)}/${show(total)}${equals(value / total)}. ` +
    `On average ${show(expected)}, which is what is used at test time. ${below}`
  ).trim();
}

/** What one window sends back: "2 goes to the maximum at row 0, column 3: 0 + 2 = 2". */
function backwardFormula(window, { op }, grad, before, after) {
  const shares = window.spread(grad);
  const takers = window.cells
    .map((cell, k) => ({ ...cell, share: shares[k] }))
    .filter((c) => c.inside && c.share !== 0);
  if (!takers.length) return `${show(grad)} reaches no cell`;
  if (takers.length === 1) {
    const [{ row, col, share }] = takers;
    return (
      `${show(share)} goes to row ${row}, column ${col}: ` +
      `${show(before[row][col])} + ${inBrackets(share)} = ${show(after[row][col])}`
    );
  }
  const even = takers.every((c) => c.share === takers[0].share);
  if (even && op === "avg")
    return (
      `${show(grad)} / ${window.divisor}${equals(takers[0].share)} goes to ` +
      (takers.length === window.cells.length
        ? `each of ${takers.length} cells`
        : `the ${takers.length} cells inside the input`)
    );
  const shared = op === "lp" ? "times the slope of each cell" : "is shared out";
  return `${show(grad)} ${shared}: ${shorten(
    takers.map((c) => show(c.share, 3)),
    9,
  ).join(", ")}`;
}

/** The sums on both sides of the backward pass after some windows, and why they differ. */
function backwardNote(windows, grads, dx, { op }) {
  const [out, arrived] = [sum(grads), sum(dx.flat())];
  const kept = windows.every((window, k) => close(sum(window.spread(grads[k])), grads[k]));
  const sums = `Sent so far: ${show(out)}; arrived: ${show(arrived)}.`;
  if (kept) return sums;
  return op === "lp"
    ? `${sums} Each cell gets the gradient times its slope, and the slopes of a power average need not sum to 1.`
    : `${sums} The rest fell on padding and is lost.`;
}

const close = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

const sum = (numbers) => numbers.reduce((total, value) => total + value, 0);

/** What unpooling does with one window. */
function unpoolFormula({ cells, winner, value }, before) {
  if (winner < 0) return "this window holds padding only: nothing returns";
  const { row, col } = cells[winner];
  const held = before[row][col] === value && value !== 0 ? ", where it lies already" : "";
  return `${show(value)} returns to row ${row}, column ${col}${held}`;
}

const span = (name, from, to) =>
  from === to ? `${name} ${show(from)}` : `${name}s ${show(from)} to ${show(to)}`;

/** Where a window lies: "rows 0 to 1, columns 2 to 3". */
function place({ cells }) {
  const first = cells[0];
  const last = cells[cells.length - 1];
  return `${span("row", first.row, last.row)}, ${span("column", first.col, last.col)}`;
}

/** "4 × 4", never broken over two lines. */
const shapeOf = (grid) => `${grid.length}\u00a0×\u00a0${grid[0].length}`;

const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** What a cell of padding does, for each operation. */
function paddingRole({ op, p, count_include_pad }) {
  if (op === "max") return "it holds −∞ and cannot win";
  if (op === "stochastic") return "it holds 0 and is never drawn";
  if (op === "mixed") return "it cannot be the maximum; for the mean it adds 0 and counts in the divisor";
  if (op === "lp" && p < 0) return "it holds 0, which decides when p is negative";
  if (op === "lp" ? Math.abs(p) === Infinity : !count_include_pad)
    return op === "lp" ? "it cannot win" : "it is left out of sum and divisor";
  return "it adds 0 and counts in the divisor";
}

/** What padding does in this window, in a sentence; "" when it has none. */
function paddingNote({ cells }, config) {
  const pads = cells.filter((c) => !c.inside && c.counts).length;
  const beyond = cells.filter((c) => !c.counts).length;
  const notes = [];
  if (pads) notes.push(`${plural(pads, "cell")} of padding: ${paddingRole(config)}.`);
  if (beyond)
    notes.push(
      `${plural(beyond, "cell")} beyond the padding: ceil_mode lets the window reach out, ` +
        "but nothing there counts.",
    );
  return notes.join(" ");
}

/** Says which of several equal maxima decided; "" when there is only one. */
function tieNote({ cells, winner }, { view }) {
  const value = cells[winner]?.value;
  const ties = winner < 0 ? 0 : cells.filter((c) => c.inside && c.value === value).length;
  const does = view === "backward" ? "takes the whole gradient" : "decides";
  return ties > 1 ? `${ties} cells hold ${show(value)}: the first in reading order ${does}.` : "";
}

/** The output-size formula along one axis with its numbers: "⌊(4 + 2·0 − 2) / 2⌋ + 1 = 2". */
function sizeFormula(size, kernel, stride, padding, dilation, ceilMode) {
  const [open, close] = ceilMode ? ["⌈", "⌉"] : ["⌊", "⌋"];
  const reach = dilation > 1 ? `(${dilation}·(${kernel} − 1) + 1)` : kernel;
  const count = outputSize(size, kernel, stride, padding, dilation, ceilMode);
  const full = Math.ceil((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const dropped = ceilMode && count < full;
  return (
    `${open}(${size} + 2·${padding} − ${reach}) / ${stride}${close} + 1 = ` +
    (dropped ? `${full}, less the one that would start beyond the input: ${count}` : count)
  );
}

/** The output-size formulas of a configuration: one line when rows and columns agree, or two. */
function sizeLines({ x, kernel_size, stride, padding, dilation, ceil_mode }) {
  const pairs = [kernel_size, stride ?? kernel_size, padding, dilation].map(asPair);
  const lines = [x.length, x[0].length].map((size, a) =>
    sizeFormula(size, ...pairs.map((p) => p[a]), ceil_mode),
  );
  return lines[0] === lines[1]
    ? [`Output size ${lines[0]}`]
    : [`Output rows ${lines[0]}`, `Output columns ${lines[1]}`];
}

const list = (numbers) =>
  numbers.length < 2 ? `${numbers}` : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;

/** Positions along one axis that no window reads. */
function unread(axis) {
  const read = new Set(axis.starts.flatMap((_, i) => axis.reads(i)));
  return Array.from({ length: axis.size }, (_, at) => at).filter((at) => !read.has(at));
}

/** Names the rows and columns that no window reads; "" when all are read. */
function unreadNote({ rows, cols }) {
  const parts = [
    ["row", unread(rows)],
    ["column", unread(cols)],
  ]
    .filter(([, at]) => at.length)
    .map(([name, at]) => `${name}${at.length > 1 ? "s" : ""} ${list(at)}`);
  if (!parts.length) return "";
  const text = parts.join(" and ");
  return `${text[0].toUpperCase()}${text.slice(1)}: read by no window (hatched).`;
}

/** Says which neighbouring window is dropped and why; "" when none is. */
function droppedNote([below, beside], { ceil_mode }) {
  const [at, name] = beside !== null ? [beside, "column"] : [below, "row"];
  if (at === null) return "";
  return (
    `The next window would start at ${name} ${at}` +
    (ceil_mode
      ? ", in the far padding: ceil_mode drops it (dashed)."
      : " and reach outside: it is dropped (dashed).")
  );
}
