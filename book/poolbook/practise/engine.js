/* The engine of a page: one worker for all its exercises, started by the first Run. */
import { runtime } from "./runtime.js";

const GRACE = 5000;  // milliseconds that a worker has beyond a call's time, before it is ended

export class Stopped extends Error {}

export class Engine {
  #worker = null;
  #ready = null;
  #waiting = null;  // for the answer to what runs: { resolve, reject, progress, seen }

  constructor(site) {
    this.site = site;
    this.base = new URL("_static/", site);
  }

  get busy() { return this.#waiting !== null; }

  /* Run a cell and its check. `progress` hears what happens until the answer is there. */
  async check(task, code, earlier, limit, progress) {
    await this.#start(progress);
    progress({ step: "Checking" });
    try {
      return await this.#ask({ check: { task, code, earlier, limit } }, limit * 1000 + GRACE);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      // The calls that were seen are judged by a new worker: the old one never comes back.
      progress({ step: "Starting Python again" });
      await this.#start(progress);
      return this.#ask({ judge: { task, seen: error.seen, ended: error.ended } }, limit * 1000 + GRACE);
    }
  }

  /* End the worker, and what runs in it. */
  stop(reason = new Stopped("Stopped.")) {
    this.#worker?.terminate();
    this.#worker = this.#ready = null;
    this.#waiting?.reject(reason);
  }

  #start(progress) {
    this.#ready ??= new Promise((resolve, reject) => {
      const worker = new Worker(new URL("practise/worker.js", this.base), { type: "module" });
      this.#worker = worker;
      // What an ended worker still had to say is about a run that is over.
      worker.onmessage = ({ data }) => { if (worker === this.#worker) this.#hear(data); };
      worker.onerror = (event) => {
        event.preventDefault();
        const words = event.message || "The worker of this page could not be loaded.";
        if (worker === this.#worker) this.#lose(words);
      };
      this.#waiting = { resolve, reject, progress, seen: [] };
      const { files, lock } = runtime;
      this.#worker.postMessage({ load: { files, lock, base: this.base.href, site: this.site } });
    }).finally(() => { this.#waiting = null; });
    this.#ready.catch(() => { this.#ready = null; });
    return this.#ready;
  }

  #ask(message, patience) {
    return new Promise((resolve, reject) => {
      const checks = "check" in message;
      this.#waiting = { resolve, reject, progress() {}, seen: [], patience, checks };
      this.#watch();
      this.#worker.postMessage(message);
    }).finally(() => {
      clearTimeout(this.#waiting?.timer);
      this.#waiting = null;
    });
  }

  /* Whoever says nothing for too long is stuck in code that cannot be interrupted. */
  #watch() {
    clearTimeout(this.#waiting.timer);
    const { patience, seen } = this.#waiting;
    this.#waiting.timer = setTimeout(() => this.stop(new Lost(seen, false)), patience);
  }

  #hear(data) {
    if (!this.#waiting) return;
    if (data.step) this.#waiting.progress(data);
    else if (data.seen) {
      this.#waiting.seen.push(data.seen);
      this.#watch();
    } else if (data.ready) this.#waiting.resolve();
    else if (data.answer) this.#waiting.resolve(data.answer);
    else this.#lose(String(data.failed));
  }

  /* Python broke down: in a check, for what the code did. */
  #lose(message) {
    const { checks, seen } = this.#waiting ?? {};
    this.stop(checks ? new Lost(seen, true) : new Error(message));
  }
}

/* A check that will not come back; `ended`: since Python broke down. */
class Lost extends Error {
  constructor(seen, ended) {
    super("lost");
    Object.assign(this, { seen, ended });
  }
}
