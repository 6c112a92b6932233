/**
 * @file Kernels that walk each row several times: softmax and its kin.
 *
 * ```text
 * for each row
 *   for each pass
 *     acc = identity
 *     for j < whole step lanes               whole registers
 *       v = value(in[j]…, results…)
 *       out[j…] = v;  acc = combine(acc, v)
 *     fold the lanes of acc
 *     for j < columns                        what is left, one element at a time
 *       the same
 *     result of the pass = acc, in all lanes
 *   ends[row] = end(results…)
 * ```
 */

import type { RowPass, RowsKernel } from "../kernel/kernel.ts";
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
import { add, and, type Code, Func, i32, type Local, mul, type Node } from "./tree.ts";
import {
  type Extent,
  type Lanes,
  load,
  loadSplat,
  loadStrided,
  spreadFirst,
  store,
  storeStrided,
  upperHalf,
} from "./width.ts";

/** The code of a rows kernel. */
export function rowsCode(kernel: RowsKernel, relaxed: boolean): KernelCode {
  const { dims, inputs, outputs, ends, passes } = kernel;
  const walks = [inputs, outputs, ends.map((e) => e.output)].map((g) => g.map(walkKey).join());
  const bodies = passes.map((p) =>
    `${exprsKey([p.value])}@${p.store}` +
    (p.accumulate ? exprsKey([p.accumulate.identity, p.accumulate.combine]) : "")
  );
  return {
    key: `rows[${walks.join(";")}|${bodies.join("|")}|${exprsKey(ends.map((e) => e.value))}]`,
    make: (module) => module.add(new RowsWriter(kernel, relaxed).write()),
    args: [
      ...dims.map((size): Argument => ({ kind: "count", size })),
      ...inputs.flatMap(pointerArgs),
      ...outputs.flatMap(pointerArgs),
      ...ends.flatMap((e) => pointerArgs(e.output)),
    ],
  };
}

/** Where each operand is at the start of a row. */
interface Row {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

class RowsWriter {
  readonly #kernel: RowsKernel;
  readonly #func = new Func("rows");
  readonly #relaxed: boolean;
  readonly #lanes: Lanes;
  readonly #rows: Local;
  readonly #columns: Local;
  readonly #inputs: readonly Pointer[];
  readonly #outputs: readonly Pointer[];
  readonly #ends: readonly Pointer[];

  constructor(kernel: RowsKernel, relaxed: boolean) {
    this.#kernel = kernel;
    this.#relaxed = relaxed;
    const exprs = [
      ...kernel.passes.flatMap((p) => [p.value, ...Object.values(p.accumulate ?? {})]),
      ...kernel.ends.map((e) => e.value),
    ];
    this.#lanes = needsTwoLanes(inOrder(exprs)) ? 2 : 4;
    const func = this.#func;
    this.#rows = func.param("i32", "rows");
    this.#columns = func.param("i32", "columns");
    this.#inputs = kernel.inputs.map((walk, k) => pointerParams(func, walk, `in${k}`));
    this.#outputs = kernel.outputs.map((walk, k) => pointerParams(func, walk, `out${k}`));
    this.#ends = kernel.ends.map((e, k) => pointerParams(func, e.output, `end${k}`));
  }

  write(): Func {
    const pointers = [...this.#inputs, ...this.#outputs, ...this.#ends];
    const starts = pointers.map((p) => p.start.get);
    const [inputs, outputs] = [this.#inputs.length, this.#outputs.length];
    const code = outerLoops(this.#func, [this.#rows], 0, pointers, starts, (at) => {
      const row = { inputs: at.slice(0, inputs), outputs: at.slice(inputs, inputs + outputs) };
      return this.#row(row, at.slice(inputs + outputs));
    });
    return this.#func.body(code);
  }

  #row(row: Row, ends: readonly Node[]): Code {
    const results: Node[] = [];
    const passes = this.#kernel.passes.map((pass) => this.#pass(pass, row, results));
    const code: Node[] = [];
    const values = emitExprs(this.#emission(), this.#kernel.ends.map((e) => e.value), [
      ...this.#inputs.map(() => i32(0)),
      ...results,
    ], code);
    const stores = values.map((value, k) => {
      const { dtype } = this.#ends[k]!;
      return store(this.#lanes, "single", dtype, ends[k]!, value);
    });
    return [passes, code, stores];
  }

