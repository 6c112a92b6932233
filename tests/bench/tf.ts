/** @file The rows as TensorFlow.js computes them, which has no float64. */

import { loadTf, type TfTensor } from "./peer.ts";
import { type Prepare, type Rows, serve, uniform32, type Work } from "./protocol.ts";

const tf = await loadTf();

function work(
  endToEnd: boolean,
  inputs: readonly (readonly [Float32Array, readonly number[]])[],
  formula: (...inputs: TfTensor[]) => TfTensor,
): Work {
  const make = (): TfTensor[] => inputs.map(([data, shape]) => tf.tensor(data, shape));
  if (endToEnd) return { run: () => tf.tidy(() => void formula(...make()).dataSync()) };
  const tensors = make();
  return {
    run: () => tf.tidy(() => void formula(...tensors)),
    free: () => tensors.forEach((tensor) => tensor.dispose()),
  };
}

function product(size: number): Prepare {
  return (endToEnd: boolean): Work => {
    const shape = [size, size];
    const [a, b] = [uniform32(size * size), uniform32(size * size, -1, 1, 99)];
    return work(endToEnd, [[a, shape], [b, shape]], (x, y) => tf.matMul(x!, y!));
  };
}

function batch(endToEnd: boolean): Work {
  const shape = [64, 128, 128];
  const [a, b] = [uniform32(64 * 128 * 128), uniform32(64 * 128 * 128, -1, 1, 99)];
  return work(endToEnd, [[a, shape], [b, shape]], (x, y) => tf.matMul(x!, y!));
}

function of1000(formula: (x: TfTensor) => TfTensor): Prepare {
  return (endToEnd: boolean): Work =>
    work(endToEnd, [[uniform32(1e6), [1000, 1000]]], (x) => formula(x!));
}

function regression(endToEnd: boolean): Work {
  const [samples, features] = [400, 784];
  const data = uniform32(samples * features);
  const targets = uniform32(samples, 0, 1).map(Math.round);
  const resident = [tf.tensor(data, [samples, features]), tf.tensor(targets, [samples])];
  let w = tf.tensor(uniform32(features, -0.01, 0.01), [features, 1]);
  let b = tf.scalar(0);
  const step = ([x, y]: readonly TfTensor[]): [TfTensor, TfTensor] => {
    const slopes = tf.valueAndGrads((weights, bias) => {
      const p = tf.sigmoid(tf.add(tf.reshape(tf.matMul(x!, weights!), [samples]), bias!));
      const wrong = tf.mul(tf.sub(1, y!), tf.log(tf.sub(1, p)));
      const losses = tf.neg(tf.add(tf.mul(y!, tf.log(p)), wrong));
      return tf.add(tf.mean(losses), tf.mul(tf.sum(tf.square(weights!)), 0.01));
    });
    const { value, grads: [gw, gb] } = slopes([w, b]);
    value.dataSync();
    return [tf.sub(w, tf.mul(gw!, 0.1)), tf.sub(b, tf.mul(gb!, 0.1))];
  };
  return {
    run: () => {
      const next = tf.tidy(() =>
        step(
          endToEnd
            ? [tf.tensor(data, [samples, features]), tf.tensor(targets, [samples])]
            : resident,
        )
      );
      w.dispose();
      b.dispose();
      [w, b] = next;
    },
  };
}

const table: Rows = {
  ...Object.fromEntries(
    [256, 512, 1024, 2048].map((size) => [`matmul_float32_${size}`, product(size)]),
  ),
  chain: (endToEnd) =>
    work(
      endToEnd,
      [[uniform32(1e6), [1e6]]],
      (a) => tf.add(tf.mul(tf.tanh(a!), a!), tf.exp(a!)),
    ),
  sum0: of1000((a) => tf.sum(a, 0)),
  sum1: of1000((a) => tf.sum(a, 1)),
  softmax: of1000((a) => tf.softmax(a, 1)),
  cumsum: of1000((a) => tf.cumsum(a, 1)),
  batch,
  regression,
  scalar: (endToEnd) => {
    const two = tf.scalar(2);
    return endToEnd
      ? { run: () => tf.tidy(() => void tf.add(tf.scalar(2), 1).dataSync()) }
      : { run: () => tf.tidy(() => void tf.add(two, 1)) };
  },
};

await serve(table);
Deno.exit(0);
