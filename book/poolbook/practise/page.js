/* Exercises where one reads: each becomes an editor with Run, Stop, Reset and a verdict. */
import { Editor } from "./editor.js";
import { Engine, Stopped } from "./engine.js";
import { verdictOf } from "./render.js";
import { runtime } from "./runtime.js";
import { codes, marks } from "./storage.js";

const site = new URL(document.documentElement.dataset.content_root, location.href).href;
const engine = new Engine(site);
const LIMIT = 10;  // seconds that a call may take
const boxes = [...document.querySelectorAll("[data-exercise]")];

function element(name, options = {}, ...children) {
  const made = Object.assign(document.createElement(name), options);
  made.append(...children);
  return made;
}

class Exercise {
  constructor(box) {
    this.box = box;
    const { exercise, set, variable, points } = box.dataset;
    this.task = { exercise, variable, points: Number(points) };
    this.set = set;
    const starter = box.querySelector("pre.starter");
    this.starter = starter.textContent;
    this.editor = new Editor(codes.of(exercise, this.starter) ?? this.starter, `Code of ${exercise}`);
    this.editor.onchange = (code) => codes.keep(exercise, this.starter, code);
    this.editor.onrun = () => this.run();
    this.runs = element("button", { type: "button", textContent: "Run", className: "run", title: "Ctrl+Enter", onclick: () => this.run() });
    this.stops = element("button", { type: "button", textContent: "Stop", disabled: true, onclick: () => engine.stop() });
    this.resets = element("button", { type: "button", textContent: "Reset", onclick: () => this.reset() });
    this.status = element("p", { className: "practise-status" });
    this.status.setAttribute("role", "status");
    this.bar = element("progress", { hidden: true });
    this.bar.setAttribute("aria-label", "Loading Python");
    this.size = element("p", { className: "practise-size" });
    this.size.setAttribute("aria-hidden", "true");
    this.result = element("div", { className: "practise-result" });
    const buttons = element("div", { className: "practise-buttons" }, this.runs, this.stops, this.resets);
    starter.replaceWith(this.editor.element);
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
    for (const one of exercises) one.runs.disabled = true;
    this.stops.disabled = false;
    try {
      const limit = Number(this.box.dataset.limit ?? LIMIT);
      const answer = await engine.check(
        this.task, this.editor.code, earlier(this), limit, (told) => this.progress(told));
      this.show(answer);
    } catch (error) {
      this.say(error instanceof Stopped
        ? "Stopped. The next Run starts Python anew."
        : `Python ended: ${error.message} Press Run to start it again.`);
    } finally {
      this.step = "";
      this.bar.hidden = true;
      this.size.textContent = "";
      for (const one of exercises) one.runs.disabled = false;
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

  /* Say how things stand: aloud, and for the eye where nothing else shows it. */
  say(words, seen = true) {
    this.status.textContent = words.replaceAll("`", "");
    this.status.classList.toggle("unseen", !seen);
  }

  show({ verdict, fault, printed }) {
    if (printed) {
      const text = element("pre", { textContent: printed, tabIndex: 0 });
      this.result.append(element("p", { className: "practise-printed", textContent: "Printed by your code:" }), text);
    }
    if (fault) {
      const place = fault.line ? `Line ${fault.line}${fault.column ? `, column ${fault.column}` : ""}: ` : "";
      this.result.prepend(element("p", { className: "practise-fault" },
        element("strong", { textContent: "✗ The code does not run. " }), place + fault.text));
      this.say(`The code does not run. ${place}${fault.text}`, false);
      this.editor.mark(fault.line, fault.column);
      return;
    }
    this.editor.mark(0);
    this.result.prepend(verdictOf(String(verdict.html), site));
    this.say(`${verdict.passed ? "Passed" : "Not yet"}: ${verdict.title}`, false);
    marks.keep(this.task.exercise, this.starter, Number(verdict.reached), verdict.passed === true);
  }

  reset() {
    if (this.editor.code === this.starter) return;
    this.before = this.editor.code;
    this.editor.code = this.starter;
    codes.forget(this.task.exercise, this.starter);
    const undo = element("button", { type: "button", textContent: "Bring my code back" });
    undo.onclick = () => {
      this.editor.code = this.before;
      codes.keep(this.task.exercise, this.starter, this.before);
      this.say("Your code is back.");
    };
    this.say("The starter code is back. ");
    this.status.append(undo);
  }
}

const mega = (count) => (count / 1e6).toFixed(1);

/* The cells that stand before one in its notebook, as far as they pass: it may use them. */
function earlier(one) {
  return marks.passed(one.set).filter((name) => name !== one.task.exercise)
    .map((name) => codes.latest(name)).filter(Boolean);
}

const exercises = [];
if (runtime.missing) {
  for (const words of document.querySelectorAll(".practise-here")) {
    words.classList.add("stays");
    words.textContent = `This site was built without Python for the browser, so here it can only be read. ${runtime.missing}`;
  }
} else {
  for (const box of boxes) if (box.dataset.variable) exercises.push(new Exercise(box));
}
