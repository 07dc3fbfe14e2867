/* Before a student's code runs, its worker keeps the language, clocks and little else: what could
   reach another computer, the browser's stores or the page is taken away.

   A policy in the page does not bind its worker, and a plain static server sends none. What is no
   name but syntax, `import("...")`, only a header of the server forbids. */
const LANGUAGE = `AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array
  BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry
  Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl
  Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set
  String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array
  Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly decodeURI decodeURIComponent encodeURI
  encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape
  constructor`;
// What Pyodide's own loop of events uses.
const CLOCKS = `AbortController AbortSignal DOMException Event EventTarget MessageChannel MessageEvent
  MessagePort Performance TextDecoder TextEncoder atob btoa clearInterval clearTimeout console crypto
  performance queueMicrotask self setInterval setTimeout structuredClone`;

export const KEPT = new Set(`${LANGUAGE} ${CLOCKS}`.split(/\s+/));

export function takeAway(scope) {
  for (let holder = scope; holder !== EventTarget.prototype; holder = Object.getPrototypeOf(holder)) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (!KEPT.has(name)) Reflect.deleteProperty(holder, name);
    }
  }
}
