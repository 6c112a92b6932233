/**
 * @file What all loop kernels share: parameters of strided operands, pointers, and outer loops.
 *
 * A kernel function is specialised in rank, dtypes and in how each operand moves along each axis
 * (not at all, by one element, or by a stride that is a parameter); sizes, pointers and strides are
 * parameters. So equal code serves many nodes, and {@linkcode KernelCode.key} says when.
 */

import { type DType, dtypes } from "../dtype/dtype.ts";
import { type Step, stepOf } from "../kernel/index_map.ts";
import type { Operand as Walk } from "../kernel/kernel.ts";
import type { Size } from "../kernel/size.ts";
import { type Expr, inOrder } from "../scalar/expr.ts";
import type { Module } from "./encode.ts";
import { add, type Callee, type Code, type Func, i32, type Local, type Node, shl } from "./tree.ts";

/** What a call of a kernel function passes for one parameter. */
export type Argument =
  | { readonly kind: "pointer"; readonly walk: Walk }
  | { readonly kind: "count"; readonly size: Size }
  | { readonly kind: "bytes"; readonly size: Size; readonly scale: number }
  | { readonly kind: "wide"; readonly size: Size }
  | { readonly kind: "number"; readonly walk: Walk | number };

/** A kernel's function and what it is called with. */
export interface KernelCode {
  /** Equal keys have equal functions. */
  readonly key: string;
  /** Adds the function to a module. */
  readonly make: (module: Module) => Callee;
  /** One for each parameter. */
  readonly args: readonly Argument[];
}

/** How an operand moves along each axis. */
export function stepsOf(walk: Walk): Step[] {
  return walk.strides.map(stepOf);
}

/** The text of an operand that its code depends on. */
export function walkKey(walk: Walk): string {
  return `${walk.dtype}:${stepsOf(walk).map((s) => s[0]).join("")}`;
}

/** The text of expressions, each node once. */
export function exprsKey(roots: readonly Expr[]): string {
  const order = inOrder(roots);
  const place = new Map(order.map((e, i) => [e, i]));
  const text = order.map((e) => {
    if (e.kind === "input") return `x${e.index}:${e.dtype}`;
    if (e.kind === "const") return `${Object.is(e.value, -0) ? "-0" : e.value}:${e.dtype}`;
    return `${e.primitive}:${e.dtype}(${e.args.map((a) => place.get(a))})`;
  });
  return `${text.join(";")}>${roots.map((e) => place.get(e))}`;
}

/** The numbers of the inputs that some expressions read. */
export function inputsOf(exprs: readonly Expr[]): ReadonlySet<number> {
  return new Set(inOrder(exprs).flatMap((e) => e.kind === "input" ? [e.index] : []));
}

/** The parameters of one operand: a pointer, and a stride for each axis that needs one. */
export interface Pointer {
  readonly dtype: DType;
  readonly start: Local;
  /** Bytes along each axis; a number where it is known. */
  readonly strides: readonly (Local | number)[];
  readonly steps: readonly Step[];
}

/** Adds the parameters of an operand to a function. */
export function pointerParams(func: Func, walk: Walk, name: string): Pointer {
  const { bytes } = dtypes[walk.dtype];
  const steps = stepsOf(walk);
  const start = func.param("i32", name);
  const strides = steps.map((step, axis) =>
    step === "zero" ? 0 : step === "unit" ? bytes : func.param("i32", `${name}_s${axis}`)
  );
  return { dtype: walk.dtype, start, strides, steps };
}

/** What is passed for {@linkcode pointerParams}. */
export function pointerArgs(walk: Walk): Argument[] {
  const { bytes } = dtypes[walk.dtype];
  const strides = walk.strides.filter((s) => stepOf(s) === "any");
  return [
    { kind: "pointer", walk },
    ...strides.map((size): Argument => ({ kind: "bytes", size, scale: bytes })),
  ];
}

/** `log2` of a power of two. */
export function log2(bytes: number): number {
  return 31 - Math.clz32(bytes);
}

/** The address of element `index` along an axis that moves by one element. */
export function elementAt(base: Node, index: Node, dtype: DType): Node {
  return add(base, shl(index, i32(log2(dtypes[dtype].bytes))));
}

/**
 * Outer loops: `for i₀ < n₀ … for iₖ < nₖ body`, each operand's pointer moved along.
 *
 * @param func The function.
 * @param dims The loops' lengths.
 * @param first The axis of the first loop, in the operands' steps.
 * @param pointers The operands.
 * @param at Where each operand is before the loops.
 * @param body Makes the innermost code from where each operand is, and the loop counters.
 * @returns The loops.
 */
export function outerLoops(
  func: Func,
  dims: readonly Local[],
  first: number,
  pointers: readonly Pointer[],
  at: readonly Node[],
  body: (at: readonly Node[], counters: readonly Local[]) => Code,
): Code {
  const open = (depth: number, here: readonly Node[], counters: readonly Local[]): Code => {
    if (depth === dims.length) return body(here, counters);
    const axis = first + depth;
    const i = func.local("i32", `i${axis}`);
    const moving = pointers.map((p, k) =>
      p.steps[axis] === "zero" ? undefined : cursor(func, k, axis)
    );
    const inside = here.map((node, k) => moving[k]?.get ?? node);
    const moves = moving.flatMap((c, k) => c ? [c.set(add(c, pointers[k]!.strides[axis]!))] : []);
    return [
      moving.flatMap((c, k) => c ? [c.set(here[k]!)] : []),
      func.for(i, 0, dims[depth]!, 1, [open(depth + 1, inside, [...counters, i]), moves]),
    ];
  };
  return open(0, at, []);
}

function cursor(func: Func, operand: number, axis: number): Local {
  return func.local("i32", `p${operand}_${axis}`);
}
