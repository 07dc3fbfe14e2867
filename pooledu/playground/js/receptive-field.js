/* <pool-receptive-field>: a stack of layers, and how much of the input one value of each sees. */

const FIELD_ATTRIBUTES = { layers: ["layers", "layers"], size: ["size", "number"] };
const conv = (name, kernel = 3, stride = 1) => ({
  name,
  kernel,
  stride,
  padding: Math.floor(kernel / 2),
  dilation: 1,
});
const pool = (name, kernel = 2, stride = 2, padding = 0) => ({
  name,
  kernel,
  stride,
  padding,
  dilation: 1,
});

/** VGG: blocks of 3 x 3 convolutions, a 2 x 2 maximum after each. */
const vgg = (blocks) =>
  blocks.flatMap((count, b) => [
    ...range(1, count + 1).map((i) => conv(`conv${b + 1}_${i}`)),
    pool(`pool${b + 1}`),
  ]);

/** ResNet with bottlenecks: 1 x 1, 3 x 3 (with the stage's stride in its first block), 1 x 1. */
const resnet = (stages) => [
  conv("conv1", 7, 2),
  pool("pool1", 3, 2, 1),
  ...stages.flatMap((blocks, s) =>
    range(1, blocks + 1).flatMap((b) => [
      conv(`conv${s + 2}_${b} a`, 1),
      conv(`conv${s + 2}_${b} b`, 3, s && b === 1 ? 2 : 1),
      conv(`conv${s + 2}_${b} c`, 1),
    ]),
  ),
];

const STACKS = {
  small: {
    name: "Two blocks",
    size: 32,
    layers: [conv("conv1"), conv("conv2"), pool("pool1"), conv("conv3"), pool("pool2")],
  },
  plain: {
    name: "Five convolutions, no pooling",
    size: 32,
    layers: range(1, 6).map((i) => conv(`conv${i}`)),
  },
  dilated: {
    name: "Dilation 1, 2, 4, 8",
    size: 32,
    layers: [1, 2, 4, 8].map((d, i) => ({ ...conv(`conv${i + 1}`), dilation: d, padding: d })),
  },
  vgg16: { name: "VGG-16", size: 224, layers: vgg([2, 2, 3, 3, 3]) },
  resnet50: { name: "ResNet-50", size: 224, layers: resnet([3, 4, 6, 3]) },
};

/** Layers as words for an attribute, and back: "conv1 3 1 1 1; pool1 2 2 0 1". */
KINDS.layers = [
  (text) =>
    text
      .split(";")
      .filter((part) => part.trim())
      .map((part) => {
        const [, name, numbers] = part.trim().replace(/\s+/g, " ").match(/^(.*?)\s*((?:\s-?[\d.]+)*)$/);
        const [kernel = "", stride = "", padding = 0, dilation = 1] =
          numbers.match(/\S+/g)?.map(Number) ?? [];
        return { name, kernel, stride, padding, dilation };
      }),
  (layers) =>
    layers.map((l) => [l.name, l.kernel, l.stride, l.padding, l.dilation].join(" ")).join("; "),
];

/** Why a stack cannot be computed, or null. */
function stackComplaint({ layers, size }) {
  const wrong = numberComplaint("input size", size, 1);
  if (wrong) return wrong;
  if (size > 4096) return `input size is ${size}. It may be at most 4096.`;
  let now = size;
  for (const { name, kernel, stride, padding, dilation } of layers) {
    const least = { kernel: 1, stride: 1, padding: 0, dilation: 1 };
    for (const [key, value] of Object.entries({ kernel, stride, padding, dilation })) {
      const wrong = numberComplaint(`${key} of ${name}`, value, least[key]);
      if (wrong) return wrong;
    }
    const reach = dilation * (kernel - 1) + 1;
    if (reach > now + 2 * padding)
      return (
        `${name} reads ${plural(reach, "cell")}, but gets only ${now + 2 * padding}. ` +
        "Make the input larger, the kernel smaller, or remove a layer with a stride."
      );
    now = outputSize(now, kernel, stride, padding, dilation);
  }
  return null;
}

class ReceptiveField extends PoolElement {
  static observedAttributes = [...Object.keys(FIELD_ATTRIBUTES), "preset"];

  static table = FIELD_ATTRIBUTES;

  read(get) {
    this.misnamed = nameComplaint("preset", get("preset"), STACKS);
    const { name, ...preset } = STACKS[this.misnamed ? "small" : get("preset") || "small"];
    return { ...preset, ...readState(FIELD_ATTRIBUTES, get) };
  }

  change(part, kind) {
    this.misnamed = null;
    super.change(part, kind);
  }

