/**
 * @file Reductions: for each kept index, accumulates over the others.
 *
 * ```text
 * down  (the kept inner axis goes by one)         along (the reduced inner axis goes by one)
 *   for kept outer …                                for kept …
 *     for i < kept inner step lanes·unroll            acc[u] = identity
 *       acc[u] = identity                             for reduced outer …
 *       for reduced …                                   for i < whole step lanes·unroll
 *         acc[u] = combine(acc[u], value(…))              acc[u] = combine(acc[u], value(…))
 *       out[i…] = finish(acc[u])                        the rest of whole registers, into acc[0]
 *                                                     fold the registers, then the lanes
 *                                                     for reduced outer, for the last elements
 *                                                       acc = combine(acc, value)
 *                                                     out = finish(acc)
 * ```
 *
 * `along` changes the order of accumulation and is used only where the kernel allows it; any other
 * reduction runs `down` with one element a register. The order never depends on anything but sizes.
 */

import { isOne } from "../kernel/size.ts";
import type { ReduceKernel } from "../kernel/kernel.ts";
import { inOrder } from "../scalar/expr.ts";
import { emitExprs } from "./emit.ts";
import {
  type Argument,
  elementAt,
  exprsKey,
  inputsOf,
  type KernelCode,
  outerLoops,
  type Pointer,
  pointerArgs,
  pointerParams,
  walkKey,
} from "./nest.ts";
import { needsTwoLanes } from "./spelling.ts";
import { add, and, type Code, Func, i32, type Local, mul, type Node, op } from "./tree.ts";
import {
  countLanes,
  type Extent,
  type Lanes,
  load,
  loadSplat,
  loadStrided,
  store,
  storeStrided,
  upperHalf,
} from "./width.ts";

/** The two loop orders. */
type Order = "down" | "along";

