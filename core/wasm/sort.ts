/**
 * @file Rows put in order: one shared module a dtype and set of results, and calls of them.
 *
 * ```text
 * sort(columns, in, in_s, values, values_s, places, places_s, scratch)     of what is wanted
 *   if there are few columns
 *     for i < columns                                        by insertion
 *       item = (key(in[i]), i)
 *       move the items before it with larger keys up by one, put it there
 *   else
 *     for i < columns
 *       from[i] = (key(in[i]), i);  counts[d][digit d of the key]++ for each digit d
 *     for each digit d, the lowest first                     by counting
 *       unless all keys have the same one
 *         counts[d] become where each digit's items begin
 *         for i < columns: to[counts[d][digit d of from[i]]++] = from[i]
 *         swap from and to
 *   for i < columns
 *     values[i] = in[place(from[i])] or the element of its key;  places[i] = place(from[i])
 *   without places, and if there was a −0
 *     for the zeros among in, in turn: the next zero among values = it
 * ```
 *
 * Both ways are stable. The scratch holds the counts and two lists of items.
 *
 * Source of sorting by counting: Knuth, "The Art of Computer Programming", volume 3, 5.2.5.
 */

import type { DType } from "../dtype/dtype.ts";
import type { Operand, SortKernel } from "../kernel/kernel.ts";
import type { SortScratch } from "../kernel/target.ts";
import { Module } from "./encode.ts";
import {
  type Argument,
  type KernelCode,
  outerLoops,
  pointerArgs,
  pointerParams,
  walkKey,
} from "./nest.ts";
import { copied, Items, Keys } from "./sort_keys.ts";
import {
  add,
  block,
  br,
  call,
  type Callee,
  type Code,
  eq,
  Func,
  i32,
  ifElse,
  leU,
  type Local,
  loop,
  ltU,
  mul,
  ne,
  type Node,
  op,
  or,
  sub,
} from "./tree.ts";

/** Bits of a digit. */
const digitBits = 8;

/** Rows up to so many columns are sorted by insertion. */
const shortRow = 64;

const buckets = 1 << digitBits;
const tableBytes = 4 * buckets;

/** Which results a sort gives. */
type Results = "values" | "places" | "both";

function digitsOf(keys: Keys): number {
  return Math.ceil(keys.bits / digitBits);
}

/** The workspace of a sort of elements of a dtype, with or without their places. */
export function sortScratch(dtype: DType, hasPlaces: boolean): SortScratch {
  const keys = new Keys(dtype);
  const items = new Items(keys, hasPlaces);
  return { bytes: digitsOf(keys) * tableBytes, bytesPerColumn: 2 * items.bytes };
}

/**
 * The module of one sort. It imports `env.memory` and exports a function of its own name.
 *
 * @param name What {@linkcode sortCode} imports.
 * @param shared Whether the memory is shared; true if left out.
 * @returns The bytes of the module.
 */
export function sortModule(name: string, shared: boolean = true): Uint8Array<ArrayBuffer> {
  const [, dtype, results] = name.split("_") as [string, DType, Results];
  const module = new Module(name).importMemory({ shared });
  module.add(new SortWriter(name, dtype, results).write(), name);
  return module.encode();
}

/** The code of a sort: loops over rows around calls of an imported function. */
export function sortCode({ dims, input, values, places, scratch }: SortKernel): KernelCode {
  const outputs = [values, places].filter((o) => o !== null);
  const results: Results = outputs.length === 2 ? "both" : values ? "values" : "places";
  const name = `sort_${input.dtype}_${results}`;
  const walks = [input, ...outputs];
  return {
    key: `${name}${dims.length}[${walks.map(walkKey).join("|")}]`,
    make: (module) => {
      const params = new Array<"i32">(2 + 2 * walks.length).fill("i32");
      const row = module.importFunc("sort", name, { params, results: [] });
      return module.add(rowsKernel(row, dims.length, walks));
    },
    args: [
      ...dims.map((size): Argument => ({ kind: "count", size })),
      ...walks.flatMap(pointerArgs),
      { kind: "pointer", walk: scratch },
    ],
  };
}

