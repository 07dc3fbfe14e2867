/* Forms. What can be taken out of each component: what it is about in words, its code in a language,
   its numbers, the changes that lead through its steps, and its picture. */

const FORMS = {
  "pool-playground": {
    about(part) {
      return about(part.state);
    },

    code(part, language) {
      return poolingCode(language, part.state, part.result, part.gradient());
    },

    numbers(part) {
      return part.state.x;
    },

    steps(part) {
      return part.result.windows.map((_, step) => ({ step }));
    },

    picture(part) {
      const back = part.state.view === "backward";
      const boards = placed([
        boardPicture(part.input),
        arrowPicture(part.state.view !== "forward"),
        boardPicture(back ? part.grad : part.output),
      ]);
      return captioned(boards, part.words);
    },
  },

  "pool-bins": {
    about(part) {
      const { kind, size, count, kernel, u } = part.state;
      const more = kind === "fractional" ? `, kernel ${kernel}, u = ${u}` : "";
      return `${BIN_KINDS[kind]} bins: ${size} cells to ${count} outputs${more}`;
    },

    code(part, language) {
      return binsCode(language, part.state, this.about(part));
    },

    numbers(part) {
      return part.bins();
    },

    steps(part) {
      return part.bins().map((_, step) => ({ step }));
    },

    picture(part) {
      return captioned(boardPicture(part.board), part.words);
    },
  },

  "pool-shift-lab": {
    about(part) {
      return `A ring of ${part.state.x.length} values, moved ${plural(part.state.shift, "place")} to the right and halved`;
    },

    code(part, L) {
      const { m } = L;
      const larger = L === LANGUAGES.torch ? "torch.maximum" : `${m}.maximum`;
      return program(L, this.about(part), [
        `x = ${L.array(`[${part.state.x.join(", ")}]`)}`,
        `x = ${m}.roll(x, ${part.state.shift})`,
        `largest = ${larger}(x, ${m}.roll(x, -1))`,
        `blurred = (${m}.roll(largest, 1) + 2 * largest + ${m}.roll(largest, -1)) / 4`,
        "halved = {",
        '    "stride": x[::2],',
        '    "max": largest[::2],',
        `    "avg": (x + ${m}.roll(x, -1))[::2] / 2,`,
        '    "blur": blurred[::2],',
        "}",
        "print(halved)",
      ]);
    },

    numbers(part) {
      return [rolled(part.state.x, part.state.shift)];
    },

    steps(part) {
      return part.state.x.map((_, shift) => ({ shift }));
    },

    picture(part) {
      const rows = Object.entries(part.rows).map(([name, { board, verdict }]) => {
        const drawn = boardPicture(board, { wide: 2, axes: false, titled: false });
        const [title, said] = [HALVING_NAMES[name][0], verdict.textContent];
        const parts = [textPicture(title, drawn.width, { size: 13, bold: true }), drawn];
        return placed([...parts, textPicture(said, drawn.width, { size: 13, ink: "muted" })], { down: true, gap: 5 });
      });
      const signal = boardPicture(part.input, { axes: false, titled: false });
      const where = `moved ${plural(part.state.shift, "place")} to the right`;
      const heading = textPicture(where, signal.width, { size: 14, bold: true });
      return framed(placed([placed([heading, signal], { down: true, gap: 5 }), ...rows], { down: true, gap: 14 }));
    },
  },

  "pool-receptive-field": {
    about(part) {
      const { layers, size } = part.state;
      return `Receptive fields of ${plural(layers.length, "layer")} on an input of ${size} × ${size}`;
    },

    code(part, language) {
      return fieldsCode(language, part.state, this.about(part));
    },

    numbers(part) {
      return part.state.layers.map((l) => [l.kernel, l.stride, l.padding, l.dilation]);
    },

    /** The stack grows, layer by layer. */
    steps(part) {
      return part.state.layers.map((_, i) => ({ layers: part.state.layers.slice(0, i + 1) }));
    },

    picture(part) {
      return captioned(stackPicture(part.state), part.words);
    },
  },
};

/** The program that lays out the bins, [start, end) each. */
function binsCode(L, { kind, size, count, kernel, u }, about) {
  const { m } = L;
  const exact = L === LANGUAGES.torch && kind === "fractional" ? ", dtype=torch.float64" : "";
  const one = [`i = ${m}.arange(${count}${exact})`];
  const lines =
    kind === "adaptive"
      ? [`start = i * ${size} // ${count}`, `end = -(-(i + 1) * ${size} // ${count})  # rounded up`]
      : [
          `alpha = ${count > 1 ? `(${size} - ${kernel}) / (${count} - 1)` : "0.0"}`,
          `start = ${m}.floor((i + ${u}) * alpha) - int(${u} * alpha)`,
          `start = ${m}.where(i == ${count - 1}, ${size - kernel}, start)${L === LANGUAGES.torch ? ".long()" : ".astype(int)"}  # the last ends at the border`,
          `end = start + ${kernel}`,
        ];
  return program(L, about, [...one, ...lines, `bins = ${m}.stack([start, end], 1)`, "print(bins)"]);
}

/** The program that follows field, jump and size through the layers. */
function fieldsCode(L, { layers, size }, about) {
  const { m } = L;
  const rows = layers.map((l) => [l.kernel, l.stride, l.padding, l.dilation]);
  const array = L === LANGUAGES.torch ? "torch.tensor" : `${m}.array`;
  return program(L, about, [
    "layers = [  # kernel, stride, padding, dilation",
    ...rows.map((row, i) => `    (${row.join(", ")}),  # ${layers[i].name.replace(/\s+/g, " ")}`),
    "]",
    `kernel, stride, padding, dilation = ${array}(layers).reshape(len(layers), 4).T`,
    `jump = ${m}.cumprod(stride, 0)`,
    "before = jump // stride",
    `field = 1 + ${m}.cumsum(dilation * (kernel - 1) * before, 0)`,
    `size = [${size}]`,
    "for k, s, p, d in layers:",
    "    size.append((size[-1] + 2 * p - d * (k - 1) - 1) // s + 1)",
    "print(field, jump, size[1:])",
  ]);
}

/** The stack as rows: name, kernel, stride, and how much of the input one value sees. */
function stackPicture({ layers, size }) {
  const fields = receptiveFields(layers.map((l) => [l.kernel, l.stride, l.padding, l.dilation]), size);
  const [high, track] = [24, 220];
  const columns = [0, 110, 170, 240, 300];
  const heads = ["layer", "kernel", "stride", "field", "jump"];
  const look = (c) => ({ size: 13, anchor: c ? "middle" : "start" });
  const shapes = heads.map((head, c) => label(columns[c], 14, head, { ...look(c), ink: "muted" }));
  layers.forEach((l, i) => {
    const { field, jump } = fields[i];
    const y = high * (i + 1);
    const [x, share] = [340, Math.min(field / size, 1) * track];
    [l.name, l.kernel, l.stride, field, jump].forEach((text, c) =>
      shapes.push(label(columns[c], y + 16, String(text), { ...look(c), bold: c === 3 })),
    );
    shapes.push(rect(x, y + 5, track, 14, { fill: "pad", round: 3 }));
    shapes.push(rect(x + (track - share) / 2, y + 5, share, 14, { fill: "output", stroke: "output-line", round: 3 }, LAYER.mark));
  });
  return { width: 340 + track, height: high * (layers.length + 1), shapes };
}
