/* Parts. The pieces that every component is built of: elements, boards, fields, transport. */

/** An element: h("button", {class: "step", onclick: go}, "Step"). */
function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  step: "M6 4.5v15l9-7.5zM16 5h3v14h-3z",
  back: "M18 4.5v15l-9-7.5zM5 5h3v14H5z",
};

/** A drawn icon; the button around it carries the name. */
function icon(name) {
  const holder = h("span", { class: "icon", "aria-hidden": "true" });
  holder.innerHTML = `<svg viewBox="0 0 24 24"><path d="${ICONS[name]}"/></svg>`;
  return holder;
}

/** Sets an attribute only where it differs, so that nothing is announced or restyled in vain. */
function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function putText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

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
    this.top = h("div", { class: "axis axis-top", "aria-hidden": "true" });
    this.side = h("div", { class: "axis axis-side", "aria-hidden": "true" });
    const paper = h("div", { class: "paper" }, this.top, this.side, this.grid, this.frame);
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
    const edits = rows.map((r) => cols.map((c) => (cell(r, c).edit === undefined ? 0 : 1)).join(""));
    const shape = JSON.stringify([bounds, edits]);
    if (shape === this.shape) return;
    Object.assign(this, { shape, origin: [top, left], cells: [] });
    this.element.style.setProperty("--rows", rows.length);
    this.element.style.setProperty("--cols", cols.length);
    this.top.replaceChildren(...cols.map((c) => h("span", {}, cell(Math.max(top, 0), c).pad ? "" : String(c))));
    this.side.replaceChildren(...rows.map((r) => h("span", {}, cell(r, Math.max(left, 0)).pad ? "" : String(r))));
    this.grid.replaceChildren(...rows.map((row) =>
      h("div", { class: "row", role: "row" }, ...cols.map((col) => this.make(row, col, cell(row, col))))));
  }

  make(row, col, { edit }) {
    const element = h("div", { role: this.onEdit ? "gridcell" : "cell" });
    const drawn = { row, col, element, note: h("small", { "aria-hidden": "true" }) };
    if (edit !== undefined) {
      drawn.input = h("input", {
        type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", tabindex: "-1",
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

  fill({ row, col, element, input, text, note }, { text: shown = "", note: small = "", kind = "", label, edit, level }) {
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
      ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowLeft: (all || atStart) && [0, -1], ArrowRight: (all || atEnd) && [0, 1],
    };
    if (key === "Escape") this.onEdit(row, col, null);
    const step = steps[key];
    const next = step && this.inputAt(row + step[0], col + step[1]);
    if (next) next.focus();
    if (step || key === "Escape") event.preventDefault();
  }

  /** Moves the amber frame: {row, col, height, width} in cells, or null to hide it. */
  point(window) {
    this.frame.hidden = !window;
    if (!window) return;
    const style = this.frame.style;
    style.setProperty("--row", window.row - this.origin[0]);
    style.setProperty("--col", window.col - this.origin[1]);
    style.setProperty("--high", window.height);
    style.setProperty("--wide", window.width);
  }

  clear() {
    this.draw({ title: this.title.textContent, bottom: 0, right: 0, cell: () => ({}) });
    this.point(null);
  }
}

/** from, from + 1, ..., to - 1. */
const range = (from, to) => Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i);

/** A whole number, or two, with buttons for one less and one more. */
class SizeField {
  constructor(name, { label = name, least = 0, placeholder = () => "", onChange }) {
    Object.assign(this, { least, onChange, placeholder });
    this.input = h("input", {
      type: "text", inputmode: "numeric", autocomplete: "off", id: `field-${name}`,
      oninput: () => onChange(readSize(this.input.value)),
      onkeydown: (event) => this.key(event),
    });
    this.element = h("div", { class: "field", "data-field": name },
      h("label", { for: `field-${name}` }, label),
      h("div", { class: "stepper" },
        this.button(`${label} less`, "−", -1), this.input, this.button(`${label} more`, "+", 1)));
  }

  button(name, sign, by) {
    return h("button", { type: "button", "aria-label": name, onclick: () => this.add(by) }, sign);
  }

  key(event) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (by) event.preventDefault(), this.add(by);
  }

  add(by) {
    const now = readSize(this.input.value || this.input.placeholder);
    const more = (v) => Math.max(this.least, (Number.isInteger(v) ? v : this.least) + by);
    this.onChange(Array.isArray(now) ? now.map(more) : more(now));
  }

  show(value, wrong) {
    const active = this.input.getRootNode().activeElement === this.input;
    if (!active || writeSize(readSize(this.input.value)) !== writeSize(value))
      this.input.value = writeSize(value);
    put(this.input, "placeholder", writeSize(this.placeholder()));
    put(this.input, "aria-invalid", String(wrong));
  }
}

