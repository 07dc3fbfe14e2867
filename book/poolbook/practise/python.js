/* Python with NumPy and the course's package, from the files of this site. */
import { loadPyodide } from "../pyodide/pyodide.mjs";

const PAUSES = [500, 2000];  // milliseconds before a file that did not come is asked for again

/* One file; what is compressed by the build and not by the server is unpacked here. */
async function load(file, base, cache, told) {
  const answer = await fetch(new URL(file.address, base), { cache });
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
  // Not every browser minds a connection that ends too early; a server that unpacks sends more.
  if (blob.size < file.bytes) throw new Error(`${blob.size} of ${file.bytes} bytes`);
  const start = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const packed = file.address.endsWith(".gz") && start[0] === 0x1f && start[1] === 0x8b;
  const stream = packed ? blob.stream().pipeThrough(new DecompressionStream("gzip")) : blob.stream();
  return new Response(stream).arrayBuffer();
}

/* The same, more than once where a network falters. `told` hears of bytes, fewer ones too. */
async function loadAnyway(file, base, cache, told) {
  for (const pause of [...PAUSES, null]) {
    let heard = 0;
    try {
      return await load(file, base, pause === PAUSES[0] ? cache : "reload", (count) => { heard += count; told(count); });
    } catch (error) {
      if (pause === null) throw new Error(`${file.address} did not come (${error.message})`);
      told(-heard);
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

export async function startPython({ files, base, site, lock, cache = "force-cache" }, told, jsglobals = globalThis) {
  let loaded = 0;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const step = (words) => told({ step: words, loaded, total });
  step("Loading Python");
  const all = await Promise.all(files.map(async (file) => [
    file.name,
    await loadAnyway(file, base, cache, (count) => { loaded += count; step("Loading Python"); }),
  ]));
  const bytes = new Map(all);
  step("Starting Python");
  // Pyodide asks for its files by address and gets them from here.
  const index = new URL("pyodide/", base).href;
  const ask = globalThis.fetch;
  globalThis.fetch = async (address) => {
    const name = String(address).split("/").pop();
    if (!bytes.has(name)) throw new TypeError(`${name} is not there`);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(bytes.get(name), { headers: { "content-type": type } });
  };
  (0, eval)(new TextDecoder().decode(bytes.get("pyodide.asm.js")));
  bytes.set("pyodide-lock.json", new TextEncoder().encode(lock));
  const env = { HOME: "/home/pyodide", POOLEDU_BOOK_URL: site };
  const pyodide = await loadPyodide({ indexURL: index, env, jsglobals });
  await pyodide.loadPackage("numpy", { messageCallback() {} });
  pyodide.unpackArchive(bytes.get("course.zip"), "zip", { extractDir: "/course" });
  pyodide.runPython("import sys; sys.path.append('/course')");
  bytes.clear();
  globalThis.fetch = ask;
  return pyodide;
}
