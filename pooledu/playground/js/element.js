/* Element. What every component inherits. */

/* One for all. A <style> in each would need a Content-Security-Policy that lets pages have them. */
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(STYLE);

const PAUSE = 1000; // milliseconds after which the same control's next change is one of its own

/** What all components share: a shadow root with the style sheet; state from the attributes, or
 *  from the page's address when it names this component; undo, reset and a link to the state. */
class PoolElement extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [SHEET];
    this.shadowRoot.addEventListener("keydown", (event) => this.undoOnKey(event));
    Object.assign(this, { past: [], future: [], typed: new Map() });
  }

  connectedCallback() {
    this.takeName();
    this.build();
    this.comeIntoView();
  }

  disconnectedCallback() {
    this.transport?.stop();
  }

  /** Makes the parts, once: when the page shows it, or before if it is given a state. */
  build() {
    if (this.built) return;
    this.built = true;
    this.load();
    this.setup();
    this.shadowRoot.firstElementChild.append(takeAlong(this));
    this.hideControls();
    this.render();
  }

  attributeChangedCallback() {
    if (this.built) (this.load(), this.render());
  }

  /** The state that attributes and address describe, and the one that the page alone describes. */
  load() {
    this.typed.clear();
    this.own = this.read((name) => this.getAttribute(name));
    this.state = structuredClone(this.read((name) => this.given(name)));
  }

  /** Without an id it takes one that stays when components come or go: of its label, or of what
   *  its tag says. */
  takeName() {
    if (this.id || this.hasAttribute("embedded")) return;
    const kind = this.localName.replace("pool-", "");
    const label = this.getAttribute("label")?.toLowerCase().match(/[\p{L}\p{N}]+/gu);
    const tag = this.getAttributeNames().map((name) => `${name}=${this.getAttribute(name)}`);
    const name = label ? label.join("-") : `${kind}-${digest(tag.sort().join(" "))}`;
    const taken = range(1, 100).find((n) => !document.getElementById(n > 1 ? `${name}-${n}` : name));
    this.id = taken > 1 ? `${name}-${taken}` : name;
  }

  /** Whether the page's address is about this component: by its id, or by its place on the page. */
  get named() {
    const name = new URLSearchParams(location.search).get("pool");
    const alike = [...document.querySelectorAll(this.localName)];
    const place = `${this.localName.replace("pool-", "")}-${alike.indexOf(this) + 1}`;
    return name !== null && [this.id, place].includes(name);
  }

  /** Reads an attribute, or the word in the page's address that stands in for it. */
  given(name) {
    const word = this.named ? new URLSearchParams(location.search).get(name) : null;
    return word ?? this.getAttribute(name);
  }

  /** A link to this component leads here: the browser looked before the parts were made. */
  comeIntoView() {
    const here = new URL(`#${this.id}`, location.href).hash; // not every address can be decoded
    if (!this.named && location.hash !== here) return;
    const show = () => this.scrollIntoView();
    if (document.readyState === "complete") show();
    else addEventListener("load", show, { once: true });
  }

  /** Changes the state as a user would: draws it and tells the page. Changes of one kind that
   *  follow each other at once, such as digits typed into a cell, are one step for undo. */
  change(part, kind = Object.keys(part).join()) {
    if (kind !== "step") this.remember(kind);
    this.take(part);
  }

  remember(kind) {
    const now = performance.now();
    const goesOn = this.last?.kind === kind && now - this.last.time < PAUSE && this.past.length;
    if (!goesOn) this.past.push(structuredClone(this.state));
    this.last = { kind, time: now };
    this.future = [];
  }

  take(part) {
    Object.assign(this.state, part);
    this.render();
    this.dispatchEvent(
      new CustomEvent("pool-change", { bubbles: true, detail: { ...this.state } }),
    );
  }

  /** Back to the state before the last change; the step on show stays. */
  undo(from = this.past, to = this.future) {
    if (!from.length) return;
    to.push(structuredClone(this.state));
    this.last = null;
    this.typed.clear();
    const { step, ...before } = from.pop();
    this.take(before);
  }

  undoOnKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.undo(this.future, this.past);
    else this.undo();
  }

  /** Back to what the page shows. */
  reset() {
    this.typed.clear();
    this.change(structuredClone(this.own), "reset");
  }

  /** Takes over a state from outside: draws it without telling the page. */
  adopt(part) {
    this.build();
    if (JSON.stringify(part.x) !== JSON.stringify(this.state.x)) this.typed.clear();
    Object.assign(this.state, part);
    this.render();
  }

  /** The situation on show, as the address of this page; what is the page's own is left out. */
  address() {
    const words = writeState(this.constructor.table, this.state, this.own);
    const url = new URL(location.href);
    url.search = words.length ? new URLSearchParams([["pool", this.id], ...words]) : "";
    url.hash = this.id;
    return url.href;
  }

  /** Undo, reset, and a link: a button puts the situation into the address bar and onto the
   *  clipboard. */
  tools() {
    const said = h("span", { class: "said", role: "status" });
    const tool = (name, label, onclick) => {
      const button = press(label, onclick);
      put(button, "data-control", name);
      return button;
    };
    this.undoButton = tool("undo", "Undo", () => this.undo());
    this.resetButton = tool("reset", "Reset", () => this.reset());
    const link = tool("link", "Link to this", async () => {
      const href = this.address();
      history.replaceState(null, "", href);
      const copied = await copy(href);
      putText(said, copied ? "Copied." : "The link is in the address bar.");
    });
    link.classList.add("link");
    return h("span", { class: "tools" }, said, this.undoButton, this.resetButton, link);
  }

  /** Shows which of the tools have something to do. */
  showTools() {
    const moved = writeState(this.constructor.table, { ...this.state, step: 0 }, { ...this.own, step: 0 });
    put(this.undoButton, "aria-disabled", String(!this.past.length));
    put(this.resetButton, "aria-disabled", String(!moved.length));
    queueMicrotask(() => this.panel?.show()); // when all is drawn
  }

  /** `controls="kernel stride"` shows only the controls that it names. */
  hideControls() {
    const wanted = this.getAttribute("controls")?.split(/\s+/);
    if (!wanted) return;
    for (const part of this.shadowRoot.querySelectorAll("[data-control]"))
      if (!wanted.includes(part.dataset.control)) part.classList.add("absent");
  }
}

/** Puts a text onto the clipboard; whether the browser let it. */
const copy = (text) =>
  Promise.resolve(navigator.clipboard?.writeText(text).then(() => true)).catch(() => false);

/** A short name for a text: FNV-1a in base 36. */
function digest(text) {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193);
  return (hash >>> 0).toString(36);
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
