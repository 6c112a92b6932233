/**
 * @file A network with long short-term memory that learns to say what a sequence began with.
 *
 * `deno run examples/lstm.ts` needs no permission.
 *
 * Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; the forget gate is that of
 * Gers, Schmidhuber and Cummins, "Learning to Forget", 2000.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;

type Variable = theano.tensor.TensorVariable;

/** What a network of `units` units knows: three gates and a candidate side by side. */
export interface Weights {
  /** From the input to the gates, (features, 4 · units). */
  readonly input: Variable;
  /** From the last output to the gates, (units, 4 · units). */
  readonly recurrent: Variable;
  /** (4 · units). */
  readonly bias: Variable;
}

/**
 * The outputs of the network at all turns.
 *
 * Shapes: `rows` is (turns, samples, features), the outputs are (turns, samples, units).
 */
export function lstm(rows: Variable, { input, recurrent, bias }: Weights): Variable {
  const units = recurrent.shape.get(0);
  const start = T.zeros([rows.shape.get(1), units], rows.dtype);
  const [[outputs]] = theano.scan(
    (row, output, cell) => {
      const sums = T.dot(row!, input).add(T.dot(output!, recurrent)).add(bias);
      const part = (k: number): Variable =>
        sums.get(T.slice(null, null), T.slice(units.mul(k), units.mul(k + 1)));
      const [enter, forget, leave] = [0, 1, 2].map((k) => T.nnet.sigmoid(part(k)));
      const next = forget!.mul(cell!).add(enter!.mul(T.tanh(part(3))));
      return [leave!.mul(T.tanh(next)), next];
    },
    { sequences: rows, outputsInfo: [start, start] },
  ) as [Variable[], unknown];
  return outputs!;
}

/** Learns, and says how well every now and then. */
function main(): void {
  theano.config.floatX = "float32";
  const [turns, samples, units, rate] = [20, 64, 16, 0.01];
  const rng = new theano.random.RandomState(1);
  const small = (...shape: number[]): theano.NDArray => rng.uniform(-0.3, 0.3, shape);
  const share = (values: theano.NDArray, name: string): theano.tensor.TensorSharedVariable =>
    theano.shared(values.astype("float32"), name);
  const weights = {
    input: share(small(1, 4 * units), "input"),
    recurrent: share(small(units, 4 * units), "recurrent"),
    // Gates that are open at first let the gradient through to the first turn.
    bias: share(theano.array([0, 2, 0, 0].flatMap((x) => Array(units).fill(x))), "bias"),
    output: share(small(units), "output"),
  };
  const rows = T.tensor3("rows");
  const last = lstm(rows, weights).get(-1);
  const p = T.nnet.sigmoid(T.dot(last, weights.output));
  const first = rows.get(0, T.slice(null, null), 0).gt(0);
  const cost = T.nnet.binaryCrossentropy(p, first).mean();
  const error = T.neq(p.gt(0.5), first).mean();
  const parameters = Object.values(weights);
  const slopes = theano.grad(cost, parameters);
  // Each slope is divided by its usual size, the root of a running mean of squares.
  const updates = parameters.flatMap((w, k) => {
    const squares = theano.shared(theano.zeros(w.getValue().shape, "float32"));
    const mean = squares.mul(0.9).add(T.sqr(slopes[k]!).mul(0.1));
    const step = slopes[k]!.div(T.sqrt(mean.add(1e-6))).mul(rate);
    return [[squares, mean], [w, w.sub(step)]] as const;
  });
  const train = theano.function([rows], [cost, error], { updates });
  for (let step = 0; step <= 300; step++) {
    const bits = rng.randint(0, 2, [turns, samples, 1]).astype("float32");
    const [value, wrong] = train(bits);
    if (step % 100 === 0) {
      console.log(
        `Step ${step}: cost ${(+value!).toFixed(4)}, ${(+wrong! * 100).toFixed(1)} % wrong`,
      );
    }
  }
}

if (import.meta.main) main();