  setup() {
    this.menu = control(
      "preset",
      new Menu(
        "Network",
        {
          "": "your own",
          ...Object.fromEntries(Object.entries(STACKS).map(([k, s]) => [k, s.name])),
        },
        (name) =>
          name &&
          this.change(structuredClone({ layers: STACKS[name].layers, size: STACKS[name].size })),
      ),
    );
    this.size = control(
      "size",
      new SizeField("input size", { least: 1, onChange: (size) => this.change({ size }) }),
    );
    this.words = new Words();
    const heads = [
      "Layer",
      "kernel",
      "stride",
      "receptive field",
      "of the input",
      "jump",
      "map",
      "padding",
      "dilation",
      "",
    ];
    this.body = h("tbody", {});
    const table = h(
      "table",
      { class: "stack" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ...heads.map((name) => h(name ? "th" : "td", name ? { scope: "col" } : {}, name)),
        ),
      ),
      this.body,
    );
    const named = { class: "tall", tabindex: "0", role: "group", "aria-label": "Layers" };
    this.tall = h("div", named, table);
    new ResizeObserver(() =>
      this.tall.classList.toggle("beyond", this.tall.scrollWidth > this.tall.clientWidth),
    ).observe(this.tall);
    const add = (label, layer) =>
      control("layers", { element: press(label, () => this.add(layer)) }).element;
    this.shadowRoot.append(
      h(
        "div",
        {
          role: "group",
          class: "card",
          "aria-label": this.getAttribute("label") ?? "Receptive field",
        },
        h("div", { class: "bar" }, this.menu.element, this.size.element),
        this.words.element,
        this.tall,
        h(
          "div",
          { class: "transport" },
          add("Add convolution", conv("conv")),
          add("Add pool", pool("pool")),
          this.tools(),
        ),
      ),
    );
  }

  add(layer) {
    const { layers } = this.state;
    const taken = new Set(layers.map((l) => l.name));
    const free = range(1, layers.length + 2).find((n) => !taken.has(`${layer.name}${n}`));
    this.change({ layers: [...layers, { ...layer, name: `${layer.name}${free}` }] });
    this.body.parentElement.parentElement.scrollTop = 1e6;
  }

  drop(at) {
    this.change({ layers: this.state.layers.filter((_, i) => i !== at) });
    (
      this.body.rows[Math.min(at, this.body.rows.length - 1)]?.querySelector("button") ??
      this.menu.select
    ).focus();
  }

  set(at, key, text) {
    const number = Number(text);
    const value = text.trim() === "" ? "" : Number.isNaN(number) ? text : number;
    this.change(
      { layers: this.state.layers.map((l, i) => (i === at ? { ...l, [key]: value } : l)) },
      `${key} ${at}`,
    );
  }

  problem() {
    return this.misnamed ?? stackComplaint(this.state);
  }

  render() {
    const { layers, size } = this.state;
    const problem = this.problem();
    this.showTools();
    const same = Object.entries(STACKS).find(
      ([, s]) => JSON.stringify([s.layers, s.size]) === JSON.stringify([layers, size]),
    );
    this.menu.show(same ? same[0] : "");
    this.size.show(size, Boolean(problem?.startsWith("input size is")));
    this.rows(layers);
    const fields = problem
      ? []
      : receptiveFields(
          layers.map((l) => [l.kernel, l.stride, l.padding, l.dilation]),
          size,
        );
    layers.forEach((layer, i) => this.fillRow(i, layer, fields, problem));
    if (problem) return this.words.say("This stack cannot be built", problem, "", { wrong: true });
    this.say(fields);
  }

  /** Makes as many table rows as there are layers. */
  rows(layers) {
    while (this.body.rows.length > layers.length) this.body.deleteRow(-1);
    while (this.body.rows.length < layers.length) this.body.append(this.row(this.body.rows.length));
  }

  row(at) {
    const number = (key) =>
      h(
        "td",
        {},
        h("input", {
          type: "text",
          inputmode: "numeric",
          autocomplete: "off",
          "data-key": key,
          oninput: (event) => this.set(at, key, event.target.value),
        }),
      );
    const made = (name) => h("td", { class: `made ${name}` });
    const track = h("span", { class: "track" }, h("span", { class: "share" }));
    return h(
      "tr",
      {},
      h("th", { scope: "row" }),
      number("kernel"),
      number("stride"),
      made("field"),
      h("td", { class: "cover" }, track, h("span", { class: "percent" })), // before what scrolls away
      made("jump"),
      made("size"),
      number("padding"),
      number("dilation"),
      h("td", {}, h("button", { type: "button", onclick: () => this.drop(at) }, "×")),
    );
  }

  fillRow(at, layer, fields, problem) {
    const row = this.body.rows[at];
    const active = this.shadowRoot.activeElement;
    putText(row.cells[0], layer.name);
    put(row, "class", layer.stride > 1 ? "halves" : "");
    for (const input of row.querySelectorAll("input")) {
      const { key } = input.dataset;
      if (active !== input) input.value = String(layer[key]);
      put(input, "aria-label", `${key} of ${layer.name}`);
      put(
        input,
        "aria-invalid",
        String(Boolean(problem?.startsWith(`${key} of ${layer.name} is`))),
      );
    }
    put(row.querySelector("button"), "aria-label", `remove ${layer.name}`);
    const made = fields[at];
    const share = made ? Math.min(made.field / this.state.size, 1) : 0;
    for (const name of ["field", "jump", "size"])
      putText(row.querySelector(`.${name}`), made ? String(made[name]) : "");
    row.querySelector(".share").style.setProperty("--share", share);
    row.querySelector(".share").hidden = !made;
    putText(row.querySelector(".percent"), made ? `${show(share * 100, 0)}%` : "");
  }

  say(fields) {
    const { layers, size } = this.state;
    if (!layers.length)
      return this.words.say("No layers", "Each value sees itself: size 1, jump 1", "Add a layer.");
    const last = fields.at(-1);
    const before = fields.at(-2) ?? { field: 1, jump: 1 };
    const { name, kernel, dilation } = layers.at(-1);
    const step =
      dilation > 1
        ? `${dilation}·(${kernel} − 1)·${before.jump}`
        : `(${kernel} − 1)·${before.jump}`;
    const beyond =
      last.field > size
        ? `That is wider than the input of ${size}: every value sees all of it, ` +
          "and padding besides."
        : `That is ${show((100 * last.field) / size, 1)}% of the input's width.`;
    this.words.say(
      `After ${name}: a map of ${last.size} × ${last.size}, neighbours ${plural(last.jump, "pixel")} apart`,
      `sees ${before.field} + ${step} = ${last.field}`,
      beyond,
    );
  }
}

define("pool-receptive-field", ReceptiveField);
