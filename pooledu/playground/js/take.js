/* Take it with you. The panel's place: what fills it, take.js, comes when it is first opened. */

/** Where this script lies, and the other beside it; not known in a notebook, which has both. */
const SOURCE = document.currentScript?.src ?? "";

let arriving = null;

/** Brings the other script, once. */
function fetchTaking() {
  if (window.PoolPlayground.inner.Panel) return Promise.resolve();
  const href = new URL("take.js", SOURCE).href;
  const rule = { createScriptURL: (url) => url }; // for pages that let no text become an address
  const policy = window.trustedTypes?.createPolicy("pool-take", rule) ?? rule;
  arriving ??= new Promise((done, fail) => {
    const script = h("script", { onload: done, onerror: fail });
    script.src = policy.createScriptURL(href);
    document.head.append(script);
  });
  return arriving;
}

/** The closed panel of a component. */
function takeAlong(part) {
  const element = h("details", { class: "take", "data-control": "take" }, h("summary", {}, "Take it with you"));
  element.ontoggle = async () => {
    if (!element.open) return;
    try {
      await fetchTaking();
    } catch {
      arriving = null;
      while (element.childNodes.length > 1) element.lastChild.remove();
      return element.append("The rest could not be loaded. Close this and open it again.");
    }
    part.panel ??= new window.PoolPlayground.inner.Panel(part, element);
    part.panel.show();
  };
  return element;
}
