/**
 * @file Logistic regression on a graphics card: the exercise of the chapter "Using the GPU" of Theano's
 * manual. Nothing in the program names a device; the flags do.
 *
 * `THEANO_FLAGS=device=webgpu,floatX=float32 deno run -E examples/gpu_logistic_regression.ts`
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T, config } = theano;
const rng = new theano.random.RandomState(0);
const [samples, features, steps] = [400, 784, 1000];

const inputs = rng.randn(samples, features).astype(config.floatX);
const targets = rng.randint(0, 2, samples).astype(config.floatX);

const x = T.matrix("x");
const y = T.vector("y");
const w = theano.shared(rng.randn(features).astype(config.floatX), "w");
const b = theano.shared(theano.array(0, { dtype: config.floatX }), "b");

// The probability of a one, the prediction, and what is to become small.
const p1 = T.div(1, T.add(1, T.exp(T.dot(x, w).neg().sub(b))));
const prediction = p1.gt(0.5);
const xent = y.neg().mul(T.log(p1)).sub(T.sub(1, y).mul(T.log(T.sub(1, p1))));
const cost = xent.mean().add(T.sqr(w).sum().mul(0.01));
const [gw, gb] = theano.grad(cost, [w, b]);

const train = theano.function([x, y], [prediction, cost], {
  updates: [[w, w.sub(gw!.mul(0.01))], [b, b.sub(gb!.mul(0.01))]],
  name: "train",
});
const predict = theano.function([x], prediction, { name: "predict" });

const names = train.maker.fgraph.toposort().map(({ op }) => op.constructor.name);
if (names.some((name) => ["Gemv", "CGemv", "Gemm", "CGemm"].includes(name))) {
  console.log("Used the cpu");
} else if (names.some((name) => ["GpuGemm", "GpuGemv"].includes(name))) {
  console.log("Used the gpu");
} else {
  console.log("ERROR, not able to tell if theano used the cpu or the gpu");
}

for (let step = 0; step < steps; step++) {
  const [, value] = train(inputs, targets);
  if (step % 250 === 0) console.log(`Step ${step}: cost ${value!.item().toFixed(3)}`);
}
const predicted = predict(inputs).data;
const hits = targets.data.filter((target, k) => Number(target) === Number(predicted[k])).length;
console.log(`${hits} of ${samples} predicted; device=${config.device}, floatX=${config.floatX}`);
