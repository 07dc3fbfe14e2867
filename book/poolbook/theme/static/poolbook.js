/* What a page does: the theme button, the contents on small screens, copy buttons. */
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
    if (open) document.querySelector("#contents a").focus();
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

  /* What scrolls sideways must be reachable with the keyboard, and only that. */
  function focusScrollers() {
    for (const box of document.querySelectorAll("pre, .scroll, .formula")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
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
})();
