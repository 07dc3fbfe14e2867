/* Rules. What may be typed, and the sentence that answers what may not: value, rule, way out. */

const LARGEST = 12; // rows or columns that the drawing can hold on a phone
const WIDEST = 3 * LARGEST; // the same with padding, and with what ceil_mode lets windows reach

/** A number from what was typed ("-1.5", "−1,5"), or NaN where it is none or a computer has none
 *  so large or so near to 0. */
function readNumber(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return NaN;
  const value = Number(plain);
  const vanished = value === 0 && /[1-9]/.test(plain.split(/e/i)[0]);
  return vanished || !Number.isFinite(value) ? NaN : value;
}

/** What is wrong with a text that is no number: " is empty", " holds “x”". */
function slip(text) {
  if (!text.trim()) return "is empty";
  const digits = /^[-+−]?[\d.,]+e([-+−]?)\d+$/i.exec(text.trim());
  if (!digits) return `holds “${text}”`;
  return `holds “${text}”, ${digits[1] === "-" || digits[1] === "−" ? "nearer to 0" : "larger"} than any number here`;
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

/** "the pasted grid" at the beginning of a sentence; a name of one letter stays small. */
const sentence = (name) => (name.length > 1 ? name[0].toUpperCase() + name.slice(1) : name);

/** Why a grid of numbers cannot be drawn, or null. */
function gridComplaint(x, name = "x") {
  if (!Array.isArray(x) || !x.length || !x.every((row) => Array.isArray(row) && row.length))
    return `${sentence(name)} is ${JSON.stringify(x)}. It must be a list of rows, such as [[1, 3], [5, 6]].`;
  if (x.some((row) => row.length !== x[0].length))
    return (
      `The rows of ${name} have ${x.map((r) => r.length).join(", ")} numbers. ` +
      "Every row needs the same number: fill up the short ones."
    );
  if (Math.max(x.length, x[0].length) > LARGEST)
    return (
      `${sentence(name)} is ${shapeOf(x)}. ` +
      `The drawing holds at most ${LARGEST} × ${LARGEST}: cut a part out of it.`
    );
  const strange = x.flat().find((value) => !Number.isFinite(value));
  return strange === undefined
    ? null
    : `${sentence(name)} contains ${JSON.stringify(strange)}. Every cell needs a finite number.`;
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
  const pair = asPair(value);
  if (pair.length === 2 && pair.every((v) => Number.isInteger(v) && v >= least)) return null;
  return (
    `${name} is ${given(value)}. It must be a whole number of at least ${least}${alternative}. ` +
    `Try ${Math.max(least, 1)}${example}.`
  );
}

/** Why the windows do not fit the input, or null. */
function fitComplaint({ x, kernel_size, stride, padding, dilation, ceil_mode }) {
  const measures = [kernel_size, stride ?? kernel_size, padding, dilation].map(asPair);
  for (const a of [0, 1]) {
    const [kernel, step, pad, gap] = measures.map((pair) => pair[a]);
    const half = Math.floor(kernel / 2);
    if (pad > half)
      return (
        `padding is ${pad}, but it may be at most half of the kernel: ` +
        `${half} for a kernel of ${kernel}. Use less padding or a larger kernel.`
      );
    const size = a ? x[0].length : x.length;
    const reach = gap * (kernel - 1) + 1;
    const [tall, line] = a ? ["wide", "column"] : ["high", "row"];
    if (outputSize(size, kernel, step, pad, gap, ceil_mode) < 1)
      return (
        `kernel is ${kernel}${gap > 1 ? ` with dilation ${gap}` : ""}: ` +
        `${reach} cells ${tall}, but input and padding have only ${plural(size + 2 * pad, line)}. ` +
        "Make the kernel smaller or the input larger."
      );
    const spans = Math.max(size + 2 * pad, reach + pad);
    if (spans > WIDEST)
      return (
        `kernel is ${kernel}: input, padding and windows span ${plural(spans, line)}. ` +
        `The drawing holds at most ${WIDEST}: make kernel, padding or dilation smaller.`
      );
  }
  return null;
}

/** The first rule that a configuration breaks, as a sentence, or null. */
function complaint(config) {
  return (
    nameComplaint("op", String(config.op || "empty"), REDUCERS) ??
    gridComplaint(config.x) ??
    sizeComplaint("kernel", config.kernel_size, 1) ??
    sizeComplaint("stride", config.stride ?? 1, 1) ??
    sizeComplaint("padding", config.padding, 0) ??
    sizeComplaint("dilation", config.dilation, 1) ??
    flagComplaint("ceil_mode", config.ceil_mode) ??
    flagComplaint("count_include_pad", config.count_include_pad) ??
    flagComplaint("mean", config.mean) ??
    fitComplaint(config) ??
    valueComplaint(config)
  );
}

/** Why an operation has no answer for these values, or null. */
function valueComplaint({ op, p, lam, seed }) {
  if (op === "lp" && !(typeof p === "number" && p && !Number.isNaN(p)))
    return `p is ${given(p)}. A power average needs a number other than 0 as its power. Try 2.`;
  if (op === "mixed" && !(typeof lam === "number" && lam >= 0 && lam <= 1))
    return `lam is ${given(lam)}. It is the share of the maximum, from 0 to 1. Try 0.5.`;
  return op === "stochastic" ? wholeComplaint("seed", seed) : null;
}

/** Why a whole number of any sign cannot be used, or null. */
function wholeComplaint(name, value) {
  if (Number.isSafeInteger(value)) return null;
  return `${name} is ${given(value)}. It must be a whole number. Try ${name === "shift" ? 1 : 0}.`;
}

/** Why a setting that is on or off is neither, or null. */
function flagComplaint(name, value) {
  return typeof value === "boolean" ? null : `${name} is ${given(value)}. It must be true or false.`;
}

/** Why a name is none of those that there are, or null; "" and null name nothing. */
function nameComplaint(what, name, names) {
  if (!name || Object.hasOwn(names, name)) return null;
  return `${what} is ${name}. It must be one of ${Object.keys(names).join(", ")}.`;
}

/** What stands for a value, or for the two of a pair, in a sentence. */
const given = (value) =>
  Array.isArray(value)
    ? value.map(given).join(", ")
    : value === null || value === undefined || value === ""
      ? "empty"
      : String(value);
