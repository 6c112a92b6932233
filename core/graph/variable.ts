/**
 * @file The nodes of a graph: who made what, where. Knows nothing of tensors.
 *
 * Invariants:
 * - A {@linkcode Variable} is either a root (`owner` null) or output number `index` of the
 *   {@linkcode Apply} that owns it.
 * - An Apply and its outputs never change what they compute; its `inputs` are changed by a
 *   {@linkcode FunctionGraph} only, on nodes that the graph cloned for itself.
 * - Every variable has a number (`id`) in the order of making, so that graphs can be walked and
 *   printed deterministically.
 */

import { raise } from "../errors.ts";
import type { Op } from "./op.ts";

/** What a variable may hold. Types are compared with {@linkcode Type.equals}. */
export interface Type {
  /** Canonical text: equal types have equal keys. Enters the compile-cache key. */
  readonly key: string;
  /** Whether a variable of the other type may stand where one of this type is wanted. */
  equals(other: Type): boolean;
  /** Checks a value, converting it as the options allow. */
  filter(value: unknown, options?: FilterOptions): unknown;
  /** A new root variable of this type. */
  makeVariable(name?: string): Variable;
  /** A constant of this type. */
  makeConstant(value: unknown, name?: string): Variable;
  /**
   * The variable itself if it has this type, a converted one where that loses nothing, else
   * undefined.
   */
  convertVariable(variable: Variable): Variable | undefined;
  /** The text of Theano's `str(type)`. */
  toString(): string;
}

/** How strictly a value is checked, see theano's `filter`. */
export interface FilterOptions {
  /** No conversion at all. */
  readonly strict?: boolean;
  /** True: any cast; false: none that loses; null: floats into floatX only. */
  readonly allowDowncast?: boolean | null;
}

/** Free attributes of a variable or node; copied when it is cloned. */
export interface Tag {
  /** Where it was made: one line a stack frame, innermost first. */
  trace?: readonly string[];
  /** The value used while building, when `compute_test_value` asks for it. */
  testValue?: unknown;
  /** The device to compute on (`"cpu"`, a context name). */
  target?: string;
  /** For a derivative: by what; these count as used by it. */
  derivativeBy?: readonly Variable[];
  /** Rewrites that touched it, for error messages. */
  rewrittenBy?: string;
  /** Anything else. */
  [field: string]: unknown;
}

/** What kind of root a variable can be. */
export type VariableKind = "variable" | "constant" | "shared";

let made = 0;

/** A typed value of a graph. */
export class Variable {
  /** What it may hold. */
  readonly type: Type;
  /** The node that computes it, or null for a root. */
  owner: Apply | null = null;
  /** Which output of its owner it is. */
  index: number = 0;
  /** Its name, or undefined. */
  name: string | undefined;
  /** Free attributes. */
  readonly tag: Tag = {};
  /** Number in the order of making. */
  readonly id: number = made++;

  /**
   * Makes a variable; users call a type or an op instead.
   *
   * @param type What it may hold.
   * @param name Its name.
   */
  constructor(type: Type, name?: string) {
    if (name !== undefined && typeof name !== "string") {
      raise("TypeError", `name must be a string, not ${typeof name}`);
    }
    this.type = type;
    this.name = name;
  }

  /** Whether this is a plain variable, a constant or a shared variable. */
  get kind(): VariableKind {
    return "variable";
  }

  /** Theano's name for an unnamed variable. */
  get autoName(): string {
    return `auto_${this.id}`;
  }

  /** A root of the same type, name and tag. */
  clone(): Variable {
    const copy = this.type.makeVariable(this.name);
    Object.assign(copy.tag, this.tag);
    return copy;
  }

  /** The node that computes it, in an array that is empty for roots. */
  getParents(): Apply[] {
    return this.owner ? [this.owner] : [];
  }

  /** Its name, or what computes it, or its type. */
  toString(): string {
    if (this.name !== undefined) return this.name;
    if (!this.owner) return `<${this.type}>`;
    const { op, outputs } = this.owner;
    return outputs.length === 1 ? `${op.name}.0` : `${op.name}.${this.index}`;
  }
}

