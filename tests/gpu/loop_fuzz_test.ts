/** @file Loops that seeds draw, and their derivatives, on the device: the reference's in double. */

import * as theano from "@theano/theano";
import { assert, assertEquals } from "@std/assert";
import type { Variable } from "../../core/graph/variable.ts";
import { derivatives, draw } from "../gradient/scan_draw.ts";
import { loop } from "../gradient/scan_loops.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { Random } from "../helpers/random.ts";
import { functionTest, onDevice, opsOf } from "./compiled.ts";

/** The outputs of the loop of a seed, and their derivatives. */
function outputsOf(seed: number, dtype: "float32" | "float64"): {
  outputs: theano.tensor.TensorVariable[];
  givens: ReadonlyMap<theano.tensor.TensorVariable, theano.NDArray>;
} {
  const drawn = draw(seed, dtype);
  const made = loop(drawn.description);
  const { traces, maps, carried } = made;
  const slopes = derivatives(made, drawn, new Random(seed));
  return { outputs: [...traces, ...maps, ...carried, ...slopes], givens: drawn.givens };
}

/** How far off a number is, as a share of the largest of an array, or of one. */
function errorOf(got: theano.NDArray, wanted: theano.NDArray): number {
  const expected = Array.from(wanted.data as ArrayLike<number>, Number);
  const largest = Math.max(1, ...expected.map(Math.abs));
  const off = expected.map((x, k) => Math.abs(Number(got.data[k]) - x) / largest);
  return Math.max(0, ...off);
}

const perTest = 25;

for (const first of [0, 25, 50, 75]) {
  functionTest(`loops of the seeds from ${first} on are the reference's`, async () => {
    let ran = 0;
    for (let seed = first; seed < first + perTest; seed++) {
      const exact = outputsOf(seed, "float64");
      const wanted = evaluate(exact.outputs, new Map<Variable, theano.NDArray>(exact.givens));
      const { outputs, givens } = outputsOf(seed, "float32");
      const f = await onDevice(() =>
        theano.function([...givens.keys()], outputs, { onUnusedInput: "ignore" })
      );
      if (opsOf(f).some((op) => /\{gpu,/.test(op))) ran++;
      const got = f(...givens.values());
      wanted.forEach((value, k) => {
        const what = `seed ${seed}, output ${k}`;
        assertEquals(got[k]!.shape, value.shape, what);
        const error = errorOf(got[k]!, value);
        assert(error <= 1e-4, `${what}: off by ${error}`);
      });
    }
    assert(ran > perTest / 4, `only ${ran} loops ran on the device`);
  });
}
