/* Where code is written: a text area with line numbers that keeps the indentation. */
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
  }

  /* Enter keeps the indentation; Tab is left to the browser, so that no one is caught here. */
  #key(event) {
    if (this.words || event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.onrun();
      return;
    }
    const before = this.area.value.slice(0, this.area.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const deeper = /:\s*(#.*)?$/.test(line) ? INDENT : "";
    this.#insert(`\n${line.match(/^\s*/)[0]}${deeper}`);
  }

  #insert(text) {
    // The browser's own command can be undone with Ctrl+Z; not every browser has it.
    if (!document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.#changed();
    }
  }
}
