/**
 * @file The manual's page "A real example: logistic regression".
 */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

/** What the program of the page makes. */
function program(dtype: "float64" | "float32", rate: number): {
  readonly w: theano.TensorSharedVariable;
  readonly b: theano.TensorSharedVariable;
  readonly train: theano.CompiledFunction<theano.NDArray[]>;
  readonly predict: theano.CompiledFunction<theano.NDArray>;
  readonly examples: theano.NDArray;
  readonly labels: theano.NDArray;
} {
  const rng = new theano.random.RandomState(0);
  const examples = rng.randn(400, 784) as theano.NDArray;
  const labels = rng.randint(0, 2, 400) as theano.NDArray;
  const x = T.matrix("x", dtype);
  const y = T.vector("y", dtype);
  const w = theano.shared((rng.randn(784) as theano.NDArray).astype(dtype), "w");
  const b = theano.shared(0, { dtype, name: "b" });
  const p1 = T.div(1, T.add(1, T.exp(T.dot(x, w).neg().sub(b))));
  const prediction = p1.gt(0.5);
  const xent = y.neg().mul(T.log(p1)).sub(T.sub(1, y).mul(T.log(T.sub(1, p1))));
  const cost = xent.mean().add(T.mul(0.01, w.pow(2).sum()));
  const [gw, gb] = T.grad(cost, [w, b]) as [
    theano.tensor.TensorVariable,
    theano.tensor.TensorVariable,
  ];
  const step = T.constant(rate, { dtype });
  const train = theano.function([x, y], [prediction, xent], {
    updates: [[w, w.sub(step.mul(gw))], [b, b.sub(step.mul(gb))]],
    name: "train",
  });
  const predict = theano.function([x], prediction, { name: "predict" });
  return { w, b, train, predict, examples: examples.astype(dtype), labels };
}

Deno.test("logistic regression 34: after training, predictions and weights are Theano's own", () => {
  const { w, b, train, predict, examples, labels } = program("float64", 0.1);
  for (let i = 0; i < 10000; i++) train(examples, labels);
  const predicted = predict(examples).toArray<boolean[]>();
  assertEquals(predicted, labels.toArray<number[]>().map(Boolean));
  // What Theano 1.0 computes for the same numbers.
  assertAlmostEquals(b.getValue().item(), 0.1737606, 1e-8);
  const weights = Array.from(w.getValue().data, Number);
  assertAlmostEquals(weights[0]!, -0.09412283, 1e-8);
  assertAlmostEquals(weights[1]!, 0.02071289, 1e-8);
  assertAlmostEquals(weights[2]!, 0.02098929, 1e-8);
  assertAlmostEquals(weights.reduce((sum, x) => sum + Math.abs(x), 0), 57.77719369, 1e-8);
});

Deno.test("logistic regression 34: the first step is the one of the formulas", () => {
  const { w, b, train, examples, labels } = program("float64", 0.1);
  const before = w.getValue().data as Float64Array;
  const rows = examples.data as Float64Array;
  const targets = Array.from(labels.data as BigInt64Array, Number);
  const errors = targets.map((target, i) => {
    let z = 0;
    for (let j = 0; j < 784; j++) z += rows[i * 784 + j]! * before[j]!;
    return 1 / (1 + Math.exp(-z)) - target;
  });
  train(examples, labels);
  const after = w.getValue().data as Float64Array;
  for (const j of [0, 1, 400, 783]) {
    const slope = errors.reduce((sum, e, i) => sum + e * rows[i * 784 + j]!, 0) / 400 +
      0.02 * before[j]!;
    assertAlmostEquals(after[j]!, before[j]! - 0.1 * slope, 1e-12);
  }
  const meanError = errors.reduce((sum, e) => sum + e, 0) / 400;
  assertAlmostEquals(b.getValue().item(), -0.1 * meanError, 1e-12);
});

Deno.test("logistic regression 35: in float32 the products are found, and nothing becomes float64", () => {
  const { train } = program("float32", 0.01);
  const nodes = train.maker.fgraph.toposort();
  assertEquals(nodes.some(({ op }) => /^(C?Gemv|C?Gemm|Dot22)/.test(op.name)), true);
  const types = nodes.flatMap(({ outputs }) => outputs.map(({ type }) => String(type)));
  assertEquals(types.filter((type) => type.includes("float64")), []);
});
