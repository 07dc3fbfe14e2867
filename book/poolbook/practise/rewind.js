/* Python as it was before a run. Its whole state is one memory, which is copied when all is loaded
   and put back after each run: whatever code changed in it never happened.

   What lies outside of that memory cannot be put back: JavaScript, open and written files, libraries
   that were loaded. After a run that went there Python is spent, and the page starts another. */
const MOST = 2 ** 28;  // bytes of memory that a page may keep; it never becomes smaller

/* JavaScript's names as Python gets them, with a word to `told` when it takes or changes one. */
export const watched = (scope, told) => new Proxy(scope, {
  get(target, name) {
    told();
    const found = Reflect.get(target, name);
    // A function of the browser minds whose it is, and has a prototype only where it makes objects.
    return typeof found === "function" && !("prototype" in found) ? found.bind(target) : found;
  },
  set(target, name, value) {
    told();
    return Reflect.set(target, name, value);
  },
  deleteProperty(target, name) {
    told();
    return Reflect.deleteProperty(target, name);
  },
});

export class Kept {
  #module;
  #memory;
  #outside;

  /* `told` hears of what Python gives to JavaScript, which may call it at any time. */
  constructor(pyodide, told) {
    this.#module = pyodide._module;
    const { finalizationRegistry: registry } = this.#module;
    const register = registry.register.bind(registry);
    registry.register = (...given) => {
      told();
      register(...given);
    };
  }

  keep() {
    this.#memory = this.#module.HEAPU8.slice();
    this.#outside = this.#seen();
  }

  /* Put the memory back, and say whether Python is spent. */
  rewind() {
    const outside = this.#seen();
    const memory = this.#module.HEAPU8;
    memory.set(this.#memory);
    return memory.length > MOST || outside.length !== this.#outside.length
      || outside.some((one, at) => one !== this.#outside[at]);
  }

  /* What functions of Python reach outside of the memory. */
  #seen() {
    const { FS, LDSO } = this.#module;
    return [Object.keys(LDSO.loadedLibsByName).length, FS.cwd(), newest(FS, FS.root), ...FS.streams];
  }
}

/* When anything in a folder was written last. */
function newest(FS, { mode, contents, timestamp }) {
  if (!FS.isDir(mode)) return timestamp;
  return Math.max(timestamp, ...Object.values(contents).map((node) => newest(FS, node)));
}
