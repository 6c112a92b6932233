/**
 * @file Random graphs of floats for tests of passes: every op that the passes of structure look at.
 */

import type { NDArray } from "../../core/array/ndarray.ts";
import { Slice } from "../../core/array/slice.ts";
import { add, maximum, mul, neg, sub } from "../../core/ops/arithmetic.ts";
import { alloc } from "../../core/ops/alloc.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { arrayOf } from "../../core/ops/elements.ts";
import { fill } from "../../core/ops/fill.ts";
import { get, inc, set } from "../../core/ops/indexing.ts";
import { join } from "../../core/ops/join.ts";
import { max, sum } from "../../core/ops/reduce.ts";
import { reshape } from "../../core/ops/reshape.ts";
import { shapeI } from "../../core/ops/shape.ts";
import { tanh } from "../../core/ops/transcendental.ts";
import { constant } from "../../core/tensor/constructors.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Random } from "../helpers/random.ts";

/** A graph, and values for its roots. */
export interface RandomGraph {
  readonly inputs: readonly TensorVariable[];
  readonly outputs: readonly TensorVariable[];
  readonly values: readonly NDArray[];
}

/** The length of both axes of every matrix. */
const n = 4;

type Step = (random: Random, pick: (ndim: number) => TensorVariable) => TensorVariable;

const elementwise: readonly Step[] = [
  (r, pick) => r.pick([add, mul])(pick(2), pick(2)),
  (r, pick) => r.pick([sub, maximum])(pick(2), pick(2)),
  (r, pick) => r.pick([neg, tanh])(pick(r.below(3))),
  (_, pick) => add(pick(2), pick(1)),
  (_, pick) => mul(pick(1), pick(1)),
  (_, pick) => mul(pick(0), pick(2)),
  (_, pick) => sub(pick(0), pick(1)),
  (r, pick) => mul(pick(r.below(3)), r.pick([2, 0.5, -1])),
  (_, pick) => add(pick(1), dimshuffle(pick(0), "x")),
];

const structural: readonly Step[] = [
  (_, pick) => dotMatrices(pick(2), pick(2)),
  (_, pick) => dotMatrices(pick(2), pick(1)),
  (_, pick) => dotMatrices(pick(1), pick(2)),
  (_, pick) => dotMatrices(dimshuffle(pick(1), 0, "x"), dimshuffle(pick(1), "x", 0)),
  (_, pick) => dimshuffle(pick(2), 1, 0),
  (r, pick) => r.pick([sum, max])(pick(2), { axis: r.below(2) }),
  (r, pick) => r.pick([sum, max])(pick(1)),
  (r, pick) => get(pick(2), r.below(n)),
  (r, pick) => get(pick(2), new Slice(null, null, -1), r.below(n)),
  (r, pick) => get(pick(1), r.below(n)),
  (r, pick) => get(get(join(0, pick(1), pick(1)), new Slice(r.below(n))), new Slice(0, n)),
  (_, pick) => reshape(reshape(pick(2), [-1]), [n, n]),
  (_, pick) => alloc(pick(1), n, n),
  (_, pick) => fill(pick(2), pick(0)),
  (r, pick) => set(pick(2), [r.below(n)], pick(1)),
  (r, pick) => inc(pick(1), [new Slice(0, r.below(n))], pick(0)),
  (_, pick) => {
    const x = pick(2);
    return alloc(constant(1.5), shapeI(x, 0), shapeI(x, 1));
  },
];

/**
 * A random graph.
 *
 * @param random Where choices come from.
 * @param size How many steps it is made of.
 * @param steps The kinds of steps: elementwise ones alone, or all.
 */
export function randomGraph(
  random: Random,
  size: number,
  steps: "elementwise" | "all" = "all",
): RandomGraph {
  const inputs = [2, 2, 1, 1, 0].map((ndim, i) => real(ndim, `v${i}`));
  const made: TensorVariable[] = [...inputs];
  const pick = (ndim: number): TensorVariable => {
    const fitting = made.filter((x) => x.ndim === ndim && !x.broadcastable.includes(true));
    return random.pick(fitting.slice(-6));
  };
  const kinds = steps === "all" ? [...elementwise, ...structural] : elementwise;
  for (let k = 0; k < size; k++) {
    const x = random.pick(kinds)(random, pick);
    if (!x.broadcastable.includes(true)) made.push(x);
  }
  const last = made.at(-1)!;
  const others = random.shuffled(made.slice(inputs.length)).slice(0, 1 + random.below(3));
  const outputs = [...new Set([last, ...others])];
  return { inputs, outputs, values: inputs.map(({ ndim }) => drawn(random, ndim)) };
}

/** A float64 variable with a number of axes. */
export function real(ndim: number, name?: string): TensorVariable {
  return new TensorType("float64", new Array<boolean>(ndim).fill(false)).makeVariable(name);
}

function drawn(random: Random, ndim: number): NDArray {
  const numbers = random.list(n ** ndim, () => Math.round(200 * random.next() - 100) / 64);
  return arrayOf(numbers, new Array<number>(ndim).fill(n), "float64");
}
