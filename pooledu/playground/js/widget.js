/* The notebook widget's front end: a component whose state is the model's, both ways. TAG and
   NAMES, {trait: key of the state}, are written before this by Python. */

/** A value as the component has it, and as the trait does: layers are objects here, lists there. */
const inward = (key, value) =>
  key === "layers"
    ? value.map(([name, kernel, stride, padding, dilation]) => ({ name, kernel, stride, padding, dilation }))
    : key === "p"
      ? Number(String(value).replace("inf", "Infinity"))
      : value;
const outward = (key, value) =>
  key === "layers"
    ? value.map((l) => [l.name, l.kernel, l.stride, l.padding, l.dilation])
    : key === "p" && !Number.isFinite(value)
      ? String(value)
      : value;

/** Keys that are for a text that is typed; all others with Ctrl are shortcuts of the notebook. */
const WRITING = /^([acvxyz]|Arrow\w+|Home|End|Backspace|Delete)$/i;

/** JupyterLab's switch: keys typed in here are numbers, never shortcuts of the notebook, but for
 *  those with Ctrl or Cmd, such as the one that saves. JupyterLab listens at the document. */
function passShortcuts(el) {
  const listen = (event) => {
    if (!event.composedPath().includes(el)) return;
    const shortcut = (event.ctrlKey || event.metaKey) && !WRITING.test(event.key);
    if (shortcut) delete el.dataset.lmSuppressShortcuts;
    else el.dataset.lmSuppressShortcuts = "true";
  };
  el.dataset.lmSuppressShortcuts = "true";
  window.addEventListener("keydown", listen, true);
  return () => window.removeEventListener("keydown", listen, true);
}

export default {
  render({ model, el }) {
    const stopPassing = passShortcuts(el);
    const component = document.createElement(TAG);
    // its size follows from its container; beside other widgets that would be no size at all
    component.style.minWidth = "min(26rem, 80vw)";
    component.setAttribute("embedded", "");
    const preset = () => model.get("preset") && component.setAttribute("preset", model.get("preset"));
    preset();
    el.append(component);
    const given = (trait) => model.get(trait) !== null || !["layers", "size"].includes(trait);
    const draw = () =>
      component.adopt(
        Object.fromEntries(
          Object.entries(NAMES)
            .filter(([trait]) => given(trait))
            .map(([trait, key]) => [key, inward(key, model.get(trait))]),
        ),
      );
    const tell = (event) => {
      if (component.problem()) return; // Python hears of what can be computed
      for (const [trait, key] of Object.entries(NAMES)) {
        const value = outward(key, event.detail[key]);
        if (JSON.stringify(value) !== JSON.stringify(model.get(trait))) model.set(trait, value);
      }
      model.save_changes();
    };
    draw();
    component.addEventListener("pool-change", tell);
    model.on("change", draw);
    model.on("change:preset", preset);
    return () => {
      stopPassing();
      component.transport?.stop();
      model.off("change", draw);
      model.off("change:preset", preset);
    };
  },
};
