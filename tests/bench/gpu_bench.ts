/**
 * @file Speed of functions on a device, beside jax-js on the same device and in the same process.
 *
 * `deno task bench:gpu [part of a title]`. Values stay on the device where a row does not say otherwise.
 * The libraries take turns; each row is the best of many samples, each with one wait at its end. Where
 * there is no machine profile of the device, it is measured first.
 */

import * as theano from "@theano/theano";
import { deviceTarget } from "../../core/compile/device.ts";
import type { GpuTarget } from "../../gpu/target.ts";
import { type GpuRow, gpuRows, type Side } from "./gpu_rows.ts";
import { type Jax, load, versions } from "./peer.ts";

theano.config.floatX = "float32";
await theano.gpu.use("webgpu", { force: true, tune: true });
const { facts: { name } } = (deviceTarget() as GpuTarget).device;

async function loadJax(): Promise<Jax> {
  const jax = await load<Jax>(`npm:@jax-js/jax@${versions.jax}`);
  await jax.init("webgpu");
  jax.defaultDevice("webgpu");
  return jax;
}

/** How long a row is measured, in ms for each library. */
const budget = 1500;

/** A library in a row: how many runs a sample has, and the best time of a run in ms. */
interface Lane {
  readonly side: Side;
  readonly runs: number;
  best: number;
}

async function sample({ run, end }: Side, runs: number): Promise<number> {
  const start = performance.now();
  for (let k = 0; k < runs; k++) {
    const given = run();
    if (given) await given;
  }
  const given = end();
  if (given) await given;
  return (performance.now() - start) / runs;
}

/** A library made ready; the first calls compile. */
async function laneOf(side: Side): Promise<Lane> {
  const first = await sample(side, 1);
  const best = first > 2000 ? first : Math.min(first, await sample(side, 1));
  return { side, runs: Math.min(64, Math.max(1, Math.floor(20 / best))), best };
}

/** The best times of some libraries, which take turns. */
async function race(sides: readonly Side[]): Promise<number[]> {
  const lanes: Lane[] = [];
  for (const side of sides) lanes.push(await laneOf(side));
  const end = performance.now() + budget * lanes.length;
  while (performance.now() < end) {
    for (const lane of lanes) lane.best = Math.min(lane.best, await sample(lane.side, lane.runs));
  }
  return lanes.map(({ best }) => best);
}

function rateOf({ flops, bytes }: GpuRow, ms: number): string {
  if (flops) {
    const tera = flops / ms / 1e9;
    return tera < 0.1
      ? `${(1000 * tera).toPrecision(3)} GFLOP/s`
      : `${tera.toPrecision(3)} TFLOP/s`;
  }
  return bytes ? `${(bytes / ms / 1e6).toPrecision(3)} GB/s` : "";
}

function print(...cells: readonly string[]): void {
  const [title, ...rest] = cells;
  const line = `${title!.padEnd(44)}${rest.map((cell) => cell.padStart(14)).join("")}`;
  Deno.stdout.writeSync(new TextEncoder().encode(`${line.trimEnd()}\n`));
}

/** A product may take this long, in ms, before larger ones are left out. */
const patience = 5000;

const jax = await loadJax();
print(name);
print("", "ours, ms", "jax-js, ms", "faster by", "our rate");
const wanted = Deno.args[0] ?? "";
let isSlow = false;
for (const row of gpuRows.filter(({ title }) => title.includes(wanted))) {
  if (isSlow && row.title.startsWith("product")) {
    print(row.title, "left out");
    continue;
  }
  const [ours, theirs] = await race([row.ours(), row.jax(jax)]);
  const ratio = `×${(theirs! / ours!).toPrecision(3)}`;
  print(row.title, ours!.toPrecision(4), theirs!.toPrecision(4), ratio, rateOf(row, ours!));
  isSlow = row.title.startsWith("product") && ours! > patience;
}
Deno.exit(0);
