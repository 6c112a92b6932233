/** @file Profiles of functions on a device: whose the time is, and what went to and fro. */

import * as theano from "@theano/theano";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { GpuArray } from "../../core/array/gpu_array.ts";
import { NodeByNode } from "../../core/compile/node_by_node.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import type { DeviceUse } from "../../core/kernel/target.ts";
import { Device } from "../../gpu/device.ts";
import { LocalMachine } from "../../gpu/machine.ts";
import { openDevice } from "../../gpu/open.ts";
import { GpuTarget } from "../../gpu/target.ts";
import { measured, periodBetween, periodOf } from "../../gpu/timing.ts";
import { answered, type Steps } from "../../gpu/turns.ts";
import { functionTest, onDevice } from "./compiled.ts";

const { tensor: T } = theano;

/** A profile that nobody prints. */
function silent(flagTimeThunks: boolean = true): theano.compile.ProfileStats {
  return new theano.compile.ProfileStats({ atexitPrint: false, flagTimeThunks });
}

function textOf(profile: theano.compile.ProfileStats): string {
  return profile.summary({ file: "str" })!;
}

function total(times: Iterable<number>): number {
  return [...times].reduce((sum, time) => sum + time, 0);
}

const wide = 200;

/** A function that multiplies rows by a matrix which is kept, and turns them round on the host. */
function layer(profile: theano.compile.ProfileStats): theano.CompiledFunction<theano.NDArray[]> {
  const x = T.fmatrix("x");
  const w = theano.shared(theano.ones([wide, wide], "float32"));
  const product = T.tanh(T.dot(x, w));
  const turned = T.permuteRowElements(
    product,
    Array.from({ length: wide }, (_, k) => wide - 1 - k),
  );
  return theano.function([x], [product.sum(), turned.max()], { profile });
}

const rows = theano.ones([3, wide], "float32");
const rowBytes = 4 * 3 * wide;

functionTest("a profile tells the time of kernels, of transfers and of the host", async () => {
  const profile = silent();
  const f = await onDevice(() => layer(profile));
  for (let call = 0; call < 3; call++) f(rows);
  const use = profile.deviceUse!;
  assert(use.isByDeviceClock);
  assert(use.kernelSeconds > 0 && use.submits > 0);
  assert(use.toDevice.seconds > 0 && use.fromDevice.seconds > 0);
  assert(use.toDevice.bytes >= 3 * rowBytes, "the rows of each call");
  assert(use.fromDevice.bytes >= 3 * (rowBytes + 4), "the product and its sum");
  const thunks = total(profile.applyTime.values());
  assert(use.kernelSeconds + use.toDevice.seconds + use.fromDevice.seconds < thunks);
  for (const [node, { kernelSeconds }] of profile.applyDeviceUse) {
    assert(kernelSeconds <= profile.applyTime.get(node)!, `${node}`);
  }
});

functionTest("the line of what was spent adds up to the time in nodes", async () => {
  const profile = silent();
  const f = await onDevice(() => layer(profile));
  for (let call = 0; call < 3; call++) f(rows);
  const spent =
    /Spent ([\d.]+)s\(([\d.]+)%\) in cpu Op, ([\d.]+)s\(([\d.]+)%\) in gpu Op and ([\d.]+)s\(([\d.]+)%\) transfert Op/;
  const numbers = spent.exec(textOf(profile))!.slice(1).map(Number);
  const [seconds, percents] = [0, 1].map((k) => total([0, 2, 4].map((at) => numbers[at + k]!)));
  assert(Math.abs(seconds! - total(profile.applyTime.values())) <= 0.0016, `${seconds}`);
  assert(Math.abs(percents! - 100) <= 0.016, `${percents}`);
});

functionTest("in a profile shared variables stay on the device, and so do values", async () => {
  const profile = silent();
  const f = await onDevice(() => layer(profile));
  f(rows);
  assert(profile.deviceUse!.toDevice.bytes >= 4 * wide * wide);
  profile.reset();
  assertEquals(profile.deviceUse, undefined);
  f(rows);
  const { toDevice, fromDevice } = profile.deviceUse!;
  assertEquals([toDevice.bytes, fromDevice.bytes], [rowBytes, rowBytes + 4]);
});

