/* The page with one component alone. Which one and what it shows stand in the address:
   embed.html?component=playground&op=avg&kernel=3. */
(function () {
  "use strict";

  const COMPONENTS = ["playground", "bins", "shift-lab", "receptive-field"];
  const CHOICES = ["ops", "views", "controls", "label"];
  const words = new URLSearchParams(location.search);
  const main = document.querySelector("main");
  const name = words.get("component") ?? "playground";
  if (!COMPONENTS.includes(name)) {
    const text = `There is no component “${name}”. There are ${COMPONENTS.join(", ")}.`;
    main.prepend(Object.assign(document.createElement("p"), { textContent: text }));
    return;
  }
  const part = document.createElement(`pool-${name}`);
  const known = [...part.constructor.observedAttributes, ...CHOICES]; // an address sets nothing else
  for (const [word, value] of words) if (known.includes(word)) part.setAttribute(word, value);
  part.setAttribute("embedded", "");
  main.prepend(part);
})();
