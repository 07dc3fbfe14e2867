/* Code of the playground: one window at a time becomes all windows at once. */

/** Of one axis: how many cells of each window count, and what is padded for the windows to fit. */
function laid(axis, kernel, dilation) {
  const { size, padding, stride, starts, reach } = axis;
  const counted = (holds) => starts.map((_, i) => axis.reads(i).filter(holds).length);
  return {
    kernel, dilation, stride, size, padding, count: starts.length,
    pads: [padding, Math.max(0, starts.at(-1) + reach - size)],
    inside: counted((at) => at >= 0 && at < size),
    counts: counted((at) => at < size + padding),
  };
}

/** What the code of a state depends on, beside the numbers in its grids. */
function situation(state, result, grad) {
  const [kernels, dilations] = [state.kernel_size, state.dilation].map(asPair);
  const [rows, cols] = [result.rows, result.cols].map((a, k) => laid(a, kernels[k], dilations[k]));
  return {
    ...state, rows, cols, grad,
    cells: rows.kernel * cols.kernel,
    windows: `${rows.count}, ${cols.count}, ${rows.kernel * cols.kernel}`,
    padded: [...rows.pads, ...cols.pads].some(Boolean),
    dilated: dilations.some((d) => d > 1),
    empty: rows.inside.includes(0) || cols.inside.includes(0), // a window of padding alone
    draws: result.y.map((row, i) => row.map((_, j) => chance(state.seed, i, j))),
  };
}

/** The whole program for what the playground shows: y, and dx or unpooled. */
function poolingCode(L, state, result, grad) {
  const s = situation(state, result, grad);
  const lines = [assigned(L, "x", state.x)];
  if (s.view === "backward") lines.push(assigned(L, "grad", grad));
  if (s.op === "stochastic")
    lines.push(`${assigned(L, "u", s.draws)}  # the draws on show`);
  const native = nativeCode(L, s);
  lines.push("", ...(s.view === "forward" ? (native ?? windowsCode(L, s)) : viewed(L, s, native)));
  lines.push(`print(${{ forward: "y", backward: "dx", unpool: "unpooled" }[s.view]})`);
  return program(L, about(s), lines);
}

/** The state in words. */
function about({ op, view, kernel_size, stride, padding, dilation, ceil_mode, ...more }) {
  const sizes = { kernel: kernel_size, stride: stride ?? kernel_size, padding, dilation };
  const parts = Object.entries(sizes).map(([name, value]) => `${name} ${writeSize(value)}`);
  if (ceil_mode) parts.push("ceil_mode");
  if (op === "avg" && !more.count_include_pad) parts.push("padding not counted");
  if (op === "lp") parts.push(`p = ${more.p}, ${more.mean ? "mean" : "sum"} form`);
  if (op === "mixed") parts.push(`lam = ${more.lam}`);
  if (op === "stochastic") parts.push(`seed ${more.seed}`);
  return `${OPERATIONS[op]} pooling, ${view}: ${parts.join(", ")}`;
}

/** One call of the library, where it has one for this state; or null. */
function nativeCode(L, s) {
  const { rows, cols, op } = s;
  const two = (key) => (rows[key] === cols[key] ? `${rows[key]}` : `(${rows[key]}, ${cols[key]})`);
  if (L === LANGUAGES.jax) return op === "max" && s.view === "forward" ? reduceWindow(s) : null;
  if (L !== LANGUAGES.torch || s.empty) return null;
  const call = (name, more = "") =>
    `F.${name}(x[None, None], ${more}${two("kernel")}, stride=${two("stride")}`;
  const padding = rows.padding + cols.padding ? `, padding=${two("padding")}` : "";
  const ceil = s.ceil_mode ? ", ceil_mode=True" : "";
  const spread = s.dilated ? `, dilation=${two("dilation")}` : "";
  const max = (more = "") => `${call("max_pool2d")}${padding}${spread}${ceil}${more})`;
  if (op === "max" && s.view === "unpool")
    return [`y, at = ${max(", return_indices=True")}`, "y, at = y[0, 0], at[0, 0]"];
  if (op === "max") return [`y = ${max()}[0, 0]`];
  if (s.dilated) return null;
  const skip = op === "avg" && padding && !s.count_include_pad ? ", count_include_pad=False" : "";
  const avg = `${call("avg_pool2d")}${padding}${ceil}${skip})`;
  if (op === "avg") return [`y = ${avg}[0, 0]`];
  if (op === "mixed") return [`y = (${s.lam} * ${max()}\n     + ${1 - s.lam} * ${avg})[0, 0]`];
  if (op === "lp" && !s.mean && !padding && Number.isFinite(s.p) && s.view === "forward")
    return [`y = ${call("lp_pool2d", `${s.p}, `)}${ceil})[0, 0]`];
  return null;
}

