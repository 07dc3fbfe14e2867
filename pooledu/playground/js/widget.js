/* The notebook widget's front end: a playground whose state is the model's, both ways. */

const KEYS = [
  "x",
  "op",
  "view",
  "kernel_size",
  "stride",
  "padding",
  "dilation",
  "ceil_mode",
  "count_include_pad",
  "p",
  "mean",
  "lam",
  "seed",
  "grad",
  "step",
];

export default {
  render({ model, el }) {
    // JupyterLab's switch: keys typed in here are numbers, never shortcuts of the notebook
    el.dataset.lmSuppressShortcuts = "true";
    const playground = document.createElement("pool-playground");
    // its size follows from its container; beside other widgets that would be no size at all
    playground.style.minWidth = "min(26rem, 80vw)";
    playground.setAttribute("embedded", "");
    el.append(playground);
    const draw = () =>
      playground.adopt(Object.fromEntries(KEYS.map((key) => [key, model.get(key)])));
    const tell = (event) => {
      if (playground.problem()) return; // Python hears of what can be computed
      for (const key of KEYS)
        if (JSON.stringify(event.detail[key]) !== JSON.stringify(model.get(key)))
          model.set(key, event.detail[key]);
      model.save_changes();
    };
    draw();
    playground.addEventListener("pool-change", tell);
    model.on("change", draw);
    return () => model.off("change", draw);
  },
};
