/* What must be there before the page is drawn: its theme, its fonts, and no text yet where lines
   break with several fonts. All else waits for poolbook.js. */
(function () {
  "use strict";

  const root = document.documentElement;
  let chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch (error) { /* storage is refused */ }
  if (chosen !== "dark" && chosen !== "light") chosen = null;
  root.dataset.theme = chosen || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  // From a folder no exercise runs: the places of their buttons are kept for pages of a server.
  if (location.protocol !== "file:") root.dataset.served = "";

  // No local font has the measures of formulas, and lines with formulas break where the text's font
  // says; the lines of references change between two fonts, which arrive one after the other. So
  // such a page is shown with its fonts (poolbook.js), or after three seconds without.
  const faces = ["source-serif-4", "source-sans-3"];
  if (root.hasAttribute("data-waits-for-fonts")) {
    faces.push("source-serif-4-italic");
    root.classList.add("setting");
    setTimeout(() => root.classList.remove("setting"), 3000);
  }
  if (location.protocol === "file:") return;  // fonts cannot be preloaded from files
  for (const face of faces) {
    document.head.append(Object.assign(document.createElement("link"), {
      rel: "preload", as: "font", type: "font/woff2", crossOrigin: "",
      href: `${root.dataset.content_root}_static/fonts/${face}.woff2`,
    }));
  }
})();
