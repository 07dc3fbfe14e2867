/* Fields. The controls: sizes, choices, checks, menus, sliders. */

/** A whole number, or two, with buttons for one less and one more. Two are typed with a comma, or,
 *  where rows and columns are set apart, each in a box of its own. */
class SizeField {
  constructor(name, { label = name, least = 0, placeholder = () => "", onChange }) {
    Object.assign(this, { least, onChange, placeholder, apart: false });
    this.boxes = [
      this.box(name, label, () => this.read(0)),
      this.box(`${name}-columns`, `${label} columns`, () => this.read(1)),
    ];
    this.input = this.boxes[0].input;
    this.boxes[1].element.hidden = true;
    put(this.boxes[1].input, "aria-label", `${label} columns`);
    this.element = h(
      "div",
      { class: "field", "data-field": name },
      h("label", { for: `field-${name}` }, label),
      h("div", { class: "pair" }, ...this.boxes.map((box) => box.element)),
    );
  }

  /** One box with its two buttons. */
  box(name, label, oninput) {
    const at = name.endsWith("-columns") ? 1 : 0;
    const input = h("input", {
      type: "text",
      inputmode: "numeric",
      autocomplete: "off",
      id: `field-${name}`,
      oninput,
      onkeydown: (event) => this.key(event, at),
    });
    const by = (sign, step, how) =>
      h(
        "button",
        { type: "button", "aria-label": `${label} ${how}`, onclick: () => this.add(step, at) },
        sign,
      );
    return {
      input,
      element: h("div", { class: "stepper" }, by("−", -1, "less"), input, by("+", 1, "more")),
    };
  }

  /** Sets rows and columns apart, or together again. */
  split(apart) {
    this.apart = apart;
    this.boxes[1].element.hidden = !apart;
  }

  /** What stands in the boxes, as one value; of two axes each box has its own. */
  read(at) {
    const typed = this.boxes.map(({ input }) => readSize(input.value || input.placeholder));
    if (!this.apart) return this.onChange(readSize(this.input.value));
    const [rows, cols] = typed.map((value) => value ?? "");
    if (Array.isArray(typed[at])) return this.onChange(typed[at]); // "2, 3" in one box is both
    this.onChange(rows === cols ? rows : [rows, cols]);
  }

  key(event, at) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (by) (event.preventDefault(), this.add(by, at));
  }

  add(by, at) {
    const more = (v) => Math.max(this.least, (Number.isInteger(v) ? v : this.least) + by);
    const { input } = this.boxes[at];
    const now = readSize(input.value || input.placeholder);
    if (!this.apart) return this.onChange(Array.isArray(now) ? now.map(more) : more(now));
    input.value = String(more(now));
    this.read(at);
  }

  show(value, wrong) {
    const shown = (v, at) => writeSize(this.apart && v !== null ? asPair(v)[at] : v);
    this.boxes.forEach(({ input }, at) => {
      const active = input.getRootNode().activeElement === input;
      if (!active || writeSize(readSize(input.value)) !== shown(value, at))
        input.value = shown(value, at);
      put(input, "placeholder", shown(this.placeholder(), at));
      put(input, "aria-invalid", String(wrong));
    });
  }
}

/** One choice out of a few, drawn as joined buttons; radio buttons underneath. */
class Choice {
  constructor(legend, options, onChange) {
    this.radios = Object.entries(options).map(([value, label]) => {
      const radio = h("input", {
        type: "radio",
        name: legend,
        value,
        onchange: () => onChange(value),
      });
      return { radio, label: h("label", {}, radio, h("span", {}, label)) };
    });
    this.element = h(
      "fieldset",
      { class: "choice", hidden: this.radios.length < 2 },
      h("legend", { class: "unseen" }, legend),
      ...this.radios.map((r) => r.label),
    );
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
    this.select = h(
      "select",
      { onchange: () => onChange(this.select.value) },
      ...Object.entries(options).map(([value, name]) => h("option", { value }, name)),
    );
    this.element = h("label", { class: "menu" }, h("span", {}, label), this.select);
  }

  show(value) {
    this.select.value = value;
  }
}

/** A slider over fractions, with its value beside it. */
class Slider {
  constructor(label, { min, max, step }, onChange) {
    this.input = h("input", {
      type: "range",
      min,
      max,
      step,
      class: "slider",
      "aria-label": label,
      oninput: () => onChange(Number(this.input.value)),
    });
    this.value = h("output", {});
    this.element = h(
      "div",
      { class: "field" },
      h("span", { class: "label" }, `${label} = `, this.value),
      this.input,
    );
  }

  show(value) {
    this.input.value = String(value);
    putText(this.value, show(value, 2));
    put(this.input, "aria-valuetext", show(value, 2));
  }
}
