/* Panel. What a component shows as code, as a picture, as an animation, on other pages. */

/** The page that shows one component alone. None is known in a notebook, and an address of a folder
 *  leads nowhere on another machine. */
const BARE = /^https?:/.test(SOURCE) ? new URL("../embed.html", SOURCE).href : null;

/** What can be taken out of a component. */
const of = (part) => FORMS[part.localName];

const PACE = 1.2; // seconds that an animation shows each step

/** The formats that are text, each by its name: a function of the component. */
const FORMATS = {
  torch: ["PyTorch", (part) => of(part).code(part, LANGUAGES.torch)],
  numpy: ["NumPy", (part) => of(part).code(part, LANGUAGES.numpy)],
  jax: ["JAX", (part) => of(part).code(part, LANGUAGES.jax)],
  array: ["np.array", (part) => `${assigned({ array: (rows) => `np.array(${rows})` }, "x", of(part).numbers(part))}\n`],
  tikz: ["TikZ", (part) => toTikz(of(part).picture(part), of(part).about(part))],
  embed: ["Embed", (part) => snippet(part)],
  permanent: ["Permanent link", (part) => `${bareAddress(part)}\n`],
};

/** The address of a page with this component alone; it says the whole state, so that it shows the
 *  same when the chapter changes. */
function bareAddress(part) {
  const words = writeState(part.constructor.table, part.state, {});
  const url = new URL(BARE);
  url.search = new URLSearchParams([["component", part.localName.replace("pool-", "")], ...words]);
  return url.href;
}

/** The HTML that shows the component in a page of one's own. */
function snippet(part) {
  const height = Math.ceil(part.getBoundingClientRect().height / 20) * 20 + 60;
  const title = part.shadowRoot.firstElementChild.getAttribute("aria-label");
  return (
    `<iframe src="${escaped(bareAddress(part))}"\n` +
    `        title="${escaped(title)}" width="100%" height="${height}" loading="lazy"></iframe>\n`
  );
}

/** A second component with the same state, which no page shows: its steps announce nothing. */
function twin(part) {
  const other = document.createElement(part.localName);
  other.adopt(structuredClone(part.state));
  return other;
}

/** The picture of every step. */
function pictures(part) {
  const other = twin(part);
  return of(part).steps(part).map((step) => {
    other.adopt(structuredClone(step));
    return of(part).picture(other);
  });
}

/** The colours of a component as they are now, by name. */
function coloursOf(part) {
  const probe = h("span", { hidden: true });
  part.shadowRoot.append(probe);
  const found = Object.keys(LIGHT).map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(found);
}

const still = (part) => toSvg([of(part).picture(part)], coloursOf(part), { title: of(part).about(part) });
const moving = (part) => toSvg(pictures(part), coloursOf(part), { title: of(part).about(part), pace: PACE });

/** An SVG as pixels, twice as many each way, for screens that have them. */
async function toPng(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = h("canvas", { width: 2 * image.width, height: 2 * image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Gives the reader a file. */
function download(name, blob) {
  const href = URL.createObjectURL(blob);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}

const svgFile = (text) => new Blob([text], { type: "image/svg+xml" });

/** The pictures, each by its button: the end of the file's name, and what is in it. */
const PICTURES = {
  SVG: [".svg", (part) => svgFile(still(part))],
  PNG: [".png", (part) => toPng(still(part))],
  "Animated SVG": ["-steps.svg", (part) => svgFile(moving(part))],
};

/** The panel under a component. */
class Panel {
  constructor(part, element) {
    this.part = part;
    this.format = "torch";
    const offered = Object.entries(FORMATS).filter(([name]) => BARE || !/embed|permanent/.test(name));
    const names = Object.fromEntries(offered.map(([key, [name]]) => [key, name]));
    this.choice = new Choice("Take it as", names, (format) => {
      this.format = format;
      this.show();
    });
    this.text = h("code", {});
    this.box = h("pre", { tabindex: "0", role: "region" }, this.text);
    this.said = h("span", { class: "said", role: "status" });
    this.buttons = [
      press("Copy", () => this.copy()),
      ...Object.entries(PICTURES).map(([name, [end, make]]) => press(name, () => this.save(end, make))),
    ];
    const [copying, ...saving] = this.buttons;
    this.element = element;
    // The summary stays where it is, and with it the focus of who opened the panel by keyboard.
    while (element.childNodes.length > 1) element.lastChild.remove();
    element.append(
      this.choice.element,
      this.box,
      h("div", { class: "tools" }, copying, h("span", { class: "label" }, "Download"), ...saving, this.said),
    );
  }

  /** Writes the text anew, when anyone can see it. */
  show() {
    if (!this.element.open) return;
    const problem = this.part.problem();
    this.choice.show(this.format);
    const [name, write] = FORMATS[this.format];
    putText(this.text, problem ? `Nothing to take along yet: ${problem}` : write(this.part));
    put(this.box, "aria-label", name);
    for (const button of this.buttons) put(button, "aria-disabled", String(Boolean(problem)));
    putText(this.said, "");
  }

  async copy() {
    if (this.part.problem()) return;
    const copied = await copy(this.text.textContent);
    if (!copied) getSelection().selectAllChildren(this.text);
    putText(this.said, copied ? "Copied." : "Your browser does not let pages copy: press Ctrl and C.");
  }

  async save(end, make) {
    if (this.part.problem()) return;
    const name = `${this.part.id || this.part.localName}${end}`;
    download(name, await make(this.part));
    putText(this.said, `Saved as ${name}.`);
  }
}

Object.assign(window.PoolPlayground.inner, { Panel, FORMS, LANGUAGES, LIGHT });