functionTest("a profile of whole calls tells what they do on the device", async () => {
  const profile = silent(false);
  const x = T.fvector("x");
  const f = await onDevice(() => theano.function([x], T.exp(x).mul(2).sum(), { profile }));
  for (let call = 0; call < 3; call++) f([1, 2, 3]);
  const { submits, kernelSeconds, isByDeviceClock, fromDevice } = profile.deviceUse!;
  assertEquals([submits, isByDeviceClock, fromDevice.bytes], [3, true, 12]);
  assert(kernelSeconds > 0 && kernelSeconds < profile.vmCallTime);
  const text = textOf(profile);
  assertMatch(
    text,
    /\n {2}Time in kernels of the device: [\d.e+-]+s \([\d.]+%\) by its own clock\n/,
  );
  assertMatch(
    text,
    /\n {2}Time in transfers: [\d.e+-]+s \([\d.]+%\), \d+ bytes to the device and 12 bytes from it\n/,
  );
  assertStringIncludes(text, "\n  Number of submits to the device: 3\n");
  assert(!text.includes("Spent"));
});

Deno.test("a profile of the host has no line about a device", () => {
  const profile = silent();
  const x = T.dvector("x");
  theano.function([x], T.exp(x), { profile })([1]);
  assertEquals(profile.deviceUse, undefined);
  assert(!/device|Spent/.test(textOf(profile)));
});

functionTest("a profiled function computes what it computes otherwise", async () => {
  const make = (profile: theano.compile.ProfileStats | false) => {
    const x = T.fmatrix("x");
    const w = theano.shared(theano.ones([3, 3], "float32"));
    const outputs = [T.dot(x, w), x.add(w).transfer("gpu"), x.reshape([-1]).transfer("gpu"), w];
    const updates = [[w, w.mul(0.5).add(x)]] as const;
    return theano.function([x], outputs, { profile, updates });
  };
  const [profiled, plain] = await onDevice(() => [make(silent()), make(false)]);
  const x = theano.arange(9).reshape([3, 3]).astype("float32");
  const kept: theano.NDArray[] = [];
  for (let call = 0; call < 4; call++) {
    const [actual, expected] = [profiled!(x), plain!(x)];
    actual.forEach((value, k) => assertEquals(value.toArray(), expected[k]!.toArray()));
    assertEquals(
      actual.map((value) => value instanceof GpuArray),
      expected.map((value) => value instanceof GpuArray),
    );
    kept.push(profiled!(x)[1]!);
    plain!(x);
  }
  // Results are the caller's: later calls do not take them away.
  assertEquals(new Set(kept.map((value) => `${value.toArray()}`)).size, 4);
});

functionTest("a profiled call that fails leaves the device as it was", async () => {
  const [x, i] = [T.fvector("x"), T.iscalar("i")];
  const profile = silent(false);
  const f = await onDevice(() => theano.function([x, i], T.exp(x).get([i]), { profile }));
  assertThrows(() => f([0, 0], 7), theano.errors.IndexError);
  assertEquals(profile.deviceUse, undefined);
  assertEquals(f([0, 0], 1).toArray(), [1]);
  assert(profile.deviceUse!.kernelSeconds > 0);
});

functionTest("what nodes leave on the device is given back, call after call", async () => {
  const x = T.fmatrix("x");
  const { fgraph: graph } = (await onDevice(() =>
    theano.function([x], T.tanh(T.dot(x, x)).sum())
  )).maker;
  const device = await openDevice("webgpu");
  const target = new GpuTarget(device, new InterpreterTarget());
  const nodes = new NodeByNode({
    graph,
    spec: {
      inputs: [{ role: "argument", index: 0 }],
      outputs: [{ borrow: false }],
      updates: [],
    },
    target,
    linker: "cvm",
  }, {});
  const used: number[] = [];
  for (let call = 0; call < 5; call++) {
    nodes.run([theano.ones([50, 50], "float32")], []);
    used.push(device.usedBytes);
  }
  assertEquals(new Set(used).size, 1, used.join());
  nodes.free();
  assert(device.usedBytes < used[0]!);
  device.close();
});

