/** @file Random graphs on a device, held against the reference. */

import * as theano from "@theano/theano";
import { assertEquals } from "@std/assert";
import { disagreement, expectedOf } from "../fuzz/compare.ts";
import { Random } from "../helpers/random.ts";
import { build, givens, randomProgram } from "../helpers/random_graph.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { deviceTest, float16Test } from "./device.ts";

/** What is wrong with the graph of a seed; undefined also where the reference has no result. */
function wrongWith(seed: number, dtypes?: readonly DType[]): string | undefined {
  const random = new Random(seed);
  const program = randomProgram(random, 2 + random.below(8), dtypes);
  if (program.steps.length === 0) return undefined;
  const built = build(program);
  const values = givens(program, built);
  let expected;
  try {
    expected = expectedOf(built.outputs, values);
  } catch {
    return undefined;
  }
  return disagreement(built.outputs, values, "FAST_RUN", expected);
}

const perTest = 50;

/** What is wrong with the graphs of some seeds on the device. */
async function wrongFrom(
  first: number,
  dtypes?: readonly DType[],
): Promise<(readonly [seed: number, text: string | undefined])[]> {
  await theano.gpu.use("webgpu", { force: true });
  try {
    return Array.from({ length: perTest }, (_, k) => first + k)
      .map((seed) => [seed, wrongWith(seed, dtypes)] as const).filter(([, text]) => text);
  } finally {
    await theano.gpu.use("cpu");
  }
}

for (const first of [1, 101, 201, 301]) {
  deviceTest(`graphs of the seeds from ${first} on are the reference's`, async () => {
    assertEquals(await wrongFrom(first), []);
  });
}

const withFloat16: readonly DType[] = ["float16", "float16", "float16", "float32", "int32", "bool"];

for (const first of [1, 101]) {
  float16Test(`graphs of float16 of the seeds from ${first} on are the reference's`, async () => {
    assertEquals(await wrongFrom(first, withFloat16), []);
  });
}
