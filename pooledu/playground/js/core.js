/* Arithmetic. Pure functions on plain arrays: PyTorch's names, meaning and order of operations. */

const asPair = (value) => (Array.isArray(value) ? value : [value, value]);

/** Size of the output along one axis: PyTorch's rule, with the window that ceil_mode drops. */
function outputSize(size, kernel, stride = kernel, padding = 0, dilation = 1, ceilMode = false) {
  const steps = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride;
  const count = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
  return ceilMode && (count - 1) * stride >= size + padding ? count - 1 : count;
}

/** The windows along one axis: their starts, and the positions that window i reads. */
function windowsAlong(size, kernel, stride, padding, dilation, ceilMode) {
  const count = outputSize(size, kernel, stride, padding, dilation, ceilMode);
  const starts = Array.from({ length: count }, (_, i) => i * stride - padding);
  const reads = (i) => Array.from({ length: kernel }, (_, k) => starts[i] + k * dilation);
  return { size, padding, stride, starts, reads, reach: dilation * (kernel - 1) + 1 };
}

/** Where a window would start that does not fit and is dropped, or null. */
function droppedStart({ size, padding, stride, starts, reach }) {
  const rest = (size + 2 * padding - reach) / stride + 1 - starts.length;
  const next = starts.at(-1) + stride;
  return rest > 0 && next < size + padding ? next : null;
}

/** Both axes of a configuration: [rows, columns]. */
function axes({ x, kernel_size, stride, padding, dilation, ceil_mode }) {
  const [kernels, paddings, dilations] = [kernel_size, padding, dilation].map(asPair);
  const strides = asPair(stride ?? kernel_size);
  return [x.length, x[0].length].map((size, a) =>
    windowsAlong(size, kernels[a], strides[a], paddings[a], dilations[a], ceil_mode),
  );
}

/** Window (i, j): its cells in raster order. A cell beyond input and padding does not count. */
function windowAt(x, [rows, cols], i, j) {
  const holds = (axis, at) => at >= 0 && at < axis.size;
  const cells = rows.reads(i).flatMap((row) =>
    cols.reads(j).map((col) => {
      const inside = holds(rows, row) && holds(cols, col);
      const counts = row < rows.size + rows.padding && col < cols.size + cols.padding;
      return { row, col, inside, counts, value: inside ? x[row][col] : 0 };
    }),
  );
  return { i, j, cells };
}

/** How many cells a mean divides by: those inside, and those of padding if they count. */
const divisorOf = (cells, countPad) => cells.filter((c) => (countPad ? c.counts : c.inside)).length;

/** The mean of a window, and the equal parts of a gradient that flow back to its cells. */
function average(cells, countPad) {
  const total = cells.reduce((sum, cell) => (cell.inside ? sum + cell.value : sum), 0);
  const divisor = divisorOf(cells, countPad);
  const spread = (g) => cells.map((c) => (c.inside ? g / divisor : 0));
  return { value: divisor ? total / divisor : 0, winner: -1, total, divisor, spread };
}

/** The first of the cells inside that no other beats, as an index, or -1. */
function first(cells, beats) {
  let winner = -1;
  cells.forEach((cell, k) => {
    if (cell.inside && (winner < 0 || beats(cell.value, cells[winner].value))) winner = k;
  });
  return winner;
}

/** p = ∞ and p = −∞: the largest and the smallest magnitude. */
function extreme(cells, p) {
  const size = (k) => Math.abs(cells[k].value);
  const winner = first(cells, (a, b) => (p > 0 ? Math.abs(a) > Math.abs(b) : Math.abs(a) < Math.abs(b)));
  const spread = (g) => cells.map((c, k) => (k === winner ? g * Math.sign(c.value) : 0));
  return { value: winner < 0 ? 0 : size(winner), winner, spread };
}

/** Each operation reduces a window to {value, winner, spread}: the index of the cell that decided
 *  (or -1), and how a gradient that arrives at the output is spread over the window's cells. */
const REDUCERS = {
  max({ cells }) {
    const winner = first(cells, (a, b) => a > b);
    const value = winner < 0 ? -Infinity : cells[winner].value;
    return { value, winner, spread: (g) => cells.map((_, k) => (k === winner ? g : 0)) };
  },

  avg({ cells }, { count_include_pad }) {
    return average(cells, count_include_pad);
  },

  lp({ cells }, { p, mean, kernel_size }) {
    if (p < 0 && cells.some((c) => !c.inside && c.counts)) // the zeros of the padding decide alone
      return { value: 0, winner: -1, spread: () => cells.map(() => 0) };
    if (Math.abs(p) === Infinity) return extreme(cells, p);
    const divisor = divisorOf(cells, true);
    const powers = cells.reduce((sum, c) => (c.inside ? sum + c.value ** p : sum), 0) / divisor;
    const [kh, kw] = asPair(kernel_size);
    const scale = mean ? 1 : kh * kw; // PyTorch's form: the mean times the whole window's size
    const value = (powers * scale) ** (1 / p);
    const steep = powers === 0 ? 0 : ((scale * powers) ** (1 / p - 1) * scale) / divisor;
    const slope = (v) => (steep === 0 ? 0 : steep * v ** (p - 1));
    const spread = (g) => cells.map((c) => (c.inside ? g * slope(c.value) : 0));
    return { value, winner: -1, powers, divisor, spread };
  },

  mixed(window, { lam }) {
    const [max, avg] = [REDUCERS.max(window), average(window.cells, true)];
    const largest = max.winner < 0 ? 0 : max.value; // padding alone has no maximum
    const mix = lam * largest + (1 - lam) * avg.value;
    const value = lam === 0 ? avg.value : lam === 1 ? largest : mix;
    const spread = (g) => {
      const even = avg.spread((1 - lam) * g);
      return max.spread(lam * g).map((share, k) => share + even[k]);
    };
    return { value, winner: max.winner, max: largest, avg: avg.value, spread };
  },

  stochastic({ cells, i, j }, { seed }) {
    const chances = cells.map((cell) => Math.max(cell.value, 0)); // below 0 is never drawn
    const total = chances.reduce((sum, value) => sum + value, 0);
    let left = chance(seed, i, j) * total;
    let winner = -1;
    chances.forEach((value, k) => {
      if (value > 0 && (winner < 0 || left >= 0)) winner = k;
      left -= value;
    });
    const value = winner < 0 ? 0 : cells[winner].value;
    const expected = total ? chances.reduce((sum, c) => sum + (c / total) * c, 0) : 0;
    const spread = (g) => cells.map((_, k) => (k === winner ? g : 0));
    return { value, winner, total, expected, spread };
  },
};

