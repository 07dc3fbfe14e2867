/* Picture. What a component shows as a list of shapes, and the list as SVG, still or moving. */

const SIDE = 44; // pixels of a cell
const FONT = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** Layers from back to front, so that what moves lies where it belongs. */
const LAYER = { cell: 0, mark: 1, text: 2, frame: 3 };

const rect = (x, y, width, height, look, layer = LAYER.cell) => ({ kind: "rect", x, y, width, height, layer, ...look });
const disc = (x, y, r, look) => ({ kind: "disc", x, y, r, layer: LAYER.mark, ...look });
const line = (points, look, layer = LAYER.mark) => ({ kind: "line", points, layer, ...look });
const label = (x, y, text, look = {}) => ({
  kind: "text", x, y, text, size: 15, ink: "ink", anchor: "middle", layer: LAYER.text, ...look,
});

const FILLS = {
  pad: "pad", beyond: "pad", tap: "window", done: "output", same: "output", moved: "window",
  wrong: "wrong",
};

/** A board as shapes, its upper left corner at 0, 0; `wide` is how many places a cell takes. */
function boardPicture(board, { wide = 1, axes = true, titled = true } = {}) {
  const { title, top = 0, left = 0, bottom, right, cell } = board.shown;
  const [x0, y0] = [axes ? 20 : 0, (titled ? 24 : 0) + (axes ? 18 : 0)];
  const [w, h] = [SIDE * wide, SIDE];
  const shapes = titled ? [label(x0, 14, title, { size: 14, bold: true, anchor: "start" })] : [];
  for (const row of range(top, bottom))
    for (const col of range(left, right)) {
      const [x, y] = [x0 + (col - left) * w, y0 + (row - top) * h];
      shapes.push(...cellShapes(cell(row, col), x, y, w, h));
    }
  if (axes) shapes.push(...axisLabels({ top, left, bottom, right, cell }, x0, y0));
  for (const [frame, look] of [
    [board.ghosted, { stroke: "wrong-line", weight: 2, dash: true }],
    [board.pointed, { stroke: "window-line", weight: 3.5 }],
  ])
    if (frame) {
      const [x, y] = [x0 + (frame.col - left) * w, y0 + (frame.row - top) * h];
      shapes.push(rect(x, y, frame.width * w, frame.height * h, { ...look, round: 5 }, LAYER.frame));
    }
  const words = titled ? title.length * 7.6 : 0;
  return { width: Math.max(x0 + (right - left) * w, x0 + words) + 3, height: y0 + (bottom - top) * h + 3, shapes };
}

function axisLabels({ top, left, bottom, right, cell }, x0, y0) {
  const look = { size: 11, ink: "muted" };
  const cols = range(left, right).filter((c) => !cell(Math.max(top, 0), c).pad);
  const rows = range(top, bottom).filter((r) => !cell(r, Math.max(left, 0)).pad);
  return [
    ...cols.map((c) => label(x0 + (c - left + 0.5) * SIDE, y0 - 6, String(c), look)),
    ...rows.map((r) => label(x0 - 9, y0 + (r - top + 0.5) * SIDE + 4, String(r), look)),
  ];
}

/** One cell: its ground, its mark, its number and the small one in its corner. */
function cellShapes({ text: given = "", value, note = "", kind = "", level = 0 }, x, y, w, h) {
  const has = (name) => kind.split(" ").includes(name);
  const fill = Object.keys(FILLS).filter(has).map((name) => FILLS[name]).at(-1) ?? "paper";
  const text = value === undefined ? given : brief(value).text;
  const shapes = [rect(x, y, w, h, { fill: has("tap") ? "window" : fill, stroke: "line" })];
  const [cx, cy] = [x + w / 2, y + h / 2];
  if (level) shapes.push(rect(x + 1, y + h * (1 - level), w - 2, h * level, { fill: "ink", faint: true }, LAYER.mark));
  if (has("unread"))
    for (const part of [0.33, 0.66, 1])
      shapes.push(line([[x, y + h * part], [x + w * part, y]], { stroke: "line" }));
  if (has("win") && text) shapes.push(disc(cx, cy, (note ? 0.28 : 0.39) * h, { fill: "output", stroke: "output-line", weight: 2 }));
  if (has("now")) shapes.push(rect(x + 1.5, y + 1.5, w - 3, h - 3, { stroke: "output-line", weight: 2.5 }, LAYER.mark));
  const muted = ["pad", "beyond", "zero", "unread"].some(has) && !has("tap");
  const size = Math.min(18, (1.35 * w) / Math.max(text.length, 2));
  if (text)
    shapes.push(label(cx, cy + size * 0.35, text, { size, bold: has("win") || has("now"), ink: muted ? "muted" : "ink" }));
  if (note) shapes.push(label(x + w - 4, y + h - 4, note, { size: 10, ink: "muted", anchor: "end" }));
  return shapes;
}

const moved = (shape, dx, dy) => ({
  ...shape,
  ...(shape.points ? { points: shape.points.map(([x, y]) => [x + dx, y + dy]) } : { x: shape.x + dx, y: shape.y + dy }),
});

/** Pictures in a row, their middles level, or in a column. */
function placed(pictures, { down = false, gap = 20 } = {}) {
  const high = Math.max(...pictures.map((p) => p.height));
  let at = 0;
  const shapes = pictures.flatMap((p) => {
    const [dx, dy] = down ? [0, at] : [at, (high - p.height) / 2];
    at += (down ? p.height : p.width) + gap;
    return p.shapes.map((shape) => moved(shape, dx, dy));
  });
  const wide = Math.max(...pictures.map((p) => p.width));
  return down ? { width: wide, height: at - gap, shapes } : { width: at - gap, height: high, shapes };
}

