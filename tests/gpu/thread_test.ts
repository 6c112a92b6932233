/** @file A device in a thread of its own, and memory taken back to the host where there is little. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { NDArray } from "../../core/array/ndarray.ts";
import { Storage } from "../../core/array/storage.ts";
import { internal } from "../../core/errors.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { copyOf } from "../../gpu/copy.ts";
import { Device } from "../../gpu/device.ts";
import { LocalMachine, type Machine } from "../../gpu/machine.ts";
import { openDevice } from "../../gpu/open.ts";
import { functionTest } from "./compiled.ts";

const doubling = `
struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.n) { y[id.x] = x[id.x] * 2.0; }
}`;

/** Doubles numbers on a device; the result is in a block. */
function doubled(
  device: Device,
  numbers: readonly number[],
): { block: { id: number; bytes: number } } {
  const [x, y] = [device.take(64), device.take(64)];
  const uniform = device.takeKept(16, "uniform");
  device.write(x, Float32Array.from(numbers));
  device.write(uniform, Uint32Array.of(numbers.length, 0, 0, 0));
  const pipeline = device.pipeline(doubling, ["read", "write"]);
  const part = ({ id }: { id: number }, bytes: number): {
    buffer: number;
    offset: number;
    bytes: number;
  } => ({ buffer: id, offset: 0, bytes });
  const group = device.group(pipeline, [part(uniform, 16), part(x, 64), part(y, 64)]);
  device.dispatch({ pipeline, group, offset: 0, groups: [1, 1] });
  return { block: y };
}

const smallFacts = {
  name: "small",
  asked: "webgpu",
  limits: defaultLimits,
  largestBlock: 2 ** 20,
  largestBinding: 2 ** 20,
  tellsTimes: false,
  alignment: 256,
};

function floats(bytes: Uint8Array<ArrayBuffer>): number[] {
  return [...new Float32Array(bytes.slice().buffer)];
}

functionTest("a device in a thread of its own computes, and is read from at once", async () => {
  const device = await openDevice("webgpu", { inThread: true });
  const { block } = doubled(device, [1, 2, 3]);
  const wanted = [{ block, offset: 0, bytes: 12 }];
  assertEquals(floats(device.read(wanted)[0]!), [2, 4, 6]);
  assertEquals(floats((await device.readLater(wanted))[0]!), [2, 4, 6]);
  device.close();
});

functionTest("bytes that are no whole words are written, copied and read", async () => {
  const device = await openDevice("webgpu");
  const [from, to] = [device.take(64), device.take(64)];
  device.write(from, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  device.copy(from, to, 7);
  const wanted = [[2, 3], [0, 0], [6, 1], [4, 2], [0, 7]].map(([offset, bytes]) => ({
    block: to,
    offset: offset!,
    bytes: bytes!,
  }));
  const answers = [[3, 4, 5], [], [7], [5, 6], [1, 2, 3, 4, 5, 6, 7]];
  assertEquals(device.read(wanted).map((bytes) => [...bytes]), answers);
  assertEquals((await device.readLater(wanted)).map((bytes) => [...bytes]), answers);
  device.close();
});

functionTest("a shader that is wrong is found by the next read, and its text is told", async () => {
  for (const inThread of [false, true]) {
    const device = await openDevice("webgpu", { inThread });
    const pipeline = device.pipeline("fn main( {", []);
    const uniform = device.takeKept(16, "uniform");
    const group = device.group(pipeline, [{ buffer: uniform.id, offset: 0, bytes: 16 }]);
    device.dispatch({ pipeline, group, offset: 0, groups: [1, 1] });
    const first = assertThrows(() => device.sync()) as Error;
    assertEquals(
      first.message.split("\n")[0],
      'Cannot use the device "webgpu": it did not do what it was told',
    );
    await new Promise((done) => setTimeout(done, 50));
    const second = assertThrows(() => device.check()) as Error;
    assert(second.message.includes("it says: ") && /expected/.test(second.message), second.message);
    device.close();
  }
});

functionTest("a device that answers nobody at once says to await, and answers then", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const gpuDevice = await adapter!.requestDevice();
  const device = new Device(
    smallFacts,
    (onFault): Machine => {
      const machine = new LocalMachine(gpuDevice, onFault);
      machine.readNow = (): never => internal("read", "nothing is mapped yet", "a browser");
      return machine;
    },
  );
  assertEquals(device.answersNow(), false);
  const { block } = doubled(device, [1, 2, 3]);
  const wanted = [{ block, offset: 0, bytes: 12 }];
  const error = assertThrows(() => device.read(wanted)) as Error;
  assertEquals(
    error.message,
    "Cannot wait for the device: this runtime answers only to those who await\n" +
      "  Use callAsync() of functions and toHostAsync() of arrays",
  );
  assertEquals(floats((await device.readLater(wanted))[0]!), [2, 4, 6]);
  device.close();
});

functionTest("values that no call uses go back to the host where memory is short", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const gpuDevice = await adapter!.requestDevice();
  const limitBytes = 10_000;
  const device = new Device(
    smallFacts,
    (onFault): Machine => new LocalMachine(gpuDevice, onFault),
    limitBytes,
  );
  const storages = [1, 2, 3, 4].map((value) =>
    new Storage(NDArray.of(new Float32Array(1000).fill(value), [1000], "float32"))
  );
  storages.forEach((storage) => {
    const call = device.enter();
    const copy = copyOf(device, storage);
    storage.markNewest(copy, [1000]);
    device.leave(call);
  });
  assert(device.usedBytes <= limitBytes, `${device.usedBytes} bytes are in use`);
  // Blocks of many sizes, each wanted once, are not all kept.
  for (let bytes = 64; bytes < 8000; bytes += 500) device.give(device.take(bytes));
  assertEquals(storages.map((storage) => storage.read().get(7).item()), [1, 2, 3, 4]);
  assertThrows(
    () => device.take(2 ** 21),
    RangeError,
    'Cannot allocate 2097152 bytes on the device "small": its arrays have at most 1048576\n' +
      '  Use smaller batches, or keep the array on the CPU with tag.target = "cpu"',
  );
  device.close();
});
