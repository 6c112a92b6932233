/**
 * @file float16 in kernels: arrays of 16-bit integers, and roundings spelled out.
 */

import type {
  CumulativeKernel,
  Kernel,
  MapKernel,
  Operand,
  ReduceKernel,
  RowsKernel,
} from "../kernel/kernel.ts";
import { operandsOf } from "../kernel/kernel.ts";
import { Builder, type Expr, inOrder } from "../scalar/expr.ts";
import { withoutHalf } from "../scalar/half.ts";

/** The kernel with float16 arrays as 16-bit integers and its roundings spelled out. */
export function halfAsBits(kernel: Kernel): Kernel {
  if (!hasHalf(kernel)) return kernel;
  switch (kernel.kind) {
    case "map":
      return mapAsBits(kernel);
    case "reduce":
      return reduceAsBits(kernel);
    case "rows":
      return rowsAsBits(kernel);
    case "cumulative":
      return cumulativeAsBits(kernel);
    default:
      return kernel;
  }
}

function hasHalf(kernel: Kernel): boolean {
  const { reads, writes } = operandsOf(kernel);
  return [...reads, ...writes].some((o) => o.dtype === "float16") ||
    inOrder(exprsOf(kernel)).some((e) => e.dtype === "float16");
}

function exprsOf(kernel: Kernel): readonly Expr[] {
  switch (kernel.kind) {
    case "map":
      return kernel.bodies;
    case "reduce":
      return [...kernel.values, ...kernel.identity, ...kernel.combine, ...kernel.finish];
    case "rows":
      return [...kernel.passes.map((p) => p.value), ...kernel.ends.map((e) => e.value)];
    case "cumulative":
      return [kernel.combine];
    default:
      return [];
  }
}

function bits(operand: Operand): Operand {
  return operand.dtype === "float16" ? { ...operand, dtype: "uint16" } : operand;
}

function mapAsBits(kernel: MapKernel): MapKernel {
  const { inputs, outputs, bodies } = kernel;
  return {
    ...kernel,
    inputs: inputs.map(bits),
    outputs: outputs.map(bits),
    bodies: withoutHalf(new Builder(), bodies),
  };
}

function reduceAsBits(kernel: ReduceKernel): ReduceKernel {
  const { inputs, extras, outputs, values, identity, combine, finish } = kernel;
  const s = new Builder();
  return {
    ...kernel,
    inputs: inputs.map(bits),
    extras: extras.map(bits),
    outputs: outputs.map(bits),
    values: withoutHalf(s, values),
    identity: withoutHalf(s, identity),
    combine: withoutHalf(s, combine),
    finish: withoutHalf(s, finish),
  };
}

/** Rows have no operand or result of float16, but a body may round to it on its way. */
function rowsAsBits(kernel: RowsKernel): RowsKernel {
  const s = new Builder();
  const whole = (e: Expr): Expr => withoutHalf(s, [e])[0]!;
  return {
    ...kernel,
    passes: kernel.passes.map((pass) => ({ ...pass, value: whole(pass.value) })),
    ends: kernel.ends.map((end) => ({ ...end, value: whole(end.value) })),
  };
}

function cumulativeAsBits(kernel: CumulativeKernel): CumulativeKernel {
  const [combine] = withoutHalf(new Builder(), [kernel.combine]);
  return {
    ...kernel,
    input: bits(kernel.input),
    output: bits(kernel.output),
    combine: combine!,
  };
}
