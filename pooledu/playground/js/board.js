/* Boards. Grids of numbers on graph paper, with the window's frame over them. */

/**
 * A grid of numbers on graph paper. Cells are typed into when `onEdit` is given: arrow keys move,
 * Escape takes a typed text back. `onPick` hears which cell was clicked.
 */
class Board {
  constructor({ onEdit = null, onPick = null } = {}) {
    Object.assign(this, { onEdit, onPick, shape: "", focus: [0, 0] });
    this.title = h("p", { class: "board-title" });
    this.grid = h("div", { class: "cells", role: onEdit ? "grid" : "table" });
    this.frame = h("div", { class: "frame", "aria-hidden": "true", hidden: true });
    this.lost = h("div", { class: "frame ghost", "aria-hidden": "true", hidden: true });
    this.top = h("div", { class: "axis axis-top", "aria-hidden": "true" });
    this.side = h("div", { class: "axis axis-side", "aria-hidden": "true" });
    const paper = h(
      "div",
      { class: "paper" },
      this.top,
      this.side,
      this.grid,
      this.lost,
      this.frame,
    );
    this.element = h("div", { class: "board" }, this.title, h("div", { class: "scroll" }, paper));
    this.grid.onkeydown = (event) => this.move(event);
    this.grid.onfocusin = (event) => this.rove(event.target);
  }

  /** Draws rows top..bottom and columns left..right; `cell(row, col)` tells what each one shows:
   *  {text, note, kind, label, edit}. */
  draw({ title, label, top = 0, left = 0, bottom, right, cell }) {
    putText(this.title, title);
    put(this.grid, "aria-label", label ?? title);
    this.build({ top, left, bottom, right }, cell);
    for (const drawn of this.cells) this.fill(drawn, cell(drawn.row, drawn.col));
  }

  build(bounds, cell) {
    const { top, left, bottom, right } = bounds;
    const rows = range(top, bottom);
    const cols = range(left, right);
    const edits = rows.map((r) =>
      cols.map((c) => (cell(r, c).edit === undefined ? 0 : 1)).join(""),
    );
    const shape = JSON.stringify([bounds, edits]);
    if (shape === this.shape) return;
    Object.assign(this, { shape, origin: [top, left], cells: [] });
    this.element.style.setProperty("--rows", rows.length);
    this.element.style.setProperty("--cols", cols.length);
    this.top.replaceChildren(
      ...cols.map((c) => h("span", {}, cell(Math.max(top, 0), c).pad ? "" : String(c))),
    );
    this.side.replaceChildren(
      ...rows.map((r) => h("span", {}, cell(r, Math.max(left, 0)).pad ? "" : String(r))),
    );
    this.grid.replaceChildren(
      ...rows.map((row) =>
        h(
          "div",
          { class: "row", role: "row" },
          ...cols.map((col) => this.make(row, col, cell(row, col))),
        ),
      ),
    );
  }

  make(row, col, { edit }) {
    const element = h("div", { role: this.onEdit ? "gridcell" : "cell" });
    const drawn = { row, col, element, note: h("small", { "aria-hidden": "true" }) };
    if (edit !== undefined) {
      drawn.input = h("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        spellcheck: "false",
        tabindex: "-1",
        oninput: () => this.onEdit(row, col, drawn.input.value),
        onfocus: () => drawn.input.select(),
      });
      drawn.input.at = [row, col];
      element.append(drawn.input, drawn.note);
    } else {
      drawn.text = h("span", {});
      element.append(drawn.text, drawn.note);
    }
    if (this.onPick) element.onclick = () => this.onPick(row, col);
    this.cells.push(drawn);
    return element;
  }

  fill(
    { row, col, element, input, text, note },
    { text: shown = "", note: small = "", kind = "", label, edit, level },
  ) {
    if (level !== undefined) element.style.setProperty("--level", level);
    put(element, "class", `cell ${kind}`);
    putText(note, small);
    if (input) {
      const active = this.root().activeElement === input;
      if (input.value !== edit && !(active && readNumber(input.value) === readNumber(edit)))
        input.value = edit;
      put(input, "aria-label", label);
      put(input, "aria-invalid", String(Boolean(/wrong/.test(kind))));
      put(input, "tabindex", row === this.focus[0] && col === this.focus[1] ? "0" : "-1");
      input.style.setProperty("--long", Math.max(input.value.length, 2));
    } else {
      putText(text, shown);
      text.style.setProperty("--long", Math.max(shown.length, 2));
      if (label) put(element, "aria-label", label);
      else element.removeAttribute("aria-label");
    }
  }

  root() {
    return this.element.getRootNode();
  }

  /** One cell of the grid is in the tab order: the one that was last used. */
  rove(input) {
    if (!input.at) return;
    this.focus = input.at;
    for (const { input: other } of this.cells)
      if (other) put(other, "tabindex", other === input ? "0" : "-1");
  }

  inputAt(row, col) {
    return this.cells.find((c) => c.row === row && c.col === col)?.input;
  }

  move(event) {
    const { target, key } = event;
    if (!target.at) return;
    const [row, col] = target.at;
    const atStart = target.selectionEnd === 0;
    const atEnd = target.selectionStart === target.value.length;
    const all = target.selectionEnd - target.selectionStart === target.value.length;
    const steps = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowLeft: (all || atStart) && [0, -1],
      ArrowRight: (all || atEnd) && [0, 1],
    };
    if (key === "Escape") this.onEdit(row, col, null);
    const step = steps[key];
    const next = step && this.inputAt(row + step[0], col + step[1]);
    if (next) next.focus();
    if (step || key === "Escape") event.preventDefault();
  }

  /** Moves the amber frame: {row, col, height, width} in cells, or null to hide it. */
  point(window) {
    this.place(this.frame, window);
  }

  /** Moves the dashed frame of a window that is dropped. */
  ghost(window) {
    this.place(this.lost, window);
  }

  place(frame, window) {
    frame.hidden = !window;
    if (!window) return;
    frame.style.setProperty("--row", window.row - this.origin[0]);
    frame.style.setProperty("--col", window.col - this.origin[1]);
    frame.style.setProperty("--high", window.height);
    frame.style.setProperty("--wide", window.width);
  }

  clear() {
    this.draw({ title: this.title.textContent, bottom: 0, right: 0, cell: () => ({}) });
    this.point(null);
  }
}
