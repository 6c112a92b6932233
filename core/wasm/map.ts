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
 *
 * Where an operand goes by one along the axis before the inner one and by strides along the inner
 * one, as a transposed matrix does, squares of registers are turned:
 *
 * ```text
 * for j₀ < whole columns step chunk            so that what a chunk touches stays in the cache
 *   for i < whole rows step lanes
 *     for j < chunk step lanes
 *       load `lanes` registers of each operand, turned where they go along i
 *       out[i + r, j…] = body(in[i + r, j…])   for r < lanes
 * for i < rows                                 what is left of each row
 *   the inner axis as above
 * ```
 */

import { integerInput, type MapKernel } from "../kernel/kernel.ts";
import { inOrder } from "../scalar/expr.ts";
import { loadAlong, moved, storeAlong } from "./access.ts";
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
import { add, and, type Code, Func, i32, type Local, ltU, type Node, select } from "./tree.ts";
import {
  counterLanes,
  type Extent,
  integerLanes,
  type Lanes,
  load,
  loadSplat,
  turned,
} from "./width.ts";

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

/** Columns whose rows of a turned operand, a cache line each, stay in the first cache. */
const chunkColumns = 256;

/**
 * Whether an operand goes by one along the axis before the inner one, and by strides along that.
 */
function goesDown({ steps }: Pointer): boolean {
  return steps.length > 1 && steps.at(-1) === "any" && steps.at(-2) === "unit";
}

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
    const isTurned = this.#isTurned();
    const outer = this.#dims.slice(0, isTurned ? -2 : -1);
    const starts = pointers.map((p) => p.start.get);
    const code = outerLoops(
      this.#func,
      outer,
      0,
      pointers,
      starts,
      (at, counters) => isTurned ? this.#squares(at) : this.#row(at, counters),
    );
    return this.#func.body(code);
  }

  /** Whether some input is worth turning, and nothing stands against it. */
  #isTurned(): boolean {
    return this.#kernel.counters.length === 0 &&
      this.#inputs.some((p, k) => this.#used.has(k) && goesDown(p)) &&
      this.#outputs.every((p) => p.steps.at(-1) === "unit");
  }

  /** The two inner axes in squares of registers, then what is left of each row. */
  #squares(at: readonly Node[]): Code {
    const func = this.#func;
    const lanes = this.#lanes;
    const [rows, columns] = this.#dims.slice(-2) as [Local, Local];
    const code: Node[] = [];
    const wholeRows = func.let(code, and(rows, i32(-lanes)));
    const wholeColumns = func.let(code, and(columns, i32(-lanes)));
    const [chunk, i, j] = ["chunk", "i", "j"].map((name) => func.local("i32", name)) as [
      Local,
      Local,
      Local,
    ];
    const end = func.local("i32", "end");
    const next = add(chunk, i32(chunkColumns));
    const pointers = [...this.#inputs, ...this.#outputs];
    const rest = pointers.map((p, k) => moved(p, this.#dims.length - 2, at[k]!, i.get));
    const left: Node[] = [];
    const here = rest.map((node) => func.let(left, node));
    const start = func.let(left, select(ltU(i, wholeRows), wholeColumns, i32(0)));
    return [
      code,
      func.for(chunk, 0, wholeColumns, chunkColumns, [
        end.set(select(ltU(next, wholeColumns), next, wholeColumns)),
        func.for(i, 0, wholeRows, lanes, func.for(j, chunk, end, lanes, this.#square(at, i, j))),
      ]),
      func.for(i, 0, rows, 1, [left, this.#row(here, [], start)]),
    ];
  }

  /** As many rows of one register as a register has lanes. */
  #square(at: readonly Node[], i: Local, j: Local): Code {
    const lanes = this.#lanes;
    const func = this.#func;
    const axis = this.#dims.length - 1;
    const code: Node[] = [];
    const row = (p: Pointer, k: number, r: number): Node =>
      moved(p, axis - 1, at[k]!, add(i, i32(r)));
    const loaded = this.#inputs.map((p, k): Node[] => {
      if (!this.#used.has(k)) return new Array<Node>(lanes).fill(unread);
      const isDown = goesDown(p);
      const registers = Array.from({ length: lanes }, (_, r) => {
        const address = isDown
          ? load(lanes, "whole", p.dtype, moved(p, axis, row(p, k, 0), add(j, i32(r))))
          : loadAlong(lanes, "whole", p, axis, row(p, k, r), j.get);
        return func.let(code, address);
      });
      return isDown ? turned(lanes, p.dtype, registers).map((x) => func.let(code, x)) : registers;
    });
    for (let r = 0; r < lanes; r++) {
      const bases = this.#outputs.map((p, k) => row(p, this.#inputs.length + k, r));
      code.push(...this.#results("whole", loaded.map((x) => x[r]!), [], bases, j.get));
    }
    return code;
  }

  /** The inner axis; a kernel without axes is a row of one element. */
  #row(at: readonly Node[], counters: readonly Local[], start: Node = i32(0)): Code {
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
      func.for(i, start, whole, this.#lanes, this.#step("whole", at, all, still, i.get)),
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
    return [code, this.#results(extent, loaded, counters, at.slice(this.#inputs.length), i)];
  }

  /** What the bodies make of registers, stored. */
  #results(
    extent: Extent,
    loaded: readonly Node[],
    counters: readonly Local[],
    bases: readonly Node[],
    i: Node,
  ): Node[] {
    const code: Node[] = [];
    const axis = this.#dims.length - 1;
    const emission = { func: this.#func, lanes: this.#lanes, relaxed: this.#relaxed };
    const inputs = [...loaded, ...this.#integers(counters, code)];
    const results = emitExprs(emission, this.#kernel.bodies, inputs, code);
    results.forEach((value, k) => {
      const p = this.#outputs[k]!;
      code.push(...storeAlong(this.#lanes, extent, p, axis, bases[k]!, i, value));
    });
    return code;
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
