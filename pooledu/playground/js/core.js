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
  return { size, padding, starts, reads, reach: dilation * (kernel - 1) + 1 };
}

/** Both axes of a configuration: [rows, columns]. */
function axes({ x, kernel_size, stride, padding, dilation, ceil_mode }) {
  const [kernels, paddings, dilations] = [kernel_size, padding, dilation].map(asPair);
  const strides = asPair(stride ?? kernel_size);
  return [x.length, x[0].length].map((size, a) =>
    windowsAlong(size, kernels[a], strides[a], paddings[a], dilations[a], ceil_mode));
}

/** Window (i, j): its cells in raster order. A cell beyond input and padding does not count. */
function windowAt(x, [rows, cols], i, j) {
  const holds = (axis, at) => at >= 0 && at < axis.size;
  const cells = rows.reads(i).flatMap((row) => cols.reads(j).map((col) => {
    const inside = holds(rows, row) && holds(cols, col);
    const counts = row < rows.size + rows.padding && col < cols.size + cols.padding;
    return { row, col, inside, counts, value: inside ? x[row][col] : 0 };
  }));
  return { i, j, cells };
}

/** Each operation reduces a window to {value, winner, spread}: the index of the cell that decided
 *  (or -1), and how a gradient that arrives at the output is spread over the window's cells. */
const REDUCERS = {
  max({ cells }) {
    let winner = -1;
    cells.forEach((cell, k) => {
      if (cell.inside && (winner < 0 || cell.value > cells[winner].value)) winner = k;
    });
    const value = winner < 0 ? -Infinity : cells[winner].value;
    return { value, winner, spread: (g) => cells.map((_, k) => (k === winner ? g : 0)) };
  },

  avg({ cells }, { count_include_pad }) {
    const total = cells.reduce((sum, cell) => (cell.inside ? sum + cell.value : sum), 0);
    const divisor = cells.filter((c) => (count_include_pad ? c.counts : c.inside)).length;
    const spread = (g) => cells.map((c) => (c.inside ? g / divisor : 0));
    return { value: total / divisor, winner: -1, total, divisor, spread };
  },
};

const DEFAULTS = {
  op: "max", kernel_size: 2, stride: null, padding: 0, dilation: 1,
  ceil_mode: false, count_include_pad: true,
};

/** All windows of a configuration in raster order, each with its cells and its result. */
function compute(options) {
  const config = { ...DEFAULTS, ...options };
  const problem = complaint(config);
  if (problem) return { error: problem };
  const [rows, cols] = axes(config);
  const windows = rows.starts.flatMap((_, i) => cols.starts.map((_, j) => {
    const window = windowAt(config.x, [rows, cols], i, j);
    return { ...window, ...REDUCERS[config.op](window, config) };
  }));
  const y = rows.starts.map((_, i) =>
    windows.slice(i * cols.starts.length, (i + 1) * cols.starts.length).map((w) => w.value));
  return { y, rows, cols, windows };
}
