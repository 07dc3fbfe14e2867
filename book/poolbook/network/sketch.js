/* Sketch. The image, on which one draws with a finger, a mouse or the keyboard. */

const BRUSH = 1.1; // cells from the line that are full of ink; a cell further out there is none

class Sketch {
  constructor(onDraw) {
    Object.assign(this, { onDraw, pen: false, cursor: [14, 14], last: null, keys: false });
    this.canvas = h("canvas", {
      width: 280, height: 280, class: "sketch", tabindex: "0", role: "img",
      "aria-label": "The image, 28 by 28. Draw a digit here. With the keyboard: arrows move, Space makes a dot, Enter lowers and lifts the pen.",
    });
    const { canvas } = this;
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.keys = false;
      this.last = this.place(event);
      this.stroke(this.last);
    };
    canvas.onpointermove = (event) => {
      if (!this.last) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) this.stroke(this.place(each));
    };
    canvas.onpointerup = canvas.onpointercancel = () => (this.last = null);
    canvas.onkeydown = (event) => this.key(event);
    canvas.onblur = () => {
      this.pen = this.keys = false;
      this.onDraw([]);
    };
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * 28 - 0.5, ((event.clientX - box.left) / box.width) * 28 - 0.5];
  }

  /** Ink along the line from the last place to this one: [cell, ink] pairs. */
  stroke(to) {
    const [from, inked] = [this.last ?? to, []];
    for (let at = 0; at < 784; at++) {
      const ink = 1 + BRUSH - distance([Math.floor(at / 28), at % 28], from, to);
      if (ink > 0) inked.push([at, Math.min(1, ink)]);
    }
    this.last = to;
    this.onDraw(inked);
  }

  key(event) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    this.keys = true;
    if (event.key === "Enter") this.pen = !this.pen;
    if (by) this.cursor = this.cursor.map((v, k) => Math.min(27, Math.max(0, v + by[k])));
    if (this.pen || event.key === " ") this.stroke(this.cursor);
    else this.onDraw([]);
    this.last = null;
  }
}

/** How far a cell is from the line between two places. */
function distance([r, c], [r0, c0], [r1, c1]) {
  const [dr, dc] = [r1 - r0, c1 - c0];
  const length = dr * dr + dc * dc;
  const share = length ? Math.min(1, Math.max(0, ((r - r0) * dr + (c - c0) * dc) / length)) : 0;
  return Math.hypot(r - r0 - share * dr, c - c0 - share * dc);
}
