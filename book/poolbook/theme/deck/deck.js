/* The keys of a deck: a slide on or back, the first, the last, and the other theme. */
(function () {
  "use strict";

  const slides = [...document.querySelectorAll(".slide")];
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { root.dataset.theme = dark.matches ? "dark" : "light"; };
  follow();
  dark.addEventListener("change", follow);

  /* The slide that fills most of the window. */
  function current() {
    const far = slides.map((slide) => Math.abs(slide.getBoundingClientRect().top));
    return far.indexOf(Math.min(...far));
  }

  function show(number) {
    const slide = slides[Math.max(0, Math.min(number, slides.length - 1))];
    slide.scrollIntoView();
    slide.focus({ preventScroll: true });  // what is read begins here
    history.replaceState(null, "", `#${slide.id}`);
  }

  const KEYS = {
    ArrowRight: () => show(current() + 1),
    PageDown: () => show(current() + 1),
    ArrowLeft: () => show(current() - 1),
    PageUp: () => show(current() - 1),
    Home: () => show(0),
    End: () => show(slides.length - 1),
    d: () => { root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"; },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onControl = event.target.closest("summary, a");
    const key = event.key === " " && !onControl ? (event.shiftKey ? "PageUp" : "PageDown") : event.key;
    if (!KEYS[key]) return;
    event.preventDefault();
    KEYS[key]();
  });
})();