/** The code of a reduction. */
export function reduceCode(kernel: ReduceKernel, relaxed: boolean): KernelCode {
  const { dims, kept, inputs, extras, outputs, params, counters } = kernel;
  const walks = [inputs, extras, outputs].map((group) => group.map(walkKey).join()).join(";");
  const exprs = [kernel.values, kernel.identity, kernel.combine, kernel.finish].map(exprsKey);
  return {
    key: `reduce${dims.length}.${kept}[${walks}|${params.length}|${counters}|${exprs.join("|")}]` +
      `${kernel.reassociate}`,
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

function orderOf({ dims, kept, inputs, reassociate }: ReduceKernel): Order {
  const isReduced = dims.length > kept;
  const alongUnit = isReduced && inputs.some((x) => isOne(x.strides.at(-1)!));
  const downUnit = kept > 0 && inputs.some((x) => isOne(x.strides[kept - 1]!));
  if (!reassociate || !isReduced) return "down";
  return alongUnit || !downUnit ? "along" : "down";
}

class ReduceWriter {
  readonly #kernel: ReduceKernel;
  readonly #func: Func = new Func("reduce");
  readonly #relaxed: boolean;
  readonly #lanes: Lanes;
  readonly #dims: readonly Local[];
  readonly #inputs: readonly Pointer[];
  readonly #extras: readonly Pointer[];
  readonly #outputs: readonly Pointer[];
  readonly #params: readonly Local[];

  constructor(kernel: ReduceKernel, relaxed: boolean) {
    this.#kernel = kernel;
    this.#relaxed = relaxed;
    const { values, identity, combine, finish } = kernel;
    const everything = [...values, ...identity, ...combine, ...finish];
    this.#lanes = needsTwoLanes(inOrder(everything)) ? 2 : 4;
    const func = this.#func;
    this.#dims = kernel.dims.map((_, k) => func.param("i32", `n${k}`));
    this.#inputs = kernel.inputs.map((walk, k) => pointerParams(func, walk, `in${k}`));
    this.#extras = kernel.extras.map((walk, k) => pointerParams(func, walk, `extra${k}`));
    this.#outputs = kernel.outputs.map((walk, k) => pointerParams(func, walk, `out${k}`));
    this.#params = kernel.params.map((_, k) => func.param("i64", `param${k}`));
  }

  write(): Func {
    const down = orderOf(this.#kernel) === "down";
    const { kept } = this.#kernel;
    const outer = this.#dims.slice(0, down ? Math.max(0, kept - 1) : kept);
    const pointers = [...this.#inputs, ...this.#extras, ...this.#outputs];
    const code = outerLoops(
      this.#func,
      outer,
      0,
      pointers,
      pointers.map((p) => p.start.get),
      (at, counters) => down ? this.#down(at, counters) : this.#along(at, counters),
    );
    return this.#func.body(code);
  }

  /** The kept inner axis, several registers at once, then one, then element by element. */
  #down(at: readonly Node[], counters: readonly Local[]): Code {
    const { kept } = this.#kernel;
    const n = kept > 0 ? this.#dims[kept - 1] : undefined;
    if (!n) return this.#columns("single", 1, at, counters, undefined);
    const func = this.#func;
    const i = func.local("i32", "i");
    const code: Node[] = [];
    const lanes = this.#lanes;
    const unroll = this.#kernel.reassociate ? 16 / lanes : 1;
    const many = func.let(code, and(n, i32(-lanes * unroll)));
    const whole = func.let(code, and(n, i32(-lanes)));
    const columns = (extent: Extent, count: number): Code =>
      this.#columns(extent, count, at, [...counters, i], i);
    return [
      code,
      unroll > 1 ? func.for(i, 0, many, lanes * unroll, columns("whole", unroll)) : [],
      func.for(i, unroll > 1 ? many : 0, whole, lanes, columns("whole", 1)),
      func.for(i, whole, n, 1, columns("single", 1)),
    ];
  }

  /** Accumulates `count` registers of columns over all reduced axes. */
  #columns(
    extent: Extent,
    count: number,
    at: readonly Node[],
    counters: readonly Local[],
    i: Local | undefined,
  ): Code {
    const func = this.#func;
    const { kept } = this.#kernel;
    const code: Node[] = [];
    const sets = Array.from({ length: count }, () => this.#identity(code));
    const used = inputsOf(this.#kernel.values);
    const axis = kept - 1;
    const inputs = this.#inputs.map((p, k) => i ? moved(p, at[k]!, i.get, axis) : at[k]!);
    const starts = inputs.map((node) => func.let(code, node));
    const loops = outerLoops(
      func,
      this.#dims.slice(kept),
      kept,
      this.#inputs,
      starts,
      (here, inner) => {
        const step: Node[] = [];
        sets.forEach((set, u) => {
          const loaded = this.#inputs.map((p, k) =>
            used.has(k) ? func.let(step, this.#load(extent, p, here[k]!, axis, u)) : i32(0)
          );
          this.#accumulate(set, loaded, [...counters, ...inner], axis, step, u);
        });
        return step;
      },
    );
    const ends: Node[] = [];
    sets.forEach((set, u) => this.#finish(extent, set, at, i?.get, u, ends));
    return [code, loops, ends];
  }

  /** One value over all reduced axes, lanes accumulating apart along the inner one. */
  #along(at: readonly Node[], counters: readonly Local[]): Code {
    const func = this.#func;
    const { kept } = this.#kernel;
    const code: Node[] = [];
    const unroll = 4;
    const sets = Array.from({ length: unroll }, () => this.#identity(code));
    const used = inputsOf(this.#kernel.values);
    const n = this.#dims.at(-1)!;
    const lanes = this.#lanes;
    const many = func.let(code, and(n, i32(-lanes * unroll)));
    const whole = func.let(code, and(n, i32(-lanes)));
    const i = func.local("i32", "i");
    const between = this.#dims.slice(kept, -1);
    const inside = (body: (here: readonly Node[], all: readonly Local[]) => Code): Code =>
      outerLoops(
        func,
        between,
        kept,
        this.#inputs,
        at.slice(0, this.#inputs.length),
        (here, c) => body(here, [...counters, ...c, i]),
      );
    const step = (
      extent: Extent,
      here: readonly Node[],
      all: readonly Local[],
      u: number,
    ): Code => {
      const turn: Node[] = [];
      const index = add(i, i32(u * lanes));
      const loaded = this.#inputs.map((p, k) =>
        used.has(k) ? func.let(turn, this.#loadAlong(extent, p, here[k]!, index)) : i32(0)
      );
      this.#accumulate(sets[u]!, loaded, all, this.#dims.length - 1, turn, u);
      return turn;
    };
    const registers = inside((here, all) => [
      func.for(i, 0, many, lanes * unroll, sets.map((_, u) => step("whole", here, all, u))),
      func.for(i, many, whole, lanes, step("whole", here, all, 0)),
    ]);
    const folded = this.#folded(sets);
    const rest = inside((here, all) => func.for(i, whole, n, 1, step("single", here, all, 0)));
    const ends: Node[] = [];
    this.#finish("single", sets[0]!, at, undefined, 0, ends);
    return [code, registers, folded, rest, ends];
  }

  /** All registers combined into the first, and its lanes into its first lane. */
  #folded(sets: readonly (readonly Local[])[]): Code {
    const code: Node[] = [];
    const first = sets[0]!;
    for (const set of sets.slice(1)) this.#combine(first, set.map((x) => x.get), code);
    for (let keep = this.#lanes / 2; keep >= 1; keep /= 2) {
      const upper = first.map((x, k) => {
        const { dtype } = this.#kernel.identity[k]!;
        return this.#func.let(code, upperHalf(this.#lanes, dtype, x.get, keep));
      });
      this.#combine(first, upper, code);
    }
    return code;
  }

  #identity(code: Node[]): Local[] {
    const { identity } = this.#kernel;
    const starts = emitExprs(this.#emission(), identity, [], code);
    return starts.map((value, k) => {
      const local = this.#func.local("v128", `acc${k}`);
      code.push(local.set(value));
      return local;
    });
  }

  #emission(): { func: Func; lanes: Lanes; relaxed: boolean } {
    return { func: this.#func, lanes: this.#lanes, relaxed: this.#relaxed };
  }

  #accumulate(
    set: readonly Local[],
    loaded: readonly Node[],
    counters: readonly Local[],
    vectorAxis: number,
    code: Node[],
    u: number,
  ): void {
    const func = this.#func;
    const params = this.#params.map((p) => func.let(code, countLanes(p, false)));
    const counts = this.#kernel.counters.map((axis) => {
      const isVector = axis === vectorAxis;
      const index = isVector ? add(counters[axis]!, i32(u * this.#lanes)) : counters[axis]!.get;
      return func.let(code, countLanes(op("i64.extend_i32_u", index), isVector));
    });
    const values = emitExprs(
      this.#emission(),
      this.#kernel.values,
      [...loaded, ...params, ...counts],
      code,
    );
    this.#combine(set, values, code);
  }

  #combine(set: readonly Local[], values: readonly Node[], code: Node[]): void {
    const inputs = [...set.map((x) => x.get), ...values];
    const results = emitExprs(this.#emission(), this.#kernel.combine, inputs, code);
    results.forEach((value, k) => code.push(set[k]!.set(value)));
  }

  #finish(
    extent: Extent,
    set: readonly Local[],
    at: readonly Node[],
    i: Node | undefined,
    u: number,
    code: Node[],
  ): void {
    const { finish, kept } = this.#kernel;
    const index = i === undefined ? undefined : add(i, i32(u * this.#lanes));
    const place = (p: Pointer, k: number): Node =>
      index
        ? moved(p, at[this.#inputs.length + k]!, index, kept - 1)
        : at[this.#inputs.length + k]!;
    const used = inputsOf(finish);
    const extras = this.#extras.map((p, k) =>
      used.has(set.length + k)
        ? this.#func.let(code, this.#load(extent, p, place(p, k), kept - 1, 0))
        : i32(0)
    );
    const params = this.#params.map((p) => this.#func.let(code, countLanes(p, false)));
    const inputs = [...set.map((x) => x.get), ...extras, ...params];
    const results = emitExprs(this.#emission(), finish, inputs, code);
    results.forEach((value, k) => {
      const p = this.#outputs[k]!;
      const address = place(p, this.#extras.length + k);
      code.push(...this.#store(extent, p, address, kept - 1, value));
    });
  }

  #store(extent: Extent, p: Pointer, address: Node, axis: number, value: Node): Node[] {
    const step = axis < 0 ? "zero" : p.steps[axis]!;
    if (step === "any" && extent === "whole") {
      const stride = (p.strides[axis] as Local).get;
      return storeStrided(this.#lanes, p.dtype, address, stride, value);
    }
    return [store(this.#lanes, extent, p.dtype, address, value)];
  }

  /** A register of columns: `u` registers further along the kept inner axis. */
  #load(extent: Extent, p: Pointer, at: Node, axis: number, u: number): Node {
    const lanes = this.#lanes;
    const step = axis < 0 ? "zero" : p.steps[axis]!;
    if (extent === "single") return load(lanes, "single", p.dtype, at);
    if (step === "zero") return loadSplat(lanes, p.dtype, at);
    if (step === "unit") {
      return load(lanes, "whole", p.dtype, elementAt(at, i32(u * lanes), p.dtype));
    }
    const stride = (p.strides[axis] as Local).get;
    return loadStrided(lanes, p.dtype, add(at, mul(stride, i32(u * lanes))), stride);
  }

  /** A register of elements along the reduced inner axis. */
  #loadAlong(extent: Extent, p: Pointer, base: Node, index: Node): Node {
    const lanes = this.#lanes;
    const step = p.steps.at(-1)!;
    if (step === "zero") {
      return extent === "single"
        ? load(lanes, "single", p.dtype, base)
        : loadSplat(lanes, p.dtype, base);
    }
    if (step === "unit") return load(lanes, extent, p.dtype, elementAt(base, index, p.dtype));
    const stride = (p.strides.at(-1) as Local).get;
    const address = add(base, mul(index, stride));
    return extent === "single"
      ? load(lanes, "single", p.dtype, address)
      : loadStrided(lanes, p.dtype, address, stride);
  }
}

/** Where an operand is after `index` elements of an axis. */
function moved(p: Pointer, base: Node, index: Node, axis: number): Node {
  const step = p.steps[axis]!;
  if (step === "zero") return base;
  if (step === "unit") return elementAt(base, index, p.dtype);
  return add(base, mul(index, p.strides[axis] as Local));
}
