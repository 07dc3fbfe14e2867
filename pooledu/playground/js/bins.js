/* <pool-bins>: where the bins of adaptive pooling and the intervals of fractional pooling lie. */

const BIN_ATTRIBUTES = {
  kind: ["kind", "text"],
  in: ["size", "number"],
  out: ["count", "number"],
  kernel: ["kernel", "number"],
  u: ["u", "number"],
  step: ["step", "number"],
};
const BIN_START = { kind: "adaptive", size: 7, count: 3, kernel: 2, u: 0.5, step: 0 };
const BIN_KINDS = { adaptive: "Adaptive", fractional: "Fractional" };
const MOST_BINS = 16;

/** Why bins cannot be laid out, or null. */
function binsComplaint({ kind, size, count, kernel, u, step }) {
  if (!Object.hasOwn(BIN_KINDS, kind))
    return `kind is ${given(kind)}. It must be adaptive or fractional.`;
  for (const [name, value] of [
    ["in", size],
    ["out", count],
  ]) {
    const wrong = numberComplaint(name, value, 1);
    if (wrong) return wrong;
    if (value > MOST_BINS)
      return `${name} is ${value}. The drawing holds at most ${MOST_BINS}: use less.`;
  }
  const late = numberComplaint("step", step, 0);
  if (kind === "adaptive" || late) return late;
  const wrong = numberComplaint("kernel", kernel, 1);
  if (wrong) return wrong;
  if (count + kernel - 1 > size)
    return (
      `out is ${count} with a kernel of ${kernel}: that needs at least ${count + kernel - 1} cells, ` +
      `and there are ${size}. Use fewer outputs, a smaller kernel or a larger input.`
    );
  const draw = typeof u === "number" && u >= 0 && u < 1;
  return draw ? null : `u is ${given(u)}. It must be at least 0 and less than 1. Try 0.5.`;
}

class Bins extends PoolElement {
  static observedAttributes = Object.keys(BIN_ATTRIBUTES);

  static table = BIN_ATTRIBUTES;

  read(get) {
    return { ...BIN_START, ...readState(BIN_ATTRIBUTES, get) };
  }

  setup() {
    const size = (name, key) =>
      control(
        name,
        new SizeField(name, {
          least: 1,
          onChange: (value) => this.change({ [key]: value, step: 0 }),
        }),
      );
    this.kind = control(
      "kind",
      new Choice("Kind", BIN_KINDS, (kind) => this.change({ kind, step: 0 })),
    );
    this.fields = {
      size: size("in", "size"),
      count: size("out", "count"),
      kernel: size("kernel", "kernel"),
    };
    this.u = control(
      "u",
      new Slider("u", { min: 0, max: 0.99, step: 0.01 }, (u) => this.change({ u })),
    );
    this.board = new Board({ onPick: (row) => this.transport.to(row) });
    this.transport = new Transport("bin", (step) => this.change({ step }));
    this.words = new Words();
    const controls = [...Object.values(this.fields), this.u];
    this.boards = h("div", { class: "boards bins" }, this.board.element);
    this.shadowRoot.append(
      h(
        "div",
        { role: "group", class: "card", "aria-label": this.getAttribute("label") ?? "Bins" },
        h(
          "div",
          { class: "bar" },
          this.kind.element,
          this.tools(),
        ),
        this.boards,
        this.words.element,
        this.transport.element,
        h("div", { class: "fields" }, ...controls.map((c) => c.element)),
      ),
    );
  }

  problem() {
    return binsComplaint(this.state);
  }

  bins() {
    const { kind, size, count, kernel, u } = this.state;
    return kind === "adaptive" ? adaptiveBins(size, count) : fractionalBins(size, count, kernel, u);
  }

  render() {
    const { state } = this;
    const problem = this.problem();
    const bins = problem ? [] : this.bins();
    if (problem) this.transport.stop();
    else state.step = Math.min(Math.max(Math.trunc(state.step) || 0, 0), bins.length - 1);
    this.kind.show(state.kind);
    for (const [key, field] of Object.entries(this.fields))
      field.show(
        state[key],
        Boolean(problem?.startsWith(`${{ size: "in", count: "out" }[key] ?? key} is`)),
      );
    this.u.show(state.u);
    this.showTools();
    this.fields.kernel.element.hidden = this.u.element.hidden = state.kind === "adaptive";
    this.transport.show(problem ? 0 : state.step, bins.length);
    this.board.element.hidden = Boolean(problem);
    if (problem) return this.words.say("This cannot be laid out", problem, "", { wrong: true });
    this.draw(bins);
    const formula = { adaptive: adaptiveFormula, fractional: fractionalFormula }[state.kind];
    const [start, end] = bins[state.step];
    this.words.say(
      `Bin ${state.step} of 0 to ${bins.length - 1}: ` +
        (end - start > 1 ? `cells ${start} to ${end - 1}` : `cell ${start}`),
      formula(state, state.step, bins[state.step]),
      binsNote(bins, state.size),
      { quiet: this.transport.timer },
    );
  }

  draw(bins) {
    const { size, step } = this.state;
    this.boards.style.setProperty("--sum", size);
    this.boards.style.setProperty("--most", size);
    this.board.draw({
      title: `${plural(bins.length, "bin")} over ${plural(size, "cell")}`,
      bottom: bins.length,
      right: size,
      cell: (row, col) => {
        const within = col >= bins[row][0] && col < bins[row][1];
        const label = within ? `cell ${col} is in bin ${row}` : "";
        return {
          text: within ? String(col) : "",
          label: label || "outside",
          kind: `pick ${within ? (row === step ? "tap" : "done") : ""}`,
          description: within && row === step ? "in the bin on show" : "",
        };
      },
    });
    const [start, end] = bins[step];
    this.board.point({ row: step, col: start, height: 1, width: end - start });
  }
}

function adaptiveFormula({ size, count }, i, [start, end]) {
  return `from ⌊${i}·${size} / ${count}⌋ = ${start} up to ⌈${i + 1}·${size} / ${count}⌉ = ${end}`;
}

function fractionalFormula({ size, count, kernel, u }, i, [start, end]) {
  const alpha = count > 1 ? (size - kernel) / (count - 1) : 0;
  if (i === count - 1) return `the last starts at ${size} − ${kernel} = ${start}, up to ${end}`;
  return `from ⌊(${i} + ${show(u)})·${show(alpha)}⌋ − ⌊${show(u)}·${show(alpha)}⌋ = ${start} up to ${end}`;
}

/** How the bins differ in width and whether they share cells, in a sentence. */
function binsNote(bins, size) {
  const widths = [...new Set(bins.map(([start, end]) => end - start))].sort((a, b) => a - b);
  const read = range(0, size).map(
    (at) => bins.filter(([start, end]) => at >= start && at < end).length,
  );
  const shared = read.filter((times) => times > 1).length;
  const missed = read.filter((times) => times === 0).length;
  return [
    widths.length > 1
      ? `The bins are ${list(widths)} cells wide.`
      : `Every bin is ${plural(widths[0], "cell")} wide.`,
    shared ? `${plural(shared, "cell is", "cells are")} in more than one bin.` : "",
    missed ? `${plural(missed, "cell is", "cells are")} in none.` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

define("pool-bins", Bins);