/** A number in [0, 1) that depends on seed and window alone (mulberry32). */
function chance(seed, i, j) {
  let a =
    (Math.imul(seed + 1, 0x9e3779b1) ^
      Math.imul(i + 1, 0x85ebca6b) ^
      Math.imul(j + 1, 0xc2b2ae35)) >>>
    0;
  a = (a + 0x6d2b79f5) | 0;
  let t = Math.imul(a ^ (a >>> 15), a | 1);
  t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const DEFAULTS = {
  op: "max",
  kernel_size: 2,
  stride: null,
  padding: 0,
  dilation: 1,
  ceil_mode: false,
  count_include_pad: true,
  p: 2,
  mean: true,
  lam: 0.5,
  seed: 0,
};

/** All windows of a configuration in raster order, each with its cells and its result. */
function compute(options) {
  const config = { ...DEFAULTS, ...options };
  const problem = complaint(config);
  if (problem) return { error: problem };
  const [rows, cols] = axes(config);
  const windows = rows.starts.flatMap((_, i) =>
    cols.starts.map((_, j) => {
      const window = windowAt(config.x, [rows, cols], i, j);
      return { ...window, ...REDUCERS[config.op](window, config) };
    }),
  );
  const y = rows.starts.map((_, i) =>
    windows.slice(i * cols.starts.length, (i + 1) * cols.starts.length).map((w) => w.value),
  );
  return { y, rows, cols, windows };
}

const zerosLike = (x) => x.map((row) => row.map(() => 0));

/** What has reached the input after windows 0..last, when each sends its gradient back. */
function backward({ windows }, x, grad, last = windows.length - 1) {
  const dx = zerosLike(x);
  for (const window of windows.slice(0, last + 1)) {
    const shares = window.spread(grad[window.i][window.j]);
    window.cells.forEach((cell, k) => {
      if (cell.inside) dx[cell.row][cell.col] += shares[k];
    });
  }
  return dx;
}

/** Max-unpooling after windows 0..last: each maximum at its place, zeros elsewhere. */
function unpool({ windows }, x, last = windows.length - 1) {
  const filled = zerosLike(x);
  for (const { cells, winner, value } of windows.slice(0, last + 1))
    if (winner >= 0) filled[cells[winner].row][cells[winner].col] = value;
  return filled;
}

/** Adaptive pooling's bins along one axis: [start, end) pairs. */
function adaptiveBins(size, count) {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * size) / count),
    Math.ceil(((i + 1) * size) / count),
  ]);
}

/** Fractional pooling's intervals along one axis for a draw u in [0, 1): [start, end) pairs. */
function fractionalBins(size, count, kernel, u) {
  const alpha = count > 1 ? (size - kernel) / (count - 1) : 0;
  const start = (i) => Math.floor((i + u) * alpha) - Math.floor(u * alpha);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? size - kernel : start(i))).map(
    (from) => [from, from + kernel],
  );
}

/** After each layer [kernel, stride, padding, dilation]: receptive field, jump, output size. */
function receptiveFields(layers, inputSize) {
  let [field, jump, size] = [1, 1, inputSize];
  return layers.map(([kernel, stride, padding = 0, dilation = 1]) => {
    field += dilation * (kernel - 1) * jump;
    jump *= stride;
    size = outputSize(size, kernel, stride, padding, dilation);
    return { field, jump, size };
  });
}

/** The ways to halve a ring of numbers (its end meets its start) that the shift lab compares. */
const HALVINGS = {
  stride: (x) => everySecond(x),
  max: (x) => everySecond(x.map((v, i) => Math.max(v, around(x, i + 1)))),
  avg: (x) => everySecond(x.map((v, i) => (v + around(x, i + 1)) / 2)),
  blur: (x) => everySecond(blurred(x.map((v, i) => Math.max(v, around(x, i + 1))))),
};

const around = (x, i) => x[((i % x.length) + x.length) % x.length];
const everySecond = (x) => x.filter((_, i) => i % 2 === 0);
const blurred = (x) => x.map((v, i) => (around(x, i - 1) + 2 * v + around(x, i + 1)) / 4);

/** The ring moved `by` places to the right. */
const rolled = (x, by) => x.map((_, i) => around(x, i - by));
