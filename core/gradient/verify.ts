/**
 * @file Comparing symbolic gradients with finite differences.
 */

import { NDArray } from "../array/ndarray.ts";
import type { DType } from "../dtype/dtype.ts";
import { GradientError as GradientErrorBase, raise } from "../errors.ts";
import { mul } from "../ops/arithmetic.ts";
import { sum } from "../ops/reduce.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { tensor } from "../tensor/constructors.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { grad } from "./grad.ts";
import { numericGrad, pointArray } from "./numeric.ts";

/** Draws uniform numbers from [0, 1): NumPy's `RandomState`. */
export interface UniformSource {
  rand(...shape: number[]): NDArray | number;
}

/** How the functions of a check are compiled. */
export interface CompileOptions {
  /** The mode that the user asked for. */
  readonly mode: unknown;
  /** Whether the function serves as the reference, so that a slow mode is of no use. */
  readonly isReference: boolean;
}

/** Makes a function of a graph. Inputs may be given in a wider float dtype, or be unused. */
export type Compile = (
  inputs: readonly TensorVariable[],
  outputs: readonly TensorVariable[],
  options: CompileOptions,
) => (...values: NDArray[]) => readonly NDArray[];

/** Options of `verifyGrad`. */
export interface VerifyGradOptions {
  /** How many random projections are tried: 2 by default. */
  readonly nTests?: number;
  /** Where the projections come from. It must be given. */
  readonly rng?: UniformSource;
  /** Step size of the differences. */
  readonly eps?: number;
  /** Dtype of the value, if it is complex. */
  readonly outType?: DType;
  /** Tolerance of the absolute error: by default 5e-2, 1e-2, 1e-4 by dtype. */
  readonly absTol?: number;
  /** Tolerance of the relative error: by default the same. */
  readonly relTol?: number;
  /** Mode of compilation. */
  readonly mode?: unknown;
  /** Whether the projection has the dtype of the output, where that is float32. */
  readonly castToOutputType?: boolean;
  /** Whether the differences are taken of a function that no debugging slows down. */
  readonly noDebugRef?: boolean;
}

const optionNames = [
  "nTests",
  "rng",
  "eps",
  "outType",
  "absTol",
  "relTol",
  "mode",
  "castToOutputType",
  "noDebugRef",
] as const;

/** The optional arguments of `verifyGrad`. */
export type GivenVerifyGradOptions = Given<
  VerifyGradOptions,
  [
    nTests?: number,
    rng?: UniformSource,
    eps?: number,
    outType?: DType,
    absTol?: number,
    relTol?: number,
    mode?: unknown,
    castToOutputType?: boolean,
    noDebugRef?: boolean,
  ]
>;

/** `verifyGrad(fun, pt, …)`, see {@linkcode verifyGradWith}. */
export type VerifyGrad = (
  fun: (...inputs: TensorVariable[]) => TensorVariable | TensorVariable[],
  pt: readonly unknown[],
  ...given: GivenVerifyGradOptions
) => void;

/** Where and how much a symbolic gradient differs from finite differences. */
export interface Mismatch {
  /** Which argument. */
  readonly arg: number;
  /** Which of its elements, in C order. */
  readonly errPos: number;
  /** Its shape. */
  readonly shape: readonly number[];
  /** The symbolic gradient there. */
  readonly val1: number;
  /** The measured gradient there. */
  readonly val2: number;
  readonly absErr: number;
  readonly relErr: number;
  readonly absTol: number;
  readonly relTol: number;
}

/** A symbolic gradient disagrees with finite differences; says where, and how much. */
export class GradientError extends GradientErrorBase {
  /** Where, and how much. */
  readonly mismatch: Mismatch;

  /**
   * Makes the error.
   *
   * @param mismatch Where, and how much.
   * @param details What else is known about the test, in Theano's words.
   */
  constructor(mismatch: Mismatch, details: readonly string[] = []) {
    super(mismatchText(mismatch, details));
    this.mismatch = mismatch;
  }
}

function mismatchText(m: Mismatch, details: readonly string[]): string {
  const shape = `(${m.shape.join(", ")}${m.shape.length === 1 ? "," : ""})`;
  const [val1, val2, absErr, absTol, relErr, relTol] = [
    m.val1,
    m.val2,
    m.absErr,
    m.absTol,
    m.relErr,
    m.relTol,
  ].map((x) => x.toFixed(6));
  return `\
GradientError: numeric gradient and analytic gradient exceed tolerance:
        At position ${m.errPos} of argument ${m.arg} with shape ${shape},
            val1 = ${val1}      ,  val2 = ${val2}
            abs. error = ${absErr},  abs. tolerance = ${absTol}
            rel. error = ${relErr},  rel. tolerance = ${relTol}
Exception args: ${details.join(", ")}`;
}

const tolerances: Readonly<Record<string, number>> = {
  float16: 5e-2,
  float32: 1e-2,
  float64: 1e-4,
};

