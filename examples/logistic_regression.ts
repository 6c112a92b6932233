/**
 * @file Logistic regression of 400 samples with 784 features, as in the tutorial of Theano's manual.
 *
 * `deno run examples/logistic_regression.ts` needs no permission.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;
const [samples, features, steps] = [400, 784, 10_000];
const rng = new theano.random.RandomState(0);

// The data: nothing but noise, which so many features can nevertheless tell apart.
const inputs = rng.randn(samples, features);
const targets = rng.randint(0, 2, samples).astype("float64");

const x = T.dmatrix("x");
const y = T.dvector("y");
const w = theano.shared(rng.randn(features), "w");
const b = theano.shared(theano.float64(0), "b");

// The probability that a target is 1, the prediction, and how wrong it is.
const p1 = T.div(1, T.add(1, T.exp(T.dot(x, w).neg().sub(b))));
const prediction = p1.gt(0.5);
const xent = y.neg().mul(T.log(p1)).sub(T.sub(1, y).mul(T.log(T.sub(1, p1))));
const cost = xent.mean().add(T.sqr(w).sum().mul(0.01));
const [gw, gb] = theano.grad(cost, [w, b]);

const train = theano.function([x, y], [prediction, xent, cost, gw!], {
  updates: [[w, w.sub(gw!.mul(0.1))], [b, b.sub(gb!.mul(0.1))]],
});
const predict = theano.function([x], prediction);

/** How many predictions are as they should be. */
function hits(): number {
  const predicted = predict(inputs).data;
  return targets.data.filter((target, k) => Number(target) === Number(predicted[k])).length;
}

console.log(`Before: ${hits()} of ${samples} predicted`);
let [lost, last] = [0, 0];
for (let step = 0; step < steps; step++) {
  const [, , value, slope] = train(inputs, targets);
  if (!slope!.data.every((each) => Number.isFinite(each))) lost++;
  last = Number(value!.item());
  if (step % 2000 === 0) console.log(`Step ${step}: cost ${last.toFixed(6)}`);
}
console.log(`Steps whose gradient was not finite: ${lost}`);
console.log(`Final model: cost ${last.toFixed(8)}, b = ${(+b.getValue()).toFixed(8)}`);
console.log(`w begins with ${w.getValue().get(":3")}`);
console.log(`After: ${hits()} of ${samples} predicted`);