/** JAX's own maximum over windows. */
function reduceWindow({ rows, cols, dilated }) {
  const both = (key) => `(${rows[key]}, ${cols[key]})`;
  return [
    `y = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, ${both("kernel")}, ${both("stride")},`,
    `                          ((${rows.pads.join(", ")}), (${cols.pads.join(", ")}))` +
      `${dilated ? `, window_dilation=${both("dilation")}` : ""})`,
  ];
}

/** Every window by its rows and columns, and the operation over each. */
function windowsCode(L, s) {
  const { m } = L;
  const at = ({ stride, count, dilation, kernel }) => {
    const times = (k, range) => (k > 1 ? `${k} * ${range}` : range);
    return `${times(stride, `${m}.arange(${count})`)}[:, None] + ${times(dilation, `${m}.arange(${kernel})`)}`;
  };
  const fills = { max: `-${m}.inf`, lp: s.p < 0 ? `${m}.inf` : "", mixed: `-${m}.inf` };
  const from = s.padded ? `${L.pad(s.rows.pads, s.cols.pads, fills[s.op])}` : "x";
  return [
    `rows = ${at(s.rows)}  # of each window, counted in the padded input`,
    `cols = ${at(s.cols)}`,
    `padded = ${from}`,
    `w = padded[rows[:, None, :, None], cols[:, None, :]]  # (${s.rows.count}, ${s.cols.count}, ${s.rows.kernel}, ${s.cols.kernel})`,
    ...REDUCED[s.op](L, s),
  ];
}

/** How many cells of each window count, as code; null where it is all of them. */
function countCode(L, { rows, cols, cells }, key = "counts") {
  const [high, wide] = [rows[key], cols[key]];
  if (high.every((n) => n * wide[0] === cells) && wide.every((n) => n * high[0] === cells)) return null;
  const outer = `${L.m}.outer(${L.whole(high)}, ${L.whole(wide)})`;
  return high.includes(0) || wide.includes(0) ? L.least(outer, 1) : outer;
}

/** The sum of `what` over each window, divided by the cells that count. */
function meanCode(L, s, what, key) {
  const count = countCode(L, s, key);
  return count ? `${what}.sum((2, 3)) / (${count})` : `${what}.mean((2, 3))`;
}

/** Which window a value comes from: `k` numbers the cells of a window. */
const winning = (L, { windows }, of = "w", rule = "argmax") => [
  `flat = ${of}.reshape(${windows})`,
  `k = flat.${rule}(2)  # the first in reading order`,
];

/** Each operation over the windows `w`. */
const REDUCED = {
  max: (L, s) => [...winning(L, s), `y = ${L.pick("flat", "k")}`],
  avg: (L, s) => [`y = ${meanCode(L, s, "w", s.count_include_pad ? "counts" : "inside")}`],
  lp(L, s) {
    const { p, mean, cells, view } = s;
    const holds = paddedCode(L, s);
    const zero = p < 0 && holds ? [`y = ${L.m}.where(${holds}, 0.0, y)  # zeros of the padding decide`] : [];
    if (!Number.isFinite(p)) {
      const found = winning(L, s, `${L.m}.abs(w)`, p > 0 ? "argmax" : "argmin");
      return [...found, `y = ${L.pick("flat", "k")}`, ...zero];
    }
    const average = meanCode(L, s, `(w ** ${p})`, "counts");
    const sum = countCode(L, s) ? `${cells} * ${average}` : `(w ** ${p}).sum((2, 3))`;
    const kept = view === "backward" ? [`s = ${L.m}.where(s == 0, 0.0, s)  # no slope there`] : [];
    return [`s = ${mean ? average : sum}`, ...kept, `y = s ** (1 / ${p})`, ...zero];
  },
  mixed(L, s) {
    const { m } = L;
    const none = s.empty ? [`y = ${m}.where(${m}.isinf(y), 0.0, y)  # padding alone`] : [];
    const plain = s.padded ? `${m}.where(${m}.isinf(w), 0.0, w)` : "w";
    const mean = meanCode(L, s, plain, "counts");
    return [...REDUCED.max(L, s), ...none, `y = ${s.lam} * y + ${1 - s.lam} * ${mean}`];
  },
  stochastic(L, s) {
    const sum = L === LANGUAGES.torch ? "flat.sum(2, keepdim=True)" : "flat.sum(2, keepdims=True)";
    return [
      `flat = ${L.relu("w")}.reshape(${s.windows})  # chances: nothing below 0 is drawn`,
      `k = (flat.cumsum(2) <= u[..., None] * ${sum}).sum(2)`,
      `k = ${L.limit("k", s.cells - 1)}`,
      `y = ${L.pick("flat", "k")}`,
    ];
  },
};

