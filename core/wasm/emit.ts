/**
 * @file Scalar expressions as vector code: shared values kept in locals, constants set once.
 *
 * `rare(c, x, y)` becomes a branch: `y` is always computed, and what only `x` needs is computed
 * behind a test that some lane wants it.
 */

import type { DType } from "../dtype/dtype.ts";
import {
  type CallExpr,
  commonArgs,
  commonOrder,
  type ConstExpr,
  type Expr,
  inOrder,
} from "../scalar/expr.ts";
import { laneOf } from "../scalar/primitive.ts";
import { type Code, type Func, ifElse, type Node, op } from "./tree.ts";
import { spellings } from "./spelling.ts";
import { constantLanes, type Lanes } from "./width.ts";

/** How expressions of one kernel are emitted. */
export interface Emission {
  readonly func: Func;
  readonly lanes: Lanes;
  /** Whether relaxed multiply-add is there. */
  readonly relaxed: boolean;
}

/**
 * Emits expressions.
 *
 * @param emission The function, width and features.
 * @param roots The expressions.
 * @param inputs The register that holds each numbered input; cheap to repeat.
 * @param code What must run before the results are used is appended here.
 * @param known Registers of expressions that need no code; cheap to repeat.
 * @returns One register an expression; cheap to repeat.
 */
export function emitExprs(
  emission: Emission,
  roots: readonly Expr[],
  inputs: readonly Node[],
  code: Node[],
  known: ReadonlyMap<Expr, Node> = new Map(),
): Node[] {
  const scope = new Scope(emission, inputs, new Map(known));
  return scope.emit(roots, code);
}

/** Values known at a place in the code. */
class Scope {
  readonly #emission: Emission;
  readonly #inputs: readonly Node[];
  readonly #values: Map<Expr, Node>;

  constructor(emission: Emission, inputs: readonly Node[], values: Map<Expr, Node>) {
    this.#emission = emission;
    this.#inputs = inputs;
    this.#values = values;
  }

  emit(roots: readonly Expr[], code: Node[]): Node[] {
    const here = hoistShared(commonOrder(roots, this.#values), this.#values);
    const uses = countUses(here, roots);
    for (const e of here) {
      const value = this.#value(e, code);
      const shared = e.kind === "call" && uses.get(e)! > 1;
      this.#values.set(e, shared ? this.#emission.func.let(code, value) : value);
    }
    return roots.map((e) => this.#kept(e, code));
  }

  #kept(e: Expr, code: Node[]): Node {
    const value = this.#values.get(e)!;
    if (value.kind === "get") return value;
    const kept = this.#emission.func.let(code, value);
    this.#values.set(e, kept);
    return kept;
  }

  #value(e: Expr, code: Node[]): Node {
    if (e.kind === "input") return this.#inputs[e.index]!;
    if (e.kind === "const") return this.#constant(e);
    return e.primitive === "rare" ? this.#rare(e, code) : this.#call(e, code);
  }

  #constant({ dtype, value }: ConstExpr): Node {
    const { func, lanes } = this.#emission;
    return func.constant(constantLanes(lanes, dtype, value));
  }

  #call(e: CallExpr, code: Node[]): Node {
    const { func, lanes, relaxed } = this.#emission;
    return spellings[e.primitive](e.args.map((a) => this.#values.get(a)!), {
      lanes,
      relaxed,
      lane: laneOf(e.args.at(-1)!.dtype),
      expr: e,
      keep: (value) => value.kind === "get" ? value : func.let(code, value),
    });
  }

  #rare(e: CallExpr, code: Node[]): Node {
    const { func } = this.#emission;
    const [condition, slow, fast] = e.args as [Expr, Expr, Expr];
    const mask = this.#kept(condition, code);
    const result = func.local("v128");
    code.push(result.set(this.#values.get(fast)!));
    const inside: Node[] = [];
    const scope = new Scope(this.#emission, this.#inputs, new Map(this.#values));
    const [value] = scope.emit([slow], inside);
    inside.push(result.set(this.#chosen(e, mask, value!, result.get)));
    code.push(ifElse(op("v128.any_true", mask), inside as Code));
    return result.get;
  }

  #chosen(e: CallExpr, mask: Node, slow: Node, fast: Node): Node {
    const { lanes, relaxed } = this.#emission;
    const lane = laneOf(e.dtype as DType);
    return spellings.select([mask, slow, fast], { lanes, relaxed, lane, expr: e, keep: (x) => x });
  }
}

/**
 * Orders the expressions so that a rare node comes after everything of this scope that its slow
 * branch uses as well.
 */
function hoistShared(order: readonly Expr[], known: ReadonlyMap<Expr, Node>): Expr[] {
  const here = new Set(order);
  const result: Expr[] = [];
  const done = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (done.has(e) || known.has(e)) return;
    done.add(e);
    if (e.kind === "call") {
      commonArgs(e).forEach(visit);
      if (e.primitive === "rare") inOrder([e.args[1]!]).filter((x) => here.has(x)).forEach(visit);
    }
    result.push(e);
  };
  order.forEach(visit);
  return result;
}

/**
 * How often each expression is used, counting a use inside a rare branch twice: it must be kept.
 */
function countUses(here: readonly Expr[], roots: readonly Expr[]): Map<Expr, number> {
  const uses = new Map<Expr, number>(here.map((e) => [e, 0]));
  const use = (e: Expr, times: number): void => {
    if (uses.has(e)) uses.set(e, uses.get(e)! + times);
  };
  for (const e of here) {
    if (e.kind !== "call") continue;
    commonArgs(e).forEach((a) => use(a, 1));
    if (e.primitive === "rare") inOrder([e.args[1]!]).forEach((a) => use(a, 2));
  }
  roots.forEach((e) => use(e, 1));
  return uses;
}
