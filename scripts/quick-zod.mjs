// zod as the program has it: what makes its schemas quick to use is done when one is used, not for each at every start.
import { readFileSync } from 'node:fs';

/** Files of zod/v4/core, and what becomes of their lines. */
const CHANGES = {
  /*
   * zod gives each of its types all methods of its own: a fifth of all that a command takes memory for while it starts.
   * Here the types share them, in layers: of the same table on the same layer there is one.
   */
  util: [
    [
      'export function members(proto, table) {',
      `const layers = new WeakMap();
      export function members(type, table) {
        const below = Object.getPrototypeOf(type);
        if (!layers.has(below)) layers.set(below, new Map());
        const known = layers.get(below).get(table);
        const proto = known ?? Object.create(below);
        layers.get(below).set(table, proto);
        Object.setPrototypeOf(type, proto);
        if (known) return;`,
    ],
    // A detached method is bound, too, but not kept: that makes another shape of nearly every schema.
    ['return this == null ? fn : own(this, key, fn.bind(this));', 'return this == null ? fn : fn.bind(this);'],
    // Descriptors matter where there are accessors, which only objects have.
    [
      'const mergedDescriptors = {};',
      'if (!defs.some((it) => Object.hasOwn(it, "shape"))) return Object.assign({}, ...defs);\nconst mergedDescriptors = {};',
    ],
    [
      'const cl = new inst._zod.constr(def ?? inst._zod.def);',
      'const cl = new inst.constructor(def ?? inst[Symbol.for("zod.def")]);',
    ],
    [
      'cl._zod.parent = inst;',
      'if (Object.hasOwn(cl, "_zod")) cl._zod.parent = inst; else cl[Symbol.for("zod.parent")] = inst;',
    ],
  ],
  core: [
    // For each instance; and a loop by `in` would go through all layers.
    ['for (const k in proto) {', 'for (const k of Object.keys(proto)) {'],
    // Only errors are made of a class of their own.
    [
      `const Parent = params?.Parent ?? Object;
    class Definition extends Parent {
    }
    Object.defineProperty(Definition, "name", { value: name });`,
      `let Definition;
      if (params?.Parent) {
        Definition = class extends params.Parent {};
        Object.defineProperty(Definition, "name", { value: name });
      }`,
    ],
    /*
     * A schema has only its definition at first. What the first of its type has besides, the type's other ones get when
     * one of it is asked for: most schemas, and all that others were derived from, never are.
     */
    [
      'const inst = params?.Parent ? newError(Definition) : this;',
      `if (params?.Parent) return whole(newError(Definition), def);
        this[DEF] = def;
        if (isLaidOut) return this;
        whole(this, def);
        if (!isLaidOut) layOut(this, def);
        isLaidOut = true;
        return this;
      }
      let isLaidOut = false;
      function layOut(first, def) {
        for (const key of Object.getOwnPropertyNames(first)) {
          const isDefined = def[key] !== undefined && first[key] === def[key];
          const get =
            key === 'def' ? function () { return this[DEF]; }
            : isDefined ? function () { return this[DEF][key]; }
            : function () {
                build(this);
                return Object.hasOwn(this, key) ? this[key] : Reflect.get(Object.getPrototypeOf(_.prototype), key, this);
              };
          const set = function (value) {
            Object.defineProperty(this, key, { value, configurable: true, enumerable: true, writable: true });
          };
          Object.defineProperty(_.prototype, key, { get, set, configurable: true });
        }
      }
      function build(inst) {
        if (Object.hasOwn(inst, '_zod') || !Object.hasOwn(inst, DEF)) return;
        Object.defineProperty(inst, '_zod', { value: new Internals(inst[DEF]), enumerable: false });
        whole(inst, inst[DEF]);
        if (inst[PARENT]) inst._zod.parent = inst[PARENT];
      }
      function whole(inst, def) {`,
    ],
    ['let _E =', 'const DEF = Symbol.for("zod.def"), PARENT = Symbol.for("zod.parent");\nlet _E ='],
  ],
  /*
   * An object looks at all its keys whenever it is first used. Most are optional and absent, and zod drops what such a one
   * makes of nothing: unless it, or what is in it, has a default.
   */
  schemas: [
    [
      'function normalizeDef(def) {',
      `const DEF = Symbol.for("zod.def");
      function mayBeSkipped(schema) {
        const def = schema[DEF];
        return def?.type === "optional" && !hasDefault(def.innerType[DEF]);
      }
      function hasDefault(def) {
        switch (def?.type) {
          case "string": case "number": case "boolean": case "enum": case "literal": case "array": case "object":
          case "record": case "tuple": case "never": case "unknown": case "any": case "custom":
            return false;
          case "union":
            return def.options.some((it) => hasDefault(it[DEF]));
          case "pipe":
            return hasDefault(def.in[DEF]);
          case "optional": case "nullable": case "readonly":
            return hasDefault(def.innerType[DEF]);
          default:
            return true;
        }
      }
      function normalizeDef(def) {`,
    ],
    [
      'if (!def.shape?.[k]?._zod?.traits?.has("$ZodType")) {',
      'if (!def.shape?.[k]?.[DEF] && !def.shape?.[k]?._zod?.traits?.has("$ZodType")) {',
    ],
    ['const okeys = util.optionalKeys(def.shape);', ''],
    ['optionalKeys: new Set(okeys),', ''],
    [
      'const el = shape[key];\n            const optin = el._zod.optin;',
      'const el = shape[key];\n            if (!(key in input) && mayBeSkipped(el)) continue;\n            const optin = el._zod.optin;',
    ],
  ],
};

export const quickZod = {
  name: 'quick-zod',
  setup({ onLoad }) {
    for (const [file, changes] of Object.entries(CHANGES))
      onLoad({ filter: new RegExp(`[/]zod[/]v4[/]core[/]${file}[.]js$`) }, ({ path }) => ({
        contents: changes.reduce((text, [old, next]) => replaced(text, old, next, path), readFileSync(path, 'utf8')),
      }));
  },
};

function replaced(text, old, next, path) {
  const parts = text.split(old);
  if (parts.length !== 2) throw new Error(`${path} has changed: see whether it still has to be another (${old})`);
  return parts.join(next);
}
