/* Maps. Canvases that show maps of numbers as grey, with frames over them. */

/** The colours of the page as they are now. */
function palette() {
  const probe = h("span", { hidden: true });
  document.body.append(probe);
  const found = ["ink", "paper", "window-line", "output-line", "accent", "line"].map((name) => {
    probe.style.color = `var(--pool-${name})`;
    return [name, getComputedStyle(probe).color.match(/\d+/g).slice(0, 3).map(Number)];
  });
  probe.remove();
  return Object.fromEntries(found);
}

const rgb = (colour, alpha = 1) => `rgb(${colour.join(" ")} / ${alpha})`;

/** Draws a map: 0 is paper and `most` is ink. */
function paint(canvas, map, size, most, colours) {
  const small = new ImageData(size, size);
  map.forEach((value, i) => {
    const share = most ? Math.min(Math.max(value / most, 0), 1) : 0;
    const mixed = colours.paper.map((p, c) => p + (colours.ink[c] - p) * share);
    small.data.set([...mixed, 255], 4 * i);
  });
  const kept = h("canvas", { width: size, height: size });
  kept.getContext("2d").putImageData(small, 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(kept, 0, 0, canvas.width, canvas.height);
}

/** Lays an activation map over an image: amber speaks for the digit, blue against it. */
function overlay(canvas, map, colours) {
  const side = Math.sqrt(map.length);
  const most = Math.max(...map.map(Math.abs), 1e-9);
  const context = canvas.getContext("2d");
  const step = canvas.width / side;
  map.forEach((value, i) => {
    context.fillStyle = rgb(value > 0 ? colours["window-line"] : colours.accent, (0.65 * Math.abs(value)) / most);
    context.fillRect((i % side) * step, Math.floor(i / side) * step, step, step);
  });
}

/** Frames the cells rows[0]..rows[1], cols[0]..cols[1] of a map. */
function frame(canvas, size, rows, cols, colour, thick) {
  const context = canvas.getContext("2d");
  const step = canvas.width / size;
  context.fillStyle = rgb(colour, 0.22);
  context.strokeStyle = rgb(colour);
  context.lineWidth = thick;
  const [x, y] = [cols[0] * step, rows[0] * step];
  const [w, t] = [(cols[1] - cols[0] + 1) * step, (rows[1] - rows[0] + 1) * step];
  context.fillRect(x, y, w, t);
  const inner = Math.min(thick / 2, step / 2);
  context.strokeRect(x + inner, y + inner, Math.max(w - 2 * inner, 1), Math.max(t - 2 * inner, 1));
}

/** The cell of a map under the pointer. */
function cellUnder(event, canvas, size) {
  const box = canvas.getBoundingClientRect();
  const at = (place, start, length) => Math.min(size - 1, Math.max(0, Math.floor(((place - start) / length) * size)));
  return [at(event.clientY, box.top, box.height), at(event.clientX, box.left, box.width)];
}

/** One layer: its maps in a row. Tab leads to it, arrows move the cell, Page Up and Page Down the
 *  map. `onLook(map, row, col)` hears of the cell on show, `onLook(null)` of none. */
class LayerRow {
  constructor(onLook) {
    Object.assign(this, { onLook, canvases: [], at: [0, 0, 0] });
    this.heading = h("p", { class: "layer-name" });
    this.maps = h("div", { class: "layer-maps", tabindex: "0", role: "group" });
    this.element = h("div", { class: "layer" }, this.heading, this.maps);
    this.maps.onkeydown = (event) => this.key(event);
    this.maps.onfocus = () => this.maps.matches(":focus-visible") && this.look(...this.at);
    this.maps.onpointermove = (event) => this.point(event);
    this.maps.onpointerdown = (event) => this.point(event);
    this.maps.onpointerleave = ({ pointerType }) => pointerType === "mouse" && this.onLook(null);
  }

  show({ name, size, maps, kind }, colours) {
    Object.assign(this, { size, count: maps.length });
    const what = `${maps.length} maps of ${size} × ${size}`;
    const text = kind === "conv" ? `convolution and ReLU, ${what}` : what;
    this.heading.replaceChildren(h("strong", {}, name), ` ${text}`);
    put(this.maps, "aria-label", `${name}: ${what}. Arrows move the cell, Page Up and Page Down the map.`);
    while (this.canvases.length > maps.length) this.canvases.pop().remove();
    while (this.canvases.length < maps.length) {
      const canvas = h("canvas", { width: 112, height: 112, "aria-hidden": "true" });
      this.canvases.push(canvas);
      this.maps.append(canvas);
    }
    const most = Math.max(...maps.map((map) => Math.max(...map)));
    maps.forEach((map, k) => paint(this.canvases[k], map, size, most, colours));
  }

  point(event) {
    const map = this.canvases.indexOf(event.target);
    if (map >= 0) this.look(map, ...cellUnder(event, event.target, this.size));
  }

  look(map, row, col) {
    const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
    this.at = [within(map, this.count), within(row, this.size), within(col, this.size)];
    this.onLook(...this.at);
  }

  key(event) {
    const by = {
      ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1],
      PageUp: [-1, 0, 0], PageDown: [1, 0, 0],
    }[event.key];
    if (event.key === "Escape") return this.onLook(null);
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.look(...this.at.map((value, k) => value + by[k]));
  }
}
