/**
 * @file The class that users extend to write an op of their own.
 *
 * Theano's names, camelCase: `itypes`/`otypes` or `makeNode`, `perform`, `grad` or `lop`, `rOp`,
 * `inferShape`, `props`. A user's op runs on the host, between kernels, and what it returns is checked
 * against the types of its outputs; where it has code of its own (`wasm`, `wgsl`) and tells its
 * shapes, it runs as a kernel among kernels. Its key means nothing in another process, so that a
 * function with it is stored only where its code says what it computes.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { Apply, type Type, Variable } from "../graph/variable.ts";
import { numberOf } from "../tensor/identity.ts";
import { asTensorVariable, type TypedConstructor } from "../tensor/constructors.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { stableText, type WasmCode, type WgslCode } from "./custom_code.ts";
import type { Shape, TensorOp } from "./kind.ts";

/** A type, or the constructor that is called after it: `T.dvector`. */
export type TypeLike = Type | TypedConstructor;

/** What a user's op may have besides its value: all of it optional. */
export interface CustomOp extends TensorOp {
  /** The type of each input, for an op that does not make its nodes itself. */
  readonly itypes?: readonly TypeLike[];
  /** The type of each output. */
  readonly otypes?: readonly TypeLike[];
  /**
   * The fields that say what the op does: ops of a class whose fields are equal are equal. Without it
   * an op equals itself only. Theano: `__props__`.
   */
  readonly props?: readonly string[];
  /**
   * The gradient of the cost by each input, from those by each output.
   *
   * @param inputs The inputs of the node.
   * @param outputGrads The gradients, of `DisconnectedType` where the cost does not depend on one.
   */
  grad?(inputs: TensorVariable[], outputGrads: TensorVariable[]): Variable[];
  /** As `grad`, but given the outputs, too. Theano: `L_op`. */
  lop?(
    inputs: TensorVariable[],
    outputs: TensorVariable[],
    outputGrads: TensorVariable[],
  ): Variable[];
  /** How each output changes when the inputs move along `evalPoints`. Theano: `R_op`. */
  rOp?(inputs: TensorVariable[], evalPoints: TensorVariable[]): (Variable | null)[];
  /**
   * The same as `perform` in WebAssembly, which then runs in its place where `inferShape` tells the
   * shapes of the outputs.
   *
   * @param node The node: code may depend on the dtypes and numbers of axes of its inputs.
   * @returns The code; nothing for a node that has none.
   */
  wasm?(node: Apply): WasmCode | undefined;
  /**
   * The same as `perform` as a shader, for devices.
   *
   * @param node The node.
   * @returns The code; nothing for a node that has none.
   */
  wgsl?(node: Apply): WgslCode | undefined;
  /** Whether a node of constants may be computed while compiling; by default it may. */
  doConstantFolding?(node: Apply): boolean;
}

/**
 * An op of a user's own. Theano: `theano.Op`.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * class DoubleOp extends theano.Op {
 *   override readonly itypes = [T.dvector];
 *   override readonly otypes = [T.dvector];
 *   override readonly props = [];
 *   perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
 *     const doubled = Float64Array.from(x!.data as Float64Array, (v) => v * 2);
 *     return [theano.NDArray.of(doubled, x!.shape, "float64")];
 *   }
 * }
 * const x = T.dvector("x");
 * const f = theano.function([x], new DoubleOp().call(x));
 * assert.deepEqual(f([1, 2]).toArray(), [2, 4]);
 * ```
 */
export abstract class CustomOp {
  /** A user's. */
  readonly kind = "custom";
  #key: string | undefined;

  /** What the op computes; must not change the inputs. */
  abstract perform(node: Apply, inputs: readonly NDArray[]): NDArray[];

  /** The name of the class, with the fields of `props`: `Name{a=1, b='x'}`. */
  get name(): string {
    const fields = this.#props()?.map(([field, value]) => `${field}=${pythonText(value)}`) ?? [];
    const { name } = this.constructor;
    return fields.length === 0 ? name : `${name}{${fields.join(", ")}}`;
  }

