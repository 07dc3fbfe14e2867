/* The released notebook with what was written in the pages, and back again.

   An answer stands in a cell that nbgrader calls a solution: one named `NAME-code` for an exercise,
   or `NAME` for an answer in words. The released cell is what was there to start with. */

/* The text of a cell, which a file may hold as lines. */
const textOf = (cell) => String(Array.isArray(cell.source) ? cell.source.join("") : cell.source);

const idOf = (cell) => String(cell?.metadata?.nbgrader?.grade_id);

function* solutions(notebook) {
  if (!Array.isArray(notebook?.cells)) throw new Error("this file is no notebook.");
  for (const cell of notebook.cells) {
    if (cell?.metadata?.nbgrader?.solution) yield [idOf(cell).replace(/-code$/, ""), cell];
  }
}

/* The notebook with what is kept: `kept(name, starter)` is a text, or null. */
export function filled(released, kept) {
  const notebook = structuredClone(released);
  let count = 0;
  for (const [name, cell] of solutions(notebook)) {
    const written = kept(name, textOf(cell));
    if (written === null || written === textOf(cell)) continue;
    cell.source = written;
    count += 1;
  }
  return { notebook, count };
}

/* What a notebook holds beyond the released one: rows of name, starter and text. */
export function answersIn(notebook, released) {
  const starters = new Map([...solutions(released)].map(([name, cell]) => [name, textOf(cell)]));
  return [...solutions(notebook)]
    .filter(([name, cell]) => starters.has(name) && starters.get(name) !== textOf(cell))
    .map(([name, cell]) => [name, starters.get(name), textOf(cell)]);
}

export function save(notebook, name) {
  const blob = new Blob([`${JSON.stringify(notebook, null, 1)}\n`], { type: "application/x-ipynb+json" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
