/**
 * @file A program as bytes and back, exactly: for the compile cache.
 *
 * ```text
 * program.json
 *   sizes       of each `Sizes`, arguments first: 4, ["dim", 0, 1], ["value", 3], ["mul", 1, 2]
 *   exprs       arguments first: ["input", id, dtype, index], ["call", id, dtype, primitive, 3, 4]
 *   constants   the dtype and shape of each
 *   program     as it stands, but for references to sizes and expressions, and for what JSON lacks
 * constant_0, …   elements
 * bytes_0, …      what else is bytes
 * ```
 *
 * The program is walked as plain data, so a new kind of kernel or step needs nothing here. Sizes and
 * expressions are tables, because equal ones are one object and stay one; what is neither plain data
 * nor known here is refused. Of functions, which are the references of users' code, only the names
 * are kept: no target calls them but the interpreter, which restores nothing.
 */

import type { DType } from "../dtype/dtype.ts";
import { describe, internal } from "../errors.ts";
import type { Expr, ScalarValue } from "../scalar/expr.ts";
import type { Primitive } from "../scalar/primitive.ts";
import type { Program } from "./program.ts";
import { type Size, type SizeOp, Sizes } from "./size.ts";
import { type ArrayFacts, arrayOf, elementBytes, factsOf, sectionOf } from "./stored_array.ts";
import type { Lowered, StoredBuild } from "./target.ts";

const stage = "core/kernel/stored_program.ts";

const textName = "program.json";

type Sections = StoredBuild["sections"];

/** A value JSON can hold. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The only name of an object that stands for what JSON has no word for, or for what is shared. */
type Word = "$number" | "$bigint" | "$bytes" | "$function" | "$sizes" | "$size" | "$expr";

/** A size; its arguments by their places in the table. */
type SizeRow = number | readonly [kind: "dim" | "value" | SizeOp, ...numbers: readonly number[]];

/** An expression; its arguments by their places in the table. */
type ExprRow =
  | readonly [kind: "input", id: number, dtype: DType, index: number]
  | readonly [kind: "const", id: number, dtype: DType, value: Json]
  | readonly [kind: "call", id: number, dtype: DType, of: Primitive, ...args: readonly number[]];

/** What a program's text says. */
interface Stored {
  /** The program's own first, those of bodies after them. */
  readonly sizes: readonly (readonly SizeRow[])[];
  readonly exprs: readonly ExprRow[];
  readonly constants: readonly ArrayFacts[];
  readonly program: Json;
}

/**
 * A program as sections of bytes.
 *
 * @param lowered The program; it has no host steps.
 * @throws {InternalError} If something in it is no plain data.
 */
export function storedProgram({ program, sizes, constants, hosts }: Lowered): Sections {
  if (hosts.length > 0) internal("store a program", "it has steps of the host", stage);
  const writer = new Writer(sizes);
  const stored: Stored = {
    program: writer.json(program),
    sizes: writer.sizes,
    exprs: writer.exprs,
    constants: constants.map(factsOf),
  };
  const elements = constants.map((value, k) => [`constant_${k}`, elementBytes(value)]);
  return {
    [textName]: new TextEncoder().encode(JSON.stringify(stored)),
    ...Object.fromEntries(elements),
    ...writer.sections,
  };
}

/**
 * The program that sections hold.
 *
 * @param sections What {@linkcode storedProgram} gave; others may be among them.
 * @throws {Error} If a section is missing or damaged.
 */
export function restoredProgram(sections: Sections): Lowered {
  const stored = JSON.parse(new TextDecoder().decode(sectionOf(sections, textName))) as Stored;
  const reader = new Reader(stored, sections);
  return {
    program: reader.value(stored.program) as Program,
    sizes: reader.owners[0]!,
    constants: stored.constants.map((facts, k) =>
      arrayOf(facts, sectionOf(sections, `constant_${k}`))
    ),
    hosts: [],
  };
}

/** Turns values into JSON, and collects the tables it refers to. */
class Writer {
  readonly sizes: SizeRow[][] = [];
  readonly exprs: ExprRow[] = [];
  readonly sections: Record<string, Uint8Array<ArrayBuffer>> = {};
  readonly #owners = new Map<Sizes, number>();
  readonly #ownerOf = new Map<object, number>();
  readonly #sizes = new Map<Size, number>();
  readonly #exprs = new Map<Expr, number>();

  constructor(own: Sizes) {
    this.#owner(own);
  }

  json(value: unknown): Json {
    switch (typeof value) {
      case "boolean":
      case "string":
        return value;
      case "number":
        return isJson(value) ? value : word("$number", Object.is(value, -0) ? "-0" : `${value}`);
      case "bigint":
        return word("$bigint", `${value}`);
      case "object":
        return value === null ? null : this.#object(value);
      default:
        return refuse(describe(value));
    }
  }

