/* <pool-shift-lab>: move a signal by one place and see what changes after halving it. */

const SIGNALS = {
  wave: { name: "Square wave", x: [0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4] },
  bumps: { name: "Two bumps", x: [0, 0, 1, 5, 9, 4, 1, 0, 3, 3, 0, 0] },
  spike: { name: "One spike", x: [0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0] },
};
const SHIFT_ATTRIBUTES = { x: ["x", "json"], shift: ["shift", "number"] };
const SHIFT_START = { x: SIGNALS.wave.x, shift: 0 };
const HALVING_NAMES = {
  stride: ["Every second value", "stride 2, nothing else"],
  max: ["Maximum", "windows of 2, stride 2"],
  avg: ["Average", "windows of 2, stride 2"],
  blur: ["Blurred maximum", "windows of 2 at stride 1, then [1 2 1]/4 at stride 2"],
};

/** Why a signal cannot be shifted, or null. */
function signalComplaint(x, name = "x") {
  if (!Array.isArray(x) || x.length % 2 || x.length < 4 || x.length > 16)
    return `${name} is ${JSON.stringify(x)}. It must be a list of 4 to 16 numbers, an even count of them.`;
  const strange = x.find((value) => !Number.isFinite(value));
  return strange === undefined
    ? null
    : `${name} contains ${JSON.stringify(strange)}. Every cell needs a finite number.`;
}

class ShiftLab extends PoolElement {
  static observedAttributes = Object.keys(SHIFT_ATTRIBUTES);

  static table = SHIFT_ATTRIBUTES;

  read(get) {
    return { ...SHIFT_START, ...readState(SHIFT_ATTRIBUTES, get) };
  }

  setup() {
    this.input = new Board({
      onEdit: (_, col, text) => this.edit(col, text),
      onPaste: (pasted) => this.paste(pasted),
    });
    this.rows = Object.fromEntries(
      Object.entries(HALVING_NAMES).map(([name, [title, how]]) => {
        const board = new Board();
        const verdict = h("p", { class: "verdict" });
        const heading = h("p", { class: "halving" }, title, h("small", {}, how));
        return [
          name,
          {
            board,
            verdict,
            element: h("div", { class: "halved" }, heading, board.element, verdict),
          },
        ];
      }),
    );
    this.words = new Words();
    this.menu = control(
      "signal",
      new Menu(
        "Signal",
        {
          "": "your own",
          ...Object.fromEntries(Object.entries(SIGNALS).map(([k, s]) => [k, s.name])),
        },
        (name) => this.choose(name),
      ),
    );
    this.slider = h("input", {
      type: "range",
      class: "scrub",
      min: "0",
      "aria-label": "shift",
      oninput: () => this.change({ shift: Number(this.slider.value) }),
    });
    const by = (step, label) => press(label, () => this.change({ shift: this.state.shift + step }));
    this.shadowRoot.append(
      h(
        "div",
        {
          role: "group",
          class: "card lab",
          "aria-label": this.getAttribute("label") ?? "Shift lab",
        },
        h(
          "div",
          { class: "bar" },
          this.menu.element,
          this.tools(),
        ),
        this.input.element,
        h("div", { class: "transport" }, by(-1, "Left"), by(1, "Right"), this.slider),
        this.words.element,
        ...Object.values(this.rows).map((row) => row.element),
      ),
    );
  }

  choose(name) {
    if (!name) return;
    this.typed.clear();
    this.change({ x: [...SIGNALS[name].x], shift: 0 });
  }

  /** Cell `col` of the moved signal was typed into. */
  edit(col, text) {
    const { x, shift } = this.state;
    const value = readNumber(text ?? "");
    if (Number.isFinite(value) || text === null) this.typed.delete(col);
    else this.typed.set(col, text);
    if (!Number.isFinite(value)) return this.render();
    const at = (((col - shift) % x.length) + x.length) % x.length;
    this.change({ x: x.map((v, i) => (i === at ? value : v)) }, `cell ${col}`);
  }

  /** Numbers that were pasted are the whole signal, as it stands now. */
  paste({ rows, error }) {
    const numbers = rows?.flat();
    this.refused = error ?? signalComplaint(numbers, "What was pasted");
    if (this.refused) return this.render();
    this.change({ x: rolled(numbers, -this.state.shift % numbers.length) });
  }

