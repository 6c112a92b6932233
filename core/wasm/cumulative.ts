/**
 * @file Running sums and their kin, in the order of the columns.
 *
 * Where neighbouring rows are neighbours in memory, column after column:
 *
 * ```text
 * for each loop over rows but the last
 *   for i < rows step lanes, then one by one
 *     out[i, 0] = in[i, 0]
 *   for k = 1 to columns
 *     for i < rows step lanes, then one by one
 *       out[i, k] = combine(out[i, k − 1], in[i, k])
 * ```
 *
 * Elsewhere row after row, several at once, so that none waits for another's last result:
 *
 * ```text
 * for each loop over rows but the last
 *   for i < rows step lanes·registers, then one by one
 *     total = in[i, 0];  out[i, 0] = total
 *     for k = 1 to columns
 *       total = combine(total, in[i, k]);  out[i, k] = total
 * ```
 */

import type { CumulativeKernel } from "../kernel/kernel.ts";
import { inOrder } from "../scalar/expr.ts";
import { loadAlong, moved, storeAlong } from "./access.ts";
import { emitExprs } from "./emit.ts";
import {
  type Argument,
  exprsKey,
  type KernelCode,
  outerLoops,
  type Pointer,
  pointerArgs,
  pointerParams,
  walkKey,
} from "./nest.ts";
import { needsTwoLanes } from "./spelling.ts";
import {
  add,
  and,
  type Code,
  Func,
  i32,
  ifElse,
  type Local,
  type Node,
  type Operand,
  sub,
} from "./tree.ts";
import type { Extent, Lanes } from "./width.ts";

/** The code of a cumulative kernel. */
export function cumulativeCode(kernel: CumulativeKernel, relaxed: boolean): KernelCode {
  const { dims, input, output, combine } = kernel;
  return {
    key: `cumulative[${walkKey(input)}|${walkKey(output)}|${exprsKey([combine])}]`,
    make: (module) => module.add(new CumulativeWriter(kernel, relaxed).write()),
    args: [
      ...dims.map((size): Argument => ({ kind: "count", size })),
      ...pointerArgs(input),
      ...pointerArgs(output),
    ],
  };
}

/** Registers of rows that are walked at once. */
const registers = 2;

/** Where the input and the output are. */
type At = readonly [input: Node, output: Node];

class CumulativeWriter {
  readonly #func = new Func("cumulative");
  readonly #kernel: CumulativeKernel;
  readonly #relaxed: boolean;
  readonly #lanes: Lanes;
  readonly #dims: readonly Local[];
  readonly #input: Pointer;
  readonly #output: Pointer;
  /** The columns, and the last loop over rows, or −1. */
  readonly #column: number;
  readonly #row: number;

  constructor(kernel: CumulativeKernel, relaxed: boolean) {
    this.#kernel = kernel;
    this.#relaxed = relaxed;
    this.#lanes = needsTwoLanes(inOrder([kernel.combine])) ? 2 : 4;
    const func = this.#func;
    this.#dims = kernel.dims.map((_, k) => func.param("i32", `n${k}`));
    this.#input = pointerParams(func, kernel.input, "in");
    this.#output = pointerParams(func, kernel.output, "out");
    this.#column = kernel.dims.length - 1;
    this.#row = kernel.dims.length - 2;
  }

  write(): Func {
    const func = this.#func;
    const [input, output] = [this.#input, this.#output];
    const start: At = [input.start.get, output.start.get];
    const areNeighbours = [input, output].every((p) => p.steps[this.#row] === "unit");
    const outer = this.#dims.slice(0, Math.max(this.#row, 0));
    const loops = outerLoops(func, outer, 0, [input, output], start, ([from, to]) => {
      const at: At = [from!, to!];
      if (this.#row < 0) return this.#together("single", at, i32(0), 1);
      return areNeighbours ? this.#byColumns(at) : this.#byRows(at);
    });
    return func.body(ifElse(this.#columns, loops));
  }

  get #columns(): Local {
    return this.#dims[this.#column]!;
  }

  /** Loops over rows: as many at once as fit, then one by one. */
  #overRows(count: number, body: (extent: Extent, i: Node) => Code): Code {
    const func = this.#func;
    const rows = this.#dims[this.#row]!;
    const i = func.local("i32", "i");
    const whole = func.constant(and(rows, -count));
    return [
      func.for(i, 0, whole, count, body("whole", i.get)),
      func.for(i, whole, rows, 1, body("single", i.get)),
    ];
  }

  #byColumns(at: At): Code {
    const func = this.#func;
    const k = func.local("i32", "k");
    const here: Node[] = [];
    const [from, to] = this.#atColumn(at, k.get).map((node) => func.let(here, node)) as [
      Node,
      Node,
    ];
    const before = func.let(here, moved(this.#output, this.#column, at[1], sub(k, 1)));
    return [
      this.#overRows(this.#lanes, (extent, i) => {
        const code: Node[] = [];
        const first = func.let(code, this.#load(this.#input, extent, at[0], i));
        return [code, this.#store(extent, at[1], i, first)];
      }),
      func.for(k, 1, this.#columns, 1, [
        here,
        this.#overRows(this.#lanes, (extent, i) => {
          const code: Node[] = [];
          const total = func.let(code, this.#load(this.#output, extent, before, i));
          const next = func.let(code, this.#load(this.#input, extent, from, i));
          const combined = this.#combined(total, next, code);
          return [code, this.#store(extent, to, i, combined)];
        }),
      ]),
    ];
  }

  #byRows(at: At): Code {
    return this.#overRows(
      this.#lanes * registers,
      (extent, i) => this.#together(extent, at, i, extent === "whole" ? registers : 1),
    );
  }

  /** Rows from `i` on, in so many registers. */
  #together(extent: Extent, at: At, i: Node, count: number): Code {
    const func = this.#func;
    const k = func.local("i32", "k");
    const totals = Array.from({ length: count }, () => func.local("v128", "total"));
    const each = (column: Operand, value: (total: Local, next: Node, code: Node[]) => Node): Code =>
      totals.map((total, u) => {
        const code: Node[] = [];
        const row = add(i, i32(u * this.#lanes));
        const [from, to] = this.#atColumn(at, typeof column === "number" ? i32(0) : k.get);
        const next = func.let(code, this.#load(this.#input, extent, from, row));
        code.push(total.set(value(total, next, code)));
        return [code, this.#store(extent, to, row, total.get)];
      });
    return [
      each(0, (_, next) => next),
      func.for(
        k,
        1,
        this.#columns,
        1,
        each(k, (total, next, code) => this.#combined(total.get, next, code)),
      ),
    ];
  }

  /** Where the operands are in a column. */
  #atColumn([from, to]: At, k: Node): At {
    return [moved(this.#input, this.#column, from, k), moved(this.#output, this.#column, to, k)];
  }

  #load(p: Pointer, extent: Extent, base: Node, i: Node): Node {
    return loadAlong(this.#lanes, extent, p, this.#row, base, i);
  }

  #store(extent: Extent, base: Node, i: Node, value: Node): Code {
    return storeAlong(this.#lanes, extent, this.#output, this.#row, base, i, value);
  }

  #combined(total: Node, next: Node, code: Node[]): Node {
    const emission = { func: this.#func, lanes: this.#lanes, relaxed: this.#relaxed };
    return emitExprs(emission, [this.#kernel.combine], [total, next], code)[0]!;
  }
}
