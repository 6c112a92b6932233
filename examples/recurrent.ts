/**
 * @file A recurrent network of tanh units that learns to follow a running mean of its input.
 *
 * `deno run examples/recurrent.ts` needs no permission.
 *
 * Source: Elman, "Finding Structure in Time", 1990.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;

type Variable = theano.tensor.TensorVariable;

/** What a network of `units` units knows. */
export interface Weights {
  /** From the input to the units, (features, units). */
  readonly input: Variable;
  /** From the last state to the next, (units, units). */
  readonly recurrent: Variable;
}

/**
 * The states of the network at all turns, from a state of zeros.
 *
 * Shapes: `rows` is (turns, samples, features), the states are (turns, samples, units).
 */
export function recurrent(rows: Variable, { input, recurrent }: Weights): Variable {
  const start = T.zeros([rows.shape.get(1), recurrent.shape.get(0)], rows.dtype);
  const [states] = theano.scan(
    (row, state) => T.tanh(T.dot(row!, input).add(T.dot(state!, recurrent))),
    { sequences: rows, outputsInfo: start },
  );
  return states as Variable;
}

/** Samples of noise, and what is to be said of each turn: the mean so far, older values less. */
function sequences(
  rng: theano.random.RandomState,
  [turns, samples]: readonly [number, number],
): [rows: theano.NDArray, means: theano.NDArray] {
  const rows = rng.uniform(-1, 1, [turns, samples, 1]);
  const values = rows.data as Float64Array;
  const means = values.slice();
  for (let k = samples; k < means.length; k++) {
    means[k] = 0.8 * means[k - samples]! + 0.2 * values[k]!;
  }
  const shape = [turns, samples, 1];
  return [rows.astype("float32"), theano.array(means, { shape }).astype("float32")];
}

/** Learns, and says how well every now and then. */
function main(): void {
  theano.config.floatX = "float32";
  const [turns, samples, units, rate] = [100, 16, 128, 0.05];
  const rng = new theano.random.RandomState(1);
  const small = (name: string, ...shape: number[]): theano.tensor.TensorSharedVariable =>
    theano.shared(rng.uniform(-0.08, 0.08, shape).astype("float32"), name);
  const weights = {
    input: small("input", 1, units),
    recurrent: small("recurrent", units, units),
    output: small("output", units, 1),
  };
  const [rows, means] = T.tensor3s("rows", "means");
  const said = T.tensordot(recurrent(rows!, weights), weights.output, [[2], [0]]);
  const error = T.sqr(said.sub(means!)).mean();
  const parameters = Object.values(weights);
  const slopes = theano.grad(error, parameters);
  const train = theano.function([rows!, means!], error, {
    updates: parameters.map((w, k) => [w, w.sub(slopes[k]!.mul(rate))]),
  });
  for (let step = 0; step <= 400; step++) {
    const value = train(...sequences(rng, [turns, samples]));
    if (step % 100 === 0) console.log(`Step ${step}: mean squared error ${(+value).toFixed(5)}`);
  }
}

if (import.meta.main) main();
