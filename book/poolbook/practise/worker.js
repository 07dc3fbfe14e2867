/* Python for the exercises of a page, in a worker of its own: a student's code runs here alone.

   The page sends {load}, then {check} or {judge}; back come {step}, {ready}, {begun}, {seen}, {answer}
   and {failed}, all of them plain data. */
import { takeAway } from "./confine.js";
import { startPython } from "./python.js";

const TICK = 100;  // milliseconds between two looks at the clock
const INTERRUPT = 2;  // SIGINT, in Pyodide's words
const say = postMessage.bind(self);

/* Pyodide reads its interrupt buffer in the interpreter's loop. This one is no shared memory, which
   would need special headers, but a clock: now and then it holds a signal, and `observing.py`
   decides what that means. The pause keeps the handler from being interrupted itself. */
const clock = {
  next: 0,
  get 0() {
    const now = performance.now();
    if (now < this.next) return 0;
    this.next = now + TICK;
    return INTERRUPT;
  },
  set 0(_) {},
};

let forbidden = "";  // by a policy of the server; its directive
addEventListener("securitypolicyviolation", ({ effectiveDirective }) => { forbidden = effectiveDirective; });

let cell = null;  // the module pooledu.checks.cell

async function start(given) {
  const pyodide = await startPython(given, say);
  say({ step: "Loading the checks" });
  pyodide.runPython("import signal; signal.signal(signal.SIGINT, lambda *_: None)");
  pyodide.setInterruptBuffer(clock);
  cell = pyodide.pyimport("pooledu.checks.cell");
  pyodide.runPython("from pooledu.checks import exercise_names; exercise_names()");
  takeAway(self);
  say({ ready: true });
}

function check({ task, code, earlier, limit }) {
  const grade = cell.GradeCell(task.exercise, task.variable, task.points);
  return cell.answer(grade, code, earlier, limit, (seen) => say({ seen }), (begun) => say({ begun }));
}

function judge({ task, seen, ended, begun }) {
  const grade = cell.GradeCell(task.exercise, task.variable, task.points);
  return cell.answer_lost(grade, seen, ended, begun || "cell");
}

onmessage = async ({ data }) => {
  try {
    if (data.load) await start(data.load);
    else say({ answer: JSON.parse(data.check ? check(data.check) : judge(data.judge)) });
  } catch (error) {
    await new Promise((done) => setTimeout(done));  // a policy is heard of after what it forbade
    if (error instanceof EvalError) forbidden ||= "script-src";
    say({ failed: String(error?.message ?? error), forbidden });
  }
};
