/* Rules. What may be typed, and the sentence that answers what may not: value, rule, way out. */

const LARGEST = 12; // rows or columns that the drawing can hold on a phone

/** A finite number from what was typed ("-1.5", "−1,5"), or NaN. */
function readNumber(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** "3" is 3, "2, 3" is [2, 3], "" is null; what is neither stays the text that it was. */
function readSize(text) {
  const parts = text
    .trim()
    .split(/[\s,x×]+/)
    .filter(Boolean);
  const numbers = parts.map(Number);
  if (!parts.length) return null;
  if (parts.length > 2 || !numbers.every(Number.isInteger)) return text.trim();
  return numbers.length === 1 || numbers[0] === numbers[1] ? numbers[0] : numbers;
}

const writeSize = (value) => (Array.isArray(value) ? value.join(", ") : String(value ?? ""));

/** Why a grid of numbers cannot be drawn, or null. */
function gridComplaint(x, name = "x") {
  if (!Array.isArray(x) || !x.length || !x.every((row) => Array.isArray(row) && row.length))
    return `${name} is ${JSON.stringify(x)}. It must be a list of rows, such as [[1, 3], [5, 6]].`;
  if (x.some((row) => row.length !== x[0].length))
    return (
      `The rows of ${name} have ${x.map((r) => r.length).join(", ")} numbers. ` +
      "Every row needs the same number: fill up the short ones."
    );
  if (Math.max(x.length, x[0].length) > LARGEST)
    return (
      `${name} is ${x.length} × ${x[0].length}. ` +
      `The drawing holds at most ${LARGEST} × ${LARGEST}: cut a part out of it.`
    );
  const strange = x.flat().find((value) => !Number.isFinite(value));
  return strange === undefined
    ? null
    : `${name} contains ${JSON.stringify(strange)}. Every cell needs a finite number.`;
}

/** Why a window's measure, of one axis or of both, cannot be used, or null. */
function sizeComplaint(name, value, least) {
  return ruleComplaint(name, value, least, [", or two for rows and columns", ", or 2, 3"]);
}

/** Why a single whole number cannot be used, or null. */
function numberComplaint(name, value, least) {
  if (Array.isArray(value)) return `${name} is ${writeSize(value)}. Give one number.`;
  return ruleComplaint(name, value, least, ["", ""]);
}

/** What is wrong with a whole number or a pair of them, and what else the rule allows. */
function ruleComplaint(name, value, least, [alternative, example]) {
  if (asPair(value).every((v) => Number.isInteger(v) && v >= least)) return null;
  const given = value === null || value === "" ? "empty" : writeSize(value);
  return (
    `${name} is ${given}. It must be a whole number of at least ${least}${alternative}. ` +
    `Try ${Math.max(least, 1)}${example}.`
  );
}

/** Why the windows do not fit the input, or null. */
function fitComplaint({ x, kernel_size, padding, dilation }) {
  const [kernels, paddings, dilations] = [kernel_size, padding, dilation].map(asPair);
  for (const a of [0, 1]) {
    const half = Math.floor(kernels[a] / 2);
    if (paddings[a] > half)
      return (
        `padding is ${paddings[a]}, but it may be at most half of the kernel: ` +
        `${half} for a kernel of ${kernels[a]}. Use less padding or a larger kernel.`
      );
    const room = (a ? x[0].length : x.length) + 2 * paddings[a];
    const reach = dilations[a] * (kernels[a] - 1) + 1;
    const [tall, size] = a ? ["wide", "column"] : ["high", "row"];
    if (reach > room)
      return (
        `kernel is ${kernels[a]}` +
        (dilations[a] > 1 ? ` with dilation ${dilations[a]}` : "") +
        `: ${reach} cells ${tall}, but input and padding have only ${plural(room, size)}. ` +
        "Make the kernel smaller or the input larger."
      );
  }
  return null;
}

/** The first rule that a configuration breaks, as a sentence, or null. */
function complaint(config) {
  if (!REDUCERS[config.op])
    return `op is ${config.op}. It must be one of ${Object.keys(REDUCERS).join(", ")}.`;
  return (
    gridComplaint(config.x) ??
    sizeComplaint("kernel", config.kernel_size, 1) ??
    sizeComplaint("stride", config.stride ?? 1, 1) ??
    sizeComplaint("padding", config.padding, 0) ??
    sizeComplaint("dilation", config.dilation, 1) ??
    fitComplaint(config) ??
    valueComplaint(config)
  );
}

/** Why an operation has no answer for these values, or null. */
function valueComplaint({ op, x, p, lam }) {
  if (op === "lp" && !(p > 0)) return `p is ${p}. A power average needs a power above 0. Try 2.`;
  if (op === "mixed" && !(lam >= 0 && lam <= 1))
    return `lam is ${lam}. It is the share of the maximum, from 0 to 1. Try 0.5.`;
  const below = op === "stochastic" && x.flat().find((value) => value < 0);
  return typeof below !== "number"
    ? null
    : `x contains ${below}, but stochastic pooling reads values as chances. ` +
        "Use numbers of at least 0, as after a ReLU, or another operation.";
}
