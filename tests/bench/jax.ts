/** @file The rows as jax-js computes them: compiled, on its WebAssembly device, one thread. */

import { type JaxArray, loadJax } from "./peer.ts";
import {
  fullDoubles,
  type Prepare,
  type Rows,
  serve,
  uniform,
  uniform32,
  type Work,
} from "./protocol.ts";

const jax = await loadJax();
const { numpy: np, nn, jit } = jax;

type Floats = Float32Array | Float64Array;

function make(data: Floats, shape: readonly number[]): JaxArray {
  const options = data instanceof Float64Array ? { dtype: np.float64 } : {};
  return np.array(data, options).reshape(shape);
}

/** Computes an array, of which one element is read. */
function force(x: JaxArray): void {
  if (x.size === 1) x.dataSync();
  else x.reshape([-1]).slice([0, 1]).dataSync();
}

function work(
  endToEnd: boolean,
  inputs: readonly (readonly [Floats, readonly number[]])[],
  formula: (...inputs: JaxArray[]) => JaxArray,
): Work {
  const f = jit(formula);
  if (endToEnd) {
    return { run: () => void f(...inputs.map(([data, shape]) => make(data, shape))).dataSync() };
  }
  const arrays = inputs.map(([data, shape]) => make(data, shape));
  const call = (): JaxArray => f(...arrays.map((array) => array.ref));
  return { run: () => force(call()), values: () => call().dataSync() };
}

function withoutValues({ run }: Work): Work {
  return { run };
}

function product(size: number, numbers: typeof uniform | typeof uniform32): Prepare {
  return (endToEnd: boolean): Work => {
    const shape = [size, size];
    const [a, b] = [numbers(size * size), numbers(size * size, -1, 1, 99)];
    return withoutValues(work(endToEnd, [[a, shape], [b, shape]], (x, y) => np.matmul(x!, y!)));
  };
}

function batch(endToEnd: boolean): Work {
  const shape = [64, 128, 128];
  const [a, b] = [uniform32(64 * 128 * 128), uniform32(64 * 128 * 128, -1, 1, 99)];
  return withoutValues(work(endToEnd, [[a, shape], [b, shape]], (x, y) => np.matmul(x!, y!)));
}

function of1000(formula: (x: JaxArray) => JaxArray): Prepare {
  return (endToEnd: boolean): Work =>
    withoutValues(work(endToEnd, [[uniform32(1e6), [1000, 1000]]], (x) => formula(x!)));
}

function ofDoubles(formula: (x: JaxArray) => JaxArray): Prepare {
  return (endToEnd: boolean): Work =>
    withoutValues(work(endToEnd, [[fullDoubles(1e6), [1e6]]], (x) => formula(x!)));
}

interface Parameters {
  readonly w: JaxArray;
  readonly b: JaxArray;
}

function loss({ w, b }: Parameters, ...[x, y]: JaxArray[]): JaxArray {
  const p = nn.sigmoid(np.dot(x!, w.ref).add(b));
  const one = (): JaxArray => np.array(1);
  const right = y!.ref.mul(np.log(p.ref));
  const losses = right.add(one().sub(y!).mul(np.log(one().sub(p)))).neg();
  return np.mean(losses).add(np.sum(np.square(w)).mul(0.01));
}

function regression(endToEnd: boolean): Work {
  const [samples, features] = [400, 784];
  const data = uniform32(samples * features);
  const targets = uniform32(samples, 0, 1).map(Math.round);
  const step = jit((parameters: Parameters, x: JaxArray, y: JaxArray) => {
    const kept = { w: parameters.w.ref, b: parameters.b.ref };
    const [value, slope] = jax.valueAndGrad(loss)(kept, x, y);
    const w = parameters.w.sub(slope.w.mul(0.1));
    return { value, w, b: parameters.b.sub(slope.b.mul(0.1)) };
  });
  const x = make(data, [samples, features]);
  const y = make(targets, [samples]);
  let state: Parameters = { w: make(uniform32(features, -0.01, 0.01), [features]), b: np.array(0) };
  return {
    run: () => {
      const inputs: [JaxArray, JaxArray] = endToEnd
        ? [make(data, [samples, features]), make(targets, [samples])]
        : [x.ref, y.ref];
      const { value, w, b } = step(state, ...inputs);
      state = { w, b };
      value.dataSync();
    },
  };
}

/** Turns written out, since this library has no loop. */
function networkCost(weights: JaxArray, rows: JaxArray): JaxArray {
  let state = np.zeros([16, 128]);
  for (let t = 0; t < 100; t++) {
    state = np.tanh(np.matmul(state, weights.ref).add(rows.ref.slice(t)));
  }
  weights.dispose();
  rows.dispose();
  return np.sum(np.square(state));
}

function network(formula: typeof networkCost): Prepare {
  const [rows, weights] = [uniform32(100 * 16 * 128), uniform32(128 * 128, -0.15, 0.15)];
  return (endToEnd) => {
    const made = withoutValues(work(
      endToEnd,
      [[weights, [128, 128]], [rows, [100, 16, 128]]],
      (w, x) => formula(w!, x!),
    ));
    // The first call compiles all the turns, which takes so long that no other would be timed.
    made.run();
    return made;
  };
}

function scalar(endToEnd: boolean): Work {
  const f = jit((x: JaxArray) => x.add(1));
  const two = np.array(2);
  return { run: () => void f(endToEnd ? np.array(2) : two.ref).dataSync() };
}

const table: Rows = {
  ...Object.fromEntries(
    [256, 512, 1024, 2048].flatMap((size) => [
      [`matmul_float32_${size}`, product(size, uniform32)],
      [`matmul_float64_${size}`, product(size, uniform)],
    ]),
  ),
  chain: (endToEnd) =>
    withoutValues(work(
      endToEnd,
      [[uniform32(1e6), [1e6]]],
      (a) => np.tanh(a!.ref).mul(a!.ref).add(np.exp(a!)),
    )),
  exp: (endToEnd) => work(endToEnd, [[uniform(230_400, -2, 2), [230_400]]], (a) => np.exp(a!)),
  sum0: of1000((a) => np.sum(a, 0)),
  sum1: of1000((a) => np.sum(a, 1)),
  sort: ofDoubles((a) => np.sort(a)),
  argsort: ofDoubles((a) => np.argsort(a)),
  cumsum: of1000((a) => np.cumsum(a, 1)),
  softmax: of1000((a) => nn.softmax(a, -1)),
  batch,
  regression,
  network: network(networkCost),
  networkGradient: network(jax.grad(networkCost)),
  scalar,
};

await serve(table);
Deno.exit(0);
