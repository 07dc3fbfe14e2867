/* State. What a component shows, as attributes of its tag and as words in the page's address. */

/* Text that is not of its kind stays text, for the rules to answer. */

const FLAGS = new Map([
  ["", true], // the bare attribute
  ["true", true],
  ["false", false],
]);
const readFlag = (text) => FLAGS.get(text.trim()) ?? text;

/** A number; "inf" and "∞" are numbers, too. */
function readValue(text) {
  const plain = text.trim().replace("−", "-").replace(/inf(inity)?$|∞$/i, "Infinity");
  return plain === "" || Number.isNaN(Number(plain)) ? text : Number(plain);
}

/** A value in JSON; "" is none. */
function readJson(text) {
  if (!text.trim()) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** How each kind of value is read from an attribute and written into an address. */
const KINDS = {
  text: [String, String],
  number: [readValue, String],
  size: [readSize, (value) => writeSize(value).replace(" ", "")],
  flag: [readFlag, String],
  json: [readJson, JSON.stringify],
};

/** The state that `get(name)` describes, for a table {attribute: [key, kind]}. */
function readState(table, get) {
  const state = {};
  for (const [name, [key, kind]] of Object.entries(table)) {
    const text = get(name);
    if (text !== null) state[key] = KINDS[kind][0](text);
  }
  return state;
}

/** The words for an address that lead back to `state`; what equals `usual` is left out. */
function writeState(table, state, usual) {
  const write = (value, kind) => (value === null || value === undefined ? "" : KINDS[kind][1](value));
  return Object.entries(table)
    .map(([name, [key, kind]]) => [name, write(state[key], kind), write(usual[key], kind)])
    .filter(([, text, plain]) => text !== plain)
    .map(([name, text]) => [name, text]);
}
