/**
 * @file Reductions: for each kept index, accumulates over the others.
 *
 * ```text
 * down  (the kept inner axis goes by one)         along (the reduced inner axis goes by one)
 *   for kept outer …                                for kept …
 *     for unroll halved down to 1, then one element   acc[u] = identity
 *       for i < kept inner step lanes·unroll          for reduced outer …
 *         acc[u] = identity                             for i < whole step lanes·unroll
 *         for reduced …                                   acc[u] = combine(acc[u], value(…))
 *           acc[u] = combine(acc[u], value(…))          the rest of whole registers, into acc[0]
 *         out[i…] = finish(acc[u])                    fold the registers used, then the lanes
 *                                                     for reduced outer, for the last elements
 *                                                       acc = combine(acc, value)
 *                                                     out = finish(acc)
 * ```
 *
 * `along` changes the order of accumulation and is used only where the kernel allows it; any other
 * reduction runs `down`, as do short rows, where a kernel has both. The order never depends on
 * anything but sizes.
 */

import { stepOf } from "../kernel/index_map.ts";
import type { ReduceKernel } from "../kernel/kernel.ts";
import { moved } from "./access.ts";
import {
  type Argument,
  exprsKey,
  type KernelCode,
  outerLoops,
  pointerArgs,
  walkKey,
} from "./nest.ts";
import { type Accumulators, type Counter, type Half, halves, ReduceLanes } from "./reduce_lanes.ts";
import { add, and, type Code, type Func, i32, ifElse, type Local, ltU, type Node } from "./tree.ts";
import type { Extent, Lanes } from "./width.ts";

/** The two loop orders. */
type Order = "down" | "along";

/** The code of a reduction. */
export function reduceCode(kernel: ReduceKernel, relaxed: boolean): KernelCode {
  const { dims, kept, inputs, extras, outputs, params, counters } = kernel;
  const walks = [inputs, extras, outputs].map((group) => group.map(walkKey).join()).join(";");
  const exprs = [kernel.values, kernel.identity, kernel.combine, kernel.finish].map(exprsKey);
  return {
    key: `reduce${dims.length}.${kept}[${walks}|${params.length}|${counters}|${exprs.join("|")}]` +
      `${kernel.reassociate}${hasShortRows(kernel)}`,
    make: (module) => module.add(new ReduceWriter(kernel, relaxed).write()),
    args: [
      ...dims.map((size): Argument => ({ kind: "count", size })),
      ...inputs.flatMap(pointerArgs),
      ...extras.flatMap(pointerArgs),
      ...outputs.flatMap(pointerArgs),
      ...params.map((size): Argument => ({ kind: "wide", size })),
    ],
  };
}

/** The order that gathers fewer registers element by element. */
function orderOf({ dims, kept, inputs, reassociate }: ReduceKernel): Order {
  if (!reassociate || dims.length === kept) return "down";
  const gathered = (axis: number): number =>
    inputs.filter((x) => stepOf(x.strides[axis]!) === "any").length;
  return kept === 0 || gathered(dims.length - 1) <= gathered(kept - 1) ? "along" : "down";
}

/** Rows shorter than this are taken `down` too: a register of rows costs less than one's folding. */
const shortRow = 16;

/** Whether rows may be so short that they are better taken `down`. */
function hasShortRows({ dims, kept }: ReduceKernel): boolean {
  const row = dims[kept];
  return kept > 0 && dims.length === kept + 1 && (row!.kind !== "const" || row!.value < shortRow);
}

/** Registers that accumulate apart along a row; more where two of them share a load. */
function alongUnroll({ identity }: ReduceKernel, lanes: Lanes): number {
  return identity.length === 1 && lanes === 2 ? 8 : 4;
}

/** Elements of a row of columns that accumulate at once. */
const downElements = 16;

/** The code that one set of accumulators runs at one place along a row. */
type Turn = (extent: Extent, set: Accumulators, i: Local, u: number, half?: Half) => Code;

function halfOf(pairs: readonly Half[], u: number): { readonly half?: Half } {
  const half = pairs[u];
  return half ? { half } : {};
}

class ReduceWriter {
  readonly #kernel: ReduceKernel;
  readonly #lanes: ReduceLanes;
  readonly #func: Func;

  constructor(kernel: ReduceKernel, relaxed: boolean) {
    this.#kernel = kernel;
    this.#lanes = new ReduceLanes(kernel, relaxed);
    this.#func = this.#lanes.func;
  }

  write(): Func {
    const order = orderOf(this.#kernel);
    if (order === "down" || !hasShortRows(this.#kernel)) {
      return this.#func.body(this.#loops(order));
    }
    const isShort = ltU(this.#lanes.dims.at(-1)!, shortRow);
    return this.#func.body(ifElse(isShort, this.#loops("down"), this.#loops("along")));
  }

  #loops(order: Order): Code {
    const isDown = order === "down";
    const { kept } = this.#kernel;
    const { dims, inputs, extras, outputs } = this.#lanes;
    const outer = dims.slice(0, isDown ? Math.max(0, kept - 1) : kept);
    const pointers = [...inputs, ...extras, ...outputs];
    const starts = pointers.map((p) => p.start.get);
    return outerLoops(this.#func, outer, 0, pointers, starts, (at, counters) => {
      const known = counters.map(({ get }): Counter => ({ index: get, isVector: false }));
      return isDown ? this.#down(at, known) : this.#along(at, known);
    });
  }

  /** The kept inner axis: many registers at once, then half as many, …, then element by element. */
  #down(at: readonly Node[], counters: readonly Counter[]): Code {
    const { kept } = this.#kernel;
    const n = kept > 0 ? this.#lanes.dims[kept - 1] : undefined;
    if (!n) return this.#columns("single", 1, at, counters, i32(0));
    const func = this.#func;
    const { lanes } = this.#lanes;
    const i = func.local("i32", "i");
    const code: Node[] = [];
    const columns = (extent: Extent, count: number): Code =>
      this.#columns(extent, count, at, counters, i.get);
    let done: Node = i32(0);
    for (let count = this.#unroll(); count >= 1; count /= 2) {
      const end = func.let(code, and(n, i32(-lanes * count)));
      code.push(func.for(i, done, end, lanes * count, columns("whole", count)));
      done = end;
    }
    return [code, func.for(i, done, n, 1, columns("single", 1))];
  }