  #emission(): { func: Func; lanes: Lanes; relaxed: boolean } {
    return { func: this.#func, lanes: this.#lanes, relaxed: this.#relaxed };
  }

  /** One walk; its result, if it has one, is added to the results. */
  #pass(pass: RowPass, row: Row, results: Node[]): Code {
    const func = this.#func;
    const lanes = this.#lanes;
    const code: Node[] = [];
    const known = [...results];
    const acc = pass.accumulate ? func.local("v128", "acc") : undefined;
    if (acc) {
      const [start] = emitExprs(this.#emission(), [pass.accumulate!.identity], [], code);
      code.push(acc.set(start!));
    }
    const whole = func.let(code, and(this.#columns, i32(-lanes)));
    const j = func.local("i32", "j");
    const step = (extent: Extent): Code => this.#step(pass, extent, row, known, j, acc);
    const walk = func.for(j, 0, whole, lanes, step("whole"));
    const rest = func.for(j, whole, this.#columns, 1, step("single"));
    if (!acc) return [code, walk, rest];
    results.push(acc.get);
    return [code, walk, this.#folded(pass, acc), rest, acc.set(this.#spread(pass, acc.get))];
  }

  #step(
    pass: RowPass,
    extent: Extent,
    row: Row,
    results: readonly Node[],
    j: Local,
    acc: Local | undefined,
  ): Code {
    const func = this.#func;
    const code: Node[] = [];
    const used = inputsOf([pass.value]);
    const loaded = this.#inputs.map((p, k) =>
      used.has(k) ? func.let(code, this.#load(extent, p, row.inputs[k]!, j.get)) : i32(0)
    );
    const [value] = emitExprs(this.#emission(), [pass.value], [...loaded, ...results], code);
    if (pass.store !== null) {
      const p = this.#outputs[pass.store]!;
      code.push(...this.#store(extent, p, row.outputs[pass.store]!, j.get, value!));
    }
    if (acc) this.#combine(pass, acc, value!, code);
    return code;
  }

  #combine(pass: RowPass, acc: Local, value: Node, code: Node[]): void {
    const { combine } = pass.accumulate!;
    const [sum] = emitExprs(this.#emission(), [combine], [acc.get, value], code);
    code.push(acc.set(sum!));
  }

  #folded(pass: RowPass, acc: Local): Code {
    const code: Node[] = [];
    for (let keep = this.#lanes / 2; keep >= 1; keep /= 2) {
      const { dtype } = pass.accumulate!.identity;
      const upper = this.#func.let(code, upperHalf(this.#lanes, dtype, acc.get, keep));
      this.#combine(pass, acc, upper, code);
    }
    return code;
  }

  /** The first lane in all lanes. */
  #spread(pass: RowPass, x: Node): Node {
    return spreadFirst(this.#lanes, pass.accumulate!.identity.dtype, x);
  }

  #load(extent: Extent, p: Pointer, base: Node, j: Node): Node {
    const lanes = this.#lanes;
    const step = p.steps[1]!;
    if (step === "zero") {
      return extent === "single"
        ? load(lanes, "single", p.dtype, base)
        : loadSplat(lanes, p.dtype, base);
    }
    if (step === "unit") return load(lanes, extent, p.dtype, elementAt(base, j, p.dtype));
    const stride = (p.strides[1] as Local).get;
    const address = add(base, mul(j, stride));
    return extent === "single"
      ? load(lanes, "single", p.dtype, address)
      : loadStrided(lanes, p.dtype, address, stride);
  }

  #store(extent: Extent, p: Pointer, base: Node, j: Node, value: Node): Node[] {
    const lanes = this.#lanes;
    if (p.steps[1] === "unit") {
      return [store(lanes, extent, p.dtype, elementAt(base, j, p.dtype), value)];
    }
    const stride = p.strides[1]!;
    const address = add(base, mul(j, stride));
    if (extent === "single") return [store(lanes, "single", p.dtype, address, value)];
    const by = typeof stride === "number" ? i32(stride) : stride.get;
    return storeStrided(lanes, p.dtype, address, by, value);
  }
}
