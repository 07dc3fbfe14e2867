/* <pool-playground>: one window at a time over a small input. */

const ATTRIBUTES = {
  op: ["op", "text"],
  view: ["view", "text"],
  x: ["x", "json"],
  grad: ["grad", "json"],
  kernel: ["kernel_size", "size"],
  stride: ["stride", "size"],
  padding: ["padding", "size"],
  dilation: ["dilation", "size"],
  "ceil-mode": ["ceil_mode", "flag"],
  "count-include-pad": ["count_include_pad", "flag"],
  p: ["p", "number"],
  mean: ["mean", "flag"],
  lam: ["lam", "number"],
  seed: ["seed", "number"],
  step: ["step", "number"],
};
const OPERATIONS = {
  max: "Maximum",
  avg: "Average",
  lp: "Lp",
  mixed: "Mixed",
  stochastic: "Stochastic",
};
const VIEWS = { forward: "Forward", backward: "Backward", unpool: "Unpool" };
const START = { ...DEFAULTS, view: "forward", grad: null, step: 0 };

class Playground extends PoolElement {
  static observedAttributes = [...Object.keys(ATTRIBUTES), "example"];

  static table = ATTRIBUTES;

  read(get) {
    this.misnamed = nameComplaint("example", get("example"), EXAMPLES);
    const { name, ...preset } = EXAMPLES[this.misnamed ? "4x4" : get("example") || "4x4"];
    const state = { ...START, ...preset, ...readState(ATTRIBUTES, get) };
    const late = numberComplaint("step", state.step, 0);
    this.misnamed ??= late;
    return late ? { ...state, step: 0 } : state;
  }

  setup() {
    this.refused = this.hovered = null;
    const size = (name, key, least, placeholder) =>
      control(
        name,
        new SizeField(name, {
          least,
          placeholder,
          onChange: (value) => this.change({ [key]: value, step: 0 }),
        }),
      );
    const check = (name, key) => control(name, new Check(key, (on) => this.change({ [key]: on })));
    const slide = (name, limits) =>
      control(name, new Slider(name, limits, (value) => this.change({ [name]: value })));
    this.fields = {
      kernel_size: size("kernel", "kernel_size", 1),
      stride: size("stride", "stride", 1, () => this.state.kernel_size),
      padding: size("padding", "padding", 0),
      dilation: size("dilation", "dilation", 1),
    };
    this.apart = control(
      "apart",
      new Check("rows and columns apart", (on) => {
        for (const field of Object.values(this.fields)) field.split(on);
        this.render();
      }),
    );
    this.extras = {
      ceil_mode: check("ceil-mode", "ceil_mode"),
      count_include_pad: check("count-include-pad", "count_include_pad"),
      mean: control("mean", new Check("mean form", (on) => this.change({ mean: on }))),
      p: slide("p", { min: 0.5, max: 10, step: 0.25 }),
      lam: slide("lam", { min: 0, max: 1, step: 0.05 }),
    };
    this.op = control(
      "op",
      new Choice("Operation", this.some("ops", OPERATIONS), (op) => this.change({ op })),
    );
    this.view = control(
      "view",
      new Choice("View", this.some("views", VIEWS), (view) => this.change({ view })),
    );
    this.menu = control(
      "example",
      new Menu(
        "Example",
        {
          "": "your own",
          ...Object.fromEntries(Object.entries(EXAMPLES).map(([k, e]) => [k, e.name])),
        },
        (name) => this.choose(name),
      ),
    );
    this.size = control(
      "size",
      new SizeField("input size", {
        least: 1,
        onChange: (value) => this.resize(value),
      }),
    );
    this.draw = control("numbers", {
      element: press("New draw", () => this.change({ seed: this.state.seed + 1 })),
    });
    const pick = (row, col) => this.transport.to(row * this.result.y[0].length + col);
    const hover = (row, col) => this.peek(row === null ? null : row * this.result.y[0].length + col);
    const writes = (name) => ({
      onEdit: (row, col, text) => this.edit(name, row, col, text),
      onPaste: (pasted) => this.paste(name, pasted),
    });
    this.input = new Board(writes("x"));
    this.output = new Board({ onPick: pick, onHover: hover });
    this.grad = new Board({ onPick: pick, onHover: hover, ...writes("grad") });
    this.transport = new Transport("window", (step) => this.change({ step }));
    this.shadowRoot.append(this.card());
  }

