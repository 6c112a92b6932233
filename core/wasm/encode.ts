/**
 * @file A module under construction, and its bytes.
 *
 * Source: WebAssembly core specification 3.0, "Binary Format", "Modules"; the name section from its
 * appendix "Custom Sections".
 */

import { internal } from "../errors.ts";
import { BodyWriter, type Indices, typeCodes, writeConstant } from "./body.ts";
import { Bytes } from "./bytes.ts";
import type { Func } from "./func.ts";
import { type Callee, constant, type Global, type Signature } from "./node.ts";
import type { ValueType } from "./opcode.ts";

/** A memory that the module imports. Sizes in pages of 64 KiB. */
export interface MemoryImport {
  /** The importing object's name. */
  readonly module: string;
  /** The memory's name there. */
  readonly name: string;
  /** Pages it must have. */
  readonly initial: number;
  /** Whether it is shared between threads; then it has at most 65,536 pages. */
  readonly shared: boolean;
}

/** A function that the module imports. */
export interface FuncImport extends Callee {
  /** The importing object's name. */
  readonly module: string;
}

/** What the encoder leaves out or puts in. */
export interface EncodeOptions {
  /** Whether the bytes say the names of functions and locals; true if left out. */
  readonly names?: boolean;
}

const stage = "a kernel generator";
const sections = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
} as const;

/** A module under construction. What is added keeps its order; imported functions come first. */
export class Module {
  readonly #imports: FuncImport[] = [];
  readonly #funcs: Func[] = [];
  readonly #exports: [name: string, func: Func][] = [];
  readonly #globals: [global: Global, initial: number | bigint][] = [];
  readonly #table: Callee[] = [];
  readonly #data: [address: number, bytes: Uint8Array][] = [];
  #memory: MemoryImport | undefined;

  /**
   * Starts a module.
   *
   * @param name Its name, for the name section.
   */
  constructor(readonly name: string) {}

  /** The imported memory, if there is one. */
  get memory(): MemoryImport | undefined {
    return this.#memory;
  }

  /** The imported functions. */
  get imports(): readonly FuncImport[] {
    return this.#imports;
  }

  /** The functions. */
  get funcs(): readonly Func[] {
    return this.#funcs;
  }

  /** The exported functions with the names they have outside. */
  get exports(): readonly (readonly [name: string, func: Func])[] {
    return this.#exports;
  }

  /** The globals with their first values. */
  get globals(): readonly (readonly [global: Global, initial: number | bigint])[] {
    return this.#globals;
  }

  /** The functions in the table, by index. */
  get table(): readonly Callee[] {
    return this.#table;
  }

  /** The data put into memory when the module is instantiated. */
  get data(): readonly (readonly [address: number, bytes: Uint8Array])[] {
    return this.#data;
  }

  /**
   * Imports the memory: `env.memory`, shared, unless said otherwise.
   *
   * @param options What differs.
   * @returns The module.
   */
  importMemory(options: Partial<MemoryImport> = {}): this {
    if (this.#memory !== undefined) internal(`add a memory to ${this.name}`, "it has one", stage);
    this.#memory = { module: "env", name: "memory", initial: 0, shared: true, ...options };
    return this;
  }

  /**
   * Imports a function.
   *
   * @param module The importing object's name.
   * @param name The function's name there.
   * @param signature What it takes and leaves.
   * @returns What a call names.
   */
  importFunc(module: string, name: string, signature: Signature): FuncImport {
    const { params, results } = signature;
    const callee: FuncImport = { module, name, params, results };
    this.#imports.push(callee);
    return callee;
  }

  /**
   * Adds a function.
   *
   * @param func The function.
   * @param exported The name it has outside; none if it is not exported.
   * @returns The function.
   */
  add(func: Func, exported?: string): Func {
    this.#funcs.push(func);
    if (exported !== undefined) this.#exports.push([exported, func]);
    return func;
  }

  /**
   * Adds a variable.
   *
   * @param type Its type; not v128.
   * @param initial Its first value.
   * @param name Its name.
   * @param mutable Whether it can be set.
   * @returns What `globalGet` and `globalSet` name.
   */
  global(type: ValueType, initial: number | bigint, name: string, mutable: boolean = true): Global {
    const global: Global = { name, type, mutable };
    this.#globals.push([global, initial]);
    return global;
  }

  /**
   * Puts a function into the table of `callIndirect`.
   *
   * @param callee The function.
   * @returns Its index there.
   */
  element(callee: Callee): number {
    const known = this.#table.indexOf(callee);
    return known >= 0 ? known : this.#table.push(callee) - 1;
  }

  /**
   * Has bytes put into memory when the module is instantiated.
   *
   * @param address Where.
   * @param bytes The bytes.
   */
  addData(address: number, bytes: Uint8Array): void {
    this.#data.push([address, bytes]);
  }

  /**
   * The module's bytes.
   *
   * @param options What is put in.
   * @returns What `WebAssembly.Module` takes.
   */
  encode(options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
    return new ModuleWriter(this).write(options.names ?? true);
  }
}

/** Writes one module; numbers types, functions and globals as it meets them. */
class ModuleWriter implements Indices {
  readonly #module: Module;
  readonly #out = new Bytes();
  readonly #types = new Map<string, number>();
  readonly #signatures: Signature[] = [];
  readonly #callees = new Map<Callee, number>();
  readonly #globals = new Map<Global, number>();

