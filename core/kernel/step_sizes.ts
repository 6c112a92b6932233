/**
 * @file The sizes that kernels, views and steps are made of.
 */

import { type Kernel, operandsOf } from "./kernel.ts";
import { bodiesOf, type Row, type Step, type View } from "./program.ts";
import type { Size } from "./size.ts";

/** Every size a kernel depends on. */
export function kernelSizes(kernel: Kernel): Size[] {
  const { reads, writes } = operandsOf(kernel);
  const walked = [...reads, ...writes].flatMap((o) => [o.offset, ...o.strides]);
  const params = kernel.kind === "map" || kernel.kind === "reduce" ? kernel.params : [];
  const whole = kernel.kind === "custom" ? [...kernel.inputs, ...kernel.outputs] : [];
  const indexed = kernel.kind === "gather" || kernel.kind === "scatter" ? kernel.indices : [];
  return [
    ...kernel.dims,
    ...walked,
    ...params,
    ...indexed.flatMap((x) => [x.length, x.stride]),
    ...whole.flatMap((x) => x.shape),
  ];
}

/** The sizes a view is made of. */
export function viewSizes({ offset, shape, strides }: View): Size[] {
  return [offset, ...shape, ...strides];
}

/** The sizes a step is made of. */
export function stepSizes(step: Step): Size[] {
  switch (step.kind) {
    case "run":
      return kernelSizes(step.kernel);
    case "check":
      return [step.condition, ...step.failure.sizes];
    case "host":
      return step.inputs.flatMap(viewSizes);
    case "loop":
      return [step.turns, ...bodySizes(step)];
    case "branch":
      return [...viewSizes(step.condition), ...bodySizes(step)];
    case "cut":
      return [];
  }
}

function bodySizes(step: Step): Size[] {
  return bodiesOf(step).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).flatMap(rowSizes);
}

function rowSizes({ offset, shape, stride, value }: Row): Size[] {
  return [offset, ...shape, stride, ...(value ? [value] : [])];
}
