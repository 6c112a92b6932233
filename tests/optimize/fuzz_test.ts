import { assert } from "@std/assert";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { grad } from "../../core/gradient/grad.ts";
import * as a from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { elementsOf } from "../../core/ops/elements.ts";
import { fill } from "../../core/ops/fill.ts";
import * as l from "../../core/ops/logic.ts";
import { max, sum } from "../../core/ops/reduce.ts";
import * as t from "../../core/ops/transcendental.ts";
import { constant, typedConstructor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Random } from "../helpers/random.ts";
import { drawn, graphOf, optimized, raising, rootsOf, textOf, valuesOf } from "./rewriting.ts";

const patterns: readonly (readonly boolean[])[] = [
  [],
  [false],
  [true],
  [false, false],
  [true, false],
  [false, true],
];

type Maker = (random: Random, pick: () => TensorVariable) => TensorVariable;

/** Ops whose values stay in bounds where tests draw from. */
const makers: readonly Maker[] = [
  (_, pick) => a.add(pick(), pick()),
  (_, pick) => a.add(pick(), pick(), pick()),
  (_, pick) => a.sub(pick(), pick()),
  (_, pick) => a.mul(pick(), pick()),
  (_, pick) => a.mul(pick(), pick(), pick()),
  (_, pick) => a.trueDiv(pick(), pick()),
  (_, pick) => a.neg(pick()),
  (_, pick) => a.inv(pick()),
  (_, pick) => a.abs(pick()),
  (_, pick) => a.sqr(pick()),
  (_, pick) => t.exp(t.tanh(pick())),
  (_, pick) => t.log(a.add(1, t.exp(t.tanh(pick())))),
  (_, pick) => t.sigmoid(pick()),
  (_, pick) => a.trueDiv(1, a.add(1, t.exp(a.neg(pick())))),
  (_, pick) => t.log(a.add(a.abs(pick()), 0.5)),
  (_, pick) => a.sub(1, t.sigmoid(pick())),
  (_, pick) => l.switch_(l.gt(pick(), pick()), pick(), 0),
  (_, pick) => l.switch_(l.le(pick(), 0.25), pick(), pick()),
  (_, pick) => a.maximum(pick(), pick()),
  (_, pick) => fill(pick(), pick()),
  (_, pick) => sum(pick(), { keepdims: true }),
  (random, pick) => {
    const x = pick();
    return x.ndim === 2 ? sum(x, { axis: random.below(2) }) : sum(x);
  },
  (_, pick) => max(pick(), { keepdims: true }),
  (random, pick) => t.pow(a.add(a.abs(pick()), 0.25), random.pick([-2, -1, -0.5, 0, 0.5, 1, 2, 3])),
  (_, pick) => {
    const x = pick();
    return x.ndim === 2 ? dimshuffle(x, 1, 0) : dimshuffle(x, "x", ...x.broadcastable.keys());
  },
  (random, pick) => a.mul(random.pick([0, 1, -1, 2, 0.5, -3]), pick()),
  (random, pick) => a.add(random.pick([0, 1, -1, 2, 0.5, -3]), pick()),
];

const sizes = 3;

/** A random graph over inputs and constants. */
function expression(random: Random, dtypes: readonly DType[] = ["float64"]): TensorVariable {
  const pool: TensorVariable[] = random.list(3, (k) => {
    const pattern = random.pick(patterns);
    return typedConstructor(random.pick(dtypes), pattern)(`x${k}`);
  });
  pool.push(constant(random.pick([0, 1, 2, -1]), { dtype: "float64" }));
  const pick = (): TensorVariable => random.pick(pool.slice(-6));
  for (let k = 3 + random.below(8); k > 0; k--) {
    const made = random.pick(makers)(random, pick);
    if (made.ndim <= 2) pool.push(made);
  }
  return pool.at(-1)!;
}

function sampled(random: Random, roots: readonly Variable[]): NDArray[] {
  return roots.map((root) => {
    const { dtype, broadcastable } = root as TensorVariable;
    const shape = broadcastable.map((one) => one ? 1 : sizes);
    return drawn(random, shape, dtype as DType, [0.3, 1.7]);
  });
}

/** Asserts that optimized values are those of the plain graph, where those are finite and tame. */
function compare(seed: number, outputs: readonly Variable[], tolerance: number = 1e-8): boolean {
  const plain = graphOf(...outputs);
  const values = sampled(new Random(seed), rootsOf(outputs));
  const wanted = valuesOf(plain, values);
  const numbers = wanted.flatMap((value) => elementsOf(value).map(Number));
  if (!numbers.every((x) => Number.isFinite(x) && Math.abs(x) < 1e6)) return false;
  const { graph } = optimized(outputs);
  const what = `seed ${seed}: ${textOf(plain)}\n became ${textOf(graph)}\n`;
  const found = valuesOf(graph, values);
  found.forEach((value, i) => {
    assert(value.dtype === wanted[i]!.dtype, `${what} dtype ${value.dtype}`);
    assert(String(value.shape) === String(wanted[i]!.shape), `${what} shape ${value.shape}`);
  });
  found.flatMap((value) => elementsOf(value).map(Number)).forEach((x, i) => {
    const close = Math.abs(x - numbers[i]!) <= tolerance * Math.max(1, Math.abs(numbers[i]!));
    assert(close, `${what} ${x}, not ${numbers[i]}`);
  });
  return true;
}

Deno.test("optimize() keeps the values of random graphs", () =>
  raising(() => {
    let compared = 0;
    for (let seed = 0; seed < 400; seed++) {
      if (compare(seed, [expression(new Random(seed))])) compared++;
    }
    assert(compared > 200, `only ${compared} graphs were finite`);
  }));

Deno.test("optimize() keeps values and dtypes of random graphs of mixed dtypes", () =>
  raising(() => {
    const dtypes: DType[] = ["float64", "float32", "int32", "int8", "uint8", "float16"];
    let compared = 0;
    for (let seed = 5000; seed < 5300; seed++) {
      if (compare(seed, [expression(new Random(seed), dtypes)], 0.02)) compared++;
    }
    assert(compared > 150, `only ${compared} graphs were finite`);
  }));

Deno.test("optimize() keeps the values of random gradients", () =>
  raising(() => {
    let compared = 0;
    for (let seed = 1000; seed < 1150; seed++) {
      const cost = sum(expression(new Random(seed)));
      const roots = rootsOf([cost]) as TensorVariable[];
      if (roots.length === 0) continue;
      const gradients = grad(cost, roots, { disconnectedInputs: "ignore" });
      if (compare(seed, [cost, ...gradients])) compared++;
    }
    assert(compared > 60, `only ${compared} gradients were finite`);
  }));

Deno.test("optimize() of an optimized graph changes no value and ends", () =>
  raising(() => {
    for (let seed = 2000; seed < 2060; seed++) {
      const output = expression(new Random(seed));
      const { graph } = optimized([output], { excluding: ["fusion", "inplace"] });
      const again = optimized(graph.outputs, { excluding: ["fusion", "inplace"] }).graph;
      const values = sampled(new Random(seed), graph.inputs);
      const text = textOf(graph);
      const left = rootsOf(graph.outputs).map((root) => values[graph.inputs.indexOf(root)]!);
      const [once, twice] = [valuesOf(graph, values), valuesOf(again, left)];
      assert(String(once) === String(twice), `seed ${seed}: ${text} became ${textOf(again)}`);
    }
  }));
