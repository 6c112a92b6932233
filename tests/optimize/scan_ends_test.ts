/** @file The last rows of loops, however many turns there are: values, and what fails. */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { isScan } from "../../core/ops/scan_op.ts";

const { tensor: T } = theano;
type Variable = theano.tensor.TensorVariable;

const [x, start] = [T.dvector("x"), T.dvector("start")];

/** Loops along `x`: a state that looks back one, one that looks back three, and a map. */
const loops: Readonly<Record<string, (ends: boolean) => Variable>> = {
  "a state": (ends) => resultOf(ends, (row, last) => row.add(last!), theano.float64(100)),
  "a state that looks back three": (ends) =>
    resultOf(ends, (row, oldest, last) => row.add(oldest!).add(last!.mul(10)), {
      initial: start,
      taps: [-3, -1],
    }),
  "a map": (ends) => resultOf(ends, (row) => row.mul(2), null),
};

function resultOf(
  ends: boolean,
  turn: (row: Variable, ...before: Variable[]) => Variable,
  outputsInfo: theano.OutputEntry,
): Variable {
  const [result] = theano.scan((row, ...before) => ({
    outputs: turn(row!, ...before),
    ...ends && { until: row!.ge(6) },
  }), { sequences: x, outputsInfo: [outputsInfo] });
  return result as Variable;
}

const parts = ["-1", "-2", "-5", "-2:", "-3:", "-5:", "-6:-2", "-6:-1:2", "-4::3", "-20:"];

/** What a function gives, or the error that it throws. */
function outcomeOf(f: theano.CompiledFunction<theano.NDArray>, turns: number): unknown {
  try {
    const rows = Array.from({ length: turns }, (_, k) => k + 1);
    return f(rows, [1, 2, 3]).toArray();
  } catch (error) {
    return (error as Error).name;
  }
}

for (const [name, loop] of Object.entries(loops)) {
  for (const ends of [false, true]) {
    const how = ends ? "ended by a condition" : "to the end";
    Deno.test(`the last rows of ${name}, ${how}, are those of all`, () => {
      for (const part of parts) {
        const read = (): Variable => loop(ends).get(...itemsOf(part));
        const inputs = { onUnusedInput: "ignore" } as const;
        const short = theano.function([x, start], read(), inputs);
        const whole = theano.function([x, start], read(), { ...inputs, mode: "FAST_COMPILE" });
        for (const turns of [1, 2, 3, 4, 5, 6, 7, 9, 30]) {
          assertEquals(outcomeOf(short, turns), outcomeOf(whole, turns), `${part} of ${turns}`);
        }
      }
    });
  }
}

/** What `get` takes for a text: an index, or a slice as Python writes it. */
function itemsOf(part: string): [number | string] {
  return [part.includes(":") ? part : Number(part)];
}

Deno.test("of results that are read from their ends alone, these are kept", () => {
  const keptOf = (...results: Variable[]): unknown => {
    const f = theano.function([x, start], results, { onUnusedInput: "ignore" });
    return f.maker.fgraph.toposort().filter(isScan).map(({ op: { form } }) => [
      form.states.map(({ keep }) => keep),
      form.maps,
    ]);
  };
  const [state, far] = Object.values(loops).map((loop) => loop(false));
  assertEquals(keptOf(state!.get(-5)), [[[5], []]]);
  assertEquals(keptOf(state!.get(-1), state!.get("-3:-1")), [[[3], []]]);
  assertEquals(keptOf(far!.get(-2)), [[[2], []]]);
  assertEquals(keptOf(loops["a map"]!(true).get("-4:")), [[[], [4]]]);
  assertEquals(keptOf(state!.get(2), state!.get(-2)), [[[null], []]]);
});