  change(...args) {
    this.refused = null;
    super.change(...args);
  }

  problem() {
    const [typed] = this.typed;
    const { x, shift } = this.state;
    if (this.refused) return this.refused;
    if (!typed) return signalComplaint(x) ?? wholeComplaint("shift", shift);
    return `Cell ${typed[0]} ${slip(typed[1])}. Every cell needs a number: type one, or press Escape to take it back.`;
  }

  render() {
    const problem = this.problem();
    const { x } = this.state;
    this.showTools();
    if (problem) {
      this.words.say("This cannot be moved", problem, "", { wrong: true });
      if (!Array.isArray(x) || !this.typed.size) return;
    }
    this.state.shift = (((Math.trunc(this.state.shift) || 0) % x.length) + x.length) % x.length;
    const { shift } = this.state;
    const moved = rolled(x, shift);
    this.style.setProperty("--count", x.length);
    this.style.setProperty("--signal-longest", Math.max(...x.map((v) => brief(v).text.length)));
    const same = Object.entries(SIGNALS).find(([, s]) => JSON.stringify(s.x) === JSON.stringify(x));
    this.menu.show(same ? same[0] : "");
    put(this.slider, "max", String(x.length - 1));
    this.slider.value = String(shift);
    put(this.slider, "aria-valuetext", plural(shift, "place"));
    this.input.draw({
      title: `A signal of ${x.length} values, its end joined to its start, moved ${plural(shift, "place")} to the right`,
      bottom: 1,
      right: x.length,
      cell: (_, col) => ({
        edit: this.typed.get(col) ?? String(moved[col]),
        value: this.typed.has(col) ? undefined : moved[col],
        label: `cell ${col}`,
        kind: this.typed.has(col) ? "wrong" : "",
        level: level(moved[col], x),
      }),
    });
    if (problem) return;
    const changes = Object.keys(this.rows).map((name) => this.drawRow(name, moved));
    this.say(changes);
  }

  /** Draws one halved signal and returns how much the shift changed it. */
  drawRow(name, moved) {
    const { x, shift } = this.state;
    const { board, verdict } = this.rows[name];
    const [before, after] = [HALVINGS[name](x), HALVINGS[name](moved)];
    const differs = after.map((v, i) => v !== before[i]);
    const change = sum(after.map((v, i) => Math.abs(v - before[i])));
    board.draw({
      title: "",
      label: `${HALVING_NAMES[name][0]}: output`,
      bottom: 1,
      right: after.length,
      cell: (_, col) => ({
        value: after[col],
        note: differs[col] ? brief(before[col]).text : "",
        kind: differs[col] ? "moved" : "same",
        level: level(after[col], x),
        label: show(after[col]) + (differs[col] ? `, was ${show(before[col])}` : ""),
      }),
    });
    const whole = shift % 2 === 0;
    const same = whole && rolled(before, shift / 2).every((v, i) => v === after[i]);
    putText(
      verdict,
      `${differs.filter(Boolean).length} of ${after.length} values change, ` +
        `by ${show(change, 2)} in all.` +
        (same && shift ? ` The same values, moved ${plural(shift / 2, "place")}.` : ""),
    );
    return change;
  }

  say(changes) {
    const { shift } = this.state;
    const names = Object.keys(this.rows);
    const order = names
      .map((name, k) => [HALVING_NAMES[name][0], changes[k]])
      .sort((a, b) => a[1] - b[1])
      .map(([name, by]) => `${name} ${show(by, 2)}`);
    const notes =
      shift % 2
        ? "An odd shift puts the values into other windows."
        : "An even shift is a whole number of strides: every output moves along unchanged.";
    if (!shift) return this.words.say("Not moved", "Move the signal by one place and compare.", "");
    this.words.say(
      `Moved ${plural(shift, "place")} to the right. Change in all, least first:`,
      order.join("; "),
      `${notes} The small numbers are those before the move.`,
    );
  }
}

/** A value as a fill height between 0 and 1, on the scale of the whole signal. */
function level(value, x) {
  const most = Math.max(...x.map(Math.abs), 1e-12);
  return Math.min(Math.abs(value) / most, 1);
}

define("pool-shift-lab", ShiftLab);
