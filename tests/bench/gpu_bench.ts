/**
 * @file Speed of functions on a device: what a call costs, and what a card computes.
 *
 * `deno task bench:gpu`. Values stay on the device where a row says so; each row is the best of several
 * rounds, each with one wait at its end.
 */

import * as theano from "@theano/theano";

const { tensor: T } = theano;
theano.config.floatX = "float32";
await theano.gpu.use("webgpu", { force: true });

/** A shared matrix of numbers. */
function matrix(...shape: readonly number[]): theano.tensor.TensorSharedVariable {
  const size = shape.reduce((n, length) => n * length, 1);
  const data = Float32Array.from({ length: size }, (_, k) => (k * 7919 % 1000) / 1000 - 0.5);
  return theano.shared(theano.array(data, { shape }), { borrow: true });
}

/** Time of one call, in ms, waits included. */
function time(run: () => void, end: () => void): number {
  run();
  end();
  let best = Infinity;
  for (const stop = performance.now() + 1500; performance.now() < stop;) {
    const before = performance.now();
    const rounds = best < 5 ? 20 : 1;
    for (let round = 0; round < rounds; round++) run();
    end();
    best = Math.min(best, (performance.now() - before) / rounds);
  }
  return best;
}

const lines: string[] = [];

/** Adds a row: the time, and a rate where so many operations or bytes are meant. */
function row(what: string, ms: number, count = 0, unit = ""): void {
  const rate = count > 0 ? `${(count / ms / 1e6).toFixed(1).padStart(9)} ${unit}` : "";
  lines.push(`${what.padEnd(52)}${ms.toFixed(3).padStart(9)} ms${rate}`);
}

const nothing = (): void => {};
const small = theano.function([], matrix(8).mul(2));
row("a call, its result on the host", time(() => small(), nothing));

const state = matrix(8);
const update = theano.function([], [], { updates: [[state, state.mul(0.999)]] });
row("a call that only updates", time(() => update(), () => update.syncShared()));

for (const n of [1e4, 1e6]) {
  const big = matrix(n);
  const back = theano.function([], big.mul(2));
  row(`${n} numbers doubled and read`, time(() => back(), nothing), 4 * n, "GB/s");
  const stays = theano.function([], T.tanh(big).mul(big).add(T.exp(big)).transfer("gpu"));
  let last = stays();
  row(
    `tanh(a)*a+exp(a) of ${n} numbers, kept there`,
    time(() => last = stays(), () => last.sync()),
    8 * n,
    "GB/s",
  );
  const sum = theano.function([], big.sum());
  row(`sum of ${n} numbers`, time(() => sum(), nothing), 4 * n, "GB/s");
}

for (const n of [256, 512, 1024, 2048]) {
  const product = theano.function([], T.dot(matrix(n, n), matrix(n, n)).transfer("gpu"));
  let last = product();
  const ms = time(() => last = product(), () => last.sync());
  row(`product of ${n} × ${n} matrices, kept there`, ms, 2 * n ** 3, "GFLOP/s");
  if (ms > 400) break;
}

await new Blob([lines.join("\n") + "\n"]).stream().pipeTo(Deno.stdout.writable);
