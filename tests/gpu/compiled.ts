/**
 * @file Functions compiled for the host and for the device, and their results side by side.
 */

import * as theano from "@theano/theano";
import { assert, assertEquals } from "@std/assert";
import { printKernel } from "../../core/kernel/print.ts";
import { lowerGraph } from "../../core/kernel/lower.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { deviceTest, testLimits } from "./device.ts";

theano.config.floatX = "float32";

/** A test of functions on a device; left out where there is none. */
export function functionTest(name: string, run: () => void | Promise<void>): void {
  deviceTest(name, async () => await run());
}

/** Makes something while the device is open. */
export async function onDevice<T>(make: () => T): Promise<T> {
  await theano.gpu.use("webgpu", { force: true });
  try {
    return make();
  } finally {
    await theano.gpu.use("cpu");
  }
}

/** What a function computes, and from what. */
export interface Case {
  readonly inputs: readonly theano.gof.Variable[];
  readonly outputs: readonly theano.tensor.TensorVariable[];
  readonly values: readonly unknown[];
  readonly updates?: readonly (readonly [theano.tensor.TensorSharedVariable, unknown])[];
}

/** How far a result may be off, in units of the last place of its largest element as a float32. */
const mostUlps = 64;

/** The same beside that element; a float16 is a float32 that was rounded. */
function mostLost(dtype: theano.DType): number {
  if (dtype === "float16") return 2 ** -10;
  return dtype.startsWith("float") ? mostUlps * 2 ** -23 : 0;
}

/** Checks that two arrays are the same but for rounding. */
export function assertClose(actual: theano.NDArray, expected: theano.NDArray, what: string): void {
  assertEquals([actual.dtype, actual.shape], [expected.dtype, expected.shape], what);
  const [got, wanted] = [actual.data, expected.data];
  const sizes = [...wanted as Iterable<number | bigint>].map((x) => Math.abs(Number(x)));
  const largest = Math.max(0, ...sizes.filter(Number.isFinite));
  const bound = mostLost(expected.dtype) * largest;
  for (let k = 0; k < wanted.length; k++) {
    const [x, y] = [Number(got[k]), Number(wanted[k])];
    assert(
      Object.is(x, y) || x === y || Math.abs(x - y) <= bound,
      `${what}: element ${k} is ${x} in place of ${y} ± ${bound}`,
    );
  }
}

/** The names of a function's ops. */
export function opsOf(f: theano.CompiledFunction): string[] {
  return f.maker.fgraph.toposort().map(({ op }) => op.name);
}

/** Checks that no op but those named runs on the host. */
export function assertOnDevice(ops: readonly string[], ...allowed: readonly string[]): void {
  const host = ops.filter((op) =>
    !/Gpu/.test(op) && !/^(Shape|MakeVector|InplaceDimShuffle\{x)/.test(op) && !allowed.includes(op)
  );
  assertEquals(host, []);
}

/** Checks that every kernel meant for the device has a shader. */
export function assertHasShaders(f: theano.CompiledFunction): void {
  const { fgraph } = f.maker;
  const { program } = lowerGraph(fgraph, {
    inputs: fgraph.inputs.map((_, index) => ({ role: "argument", index })),
    outputs: fgraph.outputs.map(() => ({ borrow: false })),
    updates: [],
    target: new InterpreterTarget(),
  });
  const without = program.steps.flatMap((step) =>
    step.kind === "run" && step.onDevice && kernelCode(step.kernel, testLimits) === undefined
      ? [printKernel(step.kernel)]
      : []
  );
  assertEquals(without, []);
}

/** Checks that a function computes the same on the device as on the host, call after call. */
export async function assertAgrees(make: () => Case, calls: number = 2): Promise<string[]> {
  const run = (
    { inputs, outputs, updates = [] }: Case,
  ): theano.CompiledFunction<theano.NDArray[]> =>
    theano.function(inputs as theano.tensor.TensorVariable[], outputs, { updates });
  const [first, second] = [make(), make()];
  const onHost = run(first);
  const there = await onDevice(() => run(second));
  assertHasShaders(there);
  for (let call = 0; call < calls; call++) {
    const expected = onHost(...first.values);
    const actual = there(...second.values);
    expected.forEach((value, k) => assertClose(actual[k]!, value, `call ${call}, output ${k}`));
    const later = await there.callAsync(...second.values);
    onHost(...first.values).forEach((value, k) =>
      assertClose(later[k]!, value, `later, output ${k}`)
    );
    first.updates?.forEach(([shared], k) => {
      const own = second.updates![k]![0];
      assertClose(own.getValue(), shared.getValue(), `call ${call}, ${shared}`);
    });
  }
  return opsOf(there);
}