  /** Registers of columns at once: few where each is put together element by element. */
  #unroll(): number {
    if (!this.#kernel.reassociate) return 1;
    return orderOf(this.#kernel) === "along" ? 2 : downElements / this.#lanes.lanes;
  }

  /** Accumulates `count` registers of columns, from column `i` on, over all reduced axes. */
  #columns(
    extent: Extent,
    count: number,
    at: readonly Node[],
    counters: readonly Counter[],
    i: Node,
  ): Code {
    const { lanes, inputs, dims } = this.#lanes;
    const { kept } = this.#kernel;
    const axis = kept - 1;
    const code: Node[] = [];
    const sets = Array.from({ length: count }, () => this.#lanes.accumulators());
    this.#lanes.start(sets, code);
    const starts = inputs.map((p, k) => this.#func.let(code, moved(p, axis, at[k]!, i)));
    const shift = (u: number): Node => i32(u * lanes);
    const body = (here: readonly Node[], inner: readonly Local[]): Code => {
      const turn: Node[] = [];
      const pairs = extent === "whole" && count % 2 === 0 ? halves(count) : [];
      sets.forEach((set, u) => {
        const place = { extent, axis, at: here, index: shift(u), ...halfOf(pairs, u) };
        const column = { index: add(i, shift(u)), isVector: true };
        const gone = inner.map(({ get }): Counter => ({ index: get, isVector: false }));
        const known = kept > 0 ? [...counters, column, ...gone] : gone;
        this.#lanes.accumulate(set, place, known, turn);
      });
      return turn;
    };
    const loops = outerLoops(this.#func, dims.slice(kept), kept, inputs, starts, body);
    const ends: Node[] = [];
    sets.forEach((set, u) => {
      const place = { extent, axis, at: at.slice(inputs.length), index: add(i, shift(u)) };
      this.#lanes.finish(set, place, ends);
    });
    return [code, loops, ends];
  }

  /** One value over all reduced axes, lanes accumulating apart along the inner one. */
  #along(at: readonly Node[], counters: readonly Counter[]): Code {
    const func = this.#func;
    const { lanes, inputs, dims } = this.#lanes;
    const code: Node[] = [];
    const unroll = alongUnroll(this.#kernel, lanes);
    const sets = Array.from({ length: unroll }, () => this.#lanes.accumulators());
    const [first, ...others] = sets as [Accumulators, ...Accumulators[]];
    const n = dims.at(-1)!;
    const many = func.let(code, and(n, i32(-lanes * unroll)));
    const whole = func.let(code, and(n, i32(-lanes)));
    const i = func.local("i32", "i");
    const [opened, merged, folded]: [Node[], Node[], Node[]] = [[], [], []];
    this.#lanes.start([first], code);
    this.#lanes.start(others, opened);
    this.#lanes.merge(first, others, merged);
    this.#lanes.fold(first, folded);
    const registers = this.#alongLoops(at, counters, (turn) => {
      const pairs = halves(unroll);
      const turns = sets.map((set, u) => turn("whole", set, i, u, pairs[u]));
      return [
        func.for(i, 0, many, lanes * unroll, turns),
        func.for(i, many, whole, lanes, turn("whole", first, i, 0)),
      ];
    });
    const rest = this.#alongLoops(
      at,
      counters,
      (turn) => func.for(i, whole, n, 1, turn("single", first, i, 0)),
    );
    const ends: Node[] = [];
    const last = { axis: -1, index: i32(0), at: at.slice(inputs.length) };
    this.#lanes.finish(first, { extent: "single", ...last }, ends);
    return [
      code,
      ifElse(many, opened),
      registers,
      ifElse(many, merged),
      ifElse(whole, folded),
      rest,
      ends,
    ];
  }

  /** The reduced outer axes, around a body made of turns along the inner one. */
  #alongLoops(
    at: readonly Node[],
    counters: readonly Counter[],
    body: (turn: Turn) => Code,
  ): Code {
    const { lanes, inputs, dims } = this.#lanes;
    const { kept } = this.#kernel;
    const axis = dims.length - 1;
    const starts = at.slice(0, inputs.length);
    return outerLoops(
      this.#func,
      dims.slice(kept, -1),
      kept,
      inputs,
      starts,
      (here, between) =>
        body((extent, set, i, u, half) => {
          const turn: Node[] = [];
          const index = add(i, i32(u * lanes));
          const gone = between.map(({ get }): Counter => ({ index: get, isVector: false }));
          const known = [...counters, ...gone, { index, isVector: true }];
          const place = { extent, axis, at: here, index, ...(half && { half }) };
          this.#lanes.accumulate(set, place, known, turn);
          return turn;
        }),
    );
  }
}
