/* Arithmetic. The network as plain numbers: every layer's maps, in float32 as torch has them. */

const KERNEL = 3;

/** A half-precision float from its 16 bits. */
function half(bits) {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : (2 ** -14 * fraction) / 1024;
  return bits >> 15 ? -size : size;
}

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** The layers of a network from its text: three convolutions and a linear one. */
function readWeights(text, channels) {
  const view = new DataView(bytes(text).buffer);
  let at = 0;
  const take = (count) => Float32Array.from({ length: count }, () => half(view.getUint16(2 * at++, true)));
  const convs = channels.slice(1).map((outs, k) => {
    const ins = channels[k];
    return { ins, outs, weight: take(outs * ins * KERNEL ** 2), bias: take(outs) };
  });
  return { convs, linear: { weight: take(10 * channels.at(-1)), bias: take(10) } };
}

/** A convolution of 3 x 3 with a border of zeros, and ReLU. */
function convolve(maps, size, { ins, outs, weight, bias }) {
  return range(0, outs).map((o) => {
    const sums = new Float64Array(size * size).fill(bias[o]);
    for (let c = 0; c < ins; c++)
      for (let k = 0; k < KERNEL ** 2; k++)
        addShifted(sums, maps[c], size, weight[(o * ins + c) * KERNEL ** 2 + k], Math.floor(k / KERNEL) - 1, (k % KERNEL) - 1);
    return Float32Array.from(sums, (sum) => Math.max(sum, 0));
  });
}

/** Adds to each sum the cell that lies `down` and `across` from it, times `weight`. */
function addShifted(sums, map, size, weight, down, across) {
  const [top, bottom] = [Math.max(0, -down), size - Math.max(0, down)];
  const [left, right] = [Math.max(0, -across), size - Math.max(0, across)];
  for (let r = top; r < bottom; r++) {
    const shift = down * size + across;
    for (let at = r * size + left; at < r * size + right; at++) sums[at] += weight * map[at + shift];
  }
}

/** A map of half the size from the four cells of each window. */
function overFour(map, size, reduce) {
  const side = size / 2;
  return Float32Array.from({ length: side * side }, (_, i) => {
    const at = 2 * Math.floor(i / side) * size + 2 * (i % side);
    return reduce(map[at], map[at + 1], map[at + size], map[at + size + 1]);
  });
}

/** The maximum of 2 x 2 at every cell, then [1 2 1]/4 both ways at stride 2, mirrored at the border. */
function blurredMaximum(map, size) {
  const side = size - 1;
  const mirrored = (i) => side - 1 - Math.abs(side - 1 - Math.abs(i));
  const largest = (r, c) => {
    const at = mirrored(r) * size + mirrored(c);
    return Math.max(map[at], map[at + 1], map[at + size], map[at + size + 1]);
  };
  const blur = [1 / 4, 1 / 2, 1 / 4];
  const half = size / 2;
  return Float32Array.from({ length: half * half }, (_, i) => {
    const [row, col] = [2 * Math.floor(i / half), 2 * (i % half)];
    let sum = 0;
    for (const a of [0, 1, 2]) for (const b of [0, 1, 2]) sum += blur[a] * blur[b] * largest(row + a - 1, col + b - 1);
    return sum;
  });
}

/** What each network has in place of a pool, and which cells of the layer before a cell reads. */
const POOLS = {
  max: { name: "Maximum", halves: true, of: (map, size) => overFour(map, size, Math.max), reads: (i) => [2 * i, 2 * i + 1] },
  avg: {
    name: "Average", halves: true,
    of: (map, size) => overFour(map, size, (a, b, c, d) => (a + b + c + d) / 4),
    reads: (i) => [2 * i, 2 * i + 1],
  },
  stride: { name: "Stride", halves: true, of: (map, size) => overFour(map, size, (a) => a), reads: (i) => [2 * i, 2 * i] },
  blur: { name: "BlurPool", halves: true, of: blurredMaximum, reads: (i) => [2 * i - 1, 2 * i + 2] },
  none: { name: "None", halves: false, of: (map) => map, reads: (i) => [i, i] },
};

/** All layers for an image of 28 x 28 numbers from 0 to 1, the scores of the ten digits and their
 *  softmax. */
function runNetwork({ convs, linear }, poolName, image) {
  const pool = POOLS[poolName];
  let [maps, size] = [[image], Math.sqrt(image.length)];
  const layers = [{ name: "image", kind: "image", size, maps }];
  convs.forEach((conv, k) => {
    maps = convolve(maps, size, conv);
    layers.push({ name: `conv${k + 1}`, kind: "conv", size, maps, reads: (i) => [i - 1, i + 1] });
    if (k === convs.length - 1 || !pool.halves) return;
    maps = maps.map((map) => pool.of(map, size));
    size /= 2;
    layers.push({ name: `pool${k + 1}`, kind: "pool", size, maps, reads: pool.reads });
  });
  const features = maps.map((map) => map.reduce((sum, v) => sum + v, 0) / map.length);
  const scores = range(0, 10).map((d) => linear.bias[d] + sumOf(features, (f, c) => f * linear.weight[d * features.length + c]));
  const most = Math.max(...scores);
  const powers = scores.map((s) => Math.exp(s - most));
  return { layers, features, scores, chances: powers.map((p) => p / sumOf(powers, (q) => q)) };
}

const sumOf = (list, term) => list.reduce((sum, value, k) => sum + term(value, k), 0);

/** How much each place of the last maps speaks for a digit: the mean over all places plus the bias
 *  is the digit's score. */
function activationMap({ linear }, { layers }, digit) {
  const { maps } = layers.at(-1);
  return maps[0].map((_, at) => sumOf(maps, (map, c) => map[at] * linear.weight[digit * maps.length + c]));
}

/** The cells of layer `below` that a cell of layer `at` sees through all layers between, along one
 *  axis: the first and the last, cut at the border. */
function seen(layers, at, cell, below) {
  let [first, last] = [cell, cell];
  for (let k = at; k > below; k--) {
    [first, last] = [layers[k].reads(first)[0], layers[k].reads(last)[1]];
    [first, last] = [Math.max(0, first), Math.min(layers[k - 1].size - 1, last)];
  }
  return [first, last];
}

/** The image moved to the right and down; what comes in at the border is empty. */
function movedImage(image, right, down) {
  const size = Math.sqrt(image.length);
  return image.map((_, at) => {
    const [row, col] = [Math.floor(at / size) - down, (at % size) - right];
    return row >= 0 && col >= 0 && row < size && col < size ? image[row * size + col] : 0;
  });
}
