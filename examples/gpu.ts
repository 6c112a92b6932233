/**
 * @file Is the graphics card used? The two programs of the chapter "Using the GPU" of Theano's manual.
 *
 * `THEANO_FLAGS=device=webgpu,floatX=float32 deno run -E examples/gpu.ts`, or with `device=cpu`.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T, config } = theano;
const length = 10 * 30 * 768;
const turns = 1000;

const rng = new theano.random.RandomState(22);
const x = theano.shared(rng.rand(length).astype(config.floatX));

/** Calls a function many times and says how long it took, what it gave, and where it ran. */
function measure(f: theano.CompiledFunction<theano.NDArray>): void {
  const nodes = f.maker.fgraph.toposort();
  console.log(`[${nodes.join(", ")}]`);
  let result = f();
  const start = performance.now();
  for (let turn = 0; turn < turns; turn++) result = f();
  const seconds = (performance.now() - start) / 1000;
  console.log(`Looping ${turns} times took ${seconds.toFixed(6)} seconds`);
  console.log(`Result is ${result}`);
  const isOnCpu = nodes.some(({ op }) =>
    op instanceof T.Elemwise && !op.constructor.name.includes("Gpu")
  );
  console.log(isOnCpu ? "Used the cpu" : "Used the gpu");
}

// Results are arrays on the host: each call waits for its copy.
measure(theano.function([], T.exp(x)));

// Results stay on the device: a call only says what is to be computed.
if (config.device !== "cpu") measure(theano.function([], T.exp(x).transfer(null)));
