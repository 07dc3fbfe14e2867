/* <pool-playground>: one window at a time over a small input. */

const EXAMPLES = {
  "4x4": { name: "4 × 4", x: [[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 3, 1], [4, 8, 5, 6]] },
  "4x4-b": { name: "4 × 4, another", x: [[1, 3, 2, 4], [5, 6, 1, 2], [3, 2, 4, 7], [1, 0, 6, 3]] },
  "6x6": {
    name: "6 × 6",
    x: [[1, 3, 2, 4, 6, 8], [5, 6, 1, 2, 3, 7], [4, 2, 7, 8, 1, 0],
      [3, 5, 9, 4, 2, 1], [8, 7, 6, 3, 5, 2], [1, 0, 4, 7, 8, 9]],
  },
  "7x7": {
    name: "7 × 7, a row left over",
    x: [[3, 3, 2, 1, 0, 2, 1], [0, 0, 1, 3, 1, 0, 2], [3, 1, 2, 2, 3, 1, 0], [2, 0, 0, 2, 2, 3, 1],
      [2, 0, 0, 0, 1, 2, 2], [1, 3, 2, 1, 0, 1, 3], [0, 2, 1, 3, 2, 0, 1]],
  },
  overlap: {
    name: "5 × 5, overlapping", kernel_size: 3, stride: 2,
    x: [[2, 0, 1, 4, 3], [1, 5, 2, 0, 1], [3, 1, 9, 2, 6], [0, 7, 4, 1, 2], [8, 2, 0, 3, 5]],
  },
  negative: {
    name: "4 × 4, below zero, padded", kernel_size: 3, stride: 2, padding: 1,
    x: [[-4, -2, -7, -3], [-1, -5, -2, -8], [-6, -3, -9, -1], [-2, -4, -5, -7]],
  },
};

/** The state that a component's attributes describe; unknown words stay text for the rules. */
function stateFrom(get) {
  const read = {
    op: String, view: String, kernel: readSize, stride: readSize, padding: readSize,
    dilation: readSize, step: Number, x: readGrid,
    "ceil-mode": (text) => text !== "false", "count-include-pad": (text) => text !== "false",
  };
  const state = {};
  for (const [name, parse] of Object.entries(read)) {
    const text = get(name);
    if (text !== null) state[name === "kernel" ? "kernel_size" : name.replaceAll("-", "_")] = parse(text);
  }
  return state;
}