/** Which windows hold padding, as code; null where none does. */
function paddedCode(L, { rows, cols }) {
  const outer = (key) => `${L.m}.outer(${L.whole(rows[key])}, ${L.whole(cols[key])})`;
  return outer("inside") === outer("counts") ? null : `${outer("inside")} < ${outer("counts")}`;
}

/** The backward pass, or what unpooling puts back. */
function viewed(L, s, native) {
  if (L === LANGUAGES.numpy) return [...windowsCode(L, s), ...scattered(L, s)];
  const body = native ?? windowsCode(L, s);
  if (s.view === "unpool" && native)
    return [...body, "unpooled = torch.zeros_like(x).flatten().scatter(0, at.flatten(), y.flatten()).view_as(x)"];
  if (s.view === "unpool") return [...body, ...putBack(L, s)];
  if (L === LANGUAGES.torch) return ["x.requires_grad_()", ...body, "y.backward(grad)", "dx = x.grad"];
  return [
    "def pool(x):",
    ...[...body, "return y"].map((line) => `    ${line.replaceAll("\n", "\n    ")}`),
    "",
    "y, back = jax.vjp(pool, x)",
    "(dx,) = back(grad)",
  ];
}

/** Where the input lies in the padded one. */
const cut = ({ rows, cols, padded }) => {
  const along = ({ padding, size }) => `${padding}:${padding + size}`;
  return padded ? `[${along(rows)}, ${along(cols)}]` : "";
};

const winners = ({ cols }) => `rows[i, k // ${cols.kernel}], cols[j, k % ${cols.kernel}]`;
const places = ({ rows, cols }, { m }) =>
  m === "np"
    ? "i, j = np.indices(k.shape)"
    : `i, j = ${m}.meshgrid(${m}.arange(${rows.count}), ${m}.arange(${cols.count}), indexing="ij")`;

/** Unpooling: every maximum back at its place. */
function putBack(L, s) {
  const change = L === LANGUAGES.jax
    ? [`back = back.at[${winners(s)}].set(y)`]
    : [`back[${winners(s)}] = y`];
  return [places(s, L), `back = ${L.m}.zeros_like(padded)`, ...change, `unpooled = back${cut(s)}`];
}

/** NumPy's backward pass by hand: each window adds to its cells. */
function scattered(L, s) {
  if (s.view === "unpool") return putBack(L, s);
  const start = "back = np.zeros_like(padded)";
  const toWinner = (value) => [places(s, L), `np.add.at(back, (${winners(s)}), ${value})`];
  const toAll = (share) =>
    `np.add.at(back, (rows[:, None, :, None], cols[:, None, :]), ${share} + np.zeros_like(w))`;
  const over = (key) => countCode(L, s, key) ?? s.cells;
  const parts = {
    max: () => toWinner("grad"),
    avg: () => [toAll(`(grad / (${over(s.count_include_pad ? "counts" : "inside")}))[..., None, None]`)],
    lp: () => lpShares(L, s, toWinner, toAll, over("counts")),
    mixed: () => [
      ...toWinner(`${s.lam} * grad`),
      toAll(`(${1 - s.lam} * grad / (${over("counts")}))[..., None, None]`),
    ],
    stochastic: () => toWinner("np.where(flat.sum(2) > 0, grad, 0)"),
  };
  return [start, ...parts[s.op](), `dx = back${cut(s)}`];
}

/** Lp pooling sends the gradient times its slope to each cell. */
function lpShares(L, s, toWinner, toAll, count) {
  const holds = s.p < 0 && paddedCode(L, s);
  const kept = holds ? [`grad = np.where(${holds}, 0, grad)`] : [];
  if (!Number.isFinite(s.p))
    return [...kept, ...toWinner(`grad * np.sign(${L.pick(`w.reshape(${s.windows})`, "k")})`)];
  const factor = s.mean ? `1 / (${count})` : countCode(L, s) ? `${s.cells} / (${count})` : "1";
  return [
    ...kept,
    `slope = np.where(s == 0, 0, s ** (1 / ${s.p} - 1)) * ${factor}`,
    toAll(`(grad * slope)[..., None, None] * w ** (${s.p} - 1)`),
  ];
}