/**
 * Makes the function that checks a gradient.
 *
 * The check takes random projections `sum(u · fun(…))`, with `u` uniform in [0.5, 1.5), and
 * compares the gradient of each with one-sided differences.
 *
 * Shapes: `fun` takes one tensor for each array of `pt`, of its number of axes.
 * Dtypes: the arrays are floats.
 * Theano: `theano.gradient.verify_grad`.
 *
 * @param compile Makes a function of a graph.
 * @returns `verifyGrad(fun, pt, …)`, which throws {@linkcode GradientError} if they disagree.
 */
export function verifyGradWith(compile: Compile): VerifyGrad {
  return (fun, pt, ...given) => {
    const options = optional<VerifyGradOptions>("verifyGrad", optionNames, given);
    verify(compile, fun, pt, options);
  };
}

function verify(
  compile: Compile,
  fun: Parameters<VerifyGrad>[0],
  pt: readonly unknown[],
  options: VerifyGradOptions,
): void {
  const { nTests = 2, mode, eps, outType, noDebugRef = true } = options;
  const point = pointArrays(pt);
  const tolerance = Math.max(...point.map(({ dtype }) => tolerances[dtype]!));
  const { absTol = tolerance, relTol = tolerance } = options;
  const rng = options.rng ?? refuseMissingSource();
  const inputs = point.map((p, i) =>
    tensor(p.dtype, p.shape.map((n) => n === 1), { name: `input ${i}` })
  );
  const output = singleOutput(fun(...inputs));
  const [value] = compile(inputs, [output], { mode, isReference: false })(...copies(point));
  const projection = new Projection(value!, output, rng, options.castToOutputType ?? false);
  const cost = sum(mul(projection.variable, output));
  const all = [...inputs, projection.variable];
  const costFunction = compile(all, [cost], { mode, isReference: noDebugRef });
  const gradFunction = compile(all, grad(cost, inputs, { disconnectedInputs: "ignore" }), {
    mode,
    isReference: false,
  });
  for (let test = 0; test < nTests; test++) {
    const u = projection.draw();
    const measured = numericGrad((...x) => costFunction(...x, u)[0]!, point, { eps, outType });
    const analytic = gradFunction(...copies(point), u);
    const [arg, errPos, absErr, relErr] = measured.maxErr(analytic, absTol, relTol);
    if (absErr <= absTol || relErr <= relTol) continue;
    const { shape } = analytic[arg]!;
    const [val1, val2] = [analytic, measured.gf as readonly NDArray[]].map((g) =>
      Number(g[arg]!.data[errPos])
    );
    const errors = { absErr, relErr, absTol, relTol };
    throw new GradientError(
      { arg, errPos, shape, val1: val1!, val2: val2!, ...errors },
      testDetails(point, eps, outType, test),
    );
  }
}

function testDetails(
  point: readonly NDArray[],
  eps: number | undefined,
  outType: string | undefined,
  test: number,
): string[] {
  return [
    "\nThe error happened with the following inputs:",
    `[${point.join(", ")}]`,
    "\nThe value of eps is:",
    String(eps ?? "None"),
    "\nThe out_type is:",
    String(outType ?? "None"),
    "\nTest number:",
    String(test),
  ];
}

function copies(point: readonly NDArray[]): NDArray[] {
  return point.map((p) => p.copy());
}

function pointArrays(pt: readonly unknown[]): NDArray[] {
  if (!Array.isArray(pt)) raise("AssertionError", "`pt` should be a list or tuple");
  const point = pt.map((p: unknown) => pointArray(p).copy());
  point.forEach(({ dtype }, i) => {
    if (tolerances[dtype] === undefined) {
      raise(
        "TypeError",
        "verify_grad can work only with floating point inputs, but input " +
          `${i} has dtype "${dtype}".`,
      );
    }
  });
  return point;
}

function refuseMissingSource(): never {
  return raise(
    "TypeError",
    "rng should be a valid instance of numpy.random.RandomState. You may want to use " +
      "theano.tests.unittest_tools.verify_grad instead of theano.gradient.verify_grad.",
  );
}

function singleOutput(output: unknown): TensorVariable {
  if (output instanceof TensorVariable) return output;
  return raise("NotImplementedError", "cant (yet) autotest gradient of fun with multiple outputs");
}

/**
 * Random weights for the elements of an output: neither small nor large, so that no digits get
 * lost.
 */
class Projection {
  /** The weights in a graph. */
  readonly variable: TensorVariable;
  readonly #shape: readonly number[];
  readonly #rng: UniformSource;

  constructor(value: NDArray, output: TensorVariable, rng: UniformSource, asOutput: boolean) {
    const dtype = asOutput && output.dtype === "float32" ? "float32" : "float64";
    this.variable = tensor(dtype, output.broadcastable, { name: "random_projection" });
    this.#shape = value.shape;
    this.#rng = rng;
  }

  draw(): NDArray {
    const drawn = this.#rng.rand(...this.#shape);
    const plain = drawn instanceof NDArray ? drawn : NDArray.scalar(drawn, "float64");
    const weights = Float64Array.from(plain.data as Float64Array, (u) => u + 0.5);
    return NDArray.of(weights, this.#shape, "float64").astype(this.variable.dtype);
  }
}