const adding = `
struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.n) { x[id.x] += 1.0; }
}`;

functionTest("measured() waits for a device that tells no times", async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  for (const tellsTimes of [true, false]) {
    const requiredFeatures = tellsTimes ? ["timestamp-query" as const] : [];
    const local = await adapter.requestDevice({ requiredFeatures });
    const { facts } = await openDevice("webgpu");
    const device = new Device(
      { ...facts, tellsTimes },
      (onFault) => new LocalMachine(local, onFault),
    );
    const [x, uniform] = [device.take(64), device.takeKept(16, "uniform")];
    const pipeline = device.pipeline(adding, ["write"]);
    const group = device.group(pipeline, [
      { buffer: uniform.id, offset: 0, bytes: 16 },
      { buffer: x.id, offset: 0, bytes: 64 },
    ]);
    const steps = function* (): Steps<number> {
      device.write(x, new Float32Array(16));
      device.write(uniform, Uint32Array.of(16, 0, 0, 0));
      const one = { pipeline, group, offset: 0, groups: [1, 1] } as const;
      device.dispatch(one);
      const [first] = yield [{ block: x, offset: 0, bytes: 4 }];
      device.dispatch(one);
      // A copy between two dispatches ends a pass.
      device.copy(x, device.take(64), 64);
      device.dispatch(one);
      device.submit();
      return new Float32Array(first!.slice().buffer)[0]!;
    };
    const uses: DeviceUse[] = [];
    const call = measured(device, steps(), (use) => uses.push(use));
    assertEquals(answered(device, call), 1);
    const [{ submits, isByDeviceClock, kernelSeconds, toDevice, fromDevice }] = uses as [DeviceUse];
    assertEquals([submits, isByDeviceClock], [2, tellsTimes]);
    assertEquals([toDevice.bytes, fromDevice.bytes], [80, 4]);
    assert(kernelSeconds > 0 && toDevice.seconds > 0 && fromDevice.seconds > 0);
    const [all] = device.read([{ block: x, offset: 0, bytes: 4 }]);
    assertEquals(new Float32Array(all!.slice().buffer)[0], 3);
    device.close();
  }
});

Deno.test("periodBetween() takes a count for a nanosecond, unless it cannot be", () => {
  const look = (count: bigint, after: number, before: number) => ({ count, after, before });
  const first = look(1_000_000n, 10, 10.001);
  assertEquals(periodBetween(first, look(51_000_000n, 10.049, 10.052)), 1e-9);
  assertEquals(periodBetween(first, look(51_500_000n, 10.04, 10.5)), 1e-9);
  const counts = 960_000n; // 52 ns each
  assertAlmostEquals(
    periodBetween(first, look(1_000_000n + counts, 10.0499, 10.0519)),
    52e-9,
    1e-9,
  );
  // A clock that stands still or went back says nothing.
  assertEquals(periodBetween(first, look(1_000_000n, 10.05, 10.051)), 1e-9);
  assertEquals(periodBetween(first, look(5n, 10.05, 10.051)), 1e-9);
});

functionTest("the clock of a device that counts nanoseconds is found to do so", async () => {
  const device = await openDevice("webgpu");
  const period = answered(device, periodOf(device));
  // Cards may count otherwise; the software device does not.
  if (device.facts.name.startsWith("llvmpipe")) assertEquals(period, 1e-9);
  assertEquals(answered(device, periodOf(device)), period);
  device.close();
});

functionTest("a profile says where the time of kernels is not the device's word", async () => {
  const profile = silent();
  const x = T.fvector("x");
  const f = await onDevice(() => theano.function([x], T.exp(x), { profile }));
  f([1]);
  for (const [node, use] of profile.applyDeviceUse) {
    profile.applyDeviceUse.set(node, { ...use, isByDeviceClock: false });
  }
  assertMatch(
    textOf(profile),
    /\n {2}Time in kernels of the device: [\d.e+-]+s \([\d.]+%\) by waiting for it, since it tells no times\n/,
  );
});
