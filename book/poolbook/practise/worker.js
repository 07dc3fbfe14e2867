/* Python for the exercises of a page, in a worker of its own: a student's code runs here alone.

   The page sends {load}, then {check} or {judge}; back come {step}, {ready}, {seen}, {answer} and
   {failed}, all of them plain data. */
import { loadPyodide } from "../pyodide/pyodide.mjs";
import { takeAway } from "./confine.js";

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

let cell = null;  // the module pooledu.checks.cell

/* One file, as bytes; what is compressed by the build and not by the server is unpacked here. */
async function load(file, base, told) {
  const answer = await fetch(new URL(file.address, base), { cache: "force-cache" });
  if (!answer.ok) throw new Error(`${file.address}: ${answer.status} ${answer.statusText}`);
  const reader = answer.body.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    told(value.length);
  }
  const blob = new Blob(parts);
  const start = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const packed = file.address.endsWith(".gz") && start[0] === 0x1f && start[1] === 0x8b;
  const stream = packed ? blob.stream().pipeThrough(new DecompressionStream("gzip")) : blob.stream();
  return new Response(stream).arrayBuffer();
}

async function start({ files, base, site, lock }) {
  let loaded = 0;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const step = (words) => say({ step: words, loaded, total });
  step("Loading Python");
  const all = await Promise.all(files.map(async (file) => [
    file.name,
    await load(file, base, (count) => { loaded += count; step("Loading Python"); }),
  ]));
  const bytes = new Map(all);
  step("Starting Python");
  // Pyodide asks for its files by address and gets them from here.
  const index = new URL("pyodide/", base).href;
  self.fetch = async (address) => {
    const name = String(address).split("/").pop();
    if (!bytes.has(name)) throw new TypeError(`${name} is not there`);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(bytes.get(name), { headers: { "content-type": type } });
  };
  (0, eval)(new TextDecoder().decode(bytes.get("pyodide.asm.js")));
  bytes.set("pyodide-lock.json", new TextEncoder().encode(lock));
  const pyodide = await loadPyodide({ indexURL: index, env: { HOME: "/home/pyodide", POOLEDU_BOOK_URL: site } });
  await pyodide.loadPackage("numpy", { messageCallback() {} });
  pyodide.unpackArchive(bytes.get("course.zip"), "zip", { extractDir: "/lib/python3.12/site-packages" });
  bytes.clear();
  step("Loading the checks");
  pyodide.runPython("import signal; signal.signal(signal.SIGINT, lambda *_: None)");
  pyodide.setInterruptBuffer(clock);
  cell = pyodide.pyimport("pooledu.checks.cell");
  pyodide.runPython("from pooledu.checks import exercise_names; exercise_names()");
  takeAway(self);
  say({ ready: true });
}

function check({ task, code, earlier, limit }) {
  const grade = cell.GradeCell(task.exercise, task.variable, task.points);
  return cell.answer(grade, code, earlier, limit, (seen) => say({ seen }));
}

function judge({ task, seen }) {
  return cell.answer_stuck(cell.GradeCell(task.exercise, task.variable, task.points), seen);
}

onmessage = async ({ data }) => {
  try {
    if (data.load) await start(data.load);
    else say({ answer: JSON.parse(data.check ? check(data.check) : judge(data.judge)) });
  } catch (error) {
    say({ failed: String(error?.message ?? error) });
  }
};