  /** The options that an attribute names, "max avg", or all of them. */
  some(attribute, options) {
    const wanted = this.getAttribute(attribute)?.split(/\s+/) ?? Object.keys(options);
    return Object.fromEntries(Object.entries(options).filter(([name]) => wanted.includes(name)));
  }

  card() {
    this.words = new Words();
    this.sizes = h("p", { class: "sizes" });
    const arrow = drawn("0 0 32 24", "M2 12h26M20 4l8 8-8 8");
    this.towards = h("span", { class: "towards", "aria-hidden": "true" }, arrow);
    this.boards = h(
      "div",
      { class: "boards" },
      this.input.element,
      this.towards,
      this.output.element,
      this.grad.element,
    );
    const controls = [
      ...Object.values(this.fields),
      this.apart,
      ...Object.values(this.extras),
      this.draw,
    ];
    const numbers = control("numbers", { element: press("New numbers", () => this.renew()) });
    return h(
      "div",
      {
        role: "group",
        class: "card",
        "aria-label": this.getAttribute("label") ?? "Pooling playground",
      },
      h("div", { class: "bar" }, this.op.element, this.view.element),
      this.boards,
      this.words.element,
      this.transport.element,
      h("div", { class: "fields" }, ...controls.map((c) => c.element)),
      this.sizes,
      h(
        "div",
        { class: "bar quiet" },
        this.menu.element,
        this.size.element,
        numbers.element,
        this.tools(),
      ),
    );
  }

  choose(name) {
    if (!name) return;
    const { name: _, ...preset } = EXAMPLES[name];
    this.typed.clear();
    const { kernel_size, stride, padding, dilation, ceil_mode } = DEFAULTS;
    const plain = { kernel_size, stride, padding, dilation, ceil_mode };
    this.change({ ...plain, ...structuredClone(preset), grad: null, step: 0 });
  }

  /** Another input size: what fits is kept, new cells get digits. */
  resize(value) {
    const [high, wide] = asPair(value);
    if (sizeComplaint("input size", value, 1) || Math.max(high, wide) > LARGEST) {
      this.refused =
        sizeComplaint("input size", value, 1) ??
        `input size is ${writeSize(value)}. The drawing holds at most ${LARGEST} rows and columns.`;
      return this.render();
    }
    const { x } = this.state;
    this.typed.clear();
    this.change({
      step: 0,
      x: range(0, high).map((r) =>
        range(0, wide).map((c) => x[r]?.[c] ?? (3 * r + 5 * c + 2) % 10),
      ),
    });
  }

  renew() {
    this.typed.clear();
    this.change({ x: this.state.x.map((row) => row.map(() => Math.floor(Math.random() * 10))) });
  }

  change(part, kind) {
    this.refused = this.hovered = null;
    this.misnamed = null;
    super.change(part, kind);
  }

  /** The pointer is over a result: its window is shown while it stays there. */
  peek(step) {
    if (this.blocked || this.transport.timer) return;
    this.hovered = step;
    this.render();
  }

  /** The window on show: the one that is pointed at, or the one that was stepped to. */
  get at() {
    return this.hovered ?? this.state.step;
  }

  /** Numbers that were pasted are the whole grid: the input takes its size from them. */
  paste(name, { rows, error }) {
    const grid = name === "x" ? this.state.x : this.gradient();
    const pasted = rows && fold(rows, grid);
    this.refused = error ?? gridComplaint(pasted, "the pasted grid");
    if (!this.refused && name === "grad" && shapeOf(pasted) !== shapeOf(grid))
      this.refused =
        `The pasted gradient is ${shapeOf(pasted)}, and the output is ${shapeOf(grid)}. ` +
        "Paste as many rows and columns.";
    if (this.refused) return this.render();
    this.typed.clear();
    this.change(name === "x" ? { x: pasted, step: 0 } : { grad: pasted });
  }

