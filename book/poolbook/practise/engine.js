/* The engine of a page: one worker for all its exercises, started by the first Run. */
import { runtime } from "./runtime.js";

// Milliseconds that a worker has beyond a call's time, before it is ended. A machine that starts
// Python slowly is slow at all else too, and gives it as long as that took.
const GRACE = 5000;

export class Stopped extends Error {
  /* What had been printed. */
  printed = "";
}

export class Engine {
  #worker = null;
  #ready = null;
  #waiting = null;  // for the answer to what runs: { resolve, reject, progress, told }
  #loading = 0;  // when something was still to be loaded
  #grace = GRACE;
  #loaded = false;  // whether all was
  #cache = "force-cache";

  constructor(site) {
    this.site = site;
    this.base = new URL("_static/", site);
    this.forbidden = "";
    addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
      this.forbidden = effectiveDirective;
    });
  }

  get busy() { return this.#waiting !== null; }

  /* Run a cell and its check. `progress` hears what happens until the answer is there. */
  async check(grade, code, earlier, limit, progress, again = true) {
    await this.#start(progress);
    progress({ step: "Checking" });
    try {
      const given = { grade, code, earlier, time_limit: limit };
      return await this.#ask({ check: given }, limit * 1000 + this.#grace);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      progress({ step: "Starting Python again" });
      // What did not even begin was kept from it by something that an earlier run left behind.
      if (!error.told.length && again) return this.check(grade, code, earlier, limit, progress, false);
      // The calls that were seen are judged by a new worker: the old one never comes back.
      await this.#start(progress);
      const { told, lost } = error;
      return this.#ask({ judge: { grade, told, lost } });
    }
  }

  /* End the worker, and what runs in it. */
  stop(reason = new Stopped("Stopped.")) {
    if (reason instanceof Stopped) reason.printed = printed(this.#waiting?.told ?? []);
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
        const words = event.message || "its worker is not there";
        // A policy that forbids it is heard of after the error.
        setTimeout(() => { if (worker === this.#worker) this.#lose(words, this.forbidden); });
      };
      this.#waiting = { resolve, reject, progress, told: [], loads: true };
      progress({ step: "Loading Python" });
      const { files, lock } = runtime;
      const [base, cache] = [this.base.href, this.#cache];
      this.#worker.postMessage({ load: { files, lock, base, cache, site: this.site } });
    }).finally(() => { this.#waiting = null; });
    this.#ready.catch(() => { this.#ready = null; });
    return this.#ready;
  }

  /* What is asked without `patience` is waited for until Stop: no code of a student runs in it. */
  #ask(message, patience = 0) {
    return new Promise((resolve, reject) => {
      const checks = "check" in message;
      this.#waiting = { resolve, reject, progress() {}, told: [], patience, checks };
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
    const { patience } = this.#waiting;
    if (patience) this.#waiting.timer = setTimeout(() => this.stop(new Lost(this.#waiting, "stuck")), patience);
  }

  #hear(data) {
    if (!this.#waiting) return;
    if (data.step) {
      this.#loaded = !(data.loaded < data.total);
      if (!this.#loaded) this.#loading = performance.now();
      this.#waiting.progress(data);
    } else if (data.told) {
      this.#waiting.told.push(data.told);
      if (data.told[0] !== "printed") this.#watch();
    } else if (data.ready) {
      this.#grace = Math.max(GRACE, performance.now() - this.#loading);
      this.#cache = "force-cache";
      this.#waiting.resolve();
    } else if (data.answer) {
      this.#waiting.resolve(data.answer);
      if (data.spent) this.stop();
    } else this.#lose(String(data.failed), String(data.forbidden ?? ""));
  }

  /* Python broke down: in a check, for what the code did. */
  #lose(message, forbidden = "") {
    const { checks, loads } = this.#waiting ?? {};
    // What came whole and does not start is broken in the cache.
    if (loads && this.#loaded) this.#cache = "reload";
    const began = loads ? "Python could not be loaded" : "Python ended";
    const reason = forbidden ? policy(forbidden) : message.replace(/[.\s]+$/, "");
    this.stop(checks ? new Lost(this.#waiting, "ended") : new Error(`${began}: ${reason}.`));
  }
}

const policy = (directive) => "the Content-Security-Policy of this server does not allow it "
  + `(${directive}). The notebook works without it`;

/* What the cell printed, and the call that runs. */
function printed(told) {
  const calls = told.findIndex(([what, text]) => what === "begun" && text === "calls");
  const last = told.findLastIndex(([what]) => what === "seen");
  return told.filter(([what], at) => what === "printed" && (at < calls || at > last))
    .map(([, text]) => text).join("");
}

/* A check that will not come back: what was told of it, and how it was lost. */
class Lost extends Error {
  constructor({ told }, lost) {
    super("lost");
    Object.assign(this, { told, lost });
  }
}
