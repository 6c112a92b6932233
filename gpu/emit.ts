/**
 * @file Scalar expressions as WGSL: shared values named once, constants before everything.
 *
 * `rare(c, x, y)` becomes an `if`: `y` is always computed, and what only `x` needs is computed where
 * the condition holds.
 *
 * A compiler may group sums and products anyhow and may fuse a product into a sum, which would undo
 * what careful bodies do with rounding errors. So a result whose grouping could change is held apart
 * (see `helpers.ts`).
 */

import {
  type CallExpr,
  commonArgs,
  commonOrder,
  type ConstExpr,
  type Expr,
  inOrder,
} from "../core/scalar/expr.ts";
import { laneOf, type Primitive } from "../core/scalar/primitive.ts";
import type { Helper } from "./helpers.ts";
import { constantText, spelled } from "./spelling.ts";
import { block, callText, type Code, letLine, setLine, varLine } from "./text.ts";

/** Expressions as code. */
export interface Emitted {
  /** What must run before the values are used. */
  readonly code: Code;
  /** One an expression; each short. */
  readonly values: readonly string[];
  /** The functions called. */
  readonly helpers: ReadonlySet<Helper>;
}

/**
 * Emits expressions.
 *
 * @param roots The expressions.
 * @param inputs The name of each numbered input.
 * @returns Their code.
 */
export function emitExprs(roots: readonly Expr[], inputs: readonly string[]): Emitted {
  const { early, code, ...rest } = emitInLoop(roots, inputs, () => false);
  return { code: [early, code], ...rest };
}

/** Expressions as code of a loop. */
export interface EmittedInLoop extends Emitted {
  /** What must run before the loop. */
  readonly early: Code;
}

/**
 * Emits expressions that are computed turn after turn.
 *
 * @param roots The expressions.
 * @param inputs The name of each numbered input.
 * @param isEarly Whether an input is the same in all turns.
 * @returns Their code; what is the same in all turns apart.
 */
export function emitInLoop(
  roots: readonly Expr[],
  inputs: readonly string[],
  isEarly: (input: number) => boolean,
): EmittedInLoop {
  const order = inOrder(roots);
  const helpers = new Set<Helper>();
  const call = (helper: Helper, ...args: readonly string[]): string => {
    helpers.add(helper);
    return callText(helper, args);
  };
  const known = new Map<Expr, string>();
  const constants = order.filter((e): e is ConstExpr => e.kind === "const");
  const first = constants.map((e, k) => {
    known.set(e, `c${k}`);
    return letLine(`c${k}`, constantText(e, call));
  });
  const shader = { inputs, call, uses: countUses(order, roots), held: heldAmong(order), names: 0 };
  const [early, code]: [Code[], Code[]] = [[first], []];
  const before = new Scope(shader, known, early);
  for (const e of earlyAmong(order, roots, isEarly)) before.name(e);
  const values = new Scope(shader, known, code).emit(roots);
  return { early, code, values, helpers };
}

/** The largest calls of early inputs and constants: what others, or nobody, read. */
function earlyAmong(
  order: readonly Expr[],
  roots: readonly Expr[],
  isEarly: (input: number) => boolean,
): Expr[] {
  const early = new Set<Expr>();
  const varies = new Set<Expr>();
  for (const e of order) {
    const isKnown = e.kind === "input"
      ? isEarly(e.index)
      : e.kind === "const" || e.args.every((arg) => early.has(arg));
    if (isKnown) early.add(e);
    if (e.kind === "input" || (e.kind === "call" && e.args.some((arg) => varies.has(arg)))) {
      varies.add(e);
    }
  }
  const read = new Set([
    ...roots,
    ...order.flatMap((e) => e.kind === "call" && !early.has(e) ? e.args : []),
  ]);
  return [...read].filter((e) => e.kind === "call" && early.has(e) && varies.has(e));
}

/** What all scopes of a shader share. */
interface Shared {
  readonly inputs: readonly string[];
  readonly call: (helper: Helper, ...args: readonly string[]) => string;
  readonly uses: ReadonlyMap<Expr, number>;
  readonly held: ReadonlySet<Expr>;
  /** How many names were given. */
  names: number;
}

/** A value longer than this gets a name. */
const longest = 32;

/** Values known at a place in the code. */
class Scope {
  readonly #shared: Shared;
  readonly #values: Map<Expr, string>;
  readonly #code: Code[];

  constructor(shared: Shared, values: Map<Expr, string>, code: Code[]) {
    this.#shared = shared;
    this.#values = values;
    this.#code = code;
  }

