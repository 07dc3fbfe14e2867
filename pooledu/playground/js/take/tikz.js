/* TikZ. A picture for a paper, in the light colours. */

const LIGHT = {
  ink: "1D2430", muted: "556070", paper: "FFFFFF", line: "C5CCD6", pad: "EEF0F4",
  window: "FFE0A3", "window-line": "9A4A05", output: "C4E9DD", "output-line": "0B6B63",
  wrong: "FFD6D1", "wrong-line": "B42318",
};

/** What LaTeX sets in place of characters that it reads as commands, or that its fonts lack. */
const TEX = {
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "^": "\\^{}", "~": "\\~{}", _: "\\_",
  "%": "\\%", "&": "\\&", "#": "\\#", $: "\\$", "−": "$-$", "×": "$\\times$", "∞": "$\\infty$",
  "≈": "$\\approx$", "→": "$\\to$", "·": "$\\cdot$", "⌊": "$\\lfloor$", "⌋": "$\\rfloor$",
  "⌈": "$\\lceil$", "⌉": "$\\rceil$", "…": "\\dots{}", "\u00a0": "~", "|": "$|$", "<": "$<$", ">": "$>$",
  "“": "``", "”": "''",
};
const texed = (text) => [...text].map((char) => TEX[char] ?? char).join("");

const colour = (name) => `pool${name.replace("-", "")}`;

/** One shape in TikZ; the y axis points up there. */
function shapeTikz(shape) {
  const at = (x, y) => `(${tenth(x)},${tenth(-y)})`;
  const { kind, fill, stroke, weight = 1, dash, faint, round } = shape;
  const look = [
    fill && `fill=${colour(fill)}`,
    faint && "fill opacity=0.13",
    stroke && `draw=${colour(stroke)}`,
    stroke && `line width=${tenth(0.6 * weight)}pt`,
    dash && "dashed",
    round && "rounded corners=2pt",
  ].filter(Boolean).join(", ");
  if (kind === "rect") return `\\path[${look}] ${at(shape.x, shape.y)} rectangle ${at(shape.x + shape.width, shape.y + shape.height)};`;
  if (kind === "disc") return `\\path[${look}] ${at(shape.x, shape.y)} circle (${tenth(shape.r)});`;
  if (kind === "line") return `\\path[${look}] ${shape.points.map(([x, y]) => at(x, y)).join(" -- ")};`;
  const anchor = { start: "base west", middle: "base", end: "base east" }[shape.anchor];
  const size = tenth(0.62 * shape.size);
  const font = `\\fontsize{${size}}{${size}}\\selectfont${shape.bold ? "\\bfseries" : ""}`;
  return `\\node[anchor=${anchor}, inner sep=0, text=${colour(shape.ink)}, font=${font}] at ${at(shape.x, shape.y)} {${texed(shape.text)}};`;
}

/** A picture for \usepackage{tikz}; `about` says what it shows. */
function toTikz({ shapes }, about) {
  const ordered = [...shapes].sort((a, b) => a.layer - b.layer);
  const used = new Set(ordered.flatMap(({ fill, stroke, ink }) => [fill, stroke, ink].filter(Boolean)));
  return [
    `% ${about.replaceAll("×", "by")}. Needs \\usepackage{tikz}.`,
    "\\begin{tikzpicture}[x=0.62pt, y=0.62pt]",
    ...[...used].map((name) => `\\definecolor{${colour(name)}}{HTML}{${LIGHT[name]}}`),
    ...ordered.map(shapeTikz),
    "\\end{tikzpicture}",
    "",
  ].join("\n");
}
