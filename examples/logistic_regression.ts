/**
 * @file Logistic regression of 400 samples with 784 features, as in the tutorial of Theano's manual.
 *
 * `deno run examples/logistic_regression.ts` needs no permission.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;
const [samples, features, steps] = [400, 784, 10_000];

/** Uniform numbers in [0, 1), the same in every run (the generator SplitMix32). */
function uniformNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x9e3779b9) | 0;
    let bits = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  };
}

const uniform = uniformNumbers(1);

/** Normal numbers, each from two uniform ones (Box and Muller). */
function normalNumbers(size: number): Float64Array {
  return Float64Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

// The data: nothing but noise, which so many features can nevertheless tell apart.
const inputs = theano.array(normalNumbers(samples * features), { shape: [samples, features] });
const targets = Float64Array.from({ length: samples }, () => Math.floor(2 * uniform()));

const x = T.dmatrix("x");
const y = T.dvector("y");
const w = theano.shared(normalNumbers(features), "w");
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
  return targets.filter((target, k) => target === Number(predicted[k])).length;
}

console.log(`Before: ${hits()} of ${samples} predicted`);
let lost = 0;
for (let step = 0; step < steps; step++) {
  const [, , value, slope] = train(inputs, targets);
  if (!slope!.data.every((each) => Number.isFinite(each))) lost++;
  if (step % 2000 === 0) console.log(`Step ${step}: cost ${value!.item().toFixed(6)}`);
}
console.log(`Steps whose gradient was not finite: ${lost}`);
console.log(`After: ${hits()} of ${samples} predicted, b = ${(+b.getValue()).toFixed(6)}`);