  /** Equal for ops of one class with equal `props`; else for the op itself only. */
  get key(): string {
    if (this.#key !== undefined) return this.#key;
    const props = this.#props();
    const own = props === undefined
      ? `op ${numberOf(this)}`
      : `class ${numberOf(this.constructor)}${
        props.map(([f, v]) => ` ${f}=${valueKey(v)}`).join()
      }`;
    return this.#key = `unique:${own}`;
  }

  /** What the code of a node says that it computes; nothing for a node without WebAssembly code. */
  stableKey(node: Apply): string | undefined {
    const [wasm, wgsl] = [this.wasm?.(node), this.wgsl?.(node)];
    return wasm && stableText(this, node, { wasm, ...(wgsl && { wgsl }) });
  }

  /**
   * A node with inputs of exactly the types that `itypes` says.
   *
   * @param inputs Its inputs.
   * @throws {ValueError} If there are not as many as types.
   * @throws {TypeError} If one has another type.
   */
  makeNode(...inputs: Variable[]): Apply {
    const { itypes, otypes } = this;
    if (itypes === undefined || otypes === undefined) {
      return raise(
        "NotImplementedError",
        "You can either define itypes and otypes, or implement make_node",
      );
    }
    const wanted = itypes.map(typeMeant);
    if (inputs.length !== wanted.length) {
      raise("ValueError", `We expected ${wanted.length} inputs but got ${inputs.length}.`);
    }
    if (inputs.some((x, i) => !x.type.equals(wanted[i]!))) {
      raise(
        "TypeError",
        `We expected inputs of types '[${wanted.map(String).join(", ")}]' but got types ` +
          `'[${inputs.map((x) => String(x.type)).join(", ")}]'`,
      );
    }
    return new Apply(this, inputs, otypes.map((type) => typeMeant(type).makeVariable()));
  }

  /**
   * Applies the op: Theano's `op(x, y)`.
   *
   * @param inputs Variables, or values, which become constants.
   * @returns The output.
   */
  call(...inputs: readonly unknown[]): TensorVariable;
  /** Applies an op of several outputs, none of them the default: returns all in an array. */
  call<Outputs extends TensorVariable[]>(...inputs: readonly unknown[]): Outputs;
  call(...inputs: readonly unknown[]): unknown {
    const given = inputs.map((x, i) =>
      x instanceof Variable ? x : this.inputType(i)?.makeConstant(x) ?? asTensorVariable(x)
    );
    const node = applyOp(this, given);
    const isSeveral = node.outputs.length !== 1 && this.defaultOutput === undefined;
    return isSeveral ? [...node.outputs] : node.out;
  }

  /** The type of an input, if the op says so: what is no variable becomes a constant of it. */
  protected inputType(index: number): Type | undefined {
    const type = this.itypes?.[index];
    return type && typeMeant(type);
  }

  /** Shapes that only running tells. */
  inferShape(node: Apply, _shapes: readonly Shape[]): readonly (Shape | null)[] {
    return node.outputs.map(() => null);
  }

  /** The fields that count, with their values. */
  #props(): (readonly [field: string, value: unknown])[] | undefined {
    const { props } = this;
    if (props === undefined) return undefined;
    if (!Array.isArray(props) || props.some((field) => typeof field !== "string")) {
      raise("TypeError", `props must be an array of field names, not ${String(props)}`);
    }
    return (props as readonly string[]).map((field) => {
      if (!(field in this)) {
        raise("AttributeError", `'${this.constructor.name}' object has no attribute '${field}'`);
      }
      return [field, (this as unknown as Readonly<Record<string, unknown>>)[field]] as const;
    });
  }
}

/** The type that is meant. */
export function typeMeant(type: TypeLike): Type {
  return "type" in type ? type.type : type;
}

/**
 * What an op computes; for a user's op, checked against the types of the outputs.
 *
 * @param op The op of the node.
 * @param node The node.
 * @param inputs The value of each input.
 * @throws {ValueError} If there are not as many values as outputs.
 * @throws {TypeError} If a value does not fit its output.
 */
export function performed(op: TensorOp, node: Apply, inputs: readonly NDArray[]): NDArray[] {
  const values: readonly unknown[] = op.perform(node, inputs);
  if (op.kind !== "custom") return values as NDArray[];
  const { outputs } = node;
  if (!Array.isArray(values) || values.length !== outputs.length) {
    const given = Array.isArray(values) ? `${values.length} values` : `${typeof values}, no array`;
    raise("ValueError", `${op.name}.perform returned ${given}, for ${outputs.length} output(s)`);
  }
  return outputs.map((output, k) => output.type.filter(values[k]) as NDArray);
}

/** A value as text, such that different values have different texts. */
function valueKey(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueKey).join()}]`;
  if (typeof value === "object" && value !== null) {
    const hasKey = "key" in value && typeof value.key === "string";
    return hasKey ? `${value.constructor.name} ${value.key}` : `object ${numberOf(value)}`;
  }
  if (typeof value === "function") return `function ${numberOf(value)}`;
  if (Object.is(value, -0)) return "number -0";
  return `${typeof value} ${JSON.stringify(String(value))}`;
}

/** A value as Python writes it. */
function pythonText(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === undefined || value === null) return "None";
  if (typeof value === "function") return value.name;
  return Array.isArray(value) ? `(${value.map(pythonText).join(", ")})` : String(value);
}
