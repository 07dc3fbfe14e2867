/* Element. What every component inherits. */

/** What all components share: a shadow root with the style sheet; state from the attributes, or
 *  from the page's address when it names this component; a button that writes such an address. */
class PoolElement extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" }).append(h("style", {}, STYLE));
  }

  connectedCallback() {
    this.build();
  }

  /** Makes the parts, once: when the page shows it, or before if it is given a state. */
  build() {
    if (this.built) return;
    this.built = true;
    this.load();
    this.setup();
    this.hideControls();
    this.render();
  }

  attributeChangedCallback() {
    if (this.built) (this.load(), this.render());
  }

  /** The name under which an address refers to this component: its id, or its place on the page. */
  get key() {
    const alike = [...document.querySelectorAll(this.localName)];
    return this.id || `${this.localName.replace("pool-", "")}-${alike.indexOf(this) + 1}`;
  }

  /** Reads an attribute, or the word in the page's address that stands in for it. */
  given(name) {
    const query = new URLSearchParams(location.search);
    return (query.get("pool") === this.key ? query.get(name) : null) ?? this.getAttribute(name);
  }

  /** Changes the state as a user would: draws it and tells the page. */
  change(part) {
    Object.assign(this.state, part);
    this.render();
    this.dispatchEvent(
      new CustomEvent("pool-change", { bubbles: true, detail: { ...this.state } }),
    );
  }

  /** Takes over a state from outside: draws it without telling the page. */
  adopt(part) {
    this.build();
    if (JSON.stringify(part.x) !== JSON.stringify(this.state.x)) this.typed.clear();
    Object.assign(this.state, part);
    this.render();
  }

  /** The situation on show, as the address of this page. */
  address(words) {
    const url = new URL(location.href);
    url.search = new URLSearchParams([["pool", this.key], ...words]);
    url.hash = this.id;
    return url.href;
  }

  /** A button that puts the situation into the address bar and onto the clipboard. */
  linkButton(words) {
    const said = h("span", { class: "said", role: "status" });
    const button = press("Link to this", async () => {
      const href = this.address(words());
      history.replaceState(null, "", href);
      const copied = await navigator.clipboard?.writeText(href).then(
        () => true,
        () => false,
      );
      putText(said, copied ? "Copied." : "The link is in the address bar.");
    });
    put(button, "data-control", "link");
    return h("span", { class: "link" }, button, said);
  }

  /** `controls="kernel stride"` shows only the controls that it names. */
  hideControls() {
    const wanted = this.getAttribute("controls")?.split(/\s+/);
    if (!wanted) return;
    for (const part of this.shadowRoot.querySelectorAll("[data-control]"))
      if (!wanted.includes(part.dataset.control)) part.classList.add("absent");
  }
}

/** Marks a part's element as the control called `name`. */
function control(name, part) {
  put(part.element, "data-control", name);
  return part;
}

/** Registers a component once, whatever number of times the script is loaded. */
function define(name, component) {
  if (!customElements.get(name)) customElements.define(name, component);
}