/** An arrow between two boards; to the left for what flows back. */
function arrowPicture(back = false) {
  const turn = (x) => (back ? 40 - x : x);
  const strokes = [[[0, 20], [38, 20]], [[28, 11], [38, 20], [28, 29]]];
  const points = strokes.map((stroke) => stroke.map(([x, y]) => [turn(x), y]));
  return { width: 40, height: 40, shapes: points.map((p) => line(p, { stroke: "muted", weight: 2 })) };
}

/** Lines of text, broken so that none is much wider than `width`. */
function textPicture(text, width, look = {}) {
  const { size = 15 } = look;
  const most = Math.max(24, Math.floor(width / (size * 0.56)));
  const lines = [""];
  for (const word of text.split(" ").filter(Boolean)) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= most) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) && " ") + word;
  }
  const shapes = lines.map((each, k) => label(0, size * (1 + 1.4 * k), each, { anchor: "start", ...look }));
  const longest = Math.max(...lines.map((each) => each.length));
  return { width: Math.min(width, longest * size * 0.56), height: size * 1.4 * lines.length, shapes };
}

/** A picture and under it where it stands and the computation. */
function captioned(picture, words) {
  const [where, formula] = words.lines.map((part) => part.textContent);
  const width = Math.max(picture.width, 400);
  return framed(
    placed(
      [
        picture,
        textPicture(where, width, { size: 13, ink: "muted" }),
        textPicture(formula, width, { size: 16 }),
      ].filter((part) => part.shapes.some((shape) => shape.text !== "")),
      { down: true, gap: 10 },
    ),
  );
}

/** The paper around it. */
function framed(picture, margin = 16) {
  const [width, height] = [picture.width + 2 * margin, picture.height + 2 * margin].map(Math.ceil);
  return { width, height, shapes: picture.shapes.map((shape) => moved(shape, margin, margin)) };
}

const escaped = (text) =>
  String(text).replace(/[&<>"]/g, (c) => `&#${c.codePointAt(0)};`);
const tenth = (value) => String(Math.round(value * 10) / 10);

/** One shape in SVG. */
function shapeSvg(shape, colours) {
  const { kind, fill, stroke, weight = 1, dash, faint, round } = shape;
  const look =
    ` fill="${fill ? colours[fill] : "none"}"` +
    (faint ? ' fill-opacity="0.13"' : "") +
    (stroke ? ` stroke="${colours[stroke]}" stroke-width="${weight}"` : "") +
    (dash ? ' stroke-dasharray="6 4"' : "");
  if (kind === "rect")
    return (
      `<rect x="${tenth(shape.x)}" y="${tenth(shape.y)}" width="${tenth(shape.width)}" ` +
      `height="${tenth(shape.height)}"${round ? ` rx="${round}"` : ""}${look}/>`
    );
  if (kind === "disc") return `<circle cx="${tenth(shape.x)}" cy="${tenth(shape.y)}" r="${tenth(shape.r)}"${look}/>`;
  if (kind === "line")
    return `<polyline points="${shape.points.map((p) => p.map(tenth).join(",")).join(" ")}" stroke-linecap="round"${look}/>`;
  const bold = shape.bold ? ' font-weight="700"' : "";
  return (
    `<text x="${tenth(shape.x)}" y="${tenth(shape.y)}" font-size="${tenth(shape.size)}" ` +
    `text-anchor="${shape.anchor}" fill="${colours[shape.ink]}"${bold}>${escaped(shape.text)}</text>`
  );
}

/** Pictures that follow each other, `pace` seconds each, as one SVG; a single one stands still.
 *  A shape that several pictures share is written once. */
function toSvg(pictures, colours, { title, pace = 1 }) {
  const [width, height] = ["width", "height"].map((key) => Math.max(...pictures.map((p) => p[key])));
  const seen = new Map(); // layer and markup: the pictures that have it
  pictures.forEach((picture, at) =>
    picture.shapes.forEach((shape) => {
      const key = `${shape.layer}${shapeSvg(shape, colours)}`;
      seen.set(key, [...(seen.get(key) ?? []), at]);
    }),
  );
  const groups = new Map();
  for (const [key, times] of seen) {
    const name = `${key[0]} ${times}`;
    groups.set(name, [...(groups.get(name) ?? []), key.slice(1)]);
  }
  const parts = [...groups].sort(([a], [b]) => a[0] - b[0]).map(([name, shapes]) => {
    const times = new Set(name.slice(2).split(",").map(Number));
    return shownAt(pictures.map((_, at) => times.has(at)), shapes.join(""), pace);
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" font-family="${escaped(FONT)}">` +
    `<title>${escaped(title)}</title>` +
    `<rect width="${width}" height="${height}" fill="${colours.paper}"/>${parts.join("")}</svg>`
  );
}

/** Shapes that are there in some of the pictures; without animation, the first one is shown. */
function shownAt(visible, shapes, pace) {
  if (visible.every(Boolean)) return shapes;
  const words = visible.map((on) => (on ? "visible" : "hidden"));
  const starts = words.map((_, at) => at).filter((at) => !at || words[at] !== words[at - 1]);
  const count = visible.length;
  return (
    `<g visibility="${words[0]}"><animate attributeName="visibility" calcMode="discrete" ` +
    `values="${starts.map((at) => words[at]).join(";")}" ` +
    `keyTimes="${starts.map((at) => Number((at / count).toFixed(5))).join(";")}" ` +
    `dur="${Number((count * pace).toFixed(2))}s" repeatCount="indefinite"/>${shapes}</g>`
  );
}