  /** A cell of `name` was typed into; `null` takes a text back that is not a number. */
  edit(name, row, col, text) {
    const value = readNumber(text ?? "");
    const key = JSON.stringify([name, row, col]);
    if (Number.isFinite(value) || text === null) this.typed.delete(key);
    else this.typed.set(key, text);
    if (text === null) this.refused = null;
    if (!Number.isFinite(value)) return this.render();
    const grid = name === "x" ? this.state.x : this.gradient();
    this.change(
      { [name]: grid.map((r, i) => r.map((v, j) => (i === row && j === col ? value : v))) },
      key,
    );
  }

  /** The gradient at the output: the user's where it fits, else 1, 2, 3, ... */
  gradient() {
    const { y } = this.result;
    const { grad } = this.state;
    const fits = !gridComplaint(grad) && grad.length === y.length && grad[0].length === y[0].length;
    return fits ? grad : y.map((row, i) => row.map((_, j) => i * row.length + j + 1));
  }

  /** Why there is nothing to show: a cell that is no number, or a rule that is broken. */
  problem() {
    if (this.refused ?? this.misnamed) return this.refused ?? this.misnamed;
    const [typed] = this.typed;
    if (typed) {
      const [[name, row, col], text] = [JSON.parse(typed[0]), typed[1]];
      const value = (name === "x" ? this.state.x : this.gradient())[row][col];
      return (
        `Row ${row}, column ${col} ${slip(text)}. ` +
        `Every cell needs a number: type one, or press Escape to get ${show(value)} back.`
      );
    }
    const { view, op } = this.state;
    const unknown = nameComplaint("view", String(view || "empty"), VIEWS);
    if (unknown) return unknown;
    if (view === "unpool" && op !== "max")
      return (
        "Unpooling needs to know where each value came from, which only maximum pooling keeps. " +
        "Choose Maximum, or the view Forward."
      );
    return complaint(this.state) ?? numberComplaint("step", this.state.step, 0);
  }

  render() {
    const problem = this.problem();
    const result = problem ? null : compute(this.state);
    this.result = result ?? (this.typed.size ? this.result : null); // a typed text keeps the boards
    this.blocked = Boolean(problem);
    if (problem) this.transport.stop();
    // while there is a problem the step is kept, so that mending it leads back to the same window
    if (result) this.state.step = Math.min(this.state.step, result.windows.length - 1);
    this.drawControls(problem);
    this.drawInput();
    this.drawOutput();
    if (!gridComplaint(this.state.x)) this.arrange();
    this.say(problem);
  }

  drawControls(problem) {
    const { state } = this;
    for (const [key, field] of Object.entries(this.fields))
      field.show(state[key], Boolean(problem?.startsWith(`${key.replace("_size", "")} is`)));
    for (const [key, part] of Object.entries(this.extras)) part.show(state[key]);
    const dividesPadding = state.op === "avg" && asPair(state.padding).some((p) => p > 0);
    this.extras.count_include_pad.element.hidden = !dividesPadding;
    this.extras.p.element.hidden = this.extras.mean.element.hidden = state.op !== "lp";
    this.extras.lam.element.hidden = state.op !== "mixed";
    this.draw.element.hidden = state.op !== "stochastic";
    this.op.show(state.op);
    this.view.show(state.view);
    if (!gridComplaint(state.x))
      this.size.show(pairOrOne(state.x.length, state.x[0].length), Boolean(this.refused));
    const same = Object.entries(EXAMPLES).find(
      ([, e]) => JSON.stringify(e.x) === JSON.stringify(state.x),
    );
    this.menu.show(same ? same[0] : "");
    this.showTools();
    this.transport.show(
      this.blocked ? 0 : state.step,
      this.blocked ? 0 : this.result.windows.length,
    );
  }

  get window() {
    return this.blocked ? undefined : this.result.windows[this.at];
  }

  /** What lies on the input after `last` windows: null forward, the gradient, or what was unpooled. */
  arrived(last = this.at) {
    if (this.blocked || this.state.view === "forward") return null;
    return this.state.view === "backward"
      ? backward(this.result, this.state.x, this.gradient(), last)
      : unpool(this.result, this.state.x, last);
  }

