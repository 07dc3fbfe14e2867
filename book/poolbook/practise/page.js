/* Exercises where one reads: each becomes an editor with Run, Stop, Reset and a verdict. */
import { Editor } from "./editor.js";
import { Engine, Stopped } from "./engine.js";
import { answersIn, filled, save } from "./notebook.js";
import { verdictOf } from "./render.js";
import { runtime } from "./runtime.js";
import { codes, marks } from "./storage.js";

const site = new URL(document.documentElement.dataset.content_root, location.href).href;
const engine = new Engine(site);
const LIMIT = 10;  // seconds that a call may take
const NOT_KEPT = "This browser does not keep what you write: download the notebook before you leave.";

function element(name, options = {}, ...children) {
  const made = Object.assign(document.createElement(name), options);
  made.append(...children);
  return made;
}

/* A sentence, in which names stand between backticks. */
const written = (text) => text.split("`").map(
  (piece, odd) => odd % 2 ? element("code", { textContent: piece }) : piece);

const button = (text, onclick, more = {}) =>
  element("button", { type: "button", textContent: text, onclick, ...more });

/* What a box of the page holds: a text that is kept, the starter of which it is a version, and the
   place of both in a notebook. */
class Answer {
  constructor(box) {
    this.box = box;
    const { exercise, set, variable } = box.dataset;
    this.name = exercise;
    this.set = set;
    this.words = variable === "";
    const starter = box.querySelector("pre.starter");
    this.starter = starter.textContent;
    const kept = codes.of(this.name, this.starter);
    const label = this.words ? `Answer to ${this.name}` : `Code of ${this.name}`;
    this.editor = new Editor(kept ?? this.starter, label, this.words);
    this.editor.onchange = (text) => this.keep(text);
    starter.replaceWith(this.editor.element);
    this.status = element("p", { className: "practise-status" });
    this.status.setAttribute("role", "status");
    this.aside = codes.earlier(this.name, this.starter);
    this.backs = button(this.words ? "Bring my answer back" : "Bring my code back", () => this.bringBack());
    this.showBack();
    box.querySelector(".practise-notebook").append(
      button("Download as notebook", () => download(this)),
      button("Load a notebook", () => upload(this)),
    );
  }

  get text() { return this.editor.code; }

  keep(text) {
    if (codes.keep(this.name, this.starter, text)) return;
    this.say(NOT_KEPT);
  }

  /* Take a text from elsewhere. What stood here can be had back. */
  take(text) {
    this.aside = this.text;
    codes.setAside(this.name, this.starter, this.aside);
    this.editor.code = text;
    this.keep(text);
    this.showBack();
  }

  showBack() {
    this.backs.hidden = this.aside === null || [this.text, this.starter].includes(this.aside);
  }

  bringBack() {
    this.take(this.aside);
    this.say(this.words ? "Your answer is back." : "Your code is back.");
    this.editor.area.focus();
  }

  /* The same in another tab: what was written last stands in both. */
  hear({ key, newValue }) {
    if (newValue === null || key !== codes.place(this.name, this.starter)) return;
    const kept = codes.of(this.name, this.starter);
    if (kept === null || kept === this.text) return;
    this.editor.code = kept;
    this.showBack();
    this.say("This was written in another tab.");
  }

  /* Say how things stand: aloud, and for the eye where nothing else shows it. */
  say(words, seen = true) {
    this.status.textContent = words.replaceAll("`", "");
    this.status.classList.toggle("unseen", !seen);
  }
}

/* An answer that a person reads. */
class Written extends Answer {
  constructor(box) {
    super(box);
    box.querySelector(".practise-here").after(this.status, this.backs);
  }
}

class Exercise extends Answer {
  constructor(box) {
    super(box);
    const { exercise, variable, points } = box.dataset;
    this.task = { exercise, variable, points: Number(points) };
    this.editor.onrun = () => this.run();
    this.runs = button("Run", () => this.run(), { className: "run", title: "Ctrl+Enter" });
    this.stops = button("Stop", () => engine.stop(), { disabled: true });
    this.resets = button("Reset", () => this.reset());
    this.bar = element("progress", { hidden: true });
    this.bar.setAttribute("aria-label", "Loading Python");
    this.size = element("p", { className: "practise-size" });
    this.size.setAttribute("aria-hidden", "true");
    this.result = element("div", { className: "practise-result" });
    const buttons = element("div", { className: "practise-buttons" }, this.runs, this.stops, this.resets, this.backs);
    box.querySelector(".practise-here").replaceWith(
      element("div", { className: "practise-tools" }, buttons, this.status, this.bar, this.size),
      this.result,
    );
  }