/** One choice out of a few, drawn as joined buttons; radio buttons underneath. */
class Choice {
  constructor(legend, options, onChange) {
    this.radios = Object.entries(options).map(([value, label]) => {
      const radio = h("input", { type: "radio", name: legend, value, onchange: () => onChange(value) });
      return { radio, label: h("label", {}, radio, h("span", {}, label)) };
    });
    this.element = h("fieldset", { class: "choice" }, h("legend", { class: "unseen" }, legend),
      ...this.radios.map((r) => r.label));
  }

  show(value) {
    for (const { radio } of this.radios) radio.checked = radio.value === value;
  }
}

/** A checkbox with its name. */
class Check {
  constructor(label, onChange) {
    this.input = h("input", { type: "checkbox", onchange: () => onChange(this.input.checked) });
    this.element = h("label", { class: "check" }, this.input, h("span", {}, label));
  }

  show(value) {
    this.input.checked = value;
  }
}

/** A labelled <select>; `options` maps values to names. */
class Menu {
  constructor(label, options, onChange) {
    this.select = h("select", { onchange: () => onChange(this.select.value) },
      ...Object.entries(options).map(([value, name]) => h("option", { value }, name)));
    this.element = h("label", { class: "menu" }, h("span", {}, label), this.select);
  }

  show(value) {
    this.select.value = value;
  }
}

/** Back, play, step and a slider over the steps 0..count-1. */
class Transport {
  constructor(noun, onStep) {
    Object.assign(this, { noun, onStep, step: 0, count: 0, timer: null });
    const button = (name, label, onclick) => h("button", { type: "button", class: name, onclick }, icon(name), h("span", {}, label));
    this.back = button("back", "Back", () => this.to(this.step - 1));
    this.play = button("play", "Play", () => (this.timer ? this.stop() : this.start()));
    this.next = button("step", "Step", () => this.to(this.step + 1));
    this.slider = h("input", { type: "range", min: "0", class: "scrub", "aria-label": noun,
      oninput: () => this.to(Number(this.slider.value)) });
    this.element = h("div", { class: "transport" }, this.back, this.play, this.next, this.slider);
  }

  to(step) {
    this.stop();
    this.onStep(Math.min(Math.max(step, 0), this.count - 1));
  }

  start() {
    if (this.count < 2) return;
    if (this.step >= this.count - 1) this.onStep(0);
    const pace = Math.min(900, Math.max(250, 14000 / this.count));
    this.timer = setInterval(() => {
      const step = this.step + 1;
      if (step >= this.count - 1) this.stop();
      this.onStep(step);
    }, pace);
    this.label();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.label();
  }

  label() {
    const name = this.timer ? "pause" : "play";
    if (this.play.className === name) return;
    this.play.className = name;
    this.play.replaceChildren(icon(name), h("span", {}, this.timer ? "Pause" : "Play"));
  }

  show(step, count) {
    Object.assign(this, { step, count });
    put(this.slider, "max", String(Math.max(count - 1, 0)));
    this.slider.value = String(step);
    put(this.slider, "aria-valuetext", `${this.noun} ${step + 1} of ${count}`);
    // aria-disabled, not disabled: the button that took the last step keeps the keyboard's focus
    put(this.back, "aria-disabled", String(step <= 0));
    put(this.next, "aria-disabled", String(step >= count - 1));
    put(this.play, "aria-disabled", String(count < 2));
  }
}

