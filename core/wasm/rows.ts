/**
 * @file Kernels that walk each row several times: softmax and its kin.
 *
 * ```text
 * for each row
 *   for each pass
 *     what the value makes of results alone
 *     acc[u] = identity
 *     for j < whole step lanes·unroll        whole registers, several accumulators in turn
 *       v = value(in[j]…, results…)
 *       out[j…] = v;  acc[u] = combine(acc[u], v)
 *     fold the accumulators, then the lanes
 *     for j < columns                        what is left, one element at a time
 *       the same
 *     result of the pass = acc, in all lanes
 *   ends[row] = end(results…)
 * ```
 *
 * Short rows go side by side, one a lane, as long as there are enough to fill a register:
 *
 * ```text
 * for each row, step lanes
 *   for each pass
 *     acc = identity
 *     for j < columns
 *       v = value(in[row…, j], results…);  the same, lane by lane
 *   ends[row…] = end(results…)
 * ```
 */

import type { RowPass, RowsKernel } from "../kernel/kernel.ts";
import { type Expr, inOrder } from "../scalar/expr.ts";
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
import {
  add,
  and,
  type Code,
  Func,
  i32,
  ifElse,
  type Local,
  ltU,
  type Node,
  select,
  sub,
} from "./tree.ts";
import { type Extent, type Lanes, spreadFirst, upperHalf } from "./width.ts";

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

/** Whether the lanes of a register lie along a row, or in as many rows. */
type Direction = "along" | "across";

/** Rows shorter than this go side by side. */
const shortRow = 8;

