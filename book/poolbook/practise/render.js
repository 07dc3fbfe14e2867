/* A verdict's HTML, which comes from where a student's code ran: only what verdicts are made of is
   copied into the page, and links lead to pages of this site alone. */
const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "g", "rect", "text", "tspan", "path", "line", "circle", "title"]);
const WRITTEN = new Set(["div", "p", "span", "strong", "code", "pre", "ol", "li", "br", "a", "details", "summary"]);
const ATTRIBUTES = new Set([
  "class", "role", "aria-label", "aria-hidden", "width", "height", "viewBox", "x", "y", "x1", "y1",
  "x2", "y2", "cx", "cy", "r", "rx", "d", "fill", "stroke", "stroke-width", "stroke-dasharray",
  "text-anchor", "font-size", "font-weight", "font-family", "transform", "opacity", "hidden",
]);

export function verdictOf(html, site) {
  // Styles in attributes, which a strict policy forbids, are set one by one; the page has the others.
  const allowed = html.replace(/<style>[^<]*<\/style>/g, "").replaceAll(" style=", " data-style=");
  const parsed = new DOMParser().parseFromString(allowed, "text/html");
  const copied = document.createDocumentFragment();
  for (const child of parsed.body.childNodes) copied.append(copy(child, site));
  return copied;
}

function copy(node, site) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  const name = node.nodeType === Node.ELEMENT_NODE ? node.localName : "";
  if (!DRAWN.has(name) && !WRITTEN.has(name)) return document.createTextNode("");
  const made = DRAWN.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const { name: key, value } of node.attributes) {
    if (ATTRIBUTES.has(key)) made.setAttribute(key, value);
    else if (key === "data-style") style(made, value);
    else if (key === "href" && name === "a" && value.startsWith(site)) made.setAttribute(key, value);
  }
  for (const child of node.childNodes) made.append(copy(child, site));
  return made;
}

function style(made, text) {
  for (const declaration of text.split(";")) {
    const at = declaration.indexOf(":");
    const [key, value] = [declaration.slice(0, at).trim(), declaration.slice(at + 1).trim()];
    if (at > 0 && !/url|image|position/i.test(declaration)) made.style.setProperty(key, value);
  }
}