/** A slider over fractions, with its value beside it. */
class Slider {
  constructor(label, { min, max, step }, onChange) {
    this.input = h("input", { type: "range", min, max, step, class: "slider", "aria-label": label,
      oninput: () => onChange(Number(this.input.value)) });
    this.value = h("output", {});
    this.element = h("div", { class: "field" }, h("span", { class: "label" }, `${label} = `, this.value), this.input);
  }

  show(value) {
    this.input.value = String(value);
    putText(this.value, show(value, 2));
    put(this.input, "aria-valuetext", show(value, 2));
  }
}

/** What a step did, in words: where, the computation, notes. Read aloud when it changes. */
class Words {
  constructor() {
    this.lines = ["where", "formula", "notes"].map((name) => h("p", { class: name }));
    this.element = h("div", { role: "status" }, ...this.lines);
  }

  say(where, formula, notes, { wrong = false, quiet = false } = {}) {
    put(this.element, "class", wrong ? "words wrong" : "words");
    put(this.element, "aria-live", quiet ? "off" : "polite");
    [where, formula, notes].forEach((text, k) => putText(this.lines[k], text));
  }
}

const press = (label, onclick) => h("button", { type: "button", onclick }, label);

/** What all components share: a shadow root with the style sheet; state from the attributes, or
 *  from the page's address when it names this component; a button that writes such an address. */
class PoolElement extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" }).append(h("style", {}, STYLE));
  }

  connectedCallback() {
    this.build();
  }

  /** Makes the parts, once: when the page shows it, or before if it is given a state. */
  build() {
    if (this.built) return;
    this.built = true;
    this.load();
    this.setup();
    this.hideControls();
    this.render();
  }

  attributeChangedCallback() {
    if (this.built) this.load(), this.render();
  }

  /** The name under which an address refers to this component: its id, or its place on the page. */
  get key() {
    const alike = [...document.querySelectorAll(this.localName)];
    return this.id || `${this.localName.replace("pool-", "")}-${alike.indexOf(this) + 1}`;
  }

  /** Reads an attribute, or the word in the page's address that stands in for it. */
  given(name) {
    const query = new URLSearchParams(location.search);
    return (query.get("pool") === this.key ? query.get(name) : null) ?? this.getAttribute(name);
  }

  /** Changes the state as a user would: draws it and tells the page. */
  change(part) {
    Object.assign(this.state, part);
    this.render();
    this.dispatchEvent(new CustomEvent("pool-change", { bubbles: true, detail: { ...this.state } }));
  }

  /** Takes over a state from outside: draws it without telling the page. */
  adopt(part) {
    this.build();
    if (JSON.stringify(part.x) !== JSON.stringify(this.state.x)) this.typed.clear();
    Object.assign(this.state, part);
    this.render();
  }

  /** The situation on show, as the address of this page. */
  address(words) {
    const url = new URL(location.href);
    url.search = new URLSearchParams([["pool", this.key], ...words]);
    url.hash = this.id;
    return url.href;
  }

  /** A button that puts the situation into the address bar and onto the clipboard. */
  linkButton(words) {
    const said = h("span", { class: "said", role: "status" });
    const button = press("Link to this", async () => {
      const href = this.address(words());
      history.replaceState(null, "", href);
      const copied = await navigator.clipboard?.writeText(href).then(() => true, () => false);
      putText(said, copied ? "Copied." : "The link is in the address bar.");
    });
    put(button, "data-control", "link");
    return h("span", { class: "link" }, button, said);
  }

  /** `controls="kernel stride"` shows only the controls that it names. */
  hideControls() {
    const wanted = this.getAttribute("controls")?.split(/\s+/);
    if (!wanted) return;
    for (const part of this.shadowRoot.querySelectorAll("[data-control]"))
      if (!wanted.includes(part.dataset.control)) part.classList.add("absent");
  }
}

/** Marks a part's element as the control called `name`. */
function control(name, part) {
  put(part.element, "data-control", name);
  return part;
}

/** Registers a component once, whatever number of times the script is loaded. */
function define(name, component) {
  if (!customElements.get(name)) customElements.define(name, component);
}
