/**
 * @file Random programs of loops and choices for tests of passes: every option that the rewrites of
 * loops look at.
 */

import type { NDArray } from "../../core/array/ndarray.ts";
import { Slice } from "../../core/array/slice.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { add, mul, neg, sub } from "../../core/ops/arithmetic.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { arrayOf } from "../../core/ops/elements.ts";
import { ifelse } from "../../core/ops/if_else.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { max, sum } from "../../core/ops/reduce.ts";
import { scan } from "../../core/ops/scan.ts";
import type { Turn } from "../../core/ops/scan_result.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Random } from "../helpers/random.ts";

/** A program, and values for its roots. */
export interface RandomLoops {
  readonly inputs: readonly TensorVariable[];
  readonly values: readonly NDArray[];
  readonly outputs: readonly TensorVariable[];
}

/** The length of rows. */
const width = 3;

/** Roots by what they are good for; the sequences have different lengths. */
const roots: readonly (readonly [name: string, dtype: DType, shape: readonly number[]])[] = [
  ["x", "float64", [7, width]],
  ["y", "float64", [5, width]],
  ["s", "float64", [6]],
  ["k", "int32", [6]],
  ["h", "float64", [width]],
  ["p", "float64", [3, width]],
  ["c", "float64", []],
  ["w", "float64", [width, width]],
  ["n", "int64", []],
];

type Draw = (random: Random, pool: readonly TensorVariable[]) => TensorVariable;

/** One of the last values that has a number of axes, and is a float. */
function real(random: Random, pool: readonly TensorVariable[], ndim: number): TensorVariable {
  const fitting = pool.filter((x) => x.ndim === ndim && x.dtype === "float64");
  return random.pick(fitting.slice(-5));
}

/** What a turn may compute: rows and numbers that stay between −2 and 2 or so. */
const makers: readonly Draw[] = [
  (r, pool) => tanh(add(real(r, pool, 1), real(r, pool, 1))),
  (r, pool) => tanh(mul(real(r, pool, 1), real(r, pool, 0))),
  (r, pool) => tanh(sub(real(r, pool, 0), real(r, pool, 0))),
  (r, pool) => mul(real(r, pool, r.below(2)), r.pick([0.5, -1, 1])),
  (r, pool) => tanh(dotMatrices(real(r, pool, 1), real(r, pool, 2))),
  (r, pool) => dotMatrices(real(r, pool, 2), tanh(real(r, pool, 1))),
  (r, pool) => exp(neg(max(real(r, pool, 1)))),
  (r, pool) => tanh(sum(real(r, pool, 1))),
  (r, pool) => ifelse(gt(real(r, pool, 0), 0), real(r, pool, 1), tanh(real(r, pool, 1))),
  (r, pool) => ifelse(gt(real(r, pool, 0), r.pick([0, 0.1])), real(r, pool, 0), constant(0.25)),
  (r, pool) => add(real(r, pool, r.below(2)), mul(constant(0.5), constant(0.25))),
];

function drawValues(
  random: Random,
  pool: readonly TensorVariable[],
  count: number,
): TensorVariable[] {
  const all = [...pool];
  for (let k = 0; k < count; k++) all.push(random.pick(makers)(random, all));
  return all;
}

/** What a result is read by. */
const readers: readonly Draw[] = [
  (_, [x]) => x!,
  (_, [x]) => get(x!, -1),
  (_, [x]) => get(x!, new Slice(-1, null)),
  (_, [x]) => get(x!, new Slice(-2, null)),
  (_, [x]) => get(x!, new Slice(-2, -1)),
  (_, [x]) => get(x!, new Slice(-3, null)),
  (_, [x]) => get(x!, new Slice(-5, -1, 2)),
  (_, [x]) => get(x!, 0),
  (_, [x]) => get(x!, new Slice(null, 2)),
  (_, [x]) => get(x!, new Slice(1, 4)),
  (_, [x]) => sum(x!),
  (_, [x]) => get(get(x!, new Slice(null, null, 2)), 0),
];

/** A random program of one to three loops, with choices in and around them. */
export function randomLoops(random: Random): RandomLoops {
  const inputs = roots.map(([name, dtype, shape]) =>
    tensor(dtype, shape.map(() => false), { name })
  );
  const values = roots.map(([name, dtype, shape]) => drawn(random, name, dtype, shape));
  const named = new Map(inputs.map((input) => [input.name!, input]));
  const outputs: TensorVariable[] = [];
  for (let loops = 1 + random.below(3); loops > 0; loops--) {
    for (const result of drawLoop(random, named)) {
      if (random.chance(0.3)) continue;
      for (let k = 1 + random.below(2); k > 0; k--) {
        outputs.push(random.pick(readers)(random, [result]));
      }
    }
  }
  outputs.push(...drawChoices(random, named, outputs));
  return { inputs, values, outputs };
}

