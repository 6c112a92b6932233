/** @file Schedules that a tuner may choose: all legal, all of the same bits; and how it chooses. */

import { assert, assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import {
  choiceLines,
  choiceOf,
  fastest,
  gemmCandidates,
  reduceCandidates,
  schedulesOf,
  tileCandidates,
} from "../../gpu/candidates.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { gemmSchedule, gemmShare, threadsOf } from "../../gpu/gemm_schedule.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { openDevice, openTarget, type ProfileStore } from "../../gpu/open.ts";
import { normalisedProbe, type Probe, productProbe, sumProbe } from "../../gpu/probes.ts";
import { reduceSchedule } from "../../gpu/reduce_schedule.ts";
import { defaultSchedules, type Schedules } from "../../gpu/schedules.ts";
import { tune } from "../../gpu/tune.ts";
import { Random } from "../helpers/random.ts";
import { functionTest } from "./compiled.ts";
import { type DeviceRunner, deviceTest } from "./device.ts";

/** Schedules like the default ones, with another tile. */
const inTiles: readonly Schedules[] = tileCandidates.map((tile) => ({
  ...defaultSchedules,
  gemm: { ...gemmSchedule, tiles: [tile] },
}));

const reductions: readonly Schedules[] = reduceCandidates.map((reduce) => ({
  ...defaultSchedules,
  reduce,
}));

Deno.test("candidates fit in the memory and the threads that every device has", () => {
  for (const tile of tileCandidates) {
    const bytes = 16 * tile.depth * (tile.rows / 4 + 1 + tile.columns / 4 + 1);
    assert(bytes <= 16384, `${bytes} bytes`);
    assert(threadsOf(tile) <= 256);
    for (const side of [tile.rows, tile.columns]) {
      assertEquals(side * tile.depth % (4 * threadsOf(tile)), 0, "vectors for each thread");
    }
  }
  for (const { threads } of reduceCandidates) assert(threads <= 256);
});

Deno.test("candidates have no say in the order of additions", () => {
  for (const { order } of gemmCandidates()) assertStrictEquals(order, gemmSchedule.order);
  for (const { order } of reduceCandidates) assertStrictEquals(order, reduceSchedule.order);
  for (const { depth, unroll } of tileCandidates) {
    assertEquals([gemmSchedule.order.step % depth, depth % unroll], [0, 0]);
  }
});

Deno.test("the default schedules are candidates", () => {
  for (const tile of gemmSchedule.tiles) assert(tileCandidates.includes(tile));
  assertEquals(reduceCandidates[0], reduceSchedule);
  assertEquals(schedulesOf(choiceOf(defaultSchedules)), defaultSchedules);
});

Deno.test("products are cut along the inner axis at the same places in all tiles", () => {
  const sizes = [[64, 64, 100_000], [20, 9, 600], [1, 1, 8], [500, 70, 1033], [4096, 4096, 4096]];
  for (const [m, n, k] of sizes as [number, number, number][]) {
    for (const items of [1, 30]) {
      const cuts = gemmCandidates().map((schedule) => {
        const { parts, part, steps } = gemmShare(schedule, [m, n, k], items);
        return `${parts} of ${part}, of ${steps} in all`;
      });
      assertEquals(new Set(cuts).size, 1, [...new Set(cuts)].join("; "));
    }
  }
});

/** The words that a probe's kernel writes. */
async function bitsOf(
  runner: DeviceRunner,
  { kernel, sizeOf, lengths }: Probe,
  schedules: Schedules,
  element: (random: Random) => number,
): Promise<Uint32Array> {
  const random = new Random(7);
  const buffers = lengths.map((length) =>
    new Uint32Array(Float32Array.from({ length }, () => element(random)).buffer)
  );
  const code = kernelCode(kernel, defaultLimits, schedules)!;
  const plan = () => code.plan(sizeOf);
  const { buffers: words } = await runner.runCode({ ...code, plan }, buffers);
  return words.at(-1)!;
}

const any = (random: Random): number => random.next() - 0.5;

deviceTest("products have the same bits in all tiles", async (runner) => {
  for (const dims of [[37, 70, 40], [20, 9, 600]] as const) {
    const probe = productProbe(dims);
    const expected = await bitsOf(runner, probe, defaultSchedules, any);
    assert(expected.some((word) => word !== 0));
    for (const schedules of inTiles) {
      assertEquals(await bitsOf(runner, probe, schedules, any), expected);
    }
  }
});

const probes: readonly Probe[] = [
  sumProbe("rows", [3, 1000]),
  sumProbe("rows", [1, 40_000]),
  sumProbe("rows", [300, 37]),
  sumProbe("columns", [700, 70]),
  normalisedProbe([5, 700]),
  normalisedProbe([300, 19]),
];

for (const probe of probes) {
  deviceTest(`${probe.name} have the same bits by all schedules`, async (runner) => {
    const expected = await bitsOf(runner, probe, defaultSchedules, any);
    assert(expected.some((word) => word !== 0));
    for (const schedules of reductions) {
      assertEquals(await bitsOf(runner, probe, schedules, any), expected);
    }
  });
}

deviceTest("probes have the values that their names say", async (runner) => {
  const ones = (): number => 1;
  const floats = async (probe: Probe): Promise<number[]> => {
    const bits = await bitsOf(runner, probe, defaultSchedules, ones);
    return [...new Set(new Float32Array(bits.slice().buffer))];
  };
  assertEquals(await floats(productProbe([6, 7, 40])), [40]);
  assertEquals(await floats(sumProbe("rows", [3, 100])), [100]);
  assertEquals(await floats(sumProbe("columns", [100, 3])), [100]);
  assertEquals(await floats(normalisedProbe([3, 64])), [0]);
});

Deno.test("what was chosen comes back from JSON", () => {
  for (const gemm of gemmCandidates()) {
    const schedules = { gemm, reduce: reduceCandidates[4]! };
    assertEquals(schedulesOf(JSON.parse(JSON.stringify(choiceOf(schedules)))), schedules);
  }
  for (const reduce of reduceCandidates) {
    const schedules = { ...defaultSchedules, reduce };
    assertEquals(schedulesOf(JSON.parse(JSON.stringify(choiceOf(schedules)))), schedules);
  }
});

Deno.test("what is no choice of candidates is none", () => {
  const { gemm, reduce } = choiceOf(defaultSchedules);
  const [tile] = gemm.tiles;
  const wrong: readonly unknown[] = [
    undefined,
    null,
    7,
    "tiles",
    [],
    {},
    { gemm },
    { reduce },
    { gemm: { ...gemm, tiles: [] }, reduce },
    { gemm: { ...gemm, tiles: {} }, reduce },
    { gemm: { ...gemm, tiles: [null] }, reduce },
    { gemm: { ...gemm, tiles: [{ ...tile, rows: 4096 }] }, reduce },
    { gemm: { ...gemm, tiles: [tile, tile, tile, tile] }, reduce },
    { gemm: { ...gemm, busy: "192" }, reduce },
    { gemm, reduce: { ...reduce, threads: 1024 } },
    { gemm, reduce: { ...reduce, unroll: undefined } },
  ];
  for (const kept of wrong) assertEquals(schedulesOf(kept), undefined, JSON.stringify(kept));
});

Deno.test("choiceLines() says what was chosen, or that it is of no use", () => {
  assertEquals(choiceLines(choiceOf({ ...defaultSchedules, reduce: reduceCandidates[5]! })), [
    "products of matrices: 128 × 128, 8 deep, 8 × 8 a thread, 4 a turn; " +
    "64 × 64, 16 deep, 8 × 4 a thread, 4 a turn; 32 × 32, 16 deep, 4 × 4 a thread, 4 a turn; " +
    "the first that gives 192 workgroups",
    "reductions: 128 threads, 2 a turn",
  ]);
  assertEquals(choiceLines({}), ["nothing that this version knows: the defaults are used"]);
});

Deno.test("fastest() leaves the default for a clear gain only, and never for what is unusable", () => {
  const of = (times: Readonly<Record<string, readonly number[]>>) =>
    fastest(Object.keys(times), "usual", (name) => times[name]!);
  assertEquals(of({ usual: [1, 4], other: [1, 4] }), { choice: "usual", ratio: 1 });
  assertEquals(of({ usual: [1, 4], other: [0.99, 4] }), { choice: "usual", ratio: 1 });
  assertEquals(of({ usual: [1, 4], other: [2, 1] }).choice, "other");
  assertEquals(
    of({ usual: [1, 4], mixed: [2, 2], other: [0.5, 4], last: [0.8, 4] }).choice,
    "other",
  );
  assertEquals(of({ usual: [1, 4], other: [0.1, Infinity] }), { choice: "usual", ratio: 1 });
  assertEquals(of({ usual: [], other: [] }), { choice: "usual", ratio: 1 });
});

/** Probes that are measured fast. */
const quick = {
  products: [[8, 9, 10], [40, 40, 8]],
  reductions: [sumProbe("rows", [3, 50])],
  mostSeconds: 1000,
} as const;

functionTest("tune() measures every candidate, and chooses among them", async () => {
  for (const inThread of [false, true]) {
    const device = await openDevice("webgpu", { inThread });
    try {
      const { schedules, tables } = await tune(device, quick);
      assertEquals(schedulesOf(choiceOf(schedules)), schedules);
      assertEquals(tables.map(({ probes }) => probes.map(({ name }) => name)), [
        ["8 × 9 × 10", "40 × 40 × 8"],
        ["rows of 3 × 50"],
      ]);
      assertEquals(tables.map(({ rows }) => rows.length), [12, 9]);
      for (const { probes, rows, ratio } of tables) {
        assert(probes.every(({ seconds }) => seconds > 0));
        assert(rows.every(({ ratios }) => ratios.every((x) => Number.isFinite(x) && x > 0)));
        assert(ratio > 0 && ratio <= 1);
      }
    } finally {
      device.close();
    }
  }
});

functionTest("tune() leaves out what would take too long, and what does not fit", async () => {
  const device = await openDevice("webgpu");
  try {
    const { largestBinding } = device.facts;
    const huge = sumProbe("rows", [1, largestBinding / 4 + 4]);
    const { tables, schedules } = await tune(device, {
      ...quick,
      reductions: [huge],
      mostSeconds: 0,
    });
    assertEquals(tables.map(({ probes }) => probes.length), [1, 0]);
    assertEquals(schedules.reduce, reduceSchedule);
  } finally {
    device.close();
  }
});

/** A store of one profile, and what was written to it. */
function storeOf(kept: unknown): ProfileStore & { readonly written: unknown[] } {
  const written: unknown[] = [];
  return { read: () => kept, write: (_, schedules) => void written.push(schedules), written };
}

functionTest("a profile is part of what compiled functions are kept under", async () => {
  const host = new InterpreterTarget();
  const gemm = { ...gemmSchedule, tiles: [tileCandidates[4]!] };
  const chosen = { gemm, reduce: reduceCandidates[8]! };
  const featuresBy = async (kept: unknown): Promise<string> => {
    const profiles = storeOf(kept);
    const { target } = await openTarget("webgpu", { host, profiles, tune: false });
    assertEquals(profiles.written, []);
    assertEquals(target.schedules, schedulesOf(kept) ?? defaultSchedules);
    return target.features;
  };
  const usual = await featuresBy(undefined);
  assertEquals(await featuresBy(choiceOf(defaultSchedules)), usual);
  assertEquals(await featuresBy({ gemm: "damaged" }), usual);
  assertNotEquals(await featuresBy(choiceOf(chosen)), usual);
  assertNotEquals(await featuresBy(choiceOf({ ...chosen, gemm: gemmSchedule })), usual);
  assertEquals(await featuresBy(undefined), usual);
});

functionTest("a device without a profile is measured where that is asked for, once", async () => {
  const host = new InterpreterTarget();
  const empty = storeOf(undefined);
  const { target } = await openTarget("webgpu", { host, profiles: empty, tune: quick });
  assertEquals(empty.written, [choiceOf(target.schedules)]);
  const full = storeOf(choiceOf(defaultSchedules));
  await openTarget("webgpu", { host, profiles: full, tune: quick });
  assertEquals([full.written, target.schedules], [[], defaultSchedules]);
});
