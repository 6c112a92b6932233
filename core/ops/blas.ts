/**
 * @file Products with scale and sum in one, as the optimiser makes them. They stand in graphs after
 * differentiation only.
 */

import type { NDArray } from "../array/ndarray.ts";
import { shapeText } from "../array/shape.ts";
import { Complex, type DType, type Element, isComplex, isContinuous } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import type { AliasMap } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, mul } from "./arithmetic.ts";
import { arrayOf, elementsOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import {
  checkAligned,
  leftMatrix,
  type Matrix,
  matrixProduct,
  rightMatrix,
} from "./matrix_product.ts";
import { StructuralOp } from "./structural.ts";

const nothing: AliasMap = new Map();
const overwritesFirst: AliasMap = new Map([[0, 0]]);

/** The inputs, if they have one float or complex dtype and the stated numbers of axes. */
function checkInputs(
  name: string,
  inputs: readonly TensorVariable[],
  ndims: readonly number[],
): void {
  const [first] = inputs;
  const fits = inputs.length === ndims.length && isContinuous(first!.dtype) &&
    inputs.every((x, i) => x.ndim === ndims[i] && x.dtype === first!.dtype);
  if (!fits) {
    const given = inputs.map((x) => `${x} (${x.type})`).join(", ");
    fail(
      "TypeError",
      `apply ${name} to ${given}`,
      `it wants float or complex inputs of one dtype with ${ndims.join(", ")} axes`,
    );
  }
}

/** `a·product + b·z`, element by element, `z` read only where `b` is not zero. */
function blended(
  product: readonly Element[],
  a: NDArray,
  z: NDArray,
  b: NDArray | undefined,
): Element[] {
  const times = elementFunction(mul.record, z.dtype);
  const plus = elementFunction(add.record, z.dtype);
  const [scale] = elementsOf(a);
  const [keep] = b ? elementsOf(b) : [1];
  const isZero = keep instanceof Complex ? keep.re === 0 && keep.im === 0 : Number(keep) === 0;
  return elementsOf(z).map((element, k) => {
    const term = times(scale!, product[k]!);
    return isZero ? term : plus(times(keep!, element), term);
  });
}

function elementFunction(
  record: typeof add.record,
  dtype: DType,
): (x: Element, y: Element) => Element {
  const asComplex = (x: Element): Complex => x instanceof Complex ? x : new Complex(Number(x));
  return isComplex(dtype)
    ? (x, y) => record.complex!(asComplex(x), asComplex(y))
    : (x, y) => record.ref(Number(x), Number(y));
}

function checkResult(z: NDArray, rows: number, columns?: number): void {
  const wanted = columns === undefined ? [rows] : [rows, columns];
  if (z.shape.some((n, i) => n !== wanted[i])) {
    raise(
      "ValueError",
      `the accumulator has shape ${shapeText(z.shape)}, the product ${shapeText(wanted)}`,
    );
  }
}

/** Product of two matrices of one float or complex dtype. */
export class Dot22 extends StructuralOp {
  readonly kind = "dot";
  readonly name = "Dot22";

  makeNode(...inputs: TensorVariable[]): Apply {
    checkInputs(this.name, inputs, [2, 2]);
    return new Apply(this, inputs, [productType(inputs[0]!, inputs[1]!).makeVariable()]);
  }

  inferShape(_: Apply, [x, y]: readonly Shape[]): readonly Shape[] {
    return [[x![0]!, y![1]!]];
  }

  perform(_: Apply, [x, y]: readonly NDArray[]): NDArray[] {
    checkAligned(x!, y!);
    const elements = matrixProduct(leftMatrix(x!), rightMatrix(y!), x!.dtype);
    return [arrayOf(elements, [x!.shape[0]!, y!.shape[1]!], x!.dtype)];
  }
}

function productType(x: TensorVariable, y: TensorVariable): TensorType {
  return new TensorType(x.dtype, [x.broadcastable[0]!, y.broadcastable[1]!]);
}

/** `a · dot(x, y)`: a {@linkcode Dot22} with a third input, a scalar `a`. */
export class Dot22Scalar extends StructuralOp {
  readonly kind = "dot";
  readonly name = "Dot22Scalar";

  makeNode(...inputs: TensorVariable[]): Apply {
    checkInputs(this.name, inputs, [2, 2, 0]);
    return new Apply(this, inputs, [productType(inputs[0]!, inputs[1]!).makeVariable()]);
  }

  inferShape(_: Apply, [x, y]: readonly Shape[]): readonly Shape[] {
    return [[x![0]!, y![1]!]];
  }

  perform(_: Apply, [x, y, a]: readonly NDArray[]): NDArray[] {
    checkAligned(x!, y!);
    const elements = matrixProduct(leftMatrix(x!), rightMatrix(y!), x!.dtype);
    const times = elementFunction(mul.record, x!.dtype);
    const [scale] = elementsOf(a!);
    const scaled = elements.map((element) => times(scale!, element));
    return [arrayOf(scaled, [x!.shape[0]!, y!.shape[1]!], x!.dtype)];
  }
}

/** `b · z + a · dot(x, y)` of matrices `z`, `x`, `y` and scalars `a`, `b`. */
export class Gemm extends StructuralOp {
  readonly kind = "gemm";
  readonly destroyMap: AliasMap;

  /**
   * Makes the op; its inputs are `z, a, x, y, b`.
   *
   * @param inplace Whether the result overwrites `z`.
   */
  constructor(readonly inplace: boolean = false) {
    super();
    this.destroyMap = inplace ? overwritesFirst : nothing;
  }

  get name(): string {
    return `Gemm{${this.inplace ? "inplace" : "no_inplace"}}`;
  }

  makeNode(...inputs: TensorVariable[]): Apply {
    checkInputs(this.name, inputs, [2, 0, 2, 2, 0]);
    const [z, , x, y] = inputs as [TensorVariable, TensorVariable, TensorVariable, TensorVariable];
    const pattern = [
      z.broadcastable[0]! || x.broadcastable[0]!,
      z.broadcastable[1]! || y.broadcastable[1]!,
    ];
    return new Apply(this, inputs, [new TensorType(z.dtype, pattern).makeVariable()]);
  }

  inferShape(node: Apply, [z]: readonly Shape[]): readonly Shape[] {
    const { broadcastable } = node.outputs[0] as TensorVariable;
    return [z!.map((size, axis) => broadcastable[axis] ? 1 : size)];
  }

  perform(_: Apply, [z, a, x, y, b]: readonly NDArray[]): NDArray[] {
    checkAligned(x!, y!);
    checkResult(z!, x!.shape[0]!, y!.shape[1]!);
    const product = matrixProduct(leftMatrix(x!), rightMatrix(y!), z!.dtype);
    return [arrayOf(blended(product, a!, z!, b), z!.shape, z!.dtype)];
  }
}

/** `b · y + a · dot(A, x)` of a matrix `A`, vectors `y`, `x` and scalars `a`, `b`. */
export class Gemv extends StructuralOp {
  readonly kind = "gemv";
  readonly destroyMap: AliasMap;

  /**
   * Makes the op; its inputs are `y, a, A, x, b`.
   *
   * @param inplace Whether the result overwrites `y`.
   */
  constructor(readonly inplace: boolean = false) {
    super();
    this.destroyMap = inplace ? overwritesFirst : nothing;
  }

  get name(): string {
    return `Gemv{${this.inplace ? "inplace" : "no_inplace"}}`;
  }

  makeNode(...inputs: TensorVariable[]): Apply {
    checkInputs(this.name, inputs, [1, 0, 2, 1, 0]);
    return new Apply(this, inputs, [inputs[0]!.type.makeVariable()]);
  }

  inferShape(_: Apply, [y]: readonly Shape[]): readonly Shape[] {
    return [y!];
  }

  perform(_: Apply, [y, a, matrix, x, b]: readonly NDArray[]): NDArray[] {
    checkAligned(matrix!, x!);
    checkResult(y!, matrix!.shape[0]!);
    const product = matrixProduct(leftMatrix(matrix!), rightMatrix(x!), y!.dtype);
    return [arrayOf(blended(product, a!, y!, b), y!.shape, y!.dtype)];
  }
}

/** `A + a · outer(x, y)` of a matrix `A`, vectors `x`, `y` and a scalar `a`. */
export class Ger extends StructuralOp {
  readonly kind = "ger";
  readonly destroyMap: AliasMap;

  /**
   * Makes the op; its inputs are `A, a, x, y`.
   *
   * @param destructive Whether the result overwrites `A`.
   */
  constructor(readonly destructive: boolean = false) {
    super();
    this.destroyMap = destructive ? overwritesFirst : nothing;
  }

  get name(): string {
    return `Ger{${this.destructive ? "destructive" : "non-destructive"}}`;
  }

  makeNode(...inputs: TensorVariable[]): Apply {
    checkInputs(this.name, inputs, [2, 0, 1, 1]);
    return new Apply(this, inputs, [inputs[0]!.type.makeVariable()]);
  }

  inferShape(_: Apply, [matrix]: readonly Shape[]): readonly Shape[] {
    return [matrix!];
  }

  perform(_: Apply, [matrix, a, x, y]: readonly NDArray[]): NDArray[] {
    checkResult(matrix!, x!.size, y!.size);
    const product = matrixProduct(column(x!), leftMatrix(y!), matrix!.dtype);
    return [arrayOf(blended(product, a!, matrix!, undefined), matrix!.shape, matrix!.dtype)];
  }
}

function column(x: NDArray): Matrix {
  return { rows: x.size, columns: 1, elements: elementsOf(x) };
}
