/**
 * @file Products: matrix products go to the shared kernels, everything with a vector is a
 * reduction.
 */

import { type DType, isComplex } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { Dot22Scalar, type Gemm, Gemv } from "../ops/blas.ts";
import { lane } from "../ops/scalar_op.ts";
import { Builder } from "../scalar/expr.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { collapse, operand } from "./index_map.ts";
import type { Operand } from "./kernel.ts";
import { converted } from "./converted.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";
import { isOne, isZero, type Size } from "./size.ts";

/** `c = alpha · a·b + beta · z`, with `z` null where there is none. */
interface Product {
  /** (…, m, k). */
  readonly a: View;
  /** (…, k, n). */
  readonly b: View;
  /** (…, m, n). */
  readonly c: View;
  readonly z: View | null;
  readonly alpha: Scale;
  readonly beta: Scale;
}

/** A factor: a number known while compiling, or a 0-d view. */
type Scale = number | View;

/** The dtype a product accumulates in. */
function accumulator(dtype: DType): DType {
  return dtype === "float16" ? "float32" : dtype;
}

function scaleOf(l: Lowering, x: TensorVariable): Scale {
  return x instanceof TensorConstant ? Number(x.data.item()) : l.view(x);
}

/** `dot` of vectors and matrices, `Dot22`, `Dot22Scalar`. */
export function lowerDot(l: Lowering, node: Apply): void {
  const [x, y, scale] = node.inputs as TensorVariable[];
  const [output] = node.outputs as [TensorVariable];
  if (isComplex(output.dtype)) return lowerOnHost(l, node);
  const left = asMatrix(l, l.view(x!), "left");
  const right = asMatrix(l, l.view(y!), "right");
  const [m, k] = left.shape as [Size, Size];
  const [inner, n] = right.shape as [Size, Size];
  const c = l.allocate(output.dtype, [m, n]);
  checkAligned(l, k, inner, left, right);
  const alpha = node.op instanceof Dot22Scalar ? scaleOf(l, scale!) : 1;
  emitProduct(l, {
    a: converted(l, left, output.dtype),
    b: converted(l, right, output.dtype),
    c,
    z: null,
    alpha,
    beta: 0,
  });
  const axes = [x!.ndim === 2, y!.ndim === 2];
  l.set(output, {
    ...c,
    shape: c.shape.filter((_, axis) => axes[axis]),
    strides: c.strides.filter((_, axis) => axes[axis]),
  });
}

/** `Gemm`, `Gemv`: products with a sum, in place where the op says so. */
export function lowerGemm(l: Lowering, node: Apply): void {
  const [z, a, x, y, b] = node.inputs as [
    TensorVariable,
    TensorVariable,
    TensorVariable,
    TensorVariable,
    TensorVariable,
  ];
  const [output] = node.outputs as [TensorVariable];
  if (isComplex(output.dtype)) return lowerOnHost(l, node);
  const isVector = node.op instanceof Gemv;
  const inplace = (node.op as Gemm | Gemv).inplace;
  if (inplace) l.flush();
  const old = l.view(z);
  const left = l.view(x);
  const right = asMatrix(l, l.view(y), "right");
  checkAligned(l, left.shape[1]!, right.shape[0]!, left, right);
  const whole = isVector ? columnOf(l, old) : old;
  const wanted = [left.shape[0]!, right.shape[1]!];
  whole.shape.forEach((n, axis) => {
    const text = `the accumulator has length {0} on axis ${axis}, the product {1}`;
    l.checkEqual(n, wanted[axis]!, "ValueError", text, [n, wanted[axis]!]);
  });
  const kept = inplace ? l.overwritable(z) : undefined;
  const c = kept ? (isVector ? columnOf(l, kept) : kept) : l.allocate(output.dtype, wanted);
  emitProduct(l, { a: left, b: right, c, z: whole, alpha: scaleOf(l, a), beta: scaleOf(l, b) });
  l.set(output, isVector ? { ...c, shape: [c.shape[0]!], strides: [c.strides[0]!] } : c);
}

/** `A + a · outer(x, y)`. */
export function lowerGer(l: Lowering, node: Apply): void {
  const [matrix, a, x, y] = node.inputs as TensorVariable[];
  const [output] = node.outputs as [TensorVariable];
  if (isComplex(output.dtype)) return lowerOnHost(l, node);
  const inplace = (node.op.destroyMap?.size ?? 0) > 0;
  if (inplace) l.flush();
  const old = l.view(matrix!);
  const [left, right] = [l.view(x!), l.view(y!)];
  const dims = [left.shape[0]!, right.shape[0]!];
  old.shape.forEach((n, axis) => {
    const text = `the accumulator has length {0} on axis ${axis}, the product {1}`;
    l.checkEqual(n, dims[axis]!, "ValueError", text, [n, dims[axis]!]);
  });
  const c = (inplace && l.overwritable(matrix!)) || l.allocate(output.dtype, dims);
  const s = new Builder();
  const zero = l.sizes.const(0);
  const { dtype } = output;
  const scale = l.view(a!);
  const inputs = [
    operand(old),
    operand(left, [left.strides[0]!, zero]),
    operand(right, [zero, right.strides[0]!]),
    operand(scale, [zero, zero]),
  ];
  const [z, u, v, alpha] = inputs.map((o, i) => s.input(i, o.dtype));
  const body = s.convert(s.mulAdd(s.mul(alpha!, u!), v!, z!), dtype);
  l.map(dims, inputs, [c], [body]);
  l.set(output, c);
}

