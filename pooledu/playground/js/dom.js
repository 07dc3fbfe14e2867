/* Elements. Making them, and changing only what differs. */

/** An element: h("button", {class: "step", onclick: go}, "Step"). */
function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  step: "M6 4.5v15l9-7.5zM16 5h3v14h-3z",
  back: "M18 4.5v15l-9-7.5zM5 5h3v14H5z",
};

/** A drawing of one line. */
function drawn(viewBox, d) {
  const [svg, path] = ["svg", "path"].map((tag) =>
    document.createElementNS("http://www.w3.org/2000/svg", tag),
  );
  put(svg, "viewBox", viewBox);
  put(path, "d", d);
  svg.append(path);
  return svg;
}

/** A drawn icon; the button around it carries the name. */
const icon = (name) =>
  h("span", { class: "icon", "aria-hidden": "true" }, drawn("0 0 24 24", ICONS[name]));

/** Sets an attribute, or removes it for null, only where it differs, so that nothing is announced
 *  or restyled in vain. */
function put(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

function putText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A button with a text on it. */
const press = (label, onclick) => h("button", { type: "button", onclick }, label);

/** from, from + 1, ..., to - 1. */
const range = (from, to) => Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i);
