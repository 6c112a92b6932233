/**
 * @file What the tests of indexing share: variables with values, and nested lists as the oracle.
 */

import { assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { Slice } from "../../core/array/slice.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import type { Variable } from "../../core/graph/variable.ts";
import type { ShapeItem, TensorOp } from "../../core/ops/kind.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";

/** A nested list of numbers. */
export type Nest = number | Nest[];

/** Numbers 0, 1, 2, … in a shape, as nested lists. */
export function counting(shape: readonly number[], first: number = 0): Nest {
  const [length, ...rest] = shape;
  if (length === undefined) return first;
  const size = rest.reduce((a, b) => a * b, 1);
  return Array.from({ length }, (_, i) => counting(rest, first + i * size));
}

/** Variables with values, collected while a test builds its graph. */
export class Bench {
  readonly values: Map<Variable, NDArray> = new Map();

  /** A variable that holds a value. */
  input(value: Nest, dtype: DType = "float64", pattern: readonly boolean[] = []): TensorVariable {
    const data = array(value, { dtype });
    const variable = new TensorType(dtype, data.shape.map((_, axis) => pattern[axis] ?? false))
      .makeVariable();
    this.values.set(variable, data);
    return variable;
  }

  /** The value of a variable. */
  run(output: Variable): NDArray {
    return evaluate([output], this.values)[0]!;
  }

  /** The value of a variable, in nested lists. */
  lists(output: Variable): Nest {
    return this.run(output).toArray<Nest>();
  }

  /** The inferred shape of an output of a node, from the shapes of the values of its inputs. */
  shape(output: TensorVariable): number[] | null {
    const node = output.owner!;
    const shapes = node.inputs.map((input) => this.run(input).shape);
    const shape = (node.op as TensorOp).inferShape(node, shapes)[output.index];
    return shape ? shape.map((item) => this.size(item)) : null;
  }

  /** A shape item as a number. */
  size(item: ShapeItem): number {
    return typeof item === "number" ? item : Number(this.run(item).item());
  }
}

/** Python's slice of a list, by way of JavaScript's `slice` and a mirror for negative steps. */
export function sliced<T>(list: readonly T[], { start, stop, step }: Slice<number>): T[] {
  if (step !== null && step < 0) {
    const mirror = (end: number | null): number | undefined => end === null ? undefined : -1 - end;
    return everyNth([...list].reverse().slice(mirror(start), mirror(stop)), -step);
  }
  return everyNth(list.slice(start ?? undefined, stop ?? undefined), step ?? 1);
}

function everyNth<T>(list: readonly T[], n: number): T[] {
  return list.filter((_, i) => i % n === 0);
}

/** The error that a function throws. */
export function errorOf(run: () => unknown): Error {
  return assertThrows(run) as Error;
}

/** Name and text of the error that a function throws. */
export function messageOf(run: () => unknown): string {
  const { name, message } = errorOf(run);
  return `${name}: ${message}`;
}
