/* What Python in a worker could use to reach beyond it is taken away before a student's code runs.

   A policy in the page does not bind its worker, and a plain static server sends none. What is not
   an object but syntax, `import("...")`, only a header of the server forbids. */
const WAYS_OUT = [
  "fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource",
  "importScripts", "Worker", "SharedWorker", "BroadcastChannel", "RTCPeerConnection",
  "indexedDB", "caches", "cookieStore", "Request", "Notification", "FileReaderSync", "navigator",
];

export function takeAway(scope) {
  for (const name of WAYS_OUT) {
    for (let holder = scope; holder; holder = Object.getPrototypeOf(holder)) {
      if (Object.hasOwn(holder, name)) delete holder[name];
    }
    Object.defineProperty(scope, name, { value: undefined, configurable: false, writable: false });
  }
}
