/* Fields. The controls: sizes, choices, checks, menus, sliders. */

/** A whole number, or two, with buttons for one less and one more. */
class SizeField {
  constructor(name, { label = name, least = 0, placeholder = () => "", onChange }) {
    Object.assign(this, { least, onChange, placeholder });
    this.input = h("input", {
      type: "text",
      inputmode: "numeric",
      autocomplete: "off",
      id: `field-${name}`,
      oninput: () => onChange(readSize(this.input.value)),
      onkeydown: (event) => this.key(event),
    });
    this.element = h(
      "div",
      { class: "field", "data-field": name },
      h("label", { for: `field-${name}` }, label),
      h(
        "div",
        { class: "stepper" },
        this.button(`${label} less`, "−", -1),
        this.input,
        this.button(`${label} more`, "+", 1),
      ),
    );
  }

  button(name, sign, by) {
    return h("button", { type: "button", "aria-label": name, onclick: () => this.add(by) }, sign);
  }

  key(event) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (by) (event.preventDefault(), this.add(by));
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
