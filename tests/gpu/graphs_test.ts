/** @file Random graphs on a device, held against the reference. */

import * as theano from "@theano/theano";
import { assertEquals } from "@std/assert";
import { disagreement, expectedOf } from "../fuzz/compare.ts";
import { Random } from "../helpers/random.ts";
import { build, givens, randomProgram } from "../helpers/random_graph.ts";
import { deviceTest } from "./device.ts";

/** What is wrong with the graph of a seed; undefined also where the reference has no result. */
function wrongWith(seed: number): string | undefined {
  const random = new Random(seed);
  const program = randomProgram(random, 2 + random.below(8));
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

for (const first of [1, 101, 201, 301]) {
  deviceTest(`graphs of the seeds from ${first} on are the reference's`, async () => {
    await theano.gpu.use("webgpu", { force: true });
    try {
      const seeds = Array.from({ length: perTest }, (_, k) => first + k);
      const wrong = seeds.map((seed) => [seed, wrongWith(seed)]).filter(([, text]) => text);
      assertEquals(wrong, []);
    } finally {
      await theano.gpu.use("cpu");
    }
  });
}
