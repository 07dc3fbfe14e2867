/* Boards. Grids of numbers on graph paper, with the window's frame over them. */

const KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Enter", "Home", "End", "Escape"];

/**
 * A grid of numbers on graph paper. Cells are typed into when `onEdit` is given: arrows, Home and
 * End move, with Ctrl to the first and last cell of all, and Escape takes back what was typed.
 * `onPaste` hears of a pasted grid, `onPick` which cell was clicked, `onHover` which one the mouse
 * is over, or null.
 */
class Board {
  constructor({ onEdit = null, onPaste = null, onPick = null, onHover = null } = {}) {
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
    this.scroll = h("div", { class: "scroll" }, paper);
    this.element = h("div", { class: "board" }, this.title, this.scroll);
    this.grid.onkeydown = (event) => this.move(event);
    this.grid.addEventListener("focusin", (event) => this.rove(event.target)); // has no property
    if (onPaste) this.grid.onpaste = (event) => this.paste(event, onPaste);
    if (onHover) this.listen(onHover);
    // what scrolls without a cell to go to must be reached with Tab itself
    if (!onEdit) new ResizeObserver(() => this.reach()).observe(this.scroll);
  }

  listen(onHover) {
    this.grid.onpointerover = ({ target, pointerType }) => {
      const cell = target.closest(".cell");
      if (pointerType === "mouse" && cell) onHover(...cell.at);
    };
    this.grid.onpointerleave = ({ pointerType }) => pointerType === "mouse" && onHover(null);
  }

  reach() {
    if (this.scroll.scrollWidth > this.scroll.clientWidth) put(this.scroll, "tabindex", "0");
    else this.scroll.removeAttribute("tabindex");
  }

  /** Draws rows top..bottom and columns left..right; `cell(row, col)` tells what each one shows:
   *  {text or value, note, kind, label, description, edit}. */
  draw({ title, label, top = 0, left = 0, bottom, right, cell }) {
    this.shown = arguments[0]; // for the picture
    putText(this.title, title);
    put(this.grid, "aria-label", label ?? title);
    this.longest = 2;
    const focused = this.root().activeElement?.at;
    this.build({ top, left, bottom, right }, cell);
    for (const drawn of this.cells) this.fill(drawn, cell(drawn.row, drawn.col));
    this.element.style.setProperty("--longest", this.longest);
    if (focused && this.focus === focused && !this.root().activeElement) this.refocus(bottom, right);
  }

  /** The cell that was typed into is gone with the old size: go on in the nearest one. */
  refocus(bottom, right) {
    const [row, col] = this.focus;
    this.inputAt(Math.min(row, bottom - 1), Math.min(col, right - 1))?.focus();
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
    element.at = [row, col];
    drawn.text = h("span", edit === undefined ? {} : { "aria-hidden": "true" });
    if (edit !== undefined) {
      drawn.input = h("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        spellcheck: "false",
        tabindex: "-1",
        oninput: () => this.onEdit(row, col, drawn.input.value),
        onfocus: () => {
          drawn.before = drawn.input.value;
          drawn.input.select();
        },
      });
      drawn.input.at = element.at;
      element.append(drawn.input);
    }
    element.append(drawn.text, drawn.note);
    if (this.onPick) element.onclick = () => this.onPick(row, col);
    this.cells.push(drawn);
    return element;
  }

  /** Shows a cell. What is typed into keeps every digit; a text over it shows what fits. */
  fill(
    { row, col, element, input, text, note },
    { text: given = "", value, note: small = "", kind = "", label, description, edit, level },
  ) {
    const shown = value === undefined ? { text: given, rounded: false } : brief(value);
    const long = Math.max(input ? Math.min(edit.length, shown.text.length || MOST) : shown.text.length, 2);
    this.longest = Math.max(this.longest, long);
    if (level !== undefined) element.style.setProperty("--level", level);
    element.style.setProperty("--long", long);
    put(element, "class", `cell ${kind}${shown.rounded ? " rounded" : ""}`);
    put(element, "title", shown.rounded ? String(value) : null);
    put(element, "aria-description", description || null);
    putText(note, small);
    putText(text, input && !shown.rounded ? "" : shown.text);
    if (!input) return put(element, "aria-label", label || null);
    const active = this.root().activeElement === input;
    if (input.value !== edit && !(active && readNumber(input.value) === readNumber(edit)))
      input.value = edit;
    put(input, "aria-label", label);
    put(input, "aria-description", description || null);
    put(input, "aria-invalid", String(Boolean(/wrong/.test(kind))));
    put(input, "tabindex", row === this.focus[0] && col === this.focus[1] ? "0" : "-1");
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
    if (!target.at || !KEYS.includes(key)) return;
    const all = target.selectionEnd - target.selectionStart === target.value.length;
    const next = this.next(event, {
      atStart: all || target.selectionEnd === 0,
      atEnd: all || target.selectionStart === target.value.length,
    });
    if (key === "Escape") this.takeBack(target);
    else if (next === null) return;
    this.inputAt(...(next ?? target.at))?.focus();
    event.preventDefault();
  }

  /** The cell that a key leads to; null where the key moves within the text. */
  next({ target, key, shiftKey, ctrlKey, metaKey }, { atStart, atEnd }) {
    const [row, col] = target.at;
    const own = this.cells.filter((c) => c.input);
    const [first, last] = [own[0], own.at(-1)];
    if (ctrlKey || metaKey)
      return { Home: [first.row, first.col], End: [last.row, last.col] }[key] ?? null;
    const places = {
      ArrowUp: [row - 1, col],
      ArrowDown: [row + 1, col],
      Enter: [row + (shiftKey ? -1 : 1), col],
      ArrowLeft: atStart && !shiftKey && [row, col - 1],
      ArrowRight: atEnd && !shiftKey && [row, col + 1],
      Home: atStart && !shiftKey && [row, first.col],
      End: atEnd && !shiftKey && [row, last.col],
    };
    return places[key] || null;
  }

  /** What was in a cell when it was entered comes back. */
  takeBack(input) {
    const { before } = this.cells.find((cell) => cell.input === input);
    const [row, col] = input.at;
    this.onEdit(row, col, Number.isNaN(readNumber(before)) || before === input.value ? null : before);
    input.select();
  }

  paste(event, onPaste) {
    const pasted = event.target.at && readGrid(event.clipboardData.getData("text/plain"));
    if (!pasted) return;
    event.preventDefault();
    onPaste(pasted);
  }

  /** Moves the amber frame: {row, col, height, width} in cells, or null to hide it. */
  point(window) {
    this.pointed = window;
    this.place(this.frame, window);
  }

  /** Moves the dashed frame of a window that is dropped. */
  ghost(window) {
    this.ghosted = window;
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