/** The function that sorts row after row. */
function rowsKernel(row: Callee, rank: number, walks: readonly Operand[]): Func {
  const func = new Func("sort");
  const dims = Array.from({ length: rank }, (_, k) => func.param("i32", `n${k}`));
  const pointers = walks.map((walk, k) => pointerParams(func, walk, k === 0 ? "in" : `out${k}`));
  const scratch = func.param("i32", "scratch");
  const starts = pointers.map((p) => p.start.get);
  const body = outerLoops(func, dims.slice(0, -1), 0, pointers, starts, (at) => {
    const along = pointers.flatMap((p, k) => [at[k]!, p.strides.at(-1)!]);
    return call(row, dims.at(-1)!, ...along, scratch);
  });
  return func.body(body);
}

/** An array along a row. */
interface Lane {
  readonly start: Local;
  readonly step: Local;
}

class SortWriter {
  readonly #func: Func;
  readonly #keys: Keys;
  readonly #items: Items;
  readonly #columns: Local;
  readonly #input: Lane;
  readonly #values: Lane | null;
  readonly #places: Lane | null;
  readonly #scratch: Local;
  /** The lists of items. */
  readonly #from: Local;
  readonly #to: Local;
  /** Whether there is a −0 that the keys do not tell. */
  readonly #minus: Local | null;

  constructor(name: string, dtype: DType, results: Results) {
    const func = new Func(name);
    this.#func = func;
    this.#keys = new Keys(dtype);
    this.#items = new Items(this.#keys, results !== "values");
    const lane = (of: string): Lane => ({
      start: func.param("i32", of),
      step: func.param("i32", `${of}_s`),
    });
    this.#columns = func.param("i32", "columns");
    this.#input = lane("in");
    this.#values = results === "places" ? null : lane("values");
    this.#places = results === "values" ? null : lane("places");
    this.#scratch = func.param("i32", "scratch");
    this.#from = func.local("i32", "from");
    this.#to = func.local("i32", "to");
    const forgets = results === "values" && this.#keys.joinsZeros;
    this.#minus = forgets ? func.local("i32", "minus") : null;
  }

