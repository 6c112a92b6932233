/**
 * @file Random numbers: a draw of standard numbers, then a map that scales them.
 */

import { type DType, isComplex } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import { tryVectorItems } from "../ops/constant_value.ts";
import { distributions, RandomFunction } from "../ops/random_function.ts";
import { MrgUniform } from "../ops/random_mrg.ts";
import { boundOfTrial } from "../random/binomial.ts";
import { modulus1, stateSize } from "../random/mrg.ts";
import { Builder, type Expr, inOrder } from "../scalar/expr.ts";
import { interpreter } from "../scalar/interpret.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { operand } from "./index_map.ts";
import type { Operand, RandomDraw } from "./kernel.ts";
import { vectorSizes } from "./lower_layout.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";
import type { Size } from "./size.ts";

/** How a draw of standard numbers becomes one of a distribution with two parameters. */
interface Scaling {
  readonly draw: RandomDraw;
  /** The parameters of standard numbers. */
  readonly standard: readonly [number, number];
  /** The number with other parameters, in double. */
  readonly scaled: (s: Builder, drawn: Expr, x: Expr, y: Expr) => Expr;
  /** Whether there is no such distribution, and how NumPy says so. */
  readonly isWrong: (s: Builder, x: Expr, y: Expr) => Expr;
  readonly text: string;
}

/** The distributions that are standard numbers, scaled. */
const scalings: ReadonlyMap<unknown, Scaling> = new Map<unknown, Scaling>([
  [distributions.uniform, {
    draw: "uniform",
    standard: [0, 1],
    scaled: (s, drawn, low, high) => s.add(low, s.mul(s.sub(high, low), drawn)),
    isWrong: (s, low, high) => {
      const width = s.sub(high, low);
      return s.ne(s.sub(width, width), 0);
    },
    text: "Range exceeds valid bounds",
  }],
  [distributions.normal, {
    draw: "normal",
    standard: [0, 1],
    scaled: (s, drawn, mean, deviation) => s.add(mean, s.mul(deviation, drawn)),
    isWrong: (s, _, deviation) => s.lt(deviation, 0),
    text: "scale < 0",
  }],
]);

/** Draws by kernels what kernels can draw. */
export function lowerRandom(l: Lowering, node: Apply): void {
  const { op } = node;
  if (op instanceof MrgUniform) return lowerMrg(l, node);
  if (!(op instanceof RandomFunction) || !isSimple(node)) return lowerOnHost(l, node);
  const { distribution, output } = op;
  const scaling = scalings.get(distribution);
  if (scaling && isDrawn(output.dtype)) lowerScaled(l, node, scaling);
  else if (distribution === distributions.binomial) lowerTrials(l, node);
  else lowerOnHost(l, node);
}

/** Whether the number of axes of a size is known and parameters are single numbers. */
function isSimple({ inputs, outputs }: Apply): boolean {
  const [, size, ...parameters] = inputs as TensorVariable[];
  const isNumber = (x: TensorVariable): boolean =>
    x.broadcastable.every((one) => one) && !isComplex(x.dtype);
  const { ndim } = outputs[1] as TensorVariable;
  return tryVectorItems(size!)?.length === ndim && parameters.every(isNumber);
}