/** The grid in an attribute; text that is no JSON stays text, for the rules to answer. */
function readGrid(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

class Playground extends PoolElement {
  static observedAttributes = ["op", "kernel", "stride", "padding", "dilation", "ceil-mode",
    "count-include-pad", "x", "step", "example"];

  attributeChangedCallback() {
    if (this.built) this.load(), this.render();
  }

  load() {
    const example = EXAMPLES[this.getAttribute("example")] ?? EXAMPLES["4x4"];
    const { name, ...preset } = example;
    this.typed = new Map();
    this.state = { ...DEFAULTS, step: 0, ...preset, ...stateFrom((n) => this.getAttribute(n)) };
  }

  setup() {
    this.load();
    const field = (name, key, least, placeholder) =>
      new SizeField(name, { least, placeholder, onChange: (value) => this.change({ [key]: value, step: 0 }) });
    this.fields = {
      kernel_size: field("kernel", "kernel_size", 1),
      stride: field("stride", "stride", 1, () => this.state.kernel_size),
      padding: field("padding", "padding", 0),
      dilation: field("dilation", "dilation", 1),
    };
    this.checks = {
      ceil_mode: new Check("ceil_mode", (on) => this.change({ ceil_mode: on, step: 0 })),
      count_include_pad: new Check("count_include_pad", (on) => this.change({ count_include_pad: on })),
    };
    this.op = new Choice("Operation", { max: "Maximum", avg: "Average" }, (op) => this.change({ op }));
    this.menu = new Menu("Example", {
      "": "your own", ...Object.fromEntries(Object.entries(EXAMPLES).map(([k, e]) => [k, e.name])),
    }, (name) => this.choose(name));
    this.input = new Board({ onEdit: (row, col, text) => this.edit(row, col, text) });
    this.output = new Board({ onPick: (row, col) => this.transport.to(row * this.result.y[0].length + col) });
    this.transport = new Transport("window", (step) => this.change({ step }));
    this.shadowRoot.append(this.card());
  }

  card() {
    const paragraph = (name) => (this[name] = h("p", { class: name }));
    this.words = h("div", { class: "words", role: "status" },
      paragraph("where"), paragraph("formula"), paragraph("notes"));
    this.sizes = h("p", { class: "sizes" });
    this.towards = h("span", { class: "towards", "aria-hidden": "true" });
    this.towards.innerHTML = '<svg viewBox="0 0 32 24"><path d="M2 12h26M20 4l8 8-8 8"/></svg>';
    this.boards = h("div", { class: "boards" }, this.input.element, this.towards, this.output.element);
    const controls = [...Object.values(this.fields), ...Object.values(this.checks)];
    return h("section", { class: "card", "aria-label": this.getAttribute("label") ?? "Pooling playground" },
      h("div", { class: "bar" }, this.op.element, this.menu.element),
      this.boards, this.words, this.transport.element,
      h("div", { class: "fields" }, ...controls.map((c) => c.element)), this.sizes);
  }

  choose(name) {
    if (!name) return;
    const { name: _, ...preset } = EXAMPLES[name];
    this.typed.clear();
    const plain = { kernel_size: 2, stride: null, padding: 0, dilation: 1, ceil_mode: false };
    this.change({ ...plain, ...structuredClone(preset), step: 0 });
  }

  /** A cell was typed into; `null` takes a text back that is not a number. */
  edit(row, col, text) {
    const value = readNumber(text ?? "");
    const key = `${row},${col}`;
    if (Number.isFinite(value)) this.typed.delete(key);
    else if (text === null) this.typed.delete(key);
    else this.typed.set(key, text);
    if (!Number.isFinite(value)) return this.render();
    this.change({ x: this.state.x.map((r, i) => r.map((v, j) => (i === row && j === col ? value : v))) });
  }

  /** Why there is nothing to compute: a cell that is no number, or a rule that is broken. */
  problem() {
    const [cell] = this.typed;
    if (!cell) return complaint(this.state);
    const [[row, col], text] = [cell[0].split(","), cell[1]];
    const given = text.trim() ? `holds “${text}”` : "is empty";
    return `Row ${row}, column ${col} ${given}. Every cell needs a number: ` +
      `type one, or press Escape to get ${show(this.state.x[row][col])} back.`;
  }

  render() {
    const problem = this.problem();
    this.result = problem ? null : compute(this.state);
    if (!this.result) this.transport.stop();
    // while there is a problem the step is kept, so that mending it leads back to the same window
    const last = this.result ? this.result.windows.length - 1 : Infinity;
    this.state.step = Math.min(Math.max(Math.trunc(this.state.step) || 0, 0), last);
    this.drawControls(problem);
    this.drawInput();
    this.drawOutput();
    this.say(problem);
  }

  drawControls(problem) {
    const { state } = this;
    for (const [key, field] of Object.entries(this.fields))
      field.show(state[key], Boolean(problem?.startsWith(`${key.replace("_size", "")} is`)));
    for (const [key, check] of Object.entries(this.checks)) check.show(state[key]);
    this.checks.count_include_pad.element.hidden = state.op !== "avg";
    this.op.show(state.op);
    const same = Object.entries(EXAMPLES).find(([, e]) => JSON.stringify(e.x) === JSON.stringify(state.x));
    this.menu.show(same ? same[0] : "");
    this.transport.show(this.result ? state.step : 0, this.result ? this.result.windows.length : 0);
  }

  get window() {
    return this.result?.windows[this.state.step];
  }

  drawInput() {
    const { x } = this.state;
    if (gridComplaint(x)) return this.input.clear();
    const bounds = this.bounds();
    const cells = new Map(this.window?.cells.map((c, k) => [`${c.row},${c.col}`, { ...c, k }]));
    const skipped = this.result && [this.result.rows, this.result.cols].map((a) => new Set(unread(a)));
    this.input.draw({
      title: `Input ${x.length} × ${x[0].length}`, ...bounds,
      cell: (row, col) => this.inputCell(row, col, cells.get(`${row},${col}`), skipped),
    });
    const outRows = this.result?.y.length ?? 1;
    const outCols = this.result?.y[0].length ?? 1;
    this.boards.style.setProperty("--sum", bounds.right - bounds.left + outCols);
    this.boards.style.setProperty("--most", Math.max(bounds.right - bounds.left, outCols, outRows));
    this.point();
  }

  /** What the drawing spans: the input, its padding, and what a ceil_mode window reaches beyond. */
  bounds() {
    const { x } = this.state;
    if (!this.result) return { top: 0, left: 0, bottom: x.length, right: x[0].length };
    const far = (axis) => Math.max(axis.size + axis.padding, axis.starts.at(-1) + axis.reach);
    const { rows, cols } = this.result;
    return { top: -rows.padding, left: -cols.padding, bottom: far(rows), right: far(cols) };
  }

  inputCell(row, col, tapped, skipped) {
    const { x, op, count_include_pad } = this.state;
    const wins = tapped && this.window.winner === tapped.k ? " win" : "";
    const tap = (tapped ? " tap" : "") + wins;
    const place = `row ${show(row)}, column ${show(col)}`;
    if (x[row]?.[col] === undefined) {
      const { rows, cols } = this.result;
      const beyond = row >= rows.size + rows.padding || col >= cols.size + cols.padding;
      const text = beyond ? "" : op === "max" ? "−∞" : count_include_pad ? "0" : "·";
      return { text, pad: true, kind: (beyond ? "beyond" : "pad") + tap, label: `${beyond ? "beyond" : "padding"} ${text}, ${place}` };
    }
    const typed = this.typed.get(`${row},${col}`);
    const unseen = skipped && (skipped[0].has(row) || skipped[1].has(col));
    return {
      edit: typed ?? String(x[row][col]), label: place + (unseen ? ", read by no window" : ""),
      kind: (typed !== undefined ? "wrong" : unseen ? "unread" : "") + tap,
    };
  }

  point() {
    if (!this.window) return this.input.point(null);
    const { rows, cols } = this.result;
    const { row, col } = this.window.cells[0];
    this.input.point({ row, col, height: rows.reach, width: cols.reach });
  }

  drawOutput() {
    for (const part of [this.towards, this.output.element]) part.hidden = !this.result;
    if (!this.result) return;
    const { y } = this.result;
    const { step } = this.state;
    this.output.draw({
      title: `Output ${y.length} × ${y[0].length}`, bottom: y.length, right: y[0].length,
      cell: (row, col) => {
        const at = row * y[0].length + col;
        const text = at <= step ? show(y[row][col], 2) : "";
        return {
          text, kind: `pick ${at > step ? "wait" : at === step ? "done now" : "done"}`,
          label: text || "not computed yet",
        };
      },
    });
  }

  say(problem) {
    const { state, window } = this;
    put(this.words, "class", problem ? "words wrong" : "words");
    put(this.words, "aria-live", this.transport.timer ? "off" : "polite");
    if (problem) {
      putText(this.where, "This cannot be computed");
      putText(this.formula, problem);
      putText(this.notes, "");
      this.sizes.replaceChildren();
      return;
    }
    const count = this.result.windows.length;
    putText(this.where, `Window ${state.step + 1} of ${count}: ${place(window)}`);
    putText(this.formula, FORMULAS[state.op](window, state));
    const notes = [paddingNote(window, state), tieNote(window), unreadNote(this.result)];
    putText(this.notes, notes.filter(Boolean).join(" "));
    this.sizes.replaceChildren(...sizeLines(state).map((line) => h("span", {}, line)));
  }
}

define("pool-playground", Playground);

window.PoolPlayground = { compute, outputSize };