  constructor(module: Module) {
    this.#module = module;
    for (const callee of [...module.imports, ...module.funcs]) {
      if (this.#callees.has(callee)) {
        internal(`encode ${module.name}`, `${callee.name} is there twice`, stage);
      }
      this.#callees.set(callee, this.#callees.size);
    }
    for (const [global] of module.globals) this.#globals.set(global, this.#globals.size);
  }

  callee(callee: Callee): number {
    return this.#known(this.#callees.get(callee), callee.name);
  }

  global(global: Global): number {
    return this.#known(this.#globals.get(global), global.name);
  }

  signature(signature: Signature): number {
    const key = `${signature.params}:${signature.results}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    this.#types.set(key, this.#signatures.length);
    return this.#signatures.push(signature) - 1;
  }

  #known(index: number | undefined, name: string): number {
    return index ?? internal(`encode ${this.#module.name}`, `${name} was not added to it`, stage);
  }

  /** The code is made first, in a buffer of its own: it names types that must stand before it. */
  write(names: boolean): Uint8Array<ArrayBuffer> {
    const { imports, funcs, memory, exports, globals, table, data } = this.#module;
    const out = this.#out;
    const funcTypes = funcs.map((func) => this.signature(func));
    const importTypes = imports.map((callee) => this.signature(callee));
    const code = this.#code();
    out.raw([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    this.#list(sections.type, this.#signatures, (signature) => this.#type(signature));
    const imported = [...(memory === undefined ? [] : [memory]), ...imports];
    this.#list(sections.import, imported, (item, i) => {
      out.name(item.module);
      out.name(item.name);
      if ("shared" in item) return this.#limits(item);
      out.byte(0);
      out.u32(importTypes[i - (imported.length - imports.length)]!);
    });
    this.#list(sections.function, funcTypes, (type) => out.u32(type));
    if (table.length > 0) this.#section(sections.table, () => this.#tableType(table.length));
    this.#list(sections.global, globals, ([global, initial]) => {
      out.raw([typeCodes[global.type], global.mutable ? 1 : 0]);
      this.#initial(global.type, initial);
    });
    this.#list(sections.export, exports, ([name, func]) => {
      out.name(name);
      out.byte(0);
      out.u32(this.callee(func));
    });
    if (table.length > 0) this.#section(sections.element, () => this.#elements(table));
    this.#section(sections.code, () => out.raw(code), funcs.length > 0);
    this.#list(sections.data, data, ([address, bytes]) => {
      out.byte(0);
      this.#initial("i32", address);
      out.u32(bytes.length);
      out.raw(bytes);
    });
    if (names) this.#names();
    return out.finish();
  }

  #code(): Uint8Array<ArrayBuffer> {
    const out = new Bytes();
    const body = new BodyWriter(out, this);
    out.u32(this.#module.funcs.length);
    for (const func of this.#module.funcs) out.sized(() => body.write(func));
    return out.finish();
  }

  #section(id: number, write: () => void, wanted: boolean = true): void {
    if (!wanted) return;
    this.#out.byte(id);
    this.#out.sized(write);
  }

  #list<T>(id: number, items: readonly T[], write: (item: T, index: number) => void): void {
    if (items.length === 0) return;
    this.#section(id, () => {
      this.#out.u32(items.length);
      items.forEach(write);
    });
  }

  #type({ params, results }: Signature): void {
    this.#out.byte(0x60);
    for (const types of [params, results]) {
      this.#out.u32(types.length);
      for (const type of types) this.#out.byte(typeCodes[type]);
    }
  }

  #limits({ shared, initial }: MemoryImport): void {
    this.#out.byte(2);
    this.#out.byte(shared ? 3 : 0);
    this.#out.u32(initial);
    if (shared) this.#out.u32(65536);
  }

  #tableType(size: number): void {
    this.#out.raw([1, 0x70, 1]);
    this.#out.u32(size);
    this.#out.u32(size);
  }

  #elements(table: readonly Callee[]): void {
    this.#out.raw([1, 0]);
    this.#initial("i32", 0);
    this.#out.u32(table.length);
    for (const callee of table) this.#out.u32(this.callee(callee));
  }

  #initial(type: ValueType, value: number | bigint): void {
    const node = constant(type, value);
    if (node.kind === "const") writeConstant(this.#out, type, node.value);
    this.#out.byte(0x0b);
  }

  /** Names of the module, its functions, their locals, and the globals. */
  #names(): void {
    const out = this.#out;
    const funcs = [...this.#callees];
    const named = this.#module.funcs.map((func) =>
      [func, func.locals.filter(({ name }) => name !== "")] as const
    ).filter(([, locals]) => locals.length > 0);
    this.#section(0, () => {
      out.name("name");
      this.#section(0, () => out.name(this.#module.name));
      this.#section(1, () => this.#nameMap(funcs.map(([{ name }, index]) => [index, name])));
      this.#list(2, named, ([func, locals]) => {
        out.u32(this.callee(func));
        this.#nameMap(locals.map(({ index, name }) => [index, name]));
      });
      const globals = [...this.#globals];
      if (globals.length === 0) return;
      this.#section(7, () => this.#nameMap(globals.map(([{ name }, index]) => [index, name])));
    });
  }

  #nameMap(entries: readonly (readonly [index: number, name: string])[]): void {
    this.#out.u32(entries.length);
    for (const [index, name] of entries) {
      this.#out.u32(index);
      this.#out.name(name);
    }
  }
}