/** A root whose value is part of the graph. */
export interface Constant extends Variable {
  /** What kind of root it is. */
  readonly kind: "constant";
  /** Its value, as its type's filter gave it. */
  readonly data: unknown;
  /** Canonical text of type and value: equal constants have equal signatures. */
  signature(): string;
}

/** Whether a variable is a constant. */
export function isConstant(variable: Variable): variable is Constant {
  return variable.kind === "constant";
}

/**
 * The variable as one of a type: itself, or converted where that loses nothing.
 *
 * @param type The type wanted.
 * @param variable The variable.
 * @returns A variable of that type.
 * @throws {TypeError} If it cannot be converted.
 */
export function filterVariable(type: Type, variable: Variable): Variable {
  if (variable.type.equals(type)) return variable;
  const converted = type.convertVariable(variable);
  if (converted !== undefined && converted.type.equals(type)) return converted;
  return raise(
    "TypeError",
    `Cannot convert Type ${variable.type} (of Variable ${variable}) into Type ${type}. ` +
      `You can try to manually convert ${variable} into a ${type}.`,
  );
}

/** The application of an op to inputs. */
export class Apply {
  /** What is computed. */
  readonly op: Op;
  /** From what. */
  readonly inputs: Variable[];
  /** The results. */
  readonly outputs: readonly Variable[];
  /** Free attributes. */
  readonly tag: Tag = {};
  /** Number in the order of making. */
  readonly id: number = made++;
  /**
   * The {@linkcode FunctionGraph} that the node belongs to, and that alone may change its inputs.
   */
  graph: object | null = null;

  /**
   * Makes a node and becomes the owner of its outputs.
   *
   * @param op What is computed.
   * @param inputs From what.
   * @param outputs Fresh variables for the results.
   * @throws {ValueError} If an output belongs to another node.
   */
  constructor(op: Op, inputs: readonly Variable[], outputs: readonly Variable[]) {
    this.op = op;
    this.inputs = [...inputs];
    this.outputs = outputs;
    outputs.forEach((output, i) => {
      if (output.owner !== null && output.owner !== this) {
        raise("ValueError", "All output variables passed to Apply must belong to it.");
      }
      output.owner = this;
      output.index = i;
    });
  }

  /** Number of inputs. */
  get nin(): number {
    return this.inputs.length;
  }

  /** Number of outputs. */
  get nout(): number {
    return this.outputs.length;
  }

  /** The default output. */
  get out(): Variable {
    return this.defaultOutput();
  }

  /** The op's default output, or the only one. */
  defaultOutput(): Variable {
    const index = this.op.defaultOutput ?? (this.outputs.length === 1 ? 0 : undefined);
    if (index === undefined) {
      raise("AttributeError", `${this.op.name}.default_output should be an output index.`);
    }
    return this.outputs[index]!;
  }

  /** The same op on the same inputs, with fresh outputs. */
  clone(): Apply {
    return this.#rebuilt(this.inputs);
  }

  /**
   * The same op on other inputs.
   *
   * @param inputs As many as before.
   * @param strict Keep the output types, converting inputs to the old types; otherwise ask the op
   * for a new node where a type differs.
   * @returns A new node with the same tag.
   * @throws {TypeError} If `strict` and an input cannot be converted to the type it had.
   */
  cloneWithNewInputs(inputs: readonly Variable[], strict: boolean = true): Apply {
    if (strict) return this.#rebuilt(inputs.map((x, i) => filterVariable(this.inputs[i]!.type, x)));
    const same = inputs.every((x, i) => x.type.equals(this.inputs[i]!.type));
    if (same) return this.#rebuilt(inputs);
    const node = this.op.makeNode(...inputs);
    Object.assign(node.tag, this.tag);
    return node;
  }

  #rebuilt(inputs: readonly Variable[]): Apply {
    const outputs = this.outputs.map((o) => {
      const copy = o.type.makeVariable(o.name);
      Object.assign(copy.tag, o.tag);
      return copy;
    });
    const node = new Apply(this.op, inputs, outputs);
    Object.assign(node.tag, this.tag);
    return node;
  }

  /** `Op(inputs)`, the inputs by their short text. */
  toString(): string {
    return `${this.op.name}(${this.inputs.join(", ")})`;
  }
}
