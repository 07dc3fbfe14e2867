/* Paste. Grids as spreadsheets, CSV files, Python and JSON write them. */

/** The rows of numbers in a text, as {rows} or {error}; null where it is one number, or no grid. */
function readGrid(text) {
  const plain = text.trim();
  if (!plain || !Number.isNaN(readNumber(plain))) return null;
  const cells = plain.includes("[") ? readNested(plain) : readLines(plain);
  if (!cells || cells.error) return cells;
  const strange = cells.flat().find((cell) => Number.isNaN(readNumber(cell)));
  if (strange === undefined) return { rows: cells.map((row) => row.map(readNumber)) };
  if (cells.flat().every((cell) => Number.isNaN(readNumber(cell)))) return null;
  return { error: `What was pasted ${slip(strange)} where a number should be. Paste numbers alone.` };
}

/** Lines of cells: between tabs, semicolons, commas or spaces, whichever comes first. */
function readLines(plain) {
  const matlab = !plain.includes("\t") && /;/.test(plain) && /\S +\S/.test(plain);
  const lines = plain.split(matlab ? /[\r\n;]+/ : /[\r\n]+/).filter((line) => line.trim());
  const between = ["\t", ";", ","].find((mark) => plain.includes(mark) && !(matlab && mark === ";"));
  return lines.map((line) => {
    if (!between) return line.trim().split(/\s+/);
    const cells = line.split(between).map((cell) => cell.trim());
    return cells.at(-1) === "" && between !== "\t" ? cells.slice(0, -1) : cells;
  });
}

/** Brackets: JSON, NumPy's and torch's `array([[1., 2.]])`, MATLAB's `[1 2; 3 4]`. */
function readNested(plain) {
  const inner = plain.slice(plain.indexOf("["));
  if (inner.includes(";")) return readLines(inner.replace(/[[\]]/g, ""));
  const stack = [[]];
  for (const token of inner.match(/[[\]]|[^\s,[\]]+/g)) {
    if (token === "[") stack.push([]);
    else if (token !== "]") stack.at(-1).push(token);
    else {
      const done = stack.pop();
      if (stack.length === 1) return flatten(done); // what follows is a dtype or a device
      stack.at(-1).push(done);
    }
  }
  return { error: "A bracket was not closed in what was pasted. Copy all of it." };
}

/** An array of any number of axes as rows; leading axes of one are left out. */
function flatten(array) {
  const depth = (value) => (Array.isArray(value) ? 1 + Math.max(0, ...value.map(depth)) : 0);
  let rows = array;
  while (depth(rows) > 2 && rows.length === 1) rows = rows[0];
  if (depth(rows) > 2)
    return { error: "What was pasted has more than two axes. Paste one plane of it, such as x[0, 0]." };
  const mixed = rows.some(Array.isArray) && !rows.every(Array.isArray);
  if (mixed) return { error: "What was pasted mixes numbers and rows. Paste rows of numbers." };
  return rows.every(Array.isArray) ? rows : [rows];
}