  async run() {
    if (engine.busy) {
      this.say("Another exercise of this page is running. Stop it, or wait.");
      return;
    }
    this.result.replaceChildren();
    for (const one of answers) if (one.runs) one.runs.disabled = true;
    this.stops.disabled = false;
    this.ran = this.text;
    try {
      const limit = Number(this.box.dataset.limit ?? LIMIT);
      const answer = await engine.check(
        this.task, this.ran, others(this), limit, (told) => this.progress(told));
      this.show(answer);
    } catch (error) {
      this.showPrinted(error.printed);
      this.say(error instanceof Stopped
        ? "Stopped. The next Run starts Python anew."
        : `${error.message} Press Run to try again.`);
    } finally {
      this.step = "";
      this.bar.hidden = true;
      this.size.textContent = "";
      for (const one of answers) if (one.runs) one.runs.disabled = false;
      this.stops.disabled = true;
    }
  }

  progress({ step, loaded, total }) {
    const part = loaded < total ? `${mega(loaded)} of ${mega(total)} MB` : "";
    this.bar.hidden = !part;
    if (part) Object.assign(this.bar, { max: total, value: loaded });
    // A screen reader hears each step once; the bytes are for the eye.
    if (this.step !== step) this.say(`${step} …`);
    this.step = step;
    this.size.textContent = part;
  }

  showPrinted(printed) {
    if (!printed) return;
    const words = element("p", { className: "practise-printed", textContent: "Printed by your code:" });
    this.result.append(words, element("pre", { textContent: printed, tabIndex: 0 }));
  }

  show({ verdict, fault, printed }) {
    this.showPrinted(printed);
    if (fault) {
      const place = fault.line ? `Line ${fault.line}${fault.column ? `, column ${fault.column}` : ""}: ` : "";
      this.result.prepend(element("p", { className: "practise-fault" },
        element("strong", { textContent: "✗ The code does not run. " }), place, ...written(fault.text)));
      this.say(`The code does not run. ${place}${fault.text}`, false);
      this.editor.mark(fault.line, fault.column);
      return;
    }
    this.editor.mark(0);
    this.result.prepend(verdictOf(String(verdict.html), site));
    const said = `${verdict.passed ? "Passed" : "Not yet"}: ${verdict.title}`;
    const kept = marks.keep(this.name, {
      reached: Number(verdict.reached), passed: verdict.passed === true, set: this.set, code: this.ran,
    });
    this.say(kept ? said : `${said}. ${NOT_KEPT}`, !kept);
  }

  reset() {
    if (this.text === this.starter) return;
    this.take(this.starter);
    codes.forget(this.name, this.starter);
    this.say("The starter code is back.");
  }
}

const mega = (count) => (count / 1e6).toFixed(1);

/* The code of the same notebook that passed, which stands in other cells there: it may be used. */
const others = (exercise) => Object.entries(marks.all())
  .filter(([name, mark]) => mark.passed && mark.set === exercise.set && name !== exercise.name)
  .map(([, mark]) => mark.code);

async function released(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) throw new Error(`${link.textContent} did not come (${answer.status})`);
  return answer.json();
}

const onThisPage = (name, starter) => answers.find((one) => one.name === name && one.starter === starter);

/* What stands on this page, for a browser may keep nothing, and what is kept of others. */
const latest = (name, starter) => onThisPage(name, starter)?.text ?? codes.of(name, starter);

async function download(answer) {
  const link = answer.box.querySelector(".practise-notebook a");
  try {
    const { notebook, count } = filled(await released(link), latest);
    save(notebook, link.textContent);
    answer.say(`The notebook holds ${counted(count)} of yours.`);
  } catch (error) {
    answer.say(`The notebook could not be made: ${error.message}`);
  }
}

/* Put a text of a notebook where it belongs, and say whether it stays there. */
function bring(name, starter, text) {
  const here = onThisPage(name, starter);
  if (here) {
    here.take(text);
    return true;
  }
  const before = codes.of(name, starter);
  if (before !== null) codes.setAside(name, starter, before);
  return codes.keep(name, starter, text);
}

function upload(answer) {
  const chooser = element("input", { type: "file", accept: ".ipynb", hidden: true });
  chooser.onchange = async () => {
    chooser.remove();
    try {
      const given = JSON.parse(await chooser.files[0].text());
      const link = answer.box.querySelector(".practise-notebook a");
      const found = answersIn(given, await released(link));
      const brought = found.filter(([name, starter, text]) => bring(name, starter, text));
      const lost = found.length - brought.length;
      answer.say(`${counted(brought.length)} came from the notebook.`
        + (lost ? ` ${counted(lost)} could not be kept: this browser keeps nothing.` : ""));
    } catch (error) {
      answer.say(`The notebook could not be loaded: ${error.message}`);
    }
  };
  document.body.append(chooser);
  chooser.click();
}

const counted = (count) => (count === 1 ? "1 answer" : `${count} answers`);

const answers = [];
if (runtime.missing) {
  for (const words of document.querySelectorAll("[data-variable] .practise-here:not(.stays)")) {
    words.classList.add("stays");
    words.textContent = "This site was built without Python for the browser, so it cannot be run "
      + `here; the notebook can. What was missing: ${runtime.missing}`;
  }
} else {
  for (const box of document.querySelectorAll("[data-variable]")) {
    answers.push(box.dataset.variable === "" ? new Written(box) : new Exercise(box));
  }
}
addEventListener("storage", (event) => { for (const one of answers) one.hear(event); });