/** Where each operand is at the start of a row, or of the first of several. */
interface Row {
  readonly direction: Direction;
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** The registers that a pass finds before it starts. */
interface Known {
  /** The results of earlier passes. */
  readonly results: readonly Node[];
  /** What its value makes of them. */
  readonly still: ReadonlyMap<Expr, Node>;
}

/**
 * The largest parts of an expression that read no element, so that they are the same along a row.
 */
function stillParts(value: Expr, elements: number): Expr[] {
  const moving = new Set<Expr>();
  const parts = new Set<Expr>([value]);
  for (const e of inOrder([value])) {
    if (e.kind === "input" && e.index < elements) moving.add(e);
    if (e.kind !== "call" || !e.args.some((a) => moving.has(a))) continue;
    moving.add(e);
    e.args.forEach((a) => parts.add(a));
  }
  return [...parts].filter((e) => e.kind === "call" && !moving.has(e));
}

/** Expressions in a value that still leave registers for four of them at once. */
const cheap = 8;

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
    const func = this.#func;
    const pointers = [...this.#inputs, ...this.#outputs, ...this.#ends];
    const code: Node[] = [];
    const full = and(this.#rows, i32(-this.#lanes));
    const beside = func.let(code, select(ltU(this.#columns, shortRow), full, i32(0)));
    const i = func.local("i32", "i");
    const here: Node[] = [];
    const groups = pointers.map((p) => func.let(here, moved(p, 0, p.start.get, i.get)));
    const left: Node[] = [];
    const rest = pointers.map((p) => func.let(left, moved(p, 0, p.start.get, beside)));
    left.push(this.#rows.set(sub(this.#rows, beside)));
    return func.body(
      code,
      func.for(i, 0, beside, this.#lanes, [here, this.#row("across", groups)]),
      left,
      outerLoops(func, [this.#rows], 0, pointers, rest, (at) => this.#row("along", at)),
    );
  }

  #row(direction: Direction, at: readonly Node[]): Code {
    const [inputs, outputs] = [this.#inputs.length, this.#outputs.length];
    const row = {
      direction,
      inputs: at.slice(0, inputs),
      outputs: at.slice(inputs, inputs + outputs),
    };
    const ends = at.slice(inputs + outputs);
    const results: Node[] = [];
    const passes = this.#kernel.passes.map((pass) =>
      direction === "along" ? this.#along(pass, row, results) : this.#across(pass, row, results)
    );
    const code: Node[] = [];
    const values = emitExprs(this.#emission(), this.#kernel.ends.map((e) => e.value), [
      ...this.#inputs.map(() => i32(0)),
      ...results,
    ], code);
    const extent = direction === "along" ? "single" : "whole";
    const stores = values.map((value, k) =>
      storeAlong(this.#lanes, extent, this.#ends[k]!, 0, ends[k]!, i32(0), value)
    );
    return [passes, code, stores];
  }

  #emission(): { func: Func; lanes: Lanes; relaxed: boolean } {
    return { func: this.#func, lanes: this.#lanes, relaxed: this.#relaxed };
  }

  /** One walk along as many rows as there are lanes; its results, if any, are added. */
  #across(pass: RowPass, row: Row, results: Node[]): Code {
    const func = this.#func;
    const code: Node[] = [];
    const known = this.#known(pass.value, results, code);
    const [acc] = this.#start(pass, code, []);
    const j = func.local("i32", "j");
    const walk = func.for(
      j,
      0,
      this.#columns,
      1,
      this.#step(pass, "whole", row, known, j.get, acc),
    );
    if (acc) results.push(acc.get);
    return [code, walk];
  }

  /** One walk along a row; its result, if it has one, is added to the results. */
  #along(pass: RowPass, row: Row, results: Node[]): Code {
    const func = this.#func;
    const lanes = this.#lanes;
    const code: Node[] = [];
    const known = this.#known(pass.value, results, code);
    const opened: Node[] = [];
    const accs = this.#start(pass, code, opened);
    const unroll = Math.max(accs.length, 1);
    const whole = func.let(code, and(this.#columns, i32(-lanes)));
    const many = unroll > 1 ? func.let(code, and(this.#columns, i32(-lanes * unroll))) : i32(0);
    const j = func.local("i32", "j");
    const step = (extent: Extent, u: number): Code =>
      this.#step(pass, extent, row, known, add(j, i32(u * lanes)), accs[u]);
    const walks = [
      unroll > 1 ? func.for(j, 0, many, lanes * unroll, accs.map((_, u) => step("whole", u))) : [],
      func.for(j, many, whole, lanes, step("whole", 0)),
    ];
    const rest = func.for(j, whole, this.#columns, 1, step("single", 0));
    const [acc, ...others] = accs;
    if (!acc) return [code, walks, rest];
    results.push(acc.get);
    return [
      code,
      ifElse(many, opened),
      walks,
      ifElse(many, this.#merged(pass, acc, others)),
      ifElse(whole, this.#folded(pass, acc)),
      rest,
      acc.set(this.#spread(pass, acc.get)),
    ];
  }

  #known(value: Expr, results: readonly Node[], code: Node[]): Known {
    const elements = this.#inputs.map(() => i32(0));
    const parts = stillParts(value, elements.length);
    const nodes = emitExprs(this.#emission(), parts, [...elements, ...results], code);
    return { results: [...results], still: new Map(parts.map((e, k) => [e, nodes[k]!])) };
  }

  /**
   * Accumulators that take turns, so that none waits for the last one's result; or none. All but
   * the first are set in `opened`, which only long rows run.
   */
  #start(pass: RowPass, code: Node[], opened: Node[]): Local[] {
    if (!pass.accumulate) return [];
    const { identity } = pass.accumulate;
    const [start] = emitExprs(this.#emission(), [identity], [], code);
    const count = inOrder([pass.value]).length <= cheap ? 4 : 2;
    const accs = Array.from({ length: count }, () => this.#func.local("v128", "acc"));
    accs.forEach((acc, u) => (u === 0 ? code : opened).push(acc.set(start!)));
    return accs;
  }

  #step(
    pass: RowPass,
    extent: Extent,
    row: Row,
    { results, still }: Known,
    j: Node,
    acc: Local | undefined,
  ): Code {
    const code: Node[] = [];
    const lanes = this.#lanes;
    const used = inputsOf([pass.value]);
    // Where registers lie: from an index of an axis on.
    const place = (p: Pointer, base: Node): [axis: number, base: Node, index: Node] =>
      row.direction === "along" ? [1, base, j] : [0, moved(p, 1, base, j), i32(0)];
    const loaded = this.#inputs.map((p, k) => {
      if (!used.has(k)) return i32(0);
      return this.#func.let(code, loadAlong(lanes, extent, p, ...place(p, row.inputs[k]!)));
    });
    const inputs = [...loaded, ...results];
    const [value] = emitExprs(this.#emission(), [pass.value], inputs, code, still);
    if (acc) this.#combine(pass, acc, value!, code);
    if (pass.store === null) return code;
    const p = this.#outputs[pass.store]!;
    const at = place(p, row.outputs[pass.store]!);
    return [code, storeAlong(lanes, extent, p, ...at, value!)];
  }

  #combine(pass: RowPass, acc: Local, value: Node, code: Node[]): void {
    const { combine } = pass.accumulate!;
    const [sum] = emitExprs(this.#emission(), [combine], [acc.get, value], code);
    code.push(acc.set(sum!));
  }

  #merged(pass: RowPass, acc: Local, others: readonly Local[]): Code {
    const code: Node[] = [];
    for (const other of others) this.#combine(pass, acc, other.get, code);
    return code;
  }

  /** The lanes combined into the first. */
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
}