/** Products of matrices, or of matrices and vectors, pair by pair. */
export function lowerBatchedDot(l: Lowering, node: Apply): void {
  const [x, y] = node.inputs as [TensorVariable, TensorVariable];
  const [output] = node.outputs as [TensorVariable];
  if (isComplex(output.dtype)) return lowerOnHost(l, node);
  const [left, right] = [l.view(x), l.view(y)];
  const [batch, others] = [left.shape[0]!, right.shape[0]!];
  const text = "Shapes must match in the first dimension of x and y: {0} and {1}";
  l.checkEqual(batch, others, "ValueError", text, [batch, others]);
  const a = batched(l, converted(l, left, output.dtype), x.ndim === 3, "left");
  const b = batched(l, converted(l, right, output.dtype), y.ndim === 3, "right");
  checkAligned(l, a.shape[2]!, b.shape[1]!, a, b);
  const c = l.allocate(output.dtype, [batch, a.shape[1]!, b.shape[2]!]);
  emitBatch(l, { a, b, c, z: null, alpha: 1, beta: 0 });
  const axes = [true, x.ndim === 3, y.ndim === 3];
  l.set(output, {
    ...c,
    shape: c.shape.filter((_, axis) => axes[axis]),
    strides: c.strides.filter((_, axis) => axes[axis]),
  });
}

function batched(l: Lowering, view: View, isMatrix: boolean, side: "left" | "right"): View {
  if (isMatrix) return view;
  const [one, zero] = [l.sizes.const(1), l.sizes.const(0)];
  const [n, step] = [view.shape[1]!, view.strides[1]!];
  const [shape, strides] = side === "left" ? [[one, n], [zero, step]] : [[n, one], [step, zero]];
  return {
    ...view,
    shape: [view.shape[0]!, ...shape],
    strides: [view.strides[0]!, ...strides],
  };
}

/** A vector as a row on the left, a column on the right. */
function asMatrix(l: Lowering, view: View, side: "left" | "right"): View {
  if (view.shape.length === 2) return view;
  if (side === "right") return columnOf(l, view);
  const [one, zero] = [l.sizes.const(1), l.sizes.const(0)];
  return { ...view, shape: [one, view.shape[0]!], strides: [zero, view.strides[0]!] };
}

function columnOf(l: Lowering, view: View): View {
  const [one, zero] = [l.sizes.const(1), l.sizes.const(0)];
  return { ...view, shape: [view.shape[0]!, one], strides: [view.strides[0]!, zero] };
}

function checkAligned(l: Lowering, k: Size, inner: Size, left: View, right: View): void {
  const shapes = [...left.shape, ...right.shape];
  const list = (view: View, from: number): string =>
    view.shape.map((_, i) => `{${from + i}}`).join(",");
  const text = `Shape mismatch: shapes (${list(left, 0)}) and ` +
    `(${list(right, left.shape.length)}) are not aligned: the inner lengths differ`;
  l.checkEqual(k, inner, "ValueError", text, shapes);
}

/** Multiplications that pay for packing the factors, and rows that do. */
const worthPacking = { multiplications: 2048, rows: 4 } as const;

/**
 * Products of a batch: packed ones, or a reduction over all of them where they are small. If their
 * size is known at the call alone, both stand in the program, and one of them has no turns.
 */
function emitBatch(l: Lowering, product: Product): void {
  if (!isPacked(product)) return emitReduction(l, product);
  const { sizes } = l;
  const [batch, m, n] = product.c.shape as [Size, Size, Size];
  const { multiplications, rows } = worthPacking;
  const work = sizes.product([m, n, product.a.shape[2]!]);
  const isSmall = sizes.call(
    "max",
    sizes.call("lt", m, sizes.const(rows)),
    sizes.call("lt", work, sizes.const(multiplications)),
  );
  const none = sizes.const(0);
  const [packed, reduced] = [[none, batch], [batch, none]].map(([small, large]) =>
    sizes.call("select", isSmall, small!, large!)
  );
  if (!isZero(packed!)) emitProduct(l, ofBatch(product, packed!));
  if (!isZero(reduced!)) emitReduction(l, ofBatch(product, reduced!));
}