  write(): Func {
    const tables = digitsOf(this.#keys) * tableBytes;
    return this.#func.body(
      this.#from.set(add(this.#scratch, i32(tables))),
      this.#minus ? this.#minus.set(0) : [],
      ifElse(leU(this.#columns, shortRow), this.#inserted(), this.#counted(tables)),
      this.#stored(),
      this.#minus ? ifElse(this.#minus, this.#zerosInTurn()) : [],
    );
  }

  /** The address of a list's end. */
  #endOf(list: Local): Node {
    return add(list, mul(this.#columns, this.#items.bytes));
  }

  /** Walks along the input and a list of items. */
  #eachElement(body: (key: Node, at: Local, place: Local) => Code): Code {
    const func = this.#func;
    const [i, at, element] = [
      func.local("i32", "i"),
      func.local("i32", "at"),
      func.local("i32", "element"),
    ];
    const code: Node[] = [];
    const bits = func.let(code, this.#keys.element(element.get), "bits");
    if (this.#minus) code.push(this.#minus.set(or(this.#minus, this.#keys.isMinusZero(bits))));
    const key = func.let(code, this.#keys.of(func, code, bits), "key");
    return [
      at.set(this.#from),
      element.set(this.#input.start),
      func.for(i, 0, this.#columns, 1, [
        code,
        body(key, at, i),
        element.set(add(element, this.#input.step)),
        at.set(add(at, this.#items.bytes)),
      ]),
    ];
  }

  #inserted(): Code {
    const items = this.#items;
    const hole = this.#func.local("i32", "hole");
    const before = sub(hole, items.bytes);
    return this.#eachElement((key, at, place) => [
      hole.set(at),
      block((found) =>
        loop((again) => [
          br(found, eq(hole, this.#from)),
          br(found, leU(items.key(before), key)),
          items.move(hole.get, before),
          hole.set(before),
          br(again),
        ])
      ),
      items.store(hole.get, key, place.get),
    ]);
  }

  #counted(tables: number): Code {
    const func = this.#func;
    const [digit, table, shift] = [
      func.local("i32", "digit"),
      func.local("i32", "table"),
      func.local("i32", "shift"),
    ];
    const swapped = func.local("i32", "swapped");
    const digits = digitsOf(this.#keys);
    return [
      op("memory.fill", this.#scratch, 0, tables),
      this.#to.set(this.#endOf(this.#from)),
      this.#eachElement((key, at, place) => [
        this.#items.store(at.get, key, place.get),
        Array.from({ length: digits }, (_, d) => this.#countDigit(at, d)),
      ]),
      table.set(this.#scratch),
      shift.set(0),
      func.for(digit, 0, digits, 1, [
        ifElse(
          ne(op("i32.load", this.#slot(table.get, this.#from.get, shift.get)), this.#columns),
          [
            this.#begin(table),
            this.#distribute(table, shift),
            swapped.set(this.#from),
            this.#from.set(this.#to),
            this.#to.set(swapped),
          ],
        ),
        table.set(add(table, tableBytes)),
        shift.set(add(shift, digitBits)),
      ]),
    ];
  }

  #slot(table: Node, item: Node, shift: Node): Node {
    return this.#items.slot(table, item, shift, buckets - 1);
  }

  #countDigit(item: Local, digit: number): Code {
    const code: Node[] = [];
    const table = add(this.#scratch, i32(digit * tableBytes));
    const slot = this.#func.let(code, this.#slot(table, item.get, i32(digit * digitBits)));
    return [code, op("i32.store", slot, add(op("i32.load", slot), 1))];
  }

  /** Counts become the addresses where items begin. */
  #begin(table: Local): Code {
    const func = this.#func;
    const slot = func.local("i32", "slot");
    const start = func.local("i32", "start");
    const count = op("i32.load", slot);
    const code: Node[] = [];
    const next = func.let(code, add(start, mul(count, this.#items.bytes)));
    return [
      start.set(this.#to),
      func.for(slot, table, add(table, tableBytes), 4, [
        code,
        op("i32.store", slot, start),
        start.set(next),
      ]),
    ];
  }

  /** Each item moved to where those with its digit are. */
  #distribute(table: Local, shift: Local): Code {
    const func = this.#func;
    const at = func.local("i32", "at");
    const code: Node[] = [];
    const slot = func.let(code, this.#slot(table.get, at.get, shift.get));
    const goal = func.let(code, op("i32.load", slot));
    return func.for(at, this.#from, this.#endOf(this.#from), this.#items.bytes, [
      code,
      this.#items.move(goal, at.get),
      op("i32.store", slot, add(goal, this.#items.bytes)),
    ]);
  }

  /** The items in order as results. */
  #stored(): Code {
    const func = this.#func;
    const i = func.local("i32", "i");
    const at = func.local("i32", "at");
    const value = this.#values && func.local("i32", "value");
    const where = this.#places && func.local("i32", "where");
    const place = this.#items.place(at.get);
    return [
      at.set(this.#from),
      value ? value.set(this.#values!.start) : [],
      where ? where.set(this.#places!.start) : [],
      func.for(i, 0, this.#columns, 1, [
        value ? [this.#valueTo(value, at), value.set(add(value, this.#values!.step))] : [],
        where ? [op("i64.store", where, op("i64.extend_i32_u", place))] : [],
        where ? where.set(add(where, this.#places!.step)) : [],
        at.set(add(at, this.#items.bytes)),
      ]),
    ];
  }

  #valueTo(value: Local, at: Local): Node {
    if (!this.#places) return this.#keys.store(value.get, this.#items.key(at.get));
    const { start, step } = this.#input;
    const element = add(start, mul(this.#items.place(at.get), step));
    return copied(this.#keys.bytes, value.get, element);
  }

  /** The zeros among the values become those of the input, in turn. */
  #zerosInTurn(): Code {
    const func = this.#func;
    const value = func.local("i32", "value");
    const next = value.set(add(value, this.#values!.step));
    const each = (body: (key: Node, element: Local) => Code): Code => {
      const i = func.local("i32", "i");
      const element = func.local("i32", "element");
      const code: Node[] = [];
      const key = this.#keys.of(func, code, func.let(code, this.#keys.element(element.get)));
      return [
        element.set(this.#input.start),
        func.for(i, 0, this.#columns, 1, [
          code,
          body(key, element),
          element.set(add(element, this.#input.step)),
        ]),
      ];
    };
    return [
      value.set(this.#values!.start),
      each((key) => ifElse(ltU(key, this.#keys.zero), next)),
      each((key, element) =>
        ifElse(eq(key, this.#keys.zero), [
          copied(this.#keys.bytes, value.get, element.get),
          next,
        ])
      ),
    ];
  }
}
