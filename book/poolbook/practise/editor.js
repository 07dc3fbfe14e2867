/* Where code is written: a text area with line numbers that keeps the indentation. Its keys are those
   of every text area, but for Enter, and for Backspace before the first letter of a line. */
const INDENT = "    ";

export class Editor {
  onchange = () => {};
  onrun = () => {};

  /* `words`: what is written is a text and not code. */
  constructor(code, label, words = false) {
    this.words = words;
    this.area = document.createElement("textarea");
    Object.assign(this.area, {
      value: code, spellcheck: words, autocapitalize: words ? "on" : "off", autocomplete: "off",
      wrap: words ? "soft" : "off",
    });
    this.area.setAttribute("aria-label", label);
    if (!words) {
      this.area.setAttribute("autocorrect", "off");
      this.area.setAttribute("aria-keyshortcuts", "Control+Enter");
    }
    this.numbers = document.createElement("div");
    this.numbers.className = "practise-numbers";
    this.numbers.setAttribute("aria-hidden", "true");
    this.numbers.hidden = words;
    this.element = document.createElement("div");
    this.element.className = "practise-editor";
    this.element.append(this.numbers, this.area);
    this.area.addEventListener("input", () => this.#changed());
    this.area.addEventListener("scroll", () => { this.numbers.scrollTop = this.area.scrollTop; });
    this.area.addEventListener("keydown", (event) => this.#key(event));
    this.#count();
    // Later, for what is fitted has another size, which the same round would not hear of.
    new ResizeObserver(() => requestAnimationFrame(() => this.#fit())).observe(this.area);
  }

  get code() { return this.area.value; }

  set code(text) {
    this.area.value = text;
    this.#count();
  }

  /* Show a place, or none. */
  mark(line, column = 1) {
    for (const number of this.numbers.children) number.classList.remove("wrong");
    this.numbers.children[line - 1]?.classList.add("wrong");
  }

  #changed() {
    this.mark(0);
    this.#count();
    this.onchange(this.code);
  }

  #count() {
    const lines = this.code.split("\n").length;
    this.area.rows = Math.max(4, lines);
    while (this.numbers.childElementCount < lines) {
      const number = document.createElement("span");
      number.textContent = this.numbers.childElementCount + 1;
      this.numbers.append(number);
    }
    while (this.numbers.childElementCount > lines) this.numbers.lastChild.remove();
    this.#fit();
  }

  /* Whether a line goes on beyond the edge is to be seen there; a scroll bar takes no line's place. */
  #fit() {
    const { area } = this;
    this.element.classList.toggle("beyond", area.scrollWidth > area.clientWidth);
    if (area.offsetHeight - area.clientHeight > 2) area.rows = Math.max(4, this.numbers.childElementCount) + 1;
  }

  /* Enter keeps the indentation and Backspace takes a step of it away; Tab is left to the browser, so
     that no one is caught here. */
  #key(event) {
    if (this.words || event.isComposing) return;
    if (event.key === "Backspace" && !event.ctrlKey && !event.metaKey && !event.altKey) this.#back(event);
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.onrun();
      return;
    }
    const line = this.#before();
    const deeper = /:\s*(#.*)?$/.test(line) ? INDENT : "";
    this.#insert(`\n${line.match(/^\s*/)[0]}${deeper}`);
  }

  /* The line up to the cursor. */
  #before() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    return before.slice(before.lastIndexOf("\n") + 1);
  }

  #back(event) {
    const { selectionStart: at, selectionEnd: end } = this.area;
    const line = this.#before();
    if (at !== end || !/^ +$/.test(line)) return;
    event.preventDefault();
    this.area.setSelectionRange(at - ((line.length - 1) % INDENT.length + 1), at);
    this.#insert("");
  }

  #insert(text) {
    // The browser's own command can be undone with Ctrl+Z; not every browser has it.
    const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (!done) {
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.#changed();
    }
  }
}
