/* Transport. Stepping, playing and scrubbing, and the words that follow. */

const SPEEDS = { 0.5: "½ ×", 1: "1 ×", 2: "2 ×", 4: "4 ×" };

/** Back, play, step and a slider over the steps 0..count-1. */
class Transport {
  constructor(noun, onStep) {
    Object.assign(this, { noun, onStep, step: 0, count: 0, timer: null });
    const button = (name, label, onclick) =>
      h("button", { type: "button", class: name, onclick }, icon(name), h("span", {}, label));
    this.back = button("back", "Back", () => this.to(this.step - 1));
    this.play = button("play", "Play", () => (this.timer ? this.stop() : this.start()));
    this.next = button("step", "Step", () => this.to(this.step + 1));
    this.slider = h("input", {
      type: "range",
      min: "0",
      class: "scrub",
      "aria-label": noun,
      oninput: () => this.to(Number(this.slider.value)),
    });
    this.speed = control("speed", new Menu("Speed", SPEEDS, () => this.timer && this.start()));
    this.speed.show("1");
    this.element = h(
      "div",
      { class: "transport" },
      this.back,
      this.play,
      this.next,
      this.slider,
      this.speed.element,
    );
  }

  to(step) {
    this.stop();
    this.onStep(Math.min(Math.max(step, 0), this.count - 1));
  }

  start() {
    if (this.count < 2) return;
    if (this.step >= this.count - 1) this.onStep(0);
    const pace = Math.min(900, Math.max(250, 14000 / this.count)) / Number(this.speed.select.value);
    clearInterval(this.timer);
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