/** Choices between what loops gave and what is there without them. */
function drawChoices(
  random: Random,
  named: ReadonlyMap<string, TensorVariable>,
  results: readonly TensorVariable[],
): TensorVariable[] {
  const rows = results.filter((x) => x.ndim === 1 && x.dtype === "float64");
  if (rows.length === 0) return [];
  const c = named.get("c")!;
  const row = random.pick(rows);
  const other = mul(row, 0.5);
  return [
    tanh(ifelse(gt(c, 0), mul(tanh(row), row), other)),
    ifelse(gt(c, 0), sum(row), sum(random.pick(rows))),
    ifelse(random.pick([constant(0), gt(c, -1)]), row, random.pick([other, row])),
  ];
}

function drawn(random: Random, name: string, dtype: DType, shape: readonly number[]): NDArray {
  const size = shape.reduce((product, n) => product * n, 1);
  const numbers = random.list(size, () => {
    if (name === "n") return 2 + random.below(3);
    return dtype === "int32" ? random.below(5) : Math.round(200 * random.next() - 100) / 64;
  });
  return arrayOf(numbers, shape, dtype);
}

/** First values, and what is read of them. */
type Start = TensorVariable | {
  readonly initial: TensorVariable;
  readonly taps: readonly number[];
};

function drawStarts(random: Random, named: ReadonlyMap<string, TensorVariable>): Start[] {
  const [h, p, c] = ["h", "p", "c"].map((name) => named.get(name)!);
  const taps = random.pick([[-3, -1], [-3, -2], [-3]]);
  const all = [h!, h!, { initial: p!, taps }, c!, c!, constant(0, { dtype: "int64" })];
  return random.shuffled(all).slice(0, 1 + random.below(3));
}

/** The results of a loop. */
function drawLoop(random: Random, named: ReadonlyMap<string, TensorVariable>): TensorVariable[] {
  const of = (...names: string[]): TensorVariable[] => names.map((name) => named.get(name)!);
  const sequences = random.shuffled(of("x", "y", "s", "k")).slice(0, random.below(4)).map(
    (input) => random.chance(0.25) ? { input, taps: random.pick([[-1, 0], [1], [0, 1]]) } : input,
  );
  const starts = random.chance(0.8) ? drawStarts(random, named) : [];
  const maps = starts.length > 0 ? random.below(3) : 1 + random.below(2);
  const isAsked = sequences.length === 0 || random.chance(0.4);
  const [results] = scan((...given) => turn(random, given, starts, maps), {
    sequences,
    outputsInfo: [...starts, ...new Array<null>(maps).fill(null)],
    nonSequences: of("h", "c", "w"),
    nSteps: isAsked ? random.pick([named.get("n")!, constant(4), 3]) : null,
    goBackwards: random.chance(0.2),
    returnList: true,
  });
  return results as TensorVariable[];
}

/** What a turn makes of what it is given; states that start alike may become alike. */
function turn(
  random: Random,
  given: readonly TensorVariable[],
  starts: readonly Start[],
  maps: number,
): Turn<TensorVariable[]> {
  const counts = starts.map((start) => "taps" in start ? start.taps.length : 1);
  const first = given.length - 3 - counts.reduce((sum, count) => sum + count, 0);
  const pool = drawValues(random, given, 3 + random.below(6));
  const shared = [real(random, pool, 0), real(random, pool, 1)];
  const alike = random.chance(0.4);
  const states = counts.map((_, k) => {
    const own = given[first + counts.slice(0, k).reduce((sum, count) => sum + count, 0)]!;
    if (own.dtype !== "float64") return add(own, 1);
    return tanh(add(own, alike ? shared[own.ndim]! : real(random, pool, own.ndim)));
  });
  const known = [...pool, ...states];
  const values = random.list(maps, () => random.pick(known.slice(-8)));
  if (maps > 1 && alike) values[1] = mul(values[0]!, 1);
  return {
    outputs: [...states, ...values],
    ...(random.chance(0.25) && { until: gt(real(random, known, 0), 0.2) }),
  };
}
