/**
 * @file A function under construction: its parameters, its locals and its body.
 */

import { internal } from "../errors.ts";
import { add, ltU } from "./arith.ts";
import { br, ifElse, loop, sequence } from "./control.ts";
import { asNode, type Callee, type Code, Local, type Node, type Operand } from "./node.ts";
import type { ValueType } from "./opcode.ts";

const stage = "a kernel generator";

/**
 * A function of a module. Parameters come first, then locals; the body last.
 *
 * The engine does not move constants out of loops, so {@linkcode Func.constant} gives a local
 * that is set once, when the function is entered.
 */
export class Func implements Callee {
  readonly #locals: Local[] = [];
  readonly #params: ValueType[] = [];
  readonly #entry: Node[] = [];
  readonly #constants: Map<string, Node> = new Map<string, Node>();
  #body: Node | undefined;

  /**
   * Starts a function.
   *
   * @param name Its name, for the name section.
   * @param results The types of its results.
   */
  constructor(readonly name: string, readonly results: readonly ValueType[] = []) {}

  /** The types of its parameters. */
  get params(): readonly ValueType[] {
    return this.#params;
  }

  /** Its parameters, then its other locals. */
  get locals(): readonly Local[] {
    return this.#locals;
  }

  /**
   * Adds a parameter.
   *
   * @param type Its type.
   * @param name Its name, for the name section.
   * @returns The parameter.
   * @throws {InternalError} If a local was made before it.
   */
  param(type: ValueType, name: string = ""): Local {
    if (this.#locals.length > this.#params.length) {
      internal(`add parameter ${name} to ${this.name}`, "it has locals already", stage);
    }
    this.#params.push(type);
    return this.local(type, name);
  }

  /**
   * Adds a local; it is zero on entry.
   *
   * @param type Its type.
   * @param name Its name, for the name section.
   * @returns The local.
   */
  local(type: ValueType, name: string = ""): Local {
    const local = new Local(this.#locals.length, type, name);
    this.#locals.push(local);
    return local;
  }

  /**
   * Stores a value in a new local.
   *
   * @param code The list the store is put on.
   * @param value The value.
   * @param name The local's name.
   * @returns The stored value.
   */
  let(code: Node[], value: Node, name: string = ""): Node {
    if (value.type === "none" || value.type === "never") {
      internal(`keep ${name} of ${this.name}`, `a ${value.kind} leaves nothing`, stage);
    }
    const local = this.local(value.type, name);
    code.push(local.set(value));
    return local.get;
  }

  /**
   * Computes a value once, when the function is entered. The same tree gives the same local.
   *
   * @param node The value, of constants and parameters alone.
   * @returns The value.
   */
  constant(node: Node): Node {
    const key = this.#key(node);
    let known = this.#constants.get(key);
    if (known === undefined) {
      known = this.let(this.#entry, node);
      this.#constants.set(key, known);
    }
    return known;
  }

  #key(node: Node): string {
    if (node.kind === "const") return `${node.type} ${constantKey(node.value)}`;
    if (node.kind === "get" && node.local.index < this.#params.length) {
      return `$${node.local.index}`;
    }
    if (node.kind === "op") {
      const operands = node.operands.map((operand) => this.#key(operand));
      return `(${node.name} ${node.offset} ${node.lanes} ${operands.join(" ")})`;
    }
    return internal(`hoist a ${node.kind}`, "it is not of constants and parameters alone", stage);
  }

  /**
   * `for (i = start; i < end; i += step) body`, unsigned, the test at the bottom. `end` and
   * `step` are computed once; a local given for one of them must keep its value. `end + step`
   * must not pass 2³² (2⁶⁴ for an i64 counter).
   *
   * @param i The counter.
   * @param start Its first value.
   * @param end The value it stays below.
   * @param step What is added at each turn.
   * @param body What is done at each turn.
   * @returns The loop, a statement.
   */
  for(i: Local, start: Operand, end: Operand, step: Operand, body: Code): Node {
    const before: Node[] = [];
    const [last, by] = [this.#steady(before, end, i), this.#steady(before, step, i)];
    return sequence(
      before,
      i.set(start),
      ifElse(ltU(i, last), loop((again) => [body, br(again, ltU(i.tee(add(i, by)), last))])),
    );
  }

  #steady(code: Node[], value: Operand, i: Local): Node {
    const node = asNode(value, i.type, `a loop over ${i.name}`);
    if (node.kind === "const") return node;
    return node.kind === "get" && node.local !== i ? node : this.let(code, node);
  }

  /**
   * Gives the function its body, once.
   *
   * @param code Its statements; what the last leaves is the function's result.
   * @returns The function.
   */
  body(...code: readonly Code[]): this {
    if (this.#body !== undefined) internal(`give ${this.name} a body`, "it has one", stage);
    const node = sequence(...code);
    const left = node.type === "none" ? [] : [node.type];
    if (node.type !== "never" && left.join() !== this.results.join()) {
      const [has, wants] = [left.join() || "nothing", this.results.join(" ") || "nothing"];
      internal(`give ${this.name} a body`, `it leaves ${has}, not ${wants}`, stage);
    }
    this.#body = node;
    return this;
  }

  /** Everything the function does: what is computed on entry, then its body. */
  get code(): Node {
    if (this.#body === undefined) internal(`encode ${this.name}`, "it has no body", stage);
    return sequence(this.#entry, this.#body);
  }
}

function constantKey(value: Extract<Node, { kind: "const" }>["value"]): string {
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : `${value}`;
  return `${value.shape} ${value.lanes.map((x) => constantKey(x)).join(" ")}`;
}