  emit(roots: readonly Expr[]): string[] {
    const here = new Set(commonOrder(roots, this.#values));
    const visit = (e: Expr): void => {
      if (this.#values.has(e)) return;
      if (e.kind === "call") {
        commonArgs(e).forEach(visit);
        if (e.primitive === "rare") inOrder([e.args[1]!]).filter((x) => here.has(x)).forEach(visit);
      }
      this.#values.set(e, this.#value(e));
    };
    here.forEach(visit);
    return roots.map((e) => this.#values.get(e)!);
  }

  /** Gives an expression a name, however short it is. */
  name(e: Expr): void {
    const [value] = this.emit([e]);
    if (/^\w+$/.test(value!)) return;
    const name = this.#name();
    this.#code.push(letLine(name, value!));
    this.#values.set(e, name);
  }

  #value(e: Expr): string {
    if (e.kind === "input") return this.#shared.inputs[e.index]!;
    if (e.kind === "const") return this.#values.get(e)!;
    if (e.primitive === "rare") return this.#rare(e);
    const text = this.#spelled(e, this.#texts(e.args));
    if (this.#shared.uses.get(e) === 1 && text.length <= longest) return text;
    const name = this.#name();
    this.#code.push(letLine(name, text));
    return name;
  }

  #spelled(e: CallExpr, args: readonly string[]): string {
    const { call, held } = this.#shared;
    const text = spelled(args, {
      lane: laneOf(e.args.at(-1)!.dtype),
      expr: e,
      call,
    });
    return held.has(e) ? call("held", text) : text;
  }

  #rare(e: CallExpr): string {
    const [condition, slow, fast] = e.args as [Expr, Expr, Expr];
    if (this.#isUniform(condition)) {
      const [value] = this.emit([slow]);
      return callText("select", [this.#values.get(fast)!, value!, this.#values.get(condition)!]);
    }
    const name = this.#name();
    const inside: Code[] = [];
    const scope = new Scope(this.#shared, new Map(this.#values), inside);
    const [value] = scope.emit([slow]);
    inside.push(setLine(name, value!));
    this.#code.push(varLine(name, this.#values.get(fast)!));
    this.#code.push(block(`if (${this.#values.get(condition)})`, inside));
    return name;
  }

  /**
   * Whether all threads have the same value. A driver may compile a shader for the uniforms that decide
   * such a branch, the zero among them, which then holds nothing apart.
   */
  #isUniform(condition: Expr): boolean {
    const { inputs } = this.#shared;
    return inOrder([condition]).every((e) =>
      e.kind !== "input" || inputs[e.index]!.startsWith("params.")
    );
  }

  #texts(args: readonly Expr[]): string[] {
    return args.map((a) => this.#values.get(a)!);
  }

  #name(): string {
    return `v${this.#shared.names++}`;
  }
}

/** How often each expression is written. */
function countUses(order: readonly Expr[], roots: readonly Expr[]): Map<Expr, number> {
  const uses = new Map<Expr, number>(order.map((e) => [e, 0]));
  const use = (e: Expr): unknown => uses.set(e, uses.get(e)! + 1);
  for (const e of order) if (e.kind === "call") repeated(e).forEach(use);
  roots.forEach(use);
  return uses;
}

/** Operands, those twice that a spelling writes twice. */
function repeated(e: CallExpr): readonly Expr[] {
  const isRounding = /^(floor|ceil|trunc|nearest)$/.test(e.primitive);
  return isRounding ? [...e.args, ...e.args] : e.args;
}

/** What may be grouped with the terms of a sum: other sums, and products, which could be fused. */
const terms: ReadonlySet<Primitive> = new Set(["add", "sub", "mulAdd", "mul"]);

/** What may be grouped with the factors of a product. */
const factors: ReadonlySet<Primitive> = new Set(["mul", "div", "sqrt"]);

/** The results of floats that a compiler must not compute together with what they become. */
function heldAmong(order: readonly Expr[]): Set<Expr> {
  const held = new Set<Expr>();
  const hold = (e: Expr, among: ReadonlySet<Primitive>): void => {
    if (e.kind !== "call") return;
    if (among.has(e.primitive)) held.add(e);
    if (e.primitive === "select" || e.primitive === "rare") {
      hold(e.args[1]!, among);
      hold(e.args[2]!, among);
    }
  };
  for (const e of order) {
    if (e.kind !== "call" || e.dtype !== "float32") continue;
    for (const [arg, among] of groupsOf(e)) hold(arg, among);
  }
  return held;
}

/** The operands of a float's arithmetic, each with what it may be grouped with. */
function groupsOf({ primitive, args }: CallExpr): (readonly [Expr, ReadonlySet<Primitive>])[] {
  switch (primitive) {
    case "add":
    case "sub":
      return args.map((a) => [a, terms]);
    case "mulAdd":
      return [[args[0]!, factors], [args[1]!, factors], [args[2]!, terms]];
    case "mul":
    case "div":
      return args.map((a) => [a, factors]);
    default:
      return [];
  }
}