  #object(value: object): Json {
    const owner = this.#ownerOf.get(value);
    if (owner !== undefined) return word("$size", [owner, this.#size(value as Size, owner)]);
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (value instanceof Sizes) return word("$sizes", this.#owner(value));
    if (value instanceof Uint8Array) return word("$bytes", this.#section(value));
    if (isExpr(value)) return word("$expr", this.#expr(value));
    if ("id" in value) return refuse("a size that its program did not make");
    if (Object.getPrototypeOf(value) !== Object.prototype) return refuse(describe(value));
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    // What a body is made of is known by the sizes beside it.
    for (const [, field] of fields) if (field instanceof Sizes) this.#owner(field);
    return Object.fromEntries(fields.map(([name, field]) => [
      name,
      typeof field === "function" ? word("$function", name) : this.json(field),
    ]));
  }

  #owner(sizes: Sizes): number {
    const known = this.#owners.get(sizes);
    if (known !== undefined) return known;
    const owner = this.sizes.push([]) - 1;
    this.#owners.set(sizes, owner);
    for (const size of sizes.made) this.#ownerOf.set(size, owner);
    return owner;
  }

  #size(size: Size, owner: number): number {
    const known = this.#sizes.get(size);
    if (known !== undefined) return known;
    const row = this.#sizeRow(size, owner);
    const place = this.sizes[owner]!.push(row) - 1;
    this.#sizes.set(size, place);
    return place;
  }

  #sizeRow(size: Size, owner: number): SizeRow {
    switch (size.kind) {
      case "const":
        return size.value;
      case "dim":
        return ["dim", size.buffer, size.axis];
      case "value":
        return ["value", size.buffer];
      case "call":
        return [size.op, ...size.args.map((a) => this.#size(a, owner))];
    }
  }

  #expr(e: Expr): number {
    const known = this.#exprs.get(e);
    if (known !== undefined) return known;
    const row = this.#exprRow(e);
    const place = this.exprs.push(row) - 1;
    this.#exprs.set(e, place);
    return place;
  }

  #exprRow(e: Expr): ExprRow {
    switch (e.kind) {
      case "input":
        return [e.kind, e.id, e.dtype, e.index];
      case "const":
        return [e.kind, e.id, e.dtype, this.json(e.value)];
      case "call":
        return [e.kind, e.id, e.dtype, e.primitive, ...e.args.map((a) => this.#expr(a))];
    }
  }

  #section(bytes: Uint8Array): string {
    const name = `bytes_${Object.keys(this.sections).length}`;
    this.sections[name] = bytes.slice();
    return name;
  }
}

function refuse(what: string): never {
  return internal("store a program", `it holds ${what}`, stage);
}

function isJson(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function word(name: Word, value: Json): Json {
  return { [name]: value };
}

/** Whether an object of a program is an expression: nothing else has a number and a dtype. */
function isExpr(value: object): value is Expr {
  return "id" in value && "dtype" in value;
}

/** Turns JSON into values. */
class Reader {
  readonly owners: readonly Sizes[];
  readonly #sections: Sections;
  readonly #sizes: readonly (readonly Size[])[];
  readonly #exprs: Expr[] = [];

  constructor({ sizes, exprs }: Stored, sections: Sections) {
    this.#sections = sections;
    this.owners = sizes.map(() => new Sizes());
    this.#sizes = sizes.map((rows, owner) => {
      const made: Size[] = [];
      for (const row of rows) made.push(restoredSize(this.owners[owner]!, made, row));
      return made;
    });
    for (const row of exprs) this.#exprs.push(this.#expr(row));
  }

  value(json: Json): unknown {
    if (typeof json !== "object" || json === null) return json;
    if (json instanceof Array) return json.map((item) => this.value(item));
    const fields = Object.entries(json);
    const [first] = fields;
    if (first?.[0].startsWith("$")) return this.#words[first[0] as Word](first[1]);
    return Object.fromEntries(fields.map(([name, field]) => [name, this.value(field)]));
  }

  readonly #words: Readonly<Record<Word, (json: Json) => unknown>> = {
    $number: (text) => Number(text),
    $bigint: (text) => BigInt(text as string),
    $bytes: (name) => sectionOf(this.#sections, name as string),
    $function: (name) => () => internal(`call ${name}`, "functions are not stored", stage),
    $sizes: (owner) => this.owners[owner as number],
    $size: (place) => {
      const [owner, k] = place as readonly [number, number];
      return this.#sizes[owner]![k];
    },
    $expr: (place) => this.#exprs[place as number],
  };

  #expr(row: ExprRow): Expr {
    switch (row[0]) {
      case "input": {
        const [kind, id, dtype, index] = row;
        return { kind, id, dtype, index };
      }
      case "const": {
        const [kind, id, dtype, value] = row;
        return { kind, id, dtype, value: this.value(value) as ScalarValue };
      }
      case "call": {
        const [kind, id, dtype, primitive, ...args] = row;
        return { kind, id, dtype, primitive, args: args.map((k) => this.#exprs[k]!) };
      }
    }
  }
}

function restoredSize(sizes: Sizes, made: readonly Size[], row: SizeRow): Size {
  if (typeof row === "number") return sizes.const(row);
  const [kind, ...numbers] = row;
  const [first, second] = numbers as [number, number];
  if (kind === "dim") return sizes.dim(first, second);
  if (kind === "value") return sizes.value(first);
  return sizes.call(kind, ...numbers.map((place) => made[place]!));
}