  drawInput() {
    const { x, view } = this.state;
    if (gridComplaint(x)) return this.input.clear();
    const bounds = this.bounds();
    const cells = new Map(this.window?.cells.map((c, k) => [`${c.row},${c.col}`, { ...c, k }]));
    const skipped =
      this.result && [this.result.rows, this.result.cols].map((a) => new Set(unread(a)));
    const arrived = this.arrived();
    const name =
      { backward: "Gradient at the input", unpool: "Unpooled" }[arrived ? view : ""] ?? "Input";
    this.input.draw({
      title: `${name} ${shapeOf(x)}`,
      ...bounds,
      cell: (row, col) => this.inputCell(row, col, cells.get(`${row},${col}`), skipped, arrived),
    });
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

  inputCell(row, col, tapped, skipped, arrived) {
    const { x } = this.state;
    const wins = tapped && this.window.winner === tapped.k;
    const tap = tapped ? ` tap${wins ? " win" : ""}` : "";
    const description = tapped ? `in the window${wins ? ", the winner" : ""}` : "";
    const place = `row ${show(row)}, column ${show(col)}`;
    if (x[row]?.[col] === undefined)
      return { ...this.outerCell(row, col, place, tap), description };
    const unseen = skipped && (skipped[0].has(row) || skipped[1].has(col));
    if (arrived) {
      return {
        value: arrived[row][col],
        description,
        note: brief(x[row][col]).text,
        label: `${show(arrived[row][col])}, ${place}, input ${show(x[row][col])}`,
        kind: (arrived[row][col] === 0 ? "zero" : "") + (unseen ? " unread" : "") + tap,
      };
    }
    const typed = this.typed.get(JSON.stringify(["x", row, col]));
    return {
      edit: typed ?? String(x[row][col]),
      value: typed === undefined ? x[row][col] : undefined,
      description,
      label: place + (unseen ? ", read by no window" : ""),
      kind: (typed !== undefined ? "wrong" : unseen ? "unread" : "") + tap,
    };
  }

  /** A cell of padding, or one beyond it that a ceil_mode window reaches. */
  outerCell(row, col, place, tap) {
    const { op, p, count_include_pad, view } = this.state;
    const { rows, cols } = this.result;
    const beyond = row >= rows.size + rows.padding || col >= cols.size + cols.padding;
    const left = op === "lp" ? Math.abs(p) === Infinity : op === "avg" && !count_include_pad;
    const held = op === "max" ? "−∞" : left ? "·" : "0";
    const text = beyond || view !== "forward" ? "" : held;
    const kind = (beyond ? "beyond" : "pad") + tap;
    return { text, pad: true, kind, label: `${beyond ? "beyond" : "padding"} ${text}, ${place}` };
  }

  /** Boards stand side by side where both have room, and else below each other. */
  arrange() {
    const { left, right } = this.bounds();
    const [outRows, outCols] = [this.result?.y.length ?? 1, this.result?.y[0].length ?? 1];
    const squares = (board, cols) => cols * Math.max(1, (board.longest * 0.42) / 1.5);
    const output = this.state.view === "backward" ? this.grad : this.output;
    const across = squares(this.input, right - left) + squares(output, outCols);
    this.boards.style.setProperty("--sum", right - left + outCols);
    this.boards.style.setProperty("--most", Math.max(right - left, outCols, outRows));
    this.boards.classList.toggle("many", across > 8); // too many to stand side by side on a phone
    this.boards.classList.toggle("vast", across > 18); // too many in a column of text, too
    this.boards.classList.toggle("huge", across > 26); // too many anywhere
  }

  point() {
    if (!this.window) return (this.input.point(null), this.input.ghost(null));
    const { rows, cols } = this.result;
    const { row, col } = this.window.cells[0];
    const { bottom, right } = this.bounds();
    this.input.point({ row, col, height: rows.reach, width: cols.reach });
    const [below, beside] = this.dropped();
    if (beside !== null)
      this.input.ghost({
        row,
        col: beside,
        height: rows.reach,
        width: Math.min(cols.reach, right - beside),
      });
    else if (below !== null)
      this.input.ghost({
        row: below,
        col,
        height: Math.min(rows.reach, bottom - below),
        width: cols.reach,
      });
    else this.input.ghost(null);
  }

  /** Where the next windows below and beside would start if they were not dropped, or null. */
  dropped() {
    const {
      result: { rows, cols },
      window: { i, j },
    } = this;
    return [
      [rows, i],
      [cols, j],
    ].map(([axis, at]) => (at === axis.starts.length - 1 ? droppedStart(axis) : null));
  }

  drawOutput() {
    const { view } = this.state;
    const step = this.at;
    const back = view === "backward";
    this.towards.hidden = !this.result;
    this.output.element.hidden = !this.result || back;
    this.grad.element.hidden = !this.result || !back;
    put(this.towards, "class", view === "forward" ? "towards" : "towards back");
    if (!this.result) return;
    const { y } = this.result;
    const grad = back && this.gradient();
    // later cells are still empty, but for the one that is pointed at
    const known = (at) =>
      view !== "forward" || this.blocked || at <= this.state.step || at === this.hovered;
    (back ? this.grad : this.output).draw({
      title: `${back ? "Gradient at the output" : "Output"} ${shapeOf(y)}`,
      bottom: y.length,
      right: y[0].length,
      cell: (row, col) => {
        const at = row * y[0].length + col;
        const kind = `pick ${at === step ? "done now" : known(at) && at < step ? "done" : "wait"}`;
        const description = at === step ? "of the window on show" : "";
        if (back) return { ...this.gradientCell(grad, row, col, kind), description };
        if (!known(at)) return { text: "", kind, label: "not computed yet" };
        return { value: y[row][col], kind, label: show(y[row][col]), description };
      },
    });
  }

  gradientCell(grad, row, col, kind) {
    const typed = this.typed.get(JSON.stringify(["grad", row, col]));
    return {
      edit: typed ?? String(grad[row][col]),
      value: typed === undefined ? grad[row][col] : undefined,
      label: `gradient at row ${row}, column ${col}`,
      kind: typed === undefined ? kind : "wrong",
    };
  }

  say(problem) {
    this.sizes.replaceChildren(
      ...(problem ? [] : sizeLines(this.state)).map((line) => h("span", {}, line)),
    );
    if (problem) return this.words.say("This cannot be computed", problem, "", { wrong: true });
    const { view } = this.state;
    const where = `Window ${this.at + 1} of ${this.result.windows.length}: ${place(this.window)}`;
    const says = { forward: "sayForward", backward: "sayBackward", unpool: "sayUnpool" };
    const [formula, notes] = this[says[view]]();
    this.words.say(where, formula, notes.filter(Boolean).join(" "), {
      quiet: this.transport.timer || this.hovered !== null,
    });
  }

  sayForward() {
    const { window, state } = this;
    return [
      FORMULAS[state.op](window, state),
      [
        resultNote(window, state),
        paddingNote(window, state),
        ["max", "mixed"].includes(state.op) ? tieNote(window, state) : "",
        droppedNote(this.dropped(), state),
        unreadNote(this.result),
      ],
    ];
  }

  sayBackward() {
    const { window, state } = this;
    const grad = this.gradient();
    const before = this.arrived(this.at - 1);
    const after = this.arrived();
    const formula = backwardFormula(window, state, grad[window.i][window.j], before, after);
    return [
      formula,
      [
        state.op === "max" ? tieNote(window, state) : "",
        backwardNote(
          this.result.windows.slice(0, this.at + 1),
          grad.flat().slice(0, this.at + 1),
          after,
          state,
        ),
      ],
    ];
  }

  sayUnpool() {
    return [
      unpoolFormula(this.window, this.arrived(this.at - 1)),
      ["Every other cell becomes 0: the positions come back, the smaller values do not."],
    ];
  }
}

/** One long row of as many numbers as a grid has cells fills it, in reading order. */
function fold(rows, grid) {
  const wide = grid[0].length;
  const fits = rows.length === 1 && rows[0].length === grid.flat().length;
  if (!fits || rows[0].length <= LARGEST) return rows;
  return grid.map((_, i) => rows[0].slice(i * wide, (i + 1) * wide));
}

const pairOrOne = (high, wide) => (high === wide ? high : [high, wide]);

define("pool-playground", Playground);
