/* What a page does: the theme button, the contents on small screens, copy buttons, kept answers. */
(function () {
  "use strict";

  const root = document.documentElement;

  function showTheme() {
    const other = root.dataset.theme === "dark" ? "light" : "dark";
    document.querySelector("button.theme").title = `Show the page ${other}`;
  }

  function switchTheme() {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (error) { /* refused */ }
    showTheme();
  }

  function switchContents() {
    const button = document.querySelector("button.menu");
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open);
    root.classList.toggle("contents-open", open);
    if (open) document.querySelector("#all-pages a").focus();
  }

  async function copyCode(button, block) {
    let said = "Copied";
    try { await navigator.clipboard.writeText(block.textContent.trimEnd()); }
    catch (error) {
      getSelection().selectAllChildren(block);  // the browser refuses: leave it to Ctrl+C
      said = "Selected";
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  function addCopyButtons() {
    for (const block of document.querySelectorAll(".cell_input pre, .highlight-python pre")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", () => copyCode(button, block));
      block.parentElement.append(button);
    }
  }

  /* What scrolls sideways must be reachable with the keyboard, and only that. The entries of the
     library are laid out where they are looked at, and their lines wrap: to measure them all would
     lay them all out. */
  function focusScrollers() {
    for (const box of document.querySelectorAll("pre, .scroll, .formula")) {
      if (box.closest("dl.py")) continue;
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  /* Which choices of the quick checks were opened is kept on this machine. */
  function keepAnswers() {
    const place = `answers ${location.pathname.split("/").pop()}`;
    let open = [];
    try { open = JSON.parse(localStorage.getItem(place)); } catch (error) { /* refused, or no JSON */ }
    if (!Array.isArray(open)) open = [];
    const choices = [...document.querySelectorAll(".quiz .choice")];
    const name = (choice) =>
      `${choice.parentElement.id} ${[...choice.parentElement.querySelectorAll(".choice")].indexOf(choice)}`;
    for (const choice of choices) {
      choice.open = open.includes(name(choice));
      choice.addEventListener("toggle", () => {
        const kept = choices.filter((one) => one.open).map(name);
        try { localStorage.setItem(place, JSON.stringify(kept)); } catch (error) { /* full */ }
      });
    }
  }

  /* What passed on this machine: beside the chapters in the contents, and at each exercise. */
  function showMarks() {
    let marks = null;
    try { marks = JSON.parse(localStorage.getItem("pooledu marks")); } catch (error) { return; }
    if (!marks) return;
    for (const place of document.querySelectorAll("[data-marks]")) {
      const worth = Object.entries(JSON.parse(place.dataset.marks));
      const done = worth.filter(([name]) => marks[name]?.passed).length;
      const reached = worth.reduce((sum, [name]) => sum + (Number(marks[name]?.reached) || 0), 0);
      const all = worth.reduce((sum, [, points]) => sum + points, 0);
      place.hidden = !worth.some(([name]) => marks[name]);
      const passed = worth.length > 1 ? `${done} of ${worth.length} passed, ` : "";
      place.textContent = `${done === worth.length ? "✓ " : ""}${passed}`
        + `${Math.round(100 * reached) / 100} of ${all} points`;
    }
  }

  /* "/" or Ctrl+K leads to the search box, but not from where one types. */
  function findOnKey(event) {
    const writing = event.composedPath()[0].matches?.("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!slash && !k) return;
    event.preventDefault();
    document.querySelector("input[type=search]").select();
  }

  document.querySelector("button.theme").addEventListener("click", switchTheme);
  document.querySelector("button.menu").addEventListener("click", switchContents);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !root.classList.contains("contents-open")) return;
    switchContents();
    document.querySelector("button.menu").focus();
  });
  document.addEventListener("keydown", findOnKey);
  addEventListener("resize", focusScrollers);
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details:not(.choice)").forEach((box) => { box.open = true; });
  });
  showTheme();
  addCopyButtons();
  focusScrollers();
  keepAnswers();
  showMarks();
  addEventListener("pooledu-marks", showMarks);  // from an exercise of this page
  addEventListener("storage", showMarks);  // from another page
  // Exercises: nothing of Python before someone presses Run, and nothing at all from a folder.
  if (location.protocol !== "file:" && document.querySelector("[data-exercise]")) {
    import("./practise/page.js").catch(() => {
      for (const words of document.querySelectorAll("[data-variable] .practise-here:not(.stays)")) {
        words.classList.add("stays");
        words.textContent = "The editor did not come over the network: reload the page, or use the notebook.";
      }
    });
  }
  // shown when its fonts are there: first.js hid a page whose lines break with several of them
  if (root.classList.contains("setting")) {
    Promise.all(["1em 'STIX Two Math'", "1em 'Source Serif 4'", "italic 1em 'Source Serif 4'", "1em 'Source Sans 3'"]
      .map((font) => document.fonts.load(font)))
      .finally(() => root.classList.remove("setting"));
  }
})();
