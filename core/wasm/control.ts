/**
 * @file The nodes that order other nodes: sequences, branches, loops and calls.
 *
 * Labels are structural: a block or a loop hands its label to the function that makes its body,
 * so a branch cannot name a place that does not enclose it without the encoder noticing.
 */

import { internal } from "../errors.ts";
import type { ValueType } from "./opcode.ts";
import {
  asNode,
  type Callee,
  type Code,
  type Global,
  type Label,
  type Node,
  type NodeType,
  type Operand,
  type Signature,
} from "./node.ts";

const stage = "a kernel generator";

/**
 * Statements in order. All but the last must leave nothing; what the last leaves, the sequence
 * leaves.
 *
 * @param code The statements.
 * @returns The node.
 * @throws {InternalError} If a value would be left under another statement.
 */
export function sequence(...code: readonly Code[]): Node {
  const body: Node[] = [];
  flatten(code, body);
  if (body.length === 1) return body[0]!;
  for (let i = 0; i < body.length - 1; i++) {
    const { type, kind } = body[i]!;
    if (type !== "none" && type !== "never") {
      internal(`build a sequence`, `its ${kind} in the middle leaves ${type}: drop it`, stage);
    }
  }
  return { kind: "sequence", type: body.at(-1)?.type ?? "none", body };
}

function flatten(code: Code, into: Node[]): void {
  if (!isList(code)) into.push(code);
  else for (const part of code) flatten(part, into);
}

function isList(code: Code): code is readonly Code[] {
  return Array.isArray(code);
}

/**
 * `if (condition) then else otherwise`; an expression if both branches leave the same type.
 *
 * @param condition An i32.
 * @param then What is done if it is not zero.
 * @param otherwise What is done if it is zero; nothing if left out.
 * @returns The node.
 */
export function ifElse(condition: Operand, then: Code, otherwise?: Code): Node {
  const yes = sequence(then);
  const no = otherwise === undefined ? null : sequence(otherwise);
  const type = joined(yes.type, no === null ? "none" : no.type);
  return { kind: "if", type, condition: asNode(condition, "i32", "if"), then: yes, otherwise: no };
}

function joined(a: NodeType, b: NodeType): NodeType {
  if (a === "never") return b;
  if (b === "never" || a === b) return a;
  return internal("build an if", `its branches leave ${a} and ${b}`, stage);
}

/**
 * A block: a branch to its label goes behind it.
 *
 * @param body Makes the body, given the label.
 * @returns The node.
 */
export function block(body: (done: Label) => Code): Node {
  return labelled("block", body);
}

/**
 * A loop: a branch to its label goes back to its start; without one it ends after one turn.
 *
 * @param body Makes the body, given the label.
 * @returns The node.
 */
export function loop(body: (again: Label) => Code): Node {
  return labelled("loop", body);
}

function labelled(kind: "block" | "loop", body: (label: Label) => Code): Node {
  const label: Label = { target: kind };
  const inside = sequence(body(label));
  const type = kind === "block" && inside.type === "never" ? "none" : inside.type;
  if (kind === "block" && type !== "none") {
    internal("build a block", `it leaves ${type}: set a local instead`, stage);
  }
  return { kind, type, label, body: inside };
}

/**
 * Goes to a label.
 *
 * @param label A label of a block or loop around this node.
 * @param condition An i32: goes only if it is not zero.
 * @returns The node.
 */
export function br(label: Label, condition?: Operand): Node {
  if (condition === undefined) return { kind: "br", type: "never", label, condition: null };
  return { kind: "br", type: "none", label, condition: asNode(condition, "i32", "br_if") };
}

/**
 * Goes to one of several labels.
 *
 * @param index An i32: which one; the last for every index past the end.
 * @param labels Labels of blocks or loops around this node.
 * @returns The node.
 */
export function brTable(index: Operand, labels: readonly Label[]): Node {
  if (labels.length === 0) internal("build br_table", "it has no label", stage);
  return { kind: "switch", type: "never", labels, index: asNode(index, "i32", "br_table") };
}

/**
 * Leaves the function.
 *
 * @param values Its results.
 * @returns The node.
 */
export function ret(...values: readonly Node[]): Node {
  return { kind: "return", type: "never", values };
}

/** Traps. */
export function unreachable(): Node {
  return { kind: "unreachable", type: "never" };
}

/** Computes a value and forgets it. */
export function drop(value: Node): Node {
  if (value.type === "none" || value.type === "never") {
    internal(`drop a ${value.kind}`, "it leaves nothing", stage);
  }
  return { kind: "drop", type: "none", value };
}

/**
 * One of two values. Both are computed, and the condition after them.
 *
 * @param condition An i32.
 * @param yes The value if it is not zero; it says the type.
 * @param no The value if it is zero.
 * @returns The node.
 */
export function select(condition: Operand, yes: Node, no: Operand): Node {
  const type = valueType(yes, "select");
  const operands = [yes, asNode(no, type, "select"), asNode(condition, "i32", "select")] as const;
  return { kind: "select", type, operands };
}

function valueType(node: Node, where: string): ValueType {
  const { type } = node;
  return type === "none" || type === "never"
    ? internal(`give a ${node.kind} to ${where}`, "it leaves nothing", stage)
    : type;
}

/**
 * Calls a function.
 *
 * @param callee A function of this module, or an imported one.
 * @param operands Its arguments.
 * @returns The node; it leaves the function's result, if there is one.
 */
export function call(callee: Callee, ...operands: readonly Operand[]): Node {
  const nodes = matched(callee, operands, callee.name);
  return { kind: "call", type: resultType(callee), callee, operands: nodes };
}

/**
 * Calls a function of the module's table.
 *
 * @param signature Its parameters and results; another there traps.
 * @param index An i32: which one.
 * @param operands Its arguments.
 * @returns The node.
 */
export function callIndirect(
  signature: Signature,
  index: Operand,
  ...operands: readonly Operand[]
): Node {
  const nodes = matched(signature, operands, "call_indirect");
  const place = asNode(index, "i32", "call_indirect");
  const type = resultType(signature);
  return { kind: "callIndirect", type, signature, index: place, operands: nodes };
}

function matched(signature: Signature, operands: readonly Operand[], name: string): Node[] {
  const { params } = signature;
  if (operands.length !== params.length) {
    internal(`call ${name}`, `it takes ${params.length} values, not ${operands.length}`, stage);
  }
  return operands.map((operand, i) => asNode(operand, params[i]!, name));
}

function resultType({ results }: Signature): NodeType {
  if (results.length > 1) internal("build a call", "it leaves more than one value", stage);
  return results[0] ?? "none";
}

/** The value of a global. */
export function globalGet(global: Global): Node {
  return { kind: "globalGet", type: global.type, global };
}

/** Stores a value in a global. */
export function globalSet(global: Global, value: Operand): Node {
  if (!global.mutable) internal(`set ${global.name}`, "it is not mutable", stage);
  const node = asNode(value, global.type, global.name);
  return { kind: "globalSet", type: "none", global, value: node };
}
