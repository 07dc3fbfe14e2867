/* What a reader wrote and what passed, in this browser alone. Code is kept for each exercise and
   version of its starter code, so that nobody finds code for another question. */
const PREFIX = "pooledu exercise ";
const MARKS = "pooledu marks";

function read(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; }
}

/* Say whether it could be kept: a browser may refuse, or be full. */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch (error) {
    return false;
  }
}

/* One short word for a text. */
function digest(text) {
  let hash = 5381;
  for (const letter of text) hash = (Math.imul(hash, 33) ^ letter.codePointAt(0)) >>> 0;
  return hash.toString(36);
}

const place = (exercise, starter, what = "") => `${PREFIX}${what}${exercise} ${digest(starter)}`;

function textAt(key) {
  const kept = read(key);
  return typeof kept === "string" ? kept : null;
}

export const codes = {
  place,
  of: (exercise, starter) => textAt(place(exercise, starter)),
  keep: (exercise, starter, code) => write(place(exercise, starter), code),
  /* What Reset or a notebook put another text in place of. */
  earlier: (exercise, starter) => textAt(place(exercise, starter, "earlier ")),
  setAside: (exercise, starter, code) => write(place(exercise, starter, "earlier "), code),
  forget(exercise, starter) {
    try { localStorage.removeItem(place(exercise, starter)); } catch (error) { /* refused */ }
  },
};

/* The best of each exercise: { reached, passed, code }; a pass belongs to the code that passed. */
export const marks = {
  all() {
    const found = read(MARKS);
    const rows = found && typeof found === "object" ? Object.entries(found) : [];
    return Object.fromEntries(rows.filter(([, mark]) => typeof mark?.code === "string"));
  },
  /* Say whether it could be kept. */
  keep(exercise, mark) {
    const all = marks.all();
    if (all[exercise]?.reached > mark.reached) return true;
    const kept = write(MARKS, { ...all, [exercise]: mark });
    dispatchEvent(new Event("pooledu-marks"));
    return kept;
  },
};
