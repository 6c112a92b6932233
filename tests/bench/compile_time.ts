/**
 * @file How long compiling takes: a small function once everything is warm, the training function of
 * examples/mnist.ts in a fresh process with an empty and with a full cache, and the gradient of a
 * recurrent network, however many turns it has.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";
import { networkSlope } from "./loops.ts";

const { tensor: T } = theano;

/** The best time of compiling `x + y`, in ms, after some others. */
function smallFunction(): number {
  let best = Infinity;
  for (let i = 0; i < 30; i++) {
    const [x, y] = [T.dmatrix("x"), T.dmatrix("y")];
    // A constant of its own makes it a function that no cache has seen.
    const z = x.add(y).mul(i + 0.5);
    const start = performance.now();
    theano.function([x, y], z);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** The time of compiling the training function, in ms, with the data of one batch only. */
function trainingFunction(): number {
  theano.config.floatX = "float32";
  const data = theano.shared(theano.zeros([600, 784], "float32"));
  const digits = theano.shared(new Int32Array(600));
  const x = T.matrix("x");
  const y = T.ivector("y");
  const w = theano.shared(theano.zeros([784, 10], "float32"), "w");
  const b = theano.shared(theano.zeros([10], "float32"), "b");
  const p = T.nnet.softmax(T.dot(x, w).add(b));
  const cost = T.log(p).get(T.arange(y.shape.get(0)), y).mean().neg();
  const i = T.lscalar("i");
  const rows = T.slice(i.mul(600), i.add(1).mul(600));
  const start = performance.now();
  const [gw, gb] = theano.grad(cost, [w, b]);
  const train = theano.function([i], cost, {
    updates: [[w, w.sub(gw!.mul(0.13))], [b, b.sub(gb!.mul(0.13))]],
    givens: new Map([[x, data.get(rows)], [y, digits.get(rows)]]),
  });
  const ms = performance.now() - start;
  if (Math.abs(+train(0) - Math.log(10)) > 1e-5) throw new RangeError("the cost is wrong");
  return ms;
}

/** The time of compiling the gradient of a recurrent network, in ms, for some number of turns. */
function networkGradient(turns: number): number {
  theano.config.floatX = "float32";
  const rows = theano.shared(theano.zeros([turns, 16, 128], "float32"));
  const weights = theano.shared(theano.zeros([128, 128], "float32"));
  const start = performance.now();
  const f = theano.function([], networkSlope(rows, weights));
  const ms = performance.now() - start;
  if (f().shape.join() !== "128,128") throw new RangeError("the gradient is wrong");
  return ms;
}

/** What is timed, by its name. */
const timings: Readonly<Record<string, () => number>> = {
  small: smallFunction,
  training: trainingFunction,
  network10: () => networkGradient(10),
  network1000: () => networkGradient(1000),
};

async function inProcess(name: string, folder: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-lock", import.meta.url, name],
    env: { THEANO_FLAGS: `base_compiledir=${folder}` },
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Prints the table. */
export async function compileRows(): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    console.log("\n## Compile time\n\n| row | ms |\n|---|---|");
    console.log(`| function([x, y], …), warm | ${await inProcess("small", folder)} |`);
    const title = "| MNIST training function with its gradient, fresh process";
    console.log(`${title}, empty cache | ${await inProcess("training", folder)} |`);
    console.log(`${title}, full cache | ${await inProcess("training", folder)} |`);
    for (const turns of [10, 1000]) {
      const title = `gradient of a recurrent network of ${turns} turns, fresh process, empty cache`;
      const empty = await Deno.makeTempDir({ dir: folder });
      console.log(`| ${title} | ${await inProcess(`network${turns}`, empty)} |`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  console.log(timings[Deno.args[0]!]!().toFixed(1));
}
