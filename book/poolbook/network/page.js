/* Page. The network of the page "See it in a network": image, answer, pools, layers. */

const DIGIT_NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const percent = (share) => `${(100 * share).toFixed(share > 0.99 && share < 0.9995 ? 1 : 0)} %`;
const number = (value) => String(Number(value.toFixed(2))).replace("-", "−");

class NetworkPage {
  constructor(place) {
    Object.assign(this, { pool: "max", base: digitImage(14), moved: [0, 0], looked: null, chosen: null, ask: 0 });
    this.networks = {};
    this.rows = [];
    this.build(place);
    this.colours = palette();
    new MutationObserver(() => {
      this.colours = palette();
      this.render();
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.render();
  }

  build(place) {
    this.sketch = new Sketch((inked) => this.draw(inked));
    this.answer = h("p", { class: "answer-digit", role: "status" });
    this.unmoved = h("p", { class: "unmoved" });
    this.bars = DIGIT_NAMES.map((name, digit) => this.bar(name, digit));
    this.words = h("p", { class: "cell-words", role: "status" }, LOOK);
    this.small = h("canvas", { width: 140, height: 140, "aria-hidden": "true" });
    this.layers = h("div", { class: "layers" });
    this.note = h("p", { class: "photo-note", role: "status" });
    place.replaceChildren(
      h("div", { class: "network-top" },
        h("div", { class: "network-image" }, this.sketch.canvas, this.imageTools()),
        h("div", { class: "network-answer" },
          this.answer, this.unmoved,
          h("ol", { class: "bars", start: "0", "aria-label": "How likely each digit is" }, ...this.bars.map((b) => b.element)),
          this.activation(),
        ),
      ),
      this.examples(),
      this.note,
      this.pools(),
      h("div", { class: "looked" }, this.small, this.words), // stays in sight beside the maps
      this.layers,
    );
    place.ondragover = (event) => event.preventDefault();
    place.ondrop = (event) => {
      event.preventDefault();
      this.photo(event.dataTransfer.files[0]);
    };
  }

  /** Clear, move, and a photo. */
  imageTools() {
    const by = (label, name, right, down) => {
      const button = press(label, () => this.move(right, down));
      put(button, "aria-label", name);
      return button;
    };
    const file = h("input", { type: "file", accept: "image/*", id: "network-photo" });
    file.onchange = () => this.photo(file.files[0]);
    return h("div", { class: "network-tools" },
      press("Clear", () => this.take(new Float32Array(784))),
      h("span", { class: "moves", role: "group", "aria-label": "Move the image by one pixel" },
        by("←", "Move left", -1, 0), by("↑", "Move up", 0, -1),
        by("↓", "Move down", 0, 1), by("→", "Move right", 1, 0),
      ),
      h("label", { class: "photo", for: "network-photo" }, "A photo of a digit", file),
    );
  }

  bar(name, digit) {
    const share = h("span", { class: "bar-share" });
    const text = h("span", { class: "bar-text" });
    const button = h("button", { type: "button", onclick: () => this.choose(digit) }, h("span", { class: "bar-digit" }, String(digit)), h("span", { class: "bar-track" }, share), text);
    return { button, share, text, name, element: h("li", {}, button) };
  }

  activation() {
    this.shown = h("input", { type: "checkbox", onchange: () => this.render() });
    this.speaks = h("span", {}, "");
    return h("label", { class: "activation" }, this.shown, this.speaks);
  }

  examples() {
    return h("div", { class: "examples", role: "group", "aria-label": "Digits that no network was trained on" },
      ...range(0, CONTENT.count).map((k) => {
        const canvas = h("canvas", { width: 56, height: 56, "aria-hidden": "true" });
        const digit = Math.floor((k * 10) / CONTENT.count);
        const name = `Take the digit ${DIGIT_NAMES[digit]}, ${k % 2 ? "second" : "first"}`;
        const button = h("button", { type: "button", "aria-label": name, onclick: () => this.take(digitImage(k)) }, canvas);
        paint(canvas, digitImage(k), 28, 1, { paper: [255, 255, 255], ink: [29, 36, 48] });
        return button;
      }),
    );
  }

  pools() {
    return h("fieldset", { class: "network-pools" },
      h("legend", {}, "All pools are"),
      ...Object.entries(POOLS).map(([key, { name }]) => {
        const radio = h("input", { type: "radio", name: "network-pool", value: key, onchange: () => this.exchange(key) });
        radio.checked = key === this.pool;
        return h("label", {}, radio, h("span", {}, name));
      }),
    );
  }

  exchange(pool) {
    this.pool = pool;
    this.looked = null;
    this.render();
  }

  /** Another image, in its place. */
  take(image) {
    Object.assign(this, { base: image, moved: [0, 0], chosen: null });
    putText(this.note, "");
    this.render();
  }

  /** Ink where one draws; an image that was moved is drawn on where it is. */
  draw(inked) {
    if (inked.length) {
      const base = movedImage(this.base, ...this.moved); // the strokes since the last frame are in it
      Object.assign(this, { base, moved: [0, 0], chosen: null });
      for (const [at, ink] of inked) this.base[at] = Math.max(this.base[at], ink);
    }
    this.later();
  }

  move(right, down) {
    const within = (v) => Math.min(14, Math.max(-14, v));
    this.moved = [within(this.moved[0] + right), within(this.moved[1] + down)];
    this.render();
  }

  async photo(file) {
    if (!file) return;
    const image = await readPhoto(file).catch(() => null);
    if (!image) return putText(this.note, "No digit was found in that file. Take a picture of one dark digit on light paper.");
    this.take(image);
    putText(this.note, "This network reads digits only: whatever the picture shows, it answers with one of the ten.");
  }

  /** The digit whose activation map is shown: the one that was chosen, or the answer. */
  get digit() {
    return this.chosen ?? this.result.scores.indexOf(Math.max(...this.result.scores));
  }

  choose(digit) {
    this.chosen = digit;
    this.shown.checked = true;
    this.render();
  }

  later() {
    cancelAnimationFrame(this.ask);
    this.ask = requestAnimationFrame(() => this.render());
  }

  run(pool, image) {
    this.networks[pool] ??= readWeights(CONTENT.networks[pool].weights, CONTENT.channels);
    return runNetwork(this.networks[pool], pool, image);
  }

  render() {
    this.image = movedImage(this.base, ...this.moved);
    this.result = this.run(this.pool, this.image);
    this.say();
    this.arrange();
    this.mark();
  }

  /** As many rows as the network has layers after the image. */
  arrange() {
    const { layers } = this.result;
    while (this.rows.length > layers.length - 1) this.rows.pop().element.remove();
    while (this.rows.length < layers.length - 1) {
      const layer = this.rows.length + 1;
      const row = new LayerRow((...at) => this.look(at[0] === null ? null : [layer, ...at]));
      this.rows.push(row);
      this.layers.append(row.element);
    }
  }

  look(at) {
    this.looked = at;
    this.mark();
  }

  /** Draws all that there is to see; the image a second time, small. */
  mark() {
    this.paintAll();
    this.small.getContext("2d").drawImage(this.sketch.canvas, 0, 0, 140, 140);
  }

  /** Draws all maps, and frames what the cell on show reads and sees. */
  paintAll() {
    const { layers } = this.result;
    this.rows.forEach((row, k) => row.show(layers[k + 1], this.colours));
    paint(this.sketch.canvas, this.image, 28, 1, this.colours);
    if (this.shown.checked) overlay(this.sketch.canvas, activationMap(this.networks[this.pool], this.result, this.digit), this.colours);
    if (this.sketch.keys) {
      const [row, col] = this.sketch.cursor;
      frame(this.sketch.canvas, 28, [row, row], [col, col], this.colours["output-line"], this.sketch.pen ? 6 : 3);
    }
    if (!this.looked) return putText(this.words, LOOK);
    const [at, map, row, col] = this.looked;
    for (let below = at - 1; below >= 0; below--) {
      const [rows, cols] = [seen(layers, at, row, below), seen(layers, at, col, below)];
      for (const canvas of this.framed(below, at, map))
        frame(canvas, layers[below].size, rows, cols, this.colours["window-line"], below === at - 1 ? 5 : 3);
    }
    frame(this.rows[at - 1].canvases[map], layers[at].size, [row, row], [col, col], this.colours["output-line"], 6);
    putText(this.words, cellWords(layers, this.looked, this.pool));
  }

  /** The maps of a layer that a cell sees: of a pool before it its own alone, else all. */
  framed(below, at, map) {
    if (below === 0) return [this.sketch.canvas];
    const { canvases } = this.rows[below - 1];
    return at === below + 1 && this.result.layers[at].kind === "pool" ? [canvases[map]] : canvases;
  }

  say() {
    const { chances, scores } = this.result;
    const best = scores.indexOf(Math.max(...scores));
    const empty = this.image.every((v) => v === 0);
    const answer = empty ? "Draw a digit, or take one." : `It reads ${best}, with ${percent(chances[best])}.`;
    clearTimeout(this.speech);
    this.speech = setTimeout(() => putText(this.answer, answer), this.answer.textContent ? 150 : 0);
    this.bars.forEach(({ button, share, text, name }, digit) => {
      share.style.setProperty("--share", chances[digit].toFixed(4));
      putText(text, percent(chances[digit]));
      put(button, "aria-label", `${name}: ${percent(chances[digit])}. Show what speaks for it`);
      put(button, "aria-pressed", String(this.shown.checked && digit === this.digit));
      put(button, "class", digit === best && !empty ? "best" : null);
    });
    putText(this.speaks, `Show what speaks for ${this.digit} (amber) and against it (blue)`);
    putText(this.unmoved, this.comparison());
  }

  /** What the answer was before the image was moved. */
  comparison() {
    const [right, down] = this.moved;
    if (!right && !down) return "Not moved.";
    const places = [
      right && `${Math.abs(right)} to the ${right > 0 ? "right" : "left"}`,
      down && `${Math.abs(down)} ${down > 0 ? "down" : "up"}`,
    ].filter(Boolean);
    const { scores, chances } = this.run(this.pool, this.base);
    const best = scores.indexOf(Math.max(...scores));
    return `Moved ${places.join(", ")}. Before, it read ${best}, with ${percent(chances[best])}.`;
  }
}

const LOOK = "Point at a cell of any map: what it is made of, and what it sees of the image, is framed.";

/** What one cell holds and where it comes from, in a sentence. */
function cellWords(layers, [at, map, row, col], poolName) {
  const { name, kind, size, maps, reads } = layers[at];
  const before = layers[at - 1];
  const value = number(maps[map][row * size + col]);
  const span = (axis, [first, last]) => (first === last ? `${axis} ${first}` : `${axis}s ${first} to ${last}`);
  const sees = `It sees ${span("row", seen(layers, at, row, 0))}, ${span("column", seen(layers, at, col, 0))} of the image.`;
  const cell = (r, c) => number(before.maps[map][r * before.size + c]);
  const of = () => [cell(2 * row, 2 * col), cell(2 * row, 2 * col + 1), cell(2 * row + 1, 2 * col), cell(2 * row + 1, 2 * col + 1)];
  const made = {
    conv: () => `ReLU of ${9 * before.maps.length} products and a bias`,
    max: () => `max(${of().join(", ")})`,
    avg: () => `(${of().join(" + ")}) / 4`,
    stride: () => "the upper left of four cells, the others are dropped",
    blur: () => "maxima of 2 × 2, blurred with [1 2 1]/4 both ways",
  }[kind === "conv" ? "conv" : poolName]();
  return `${name}, map ${map + 1}, row ${row}, column ${col}: ${made} = ${value}. ${sees}`.replace(/(dropped|ways) =/, "$1:");
}

/** One of the digits that came with the page. */
function digitImage(k) {
  CONTENT.pixels ??= bytes(CONTENT.digits);
  return Float32Array.from(CONTENT.pixels.subarray(784 * k, 784 * (k + 1)), (v) => v / 255);
}

CONTENT.count = bytes(CONTENT.digits).length / 784;
window.PoolNetwork = { CONTENT, readWeights, runNetwork, activationMap, movedImage, seen, fitted, inkOf, boxOf };
class PoolNetwork extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return; // it was moved within the page
    this.className = "network";
    put(this, "role", "group");
    put(this, "aria-label", this.getAttribute("label"));
    new NetworkPage(this);
  }
}

customElements.define("pool-network", PoolNetwork);
