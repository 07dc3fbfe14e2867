/* Python for the exercises of a page, in a worker of its own: a student's code runs here alone.

   The page sends {load}, then {check} or {judge}; back come {step}, {ready}, {begun}, {seen}, {answer}
   and {failed}, all of them plain data. */
import { takeAway } from "./confine.js";
import { startPython } from "./python.js";
import { Kept, watched } from "./rewind.js";

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

let cell = null;  // the functions of pooledu.checks.cell
let kept = null;
let ready = "";  // the exercise for which it is kept
let spent = false;
const spend = () => { spent = true; };

/* What Pyodide's own modules took of JavaScript while they were loaded is taken again, and seen. */
const READY = `
import signal, sys
signal.signal(signal.SIGINT, lambda *_: None)
from pooledu.checks import exercise_names
exercise_names()
for name in [name for name in sys.modules if name.partition(".")[0] == "pyodide"]:
    del sys.modules[name]
`;

async function start(given) {
  const pyodide = await startPython(given, say, watched(self, spend));
  say({ step: "Loading the checks" });
  const { run_json: run, judge_json: judge } = pyodide.pyimport("pooledu.checks.cell");
  cell = { run, judge };
  pyodide.runPython(READY);
  pyodide.setInterruptBuffer(clock);
  pyodide.registerJsModule("pyodide_js", watched(pyodide, spend));
  takeAway(self);
  kept = new Kept(pyodide, spend);
  spent = false;
  say({ ready: true });
}

const asked = (work, given, ...more) => JSON.parse(work(JSON.stringify(given), ...more));

function check({ grade, ...given }) {
  if (ready !== grade.exercise) {
    // What only a first check of an exercise has to do is done, and stays.
    asked(cell.judge, { grade, told: [] });
    kept.keep();
    ready = grade.exercise;
  }
  const told = [];
  const tell = (what, text) => {
    told.push([what, text]);
    say({ told: [what, text] });
  };
  const found = asked(cell.run, { grade, ...given }, tell);
  spent = kept.rewind() || spent;
  return found.fault ? found : { ...asked(cell.judge, { grade, told }), ...found };
}

onmessage = async ({ data, isTrusted }) => {
  if (!isTrusted) return;  // it is not from the page
  try {
    if (data.load) await start(data.load);
    else say({ answer: data.check ? check(data.check) : asked(cell.judge, data.judge), spent });
  } catch (error) {
    await new Promise((done) => setTimeout(done));  // a policy is heard of after what it forbade
    if (error instanceof EvalError) forbidden ||= "script-src";
    say({ failed: String(error?.message ?? error), forbidden });
  }
};
