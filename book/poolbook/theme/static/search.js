/* The search page: finds words in the sections that search-index.js lists. */
(function () {
  "use strict";

  const MOST = 40;
  const PRACTISE = "book/practise.html";
  /* What is written in capitals elsewhere and spelt out here: GAP is no gap. */
  const SPELT = {
    GAP: "global average pooling", GMP: "global max pooling", CAM: "class activation map",
    RF: "receptive field", ERF: "effective receptive field", SPP: "spatial pyramid",
    CNN: "convolutional network", FC: "fully connected",
  };
  const input = document.querySelector(".find-again input");
  const status = document.querySelector("#search-status");
  const list = document.querySelector("#search-results");

  /** A word without its ending: "dropped" and "dropping" are found by "drop", and the reverse. */
  function root(word) {
    const bare = word.length > 4 ? word.replace(/(ing|ed|es|s|e)$/, "") : word;
    return bare.replace(/([bdgmnpt])\1$/, "$1");
  }

  /** What finds each word of a question, and what finds them side by side. */
  function patterns(question) {
    const spelt = question.replace(/[A-Z]{2,}/g, (word) => SPELT[word] ?? word);
    const words = spelt.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
    const roots = words.map((word) => `(?<![\\p{L}\\p{N}])${root(word)}[\\p{L}\\p{N}_]*`);
    return {
      name: words.some((word) => /_|\p{L}\d/u.test(word)) && words.at(-1),
      each: roots.map((source) => new RegExp(source, "giu")),
      together: new RegExp(roots.join("[^\\p{L}\\p{N}]+"), "giu"),
      any: new RegExp(roots.join("|"), "giu"),
    };
  }

  const times = (text, pattern) => text.match(pattern)?.length ?? 0;

  /** How well a section fits, and how many of the words it has. A word counts more in a title, less
   *  each further time, and less in a long text, which has many words. A name of the library counts
   *  as a title for one who spells it, and most when it is that name and not a longer one: for all
   *  others, the chapters that explain come first, also before the exercises to practise. */
  function judge([address, chapter, title, text], { name, each, together }) {
    const documented = address.endsWith(`#${title}`);
    const explains = !(documented && !name) && !address.startsWith(PRACTISE);
    const titled = explains ? 8 : 2;
    const weigh = (count) => (5 * count) / (count + 0.5 + text.length / 1500);
    const found = each.map(
      (p) => titled * times(title, p) + 2 * times(chapter, p) + weigh(times(text, p)),
    );
    const near = each.length > 1 ? titled * times(title, together) + 2 * weigh(times(text, together)) : 0;
    const exact = documented && title.toLowerCase().endsWith(`.${name}`) ? 8 : 0;
    return {
      address, chapter, title, text,
      has: found.filter(Boolean).length,
      score: exact + near + found.reduce((sum, value) => sum + value, 0),
    };
  }

  /** The sections with most of the words, the best first. */
  function search(question) {
    const wanted = patterns(question);
    const judged = window.SECTIONS.map((section) => judge(section, wanted));
    const has = Math.max(...judged.map((section) => section.has));
    const results = has ? judged.filter((section) => section.has === has) : [];
    return {
      wanted,
      complete: has === wanted.each.length,
      results: results.sort((a, b) => b.score - a.score).slice(0, MOST),
    };
  }

  /** Text with each word that was looked for marked. */
  function marked(text, { any }) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(any)) {
      const mark = document.createElement("mark");
      mark.textContent = match[0];
      parts.push(text.slice(end, match.index), mark);
      end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)];
  }

  /** The part of a text around what was found, or its rarest word, cut between words. */
  function excerpt(text, { together, each }) {
    const rarest = each
      .filter((pattern) => times(text, pattern))
      .sort((a, b) => times(text, a) - times(text, b));
    const at = Math.max(text.search(times(text, together) ? together : rarest[0] ?? together), 0);
    const from = at < 90 ? 0 : text.indexOf(" ", at - 80) + 1;
    const to = from + 220 >= text.length ? text.length : text.lastIndexOf(" ", from + 220);
    return (from ? "… " : "") + text.slice(from, to) + (to < text.length ? " …" : "");
  }

  function entry({ address, chapter, title, text }, wanted) {
    const item = document.createElement("li");
    const link = item.appendChild(document.createElement("a"));
    link.href = document.documentElement.dataset.content_root + address;
    link.append(chapter === title ? "" : `${chapter}: `, ...marked(title, wanted));
    item.appendChild(document.createElement("p")).append(...marked(excerpt(text, wanted), wanted));
    return item;
  }

  function show() {
    const question = input.value.trim();
    if (!/[\p{L}\p{N}_]/u.test(question)) {
      status.textContent = question ? "Type a word." : "";
      return list.replaceChildren();
    }
    const { wanted, complete, results } = search(question);
    const count = results.length === MOST ? `The first ${MOST} sections` : `${results.length} section${results.length === 1 ? "" : "s"}`;
    status.textContent = !results.length
      ? `Nothing found for “${question}”. Try another word, or fewer letters of it.`
      : complete ? `${count} found.` : `No section has all of these words. ${count} with most of them:`;
    list.replaceChildren(...results.map((result) => entry(result, wanted)));
  }

  input.value = new URLSearchParams(location.search).get("q") ?? "";
  if (!input.value) input.focus();
  show();
  input.addEventListener("input", show);
  document.querySelector(".find-again").addEventListener("submit", (event) => {
    event.preventDefault();
    show();
    list.querySelector("a")?.focus();
  });
})();