/** Whether numbers of a dtype are drawn by kernels. */
function isDrawn(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

function lowerMrg(l: Lowering, node: Apply): void {
  const [states, size] = node.inputs as [TensorVariable, TensorVariable];
  const [, numbers] = node.outputs as [TensorVariable, TensorVariable];
  if (!isDrawn(numbers.dtype)) return lowerOnHost(l, node);
  const text = `size must have length ${numbers.ndim} (not {0})`;
  const shape = askedShape(l, size, numbers, text);
  const { sizes } = l;
  const count = sizes.product(shape);
  const most = sizes.call("le", count, sizes.const(modulus1));
  l.check(most, "ValueError", "rng_mrg does not support more then (2**31 -1) samples", []);
  const view = l.view(states);
  const streams = view.shape[0]!;
  const hasSome = sizes.call("lt", sizes.const(0), streams);
  const isEmpty = sizes.call("eq", count, sizes.const(0));
  const isServed = sizes.call("max", hasSome, isEmpty);
  l.check(isServed, "ValueError", "rng_mrg: there are no streams", []);
  const width = view.shape[1]!;
  const six = sizes.const(stateSize);
  l.checkEqual(width, six, "ValueError", `rng_mrg: a state has ${stateSize} words, not {0}`, [
    width,
  ]);
  const drawn = emitDraw(l, node, "mrgUniform", { shape, dtype: numbers.dtype, streams });
  l.set(numbers, drawn);
}

/** Standard numbers, scaled where the parameters are others than theirs. */
function lowerScaled(l: Lowering, node: Apply, scaling: Scaling): void {
  const [, size, ...parameters] = node.inputs as TensorVariable[];
  const [, numbers] = node.outputs as [TensorVariable, TensorVariable];
  const s = new Builder();
  const double = (x: TensorVariable, k: number): Expr => {
    const known = numberOf(x);
    return known === undefined
      ? s.convert(s.input(k + 1, x.dtype), "float64")
      : s.const(known, "float64");
  };
  const [x, y] = parameters.map(double) as [Expr, Expr];
  const wrong = scaling.isWrong(s, x, y);
  if (!readsInputs(wrong)) {
    if (interpreter([wrong])([])[0]) return lowerOnHost(l, node);
  } else checkParameters(l, parameters, wrong, scaling.text);
  const shape = askedShape(l, size!, numbers, lengthText(numbers));
  const one = l.sizes.const(1);
  const isStandard = [x, y].every((e, k) => e.kind === "const" && e.value === scaling.standard[k]);
  const dtype = isStandard ? numbers.dtype : "float64";
  const drawn = emitDraw(l, node, scaling.draw, { shape, dtype, streams: one });
  if (isStandard) return l.set(numbers, drawn);
  const scaled = l.allocate(numbers.dtype, shape);
  const body = s.convert(scaling.scaled(s, s.input(0, "float64"), x, y), numbers.dtype);
  l.map(shape, [operand(drawn), ...parameterOperands(l, parameters, shape.length)], [scaled], [
    body,
  ]);
  l.set(numbers, scaled);
}

/** Single trials of a probability that is known: uniform numbers, compared. */
function lowerTrials(l: Lowering, node: Apply): void {
  const [, size, n, p] = node.inputs as TensorVariable[];
  const [, counts] = node.outputs as [TensorVariable, TensorVariable];
  const [trials, chance] = [n!, p!].map(numberOf);
  const isTrial = trials === 1 && chance! >= 0 && chance! <= 1;
  const bound = isTrial ? boundOfTrial(Math.min(chance!, 1 - chance!)) : undefined;
  if (bound === undefined || counts.dtype === "float16" || isComplex(counts.dtype)) {
    return lowerOnHost(l, node);
  }
  const shape = askedShape(l, size!, counts, lengthText(counts));
  const drawn = emitDraw(l, node, "uniform", {
    shape,
    dtype: "float64",
    streams: l.sizes.const(1),
  });
  const s = new Builder();
  const fraction = s.input(0, "float64");
  // Of a probable success the failures are counted.
  const isSuccess = chance! <= 0.5 ? s.gt(fraction, bound) : s.le(fraction, bound);
  const out = l.allocate(counts.dtype, shape);
  l.map(shape, [operand(drawn)], [out], [s.convert(isSuccess, counts.dtype)]);
  l.set(counts, out);
}

/** The value of a parameter that is known while compiling. */
function numberOf(x: TensorVariable): number | undefined {
  return x instanceof TensorConstant ? Number(x.data.reshape([]).item()) : undefined;
}

function readsInputs(e: Expr): boolean {
  return inOrder([e]).some(({ kind }) => kind === "input");
}

/** Parameters of one element each, standing still along so many loops. */
function parameterOperands(
  l: Lowering,
  parameters: readonly TensorVariable[],
  loops: number,
): Operand[] {
  const still = new Array<Size>(loops).fill(l.sizes.const(0));
  return parameters.map((x) => operand(l.view(x), still));
}

/** Fails the call where a bool of the parameters is true. */
function checkParameters(
  l: Lowering,
  parameters: readonly TensorVariable[],
  wrong: Expr,
  text: string,
): void {
  const s = new Builder();
  const truth = l.allocate("bool", []);
  const body = s.substitute(wrong, (e) => s.input(e.index - 1, e.dtype));
  l.map([], parameterOperands(l, parameters, 0), [truth], [body]);
  l.check(l.sizes.call("eq", l.readSize(truth), l.sizes.const(0)), "ValueError", text, []);
}

/** What `RandomFunction` says of a size of another length. */
function lengthText({ ndim }: TensorVariable): string {
  return `Shape mismatch: self.outtype.ndim (${ndim}) != len(shape) ({0}) + self.ndim_added (0)`;
}

/** The lengths asked for, checked as the op checks them. */
function askedShape(
  l: Lowering,
  size: TensorVariable,
  numbers: TensorVariable,
  text: string,
): Size[] {
  const { sizes } = l;
  const length = l.view(size).shape[0]!;
  l.checkEqual(length, sizes.const(numbers.ndim), "ValueError", text, [length]);
  return vectorSizes(l, size, numbers.ndim).map((item, axis) => {
    const isCount = sizes.call("le", sizes.const(0), item);
    l.check(isCount, "ValueError", "negative dimensions are not allowed", []);
    return numbers.broadcastable[axis] ? sizes.const(1) : item;
  });
}

/** What is drawn. */
interface Draw {
  readonly shape: readonly Size[];
  readonly dtype: DType;
  readonly streams: Size;
}

/** Draws standard numbers and the next state, which is set. */
function emitDraw(l: Lowering, node: Apply, draw: RandomDraw, wanted: Draw): View {
  const { shape, dtype, streams } = wanted;
  const state = l.contiguous(l.view(node.inputs[0]!));
  const next = l.allocate(state.dtype, state.shape);
  const output = l.allocate(dtype, shape);
  l.run({
    kind: "random",
    draw,
    dims: [l.sizes.product(shape), streams],
    state: operand(state, []),
    next: operand(next, []),
    output: operand(output, []),
  });
  l.set(node.outputs[0]!, next);
  return output;
}
