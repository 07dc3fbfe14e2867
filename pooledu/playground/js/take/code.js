/* Code. How a state is written in Python, for three libraries. */

const LANGUAGES = {
  torch: {
    name: "PyTorch",
    m: "torch",
    imports: ["import torch", "import torch.nn.functional as F"],
    array: (literal) => `torch.tensor(${literal}, dtype=torch.float64)`,
    whole: (numbers) => `torch.tensor([${numbers.join(", ")}])`,
    pad: ([top, bottom], [left, right], fill) =>
      `F.pad(x, (${left}, ${right}, ${top}, ${bottom})${fill ? `, value=${fill}` : ""})`,
    pick: (from, at) => `${from}.gather(2, ${at}[..., None])[..., 0]`,
    relu: (value) => `F.relu(${value})`,
    limit: (value, most) => `${value}.clamp(max=${most})`,
    least: (value, least) => `${value}.clamp(min=${least})`,
  },
  numpy: {
    name: "NumPy",
    m: "np",
    imports: ["import numpy as np"],
    array: (literal) => `np.array(${literal}, dtype=float)`,
    relu: (value) => `np.maximum(${value}, 0)`,
  },
  jax: {
    name: "JAX",
    m: "jnp",
    imports: [
      "import jax",
      "import jax.numpy as jnp",
      "",
      'jax.config.update("jax_enable_x64", True)  # 64 bits, as in the page',
    ],
    array: (literal) => `jnp.array(${literal}, dtype=float)`,
    relu: (value) => `jax.nn.relu(${value})`,
  },
};
for (const L of [LANGUAGES.numpy, LANGUAGES.jax])
  Object.assign(L, {
    whole: (numbers) => `${L.m}.array([${numbers.join(", ")}])`,
    pad: (rows, cols, fill) =>
      `${L.m}.pad(x, ((${rows.join(", ")}), (${cols.join(", ")}))${fill ? `, constant_values=${fill}` : ""})`,
    limit: (value, most) => `${L.m}.minimum(${value}, ${most})`,
    least: (value, least) => `${L.m}.maximum(${value}, ${least})`,
    pick: (from, at) => `${L.m}.take_along_axis(${from}, ${at}[..., None], 2)[..., 0]`,
  });

/** A program: what it is about in a comment, the imports that it needs, and its lines. */
function program(L, about, lines) {
  const functional = lines.some((line) => line.includes("F."));
  const imports = L.imports.filter((line) => functional || !line.endsWith(" as F"));
  return [`# ${about}`, ...imports, "", ...lines, ""].join("\n");
}

/** `name = array([[1, 2],` and the other rows below each other. */
function assigned(L, name, rows) {
  const start = `${name} = ${L.array("\u0000").split("\u0000")[0]}[`;
  const texts = rows.map((row) => `[${row.join(", ")}]`);
  return `${name} = ${L.array(`[${texts.join(`,\n${" ".repeat(start.length)}`)}]`)}`;
}
