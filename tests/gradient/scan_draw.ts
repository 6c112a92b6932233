/** @file Loops that seeds draw, and derivatives of their outputs. */

import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import { disconnectedGrad, zeroGrad } from "../../core/gradient/controls.ts";
import { Rop } from "../../core/gradient/derivatives.ts";
import { grad } from "../../core/gradient/grad.ts";
import { add, mul, sub } from "../../core/ops/arithmetic.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import type { NodeOutputs } from "../../core/ops/scan_form.ts";
import { sin, tanh } from "../../core/ops/transcendental.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Random } from "../helpers/random.ts";
import type { Loop } from "./scan_loops.ts";

/** A loop, and a value for each of its inputs. */
export interface Drawn {
  readonly description: Loop;
  readonly givens: ReadonlyMap<TensorVariable, NDArray>;
}

/** The taps of a state: its depth, and some of those between. */
function drawTaps(random: Random): number[] {
  const depth = 1 + random.below(3);
  const between = random.list(depth - 1, (k) => k - depth + 1);
  return [-depth, ...between.filter(() => random.chance(0.5))];
}

/** How many outputs a turn has. */
interface Counts {
  readonly states: number;
  readonly maps: number;
  readonly carried: number;
}

/** A turn that computes something of what it reads, the same each time. */
function drawTurn(seed: number, count: Counts): Loop["turn"] {
  return (read) => {
    const random = new Random(seed);
    const known = [...read.slices, ...read.taps, ...read.carried, ...read.fixed];
    const any = (): TensorVariable => random.pick(known);
    const makers = [
      () => mul(any(), any()),
      () => add(any(), any()),
      () => sub(any(), any()),
      () => tanh(any()),
      () => sin(mul(any(), any())),
      () => mul(any(), 0.5),
      () => random.pick([disconnectedGrad, zeroGrad])(any()),
    ];
    for (let k = 0; k < 6; k++) known.push(random.pick(makers)());
    const states = random.list(count.states, () => random.chance(0.8) ? tanh(any()) : any());
    known.push(...states);
    return {
      states,
      maps: random.list(count.maps, any),
      carried: random.list(count.carried, () => tanh(any())),
    };
  };
}

/**
 * Draws a loop.
 *
 * @param seed Which one.
 * @param dtype Of all its inputs.
 */
export function draw(seed: number, dtype: "float32" | "float64" = "float64"): Drawn {
  const random = new Random(seed);
  const steps = 1 + random.below(6);
  const row = random.chance(0.5) ? [2] : [];
  const givens = new Map<TensorVariable, NDArray>();
  const value = (shape: readonly number[]): unknown =>
    shape.length === 0
      ? 2 * random.next() - 1
      : random.list(shape[0]!, () => value(shape.slice(1)));
  const input = (shape: readonly number[]): TensorVariable => {
    const x = tensor(dtype, shape.map(() => false), { name: `x${givens.size}` });
    givens.set(x, array(value(shape), { dtype }));
    return x;
  };
  const taps = random.list(random.below(3), () => drawTaps(random));
  const sequences = random.list(random.below(3), () => input([steps + random.below(2), ...row]));
  const states = taps.map((list) => [input([-list[0]!, ...row]), ...list] as const);
  const carried = random.list(random.below(3), () => input(row));
  const fixed = random.list(1 + random.below(2), () => input(row));
  const count = { states: states.length, maps: 1 + random.below(2), carried: carried.length };
  const turn = drawTurn(seed, count);
  const limit = random.chance(0.2) ? random.next() - 0.5 : undefined;
  const ended: Loop["turn"] = (read) => {
    const made = turn(read);
    return limit === undefined ? made : { ...made, condition: gt(sum(made.maps![0]!), limit) };
  };
  const truncate = random.chance(0.3) ? 1 + random.below(3) : -1;
  return {
    description: { steps, sequences, states, carried, fixed, truncate, turn: ended },
    givens,
  };
}

/** The derivatives of some of the outputs by some of the inputs, of first and of second order. */
export function derivatives(
  { traces, maps, carried }: NodeOutputs<TensorVariable>,
  { description, givens }: Drawn,
  random: Random,
): TensorVariable[] {
  const ends = traces.map((x) => {
    const rows = random.chance(0.5) ? get(x, "1:") : x;
    return random.chance(0.3) ? get(rows, -1) : rows;
  });
  const outputs = [...ends, ...maps, ...carried].filter(() => random.chance(0.8));
  const inputs = [...givens.keys()].filter(() => random.chance(0.8));
  if (outputs.length === 0 || inputs.length === 0) return [];
  const cost = outputs.map((x, k) => sum(mul(k + 1, mul(x, x)))).reduce((a, b) => add(a, b));
  const options = { disconnectedInputs: "ignore" } as const;
  const slopes = grad(cost, inputs, options);
  // A truncated gradient is no derivative of what is computed, so there is no more to compare.
  if (description.truncate !== -1) return slopes;
  const again = slopes.map((g) => sum(mul(g, tanh(g)))).reduce((a, b) => add(a, b));
  const tangents = Rop(outputs, inputs, inputs, { disconnectedOutputs: "ignore" });
  return [...slopes, ...grad(again, inputs, options), ...tangents];
}
