/** @file Results of a loop that a condition ends are as long as the turns were, whatever is rewritten. */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { scanEarly, scanLate, scanSaving } from "../../optimize/scan_tables.ts";

const { tensor: T } = theano;
type Variable = theano.tensor.TensorVariable;

const x = T.dvector("x");
const zero = T.constant(0, { dtype: "float64" });

/** A running sum that ends above 5, what is made of each row alone, and what is always the same. */
function loop(): Variable[] {
  const [results] = theano.scan((row, sum, fixed) => ({
    outputs: [sum!.add(row!), row!.mul(2), fixed!],
    until: sum!.add(row!).gt(5),
  }), {
    sequences: x,
    outputsInfo: [zero, null, null],
    nonSequences: x.sum(),
  });
  return results;
}

/** What is read of the results, and what it is for 1, 2, 3, …, 7, where three turns are done. */
const reads: readonly (readonly [what: string, read: () => Variable, value: unknown])[] = [
  ["a state", () => loop()[0]!, [1, 3, 6]],
  ["a map of rows", () => loop()[1]!, [2, 4, 6]],
  ["a map of what is fixed", () => loop()[2]!, [28, 28, 28]],
  ["the shape of a state", () => loop()[0]!.shape, [3]],
  ["the shape of a map of rows", () => loop()[1]!.shape, [3]],
  ["the shape of a map of what is fixed", () => loop()[2]!.shape, [3]],
  ["the last state", () => loop()[0]!.get(-1), 6],
  ["the last row of a map", () => loop()[1]!.get(-1), 6],
  ["the last two states", () => loop()[0]!.get("-2:"), [3, 6]],
  ["the first four states", () => loop()[0]!.get(":4"), [1, 3, 6]],
  ["states backwards", () => loop()[0]!.get("::-1"), [6, 3, 1]],
  ["a sum of maps", () => loop()[1]!.add(loop()[2]!).sum(), 96],
  ["another loop over them", () => theano.scan((v) => v.mul(v), { sequences: loop()[0]! })[0], [
    1,
    9,
    36,
  ]],
  ["their gradient", () => T.grad(loop()[0]!.sum(), x) as Variable, [3, 2, 1, 0, 0, 0, 0]],
];

const names = new Set(
  [scanEarly, scanLate, scanSaving].flatMap(({ rules }) => rules).map(({ name }) => name),
);

for (const [what, read, value] of reads) {
  Deno.test(`a loop that ends early is as long as its turns: ${what}`, () => {
    const modes = [
      "FAST_RUN",
      "FAST_COMPILE",
      "DebugMode",
      ...[...names].map((name) => new theano.Mode().excluding(name)),
    ];
    for (const mode of modes) {
      const f = theano.function([x], read(), { mode });
      assertEquals(f([1, 2, 3, 4, 5, 6, 7]).toArray(), value, String(mode));
    }
  });
}
