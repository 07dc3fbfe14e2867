/* Python with NumPy and the course's package, from the files of this site. */
import { loadPyodide } from "../pyodide/pyodide.mjs";

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

export async function startPython({ files, base, site, lock }, told) {
  let loaded = 0;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const step = (words) => told({ step: words, loaded, total });
  step("Loading Python");
  const all = await Promise.all(files.map(async (file) => [
    file.name,
    await load(file, base, (count) => { loaded += count; step("Loading Python"); }),
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
  const pyodide = await loadPyodide({ indexURL: index, env: { HOME: "/home/pyodide", POOLEDU_BOOK_URL: site } });
  await pyodide.loadPackage("numpy", { messageCallback() {} });
  pyodide.unpackArchive(bytes.get("course.zip"), "zip", { extractDir: "/course" });
  pyodide.runPython("import sys; sys.path.append('/course')");
  bytes.clear();
  globalThis.fetch = ask;
  return pyodide;
}
