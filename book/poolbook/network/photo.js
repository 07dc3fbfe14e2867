/* Photo. A picture of a digit becomes 28 x 28 numbers, as MNIST's were made: ink 1 on 0, within
   20 x 20 cells, its centre of mass in the middle. */

const WORK = 200; // pixels of the longer side on which the ink is looked for

async function readPhoto(file) {
  const picture = await createImageBitmap(file);
  const scale = WORK / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width, picture.height].map((n) => Math.max(1, Math.round(n * scale)));
  const ink = inkOf(pixelsOf(picture, width, height), width, height);
  const box = boxOf(ink, width, height);
  return box ? fitted(ink, width, box) : null;
}

/** The brightness of a picture drawn at a size. */
function pixelsOf(picture, width, height) {
  const context = h("canvas", { width, height }).getContext("2d");
  context.fillStyle = "#fff"; // under what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return Float32Array.from({ length: width * height }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 765);
}

/** Ink from 0 to 1: what differs from the border's brightness, by half of the largest difference. */
function inkOf(grey, width, height) {
  const border = [...grey.keys()].filter((i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    return !row || !col || row === height - 1 || col === width - 1;
  });
  const ground = border.map((i) => grey[i]).sort((a, b) => a - b)[Math.floor(border.length / 2)];
  const sign = ground > 0.5 ? -1 : 1;
  const most = Math.max(...grey.map((v) => sign * (v - ground)), 0.05);
  return grey.map((v) => Math.min(1, Math.max(0, (sign * (v - ground)) / most - 0.3) / 0.4));
}

/** Where the ink lies: [top, left, bottom, right], or null where there is none. */
function boxOf(ink, width) {
  const cells = [...ink.keys()].filter((i) => ink[i] > 0.5);
  if (!cells.length) return null;
  const [rows, cols] = [cells.map((i) => Math.floor(i / width)), cells.map((i) => i % width)];
  return [Math.min(...rows), Math.min(...cols), Math.max(...rows) + 1, Math.max(...cols) + 1];
}

/** The ink of the box in 28 x 28 cells. */
function fitted(ink, width, [top, left, bottom, right]) {
  const side = Math.max(bottom - top, right - left) / 20;
  const mass = { ink: 0, row: 0, col: 0 };
  for (let r = top; r < bottom; r++)
    for (let c = left; c < right; c++) {
      const v = ink[r * width + c];
      mass.ink += v;
      mass.row += v * (r + 0.5);
      mass.col += v * (c + 0.5);
    }
  const [row0, col0] = [mass.row / mass.ink - 14 * side, mass.col / mass.ink - 14 * side];
  return Float32Array.from({ length: 784 }, (_, i) =>
    meanInk(ink, width, row0 + Math.floor(i / 28) * side, col0 + (i % 28) * side, side),
  );
}

/** The mean ink of a square. */
function meanInk(ink, width, top, left, side) {
  const height = ink.length / width;
  const [steps, values] = [4, []];
  for (const a of range(0, steps))
    for (const b of range(0, steps)) {
      const [r, c] = [top + ((a + 0.5) / steps) * side, left + ((b + 0.5) / steps) * side].map(Math.floor);
      values.push(r >= 0 && c >= 0 && r < height && c < width ? ink[r * width + c] : 0);
    }
  return sumOf(values, (v) => v) / values.length;
}