/** The first so many products of a batch. */
function ofBatch(product: Product, count: Size): Product {
  const { a, b, c } = product;
  const first = (view: View): View => ({ ...view, shape: [count, ...view.shape.slice(1)] });
  return { ...product, a: first(a), b: first(b), c: first(c) };
}

/** Whether a product is one of the shared kernels': of matrices, into neighbouring columns. */
function isPacked({ c: { dtype, shape, strides } }: Product): boolean {
  const isMatrices = !isOne(shape.at(-2)!) && !isOne(shape.at(-1)!);
  return (dtype === "float32" || dtype === "float64") && isMatrices && isOne(strides.at(-1)!);
}

function emitProduct(l: Lowering, product: Product): void {
  if (!isPacked(product)) return emitReduction(l, product);
  const { a, b, c, z, alpha, beta } = product;
  const [m, n] = c.shape.slice(-2) as [Size, Size];
  if (z && z !== c && !(beta === 0)) l.copy(z, c);
  const dtype = c.dtype as "float32" | "float64";
  const scratch = l.allocate("uint8", [l.sizes.const(l.target.productScratch[dtype])]);
  const scale = (x: Scale): Operand | number => typeof x === "number" ? x : operand(x);
  const [batch, still] = [l.sizes.const(1), l.sizes.const(0)];
  const walk = (view: View): Operand =>
    operand(view, view.strides.length === 3 ? view.strides : [still, ...view.strides]);
  l.run({
    kind: "gemm",
    dtype,
    dims: [c.shape.length === 3 ? c.shape[0]! : batch, m, n, a.shape.at(-1)!],
    a: walk(a),
    b: walk(b),
    c: walk(c),
    alpha: scale(alpha),
    beta: z ? scale(beta) : 0,
    scratch: operand(scratch, []),
  });
}

/** A product as a reduction over the inner axis, the last loop. */
function emitReduction(l: Lowering, { a, b, c, z, alpha, beta }: Product): void {
  const { sizes } = l;
  const zero = sizes.const(0);
  const batch = c.shape.length - 2;
  const lead = (view: View): Size[] => view.strides.slice(0, batch);
  const [m, n] = c.shape.slice(-2) as [Size, Size];
  const k = a.shape.at(-1)!;
  const kept = batch + 2;
  const outer = (view: View): Operand => operand(view, [...view.strides, zero]);
  const scales = [alpha, beta].filter((x): x is View => typeof x !== "number");
  const extras = [...(z ? [outer(z)] : []), ...scales.map((x) => operand(x, still(l, kept + 1)))];
  const loops = collapse(sizes, {
    dims: [...c.shape.slice(0, batch), m, n, k],
    operands: [
      operand(a, [...lead(a), a.strides.at(-2)!, zero, a.strides.at(-1)!]),
      operand(b, [...lead(b), zero, b.strides.at(-1)!, b.strides.at(-2)!]),
      ...extras,
      outer(c),
    ],
  }, [kept]);
  const [keptCount] = loops.groups as [number, number];
  const onKept = (o: Operand): Operand => ({ ...o, strides: o.strides.slice(0, keptCount) });
  const s = new Builder();
  const acc = accumulator(c.dtype);
  const pair = (record: typeof add.record, x: DType, y: DType): ReturnType<typeof lane> =>
    lane(s, record, [s.input(0, x), s.input(1, y)], acc);
  l.run({
    kind: "reduce",
    dims: loops.dims,
    kept: keptCount,
    inputs: loops.operands.slice(0, 2),
    params: [],
    counters: [],
    values: [pair(mul.record, a.dtype, b.dtype)],
    identity: [s.const(0, acc)],
    combine: [pair(add.record, acc, acc)],
    reassociate: true,
    finish: [finished(s, c.dtype, acc, z !== null, alpha, beta)],
    extras: loops.operands.slice(2, -1).map(onKept),
    outputs: [onKept(loops.operands.at(-1)!)],
  });
}

function still(l: Lowering, axes: number): Size[] {
  return new Array<Size>(axes).fill(l.sizes.const(0));
}

/** `alpha · sum + beta · z`: inputs are the sum, `z`, then the factors that are not numbers. */
function finished(
  s: Builder,
  dtype: DType,
  acc: DType,
  hasZ: boolean,
  alpha: Scale,
  beta: Scale,
): ReturnType<typeof lane> {
  let next = 1;
  const old = hasZ ? s.convert(s.input(next++, dtype), acc) : undefined;
  const factor = (x: Scale): ReturnType<typeof lane> =>
    typeof x === "number" ? s.const(x, acc) : s.convert(s.input(next++, x.dtype), acc);
  const sum = s.input(0, acc);
  const scaled = alpha === 1 ? sum : s.mul(factor(alpha), sum);
  if (!old || beta === 0) return s.convert(scaled, dtype);
  const kept = beta === 1 ? old : s.mul(factor(beta), old);
  return s.convert(s.add(scaled, kept), dtype);
}
