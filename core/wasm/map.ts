/**
 * @file Elementwise kernels: `out[i…] = body(in[i…], …)`.
 *
 * ```text
 * for i₀ < n₀ …                                outer axes, pointers moved along
 *   splat the operands that stand still
 *   for i < whole step lanes                   inner axis, whole registers
 *     out[i…] = body(in[i…])
 *   for i < n                                  what is left, one element at a time
 *     out[i] = body(in[i])
 * ```
 */

import { integerInput, type MapKernel } from "../kernel/kernel.ts";
import { inOrder } from "../scalar/expr.ts";
import { loadAlong, storeAlong } from "./access.ts";
import { emitExprs } from "./emit.ts";
import {
  type Argument,
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
import { and, type Code, Func, i32, type Local, type Node } from "./tree.ts";
import { counterLanes, type Extent, integerLanes, type Lanes, loadSplat } from "./width.ts";

/** The code of an elementwise kernel. */
export function mapCode(kernel: MapKernel, relaxed: boolean): KernelCode {
  const { dims, inputs, outputs, params, counters, bodies } = kernel;
  const walks = [...inputs, ...outputs].map(walkKey).join();
  return {
    key: `map${dims.length}[${walks}|${params.length}|${counters}|${exprsKey(bodies)}]`,
    make: (module) => module.add(new MapWriter(kernel, relaxed).write()),
    args: [
      ...dims.map((size): Argument => ({ kind: "count", size })),
      ...inputs.flatMap(pointerArgs),
      ...outputs.flatMap(pointerArgs),
      ...params.map((size): Argument => ({ kind: "wide", size })),
    ],
  };
}

/** Elements a register holds for these bodies: two if anything is 64 bits wide. */
export function lanesFor(bodies: MapKernel["bodies"]): Lanes {
  return needsTwoLanes(inOrder(bodies)) ? 2 : 4;
}

/** Stands for an input that no body reads. */
const unread = i32(0);

class MapWriter {
  readonly #kernel: MapKernel;
  readonly #func: Func;
  readonly #relaxed: boolean;
  readonly #lanes: Lanes;
  readonly #dims: readonly Local[];
  readonly #inputs: readonly Pointer[];
  readonly #outputs: readonly Pointer[];
  readonly #params: readonly Local[];
  readonly #used: ReadonlySet<number>;

  constructor(kernel: MapKernel, relaxed: boolean) {
    this.#kernel = kernel;
    this.#relaxed = relaxed;
    this.#lanes = lanesFor(kernel.bodies);
    this.#used = inputsOf(kernel.bodies);
    const func = this.#func = new Func("map");
    this.#dims = kernel.dims.map((_, k) => func.param("i32", `n${k}`));
    this.#inputs = kernel.inputs.map((walk, k) => pointerParams(func, walk, `in${k}`));
    this.#outputs = kernel.outputs.map((walk, k) => pointerParams(func, walk, `out${k}`));
    this.#params = kernel.params.map((_, k) => func.param("i64", `param${k}`));
  }

  write(): Func {
    const pointers = [...this.#inputs, ...this.#outputs];
    const outer = this.#dims.slice(0, -1);
    const starts = pointers.map((p) => p.start.get);
    const code = outerLoops(
      this.#func,
      outer,
      0,
      pointers,
      starts,
      (at, counters) => this.#row(at, counters),
    );
    return this.#func.body(code);
  }

  /** The inner axis; a kernel without axes is a row of one element. */
  #row(at: readonly Node[], counters: readonly Local[]): Code {
    const func = this.#func;
    const n = this.#dims.at(-1);
    const code: Node[] = [];
    if (!n) return [code, this.#step("single", at, [], new Map(), i32(0))];
    const still = this.#still(at, code);
    const i = func.local("i32", "i");
    const whole = func.let(code, and(n, i32(-this.#lanes)));
    const all = [...counters, i];
    return [
      code,
      func.for(i, 0, whole, this.#lanes, this.#step("whole", at, all, still, i.get)),
      func.for(i, whole, n, 1, this.#step("single", at, all, still, i.get)),
    ];
  }

  /** Operands that do not move along the inner axis, loaded once. */
  #still(at: readonly Node[], code: Node[]): Map<number, Node> {
    const still = new Map<number, Node>();
    this.#inputs.forEach((p, k) => {
      if (p.steps.at(-1) !== "zero" || !this.#used.has(k)) return;
      still.set(k, this.#func.let(code, loadSplat(this.#lanes, p.dtype, at[k]!)));
    });
    return still;
  }

  /** One register of results. */
  #step(
    extent: Extent,
    at: readonly Node[],
    counters: readonly Local[],
    still: ReadonlyMap<number, Node>,
    i: Node,
  ): Code {
    const func = this.#func;
    const code: Node[] = [];
    const axis = this.#dims.length - 1;
    const loaded = this.#inputs.map((p, k) =>
      still.get(k) ??
        (this.#used.has(k)
          ? func.let(code, loadAlong(this.#lanes, extent, p, axis, at[k]!, i))
          : unread)
    );
    const emission = { func, lanes: this.#lanes, relaxed: this.#relaxed };
    const inputs = [...loaded, ...this.#integers(counters, code)];
    const results = emitExprs(emission, this.#kernel.bodies, inputs, code);
    const stores = results.map((value, k) => {
      const p = this.#outputs[k]!;
      const base = at[this.#inputs.length + k]!;
      return storeAlong(this.#lanes, extent, p, axis, base, i, value);
    });
    return [code, stores];
  }

  /** Registers of the params, then of the counters. */
  #integers(counters: readonly Local[], code: Node[]): Node[] {
    const { bodies, counters: axes } = this.#kernel;
    const first = this.#inputs.length;
    const params = this.#params.map((p, k) =>
      this.#func.constant(integerLanes(integerInput(bodies, first + k), p.get))
    );
    const counts = axes.map((axis, k) => {
      const dtype = integerInput(bodies, first + params.length + k);
      const isVector = axis === this.#dims.length - 1;
      return this.#func.let(code, counterLanes(dtype, counters[axis]!, isVector));
    });
    return [...params, ...counts];
  }
}
