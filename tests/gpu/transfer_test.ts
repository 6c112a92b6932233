/** @file Copies that a program asks for, and arrays that stay on the device. */

import * as theano from "@theano/theano";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { deviceTarget } from "../../core/compile/device.ts";
import { setContexts } from "../../core/ops/transfer.ts";
import type { GpuTarget } from "../../gpu/target.ts";
import { functionTest, onDevice, opsOf } from "./compiled.ts";

const { tensor: T } = theano;

functionTest("a transferred output comes back as a handle, which functions take", async () => {
  const x = T.fmatrix("x");
  const [f, g] = await onDevice(() => {
    const made = theano.function([x], T.exp(x).transfer(null));
    return [made, theano.function([x], x.sum({ axis: 0 }))] as const;
  });
  assertEquals(opsOf(f), ["GpuFromHost<None>", "GpuElemwise{exp,no_inplace}"]);
  const handle = f([[0, 1], [0, 0]]);
  assert(handle instanceof theano.gpu.GpuArray);
  assertEquals([handle.dtype, handle.shape], ["float32", [2, 2]]);
  handle.sync();
  const expected = [[1, Math.fround(Math.E)], [1, 1]];
  assertEquals(handle.toHost().toArray(), expected);
  assertEquals((await handle.toHostAsync()).toArray(), expected);
  assertEquals(g(handle).toArray(), [2, Math.fround(1 + Math.fround(Math.E))]);
  assert(!handle.isHere, "nobody has looked at its elements yet");
  assertEquals(String(handle.get(0)), "[1.        2.7182817]");
  assert(handle.isHere);
});

functionTest("handles keep their values when the function is called again", async () => {
  const x = T.fvector("x");
  const f = await onDevice(() => theano.function([x], x.mul(2).transfer("gpu")));
  const handles = [1, 2, 3].map((value) => f([value]));
  assertEquals(handles.map((handle) => handle.toArray()), [[2], [4], [6]]);
});

functionTest("free() gives the memory of a handle back, and its value with it", async () => {
  const x = T.fvector("x");
  const [f, g] = await onDevice(() => {
    const [there, y] = [theano.function([x], x.mul(2).transfer("gpu")), T.fvector("y")];
    return [there, theano.function([y], y.add(1))] as const;
  });
  const { device } = await onDevice(() => deviceTarget() as GpuTarget);
  f([1]);
  const before = device.usedBytes;
  {
    using handle = f([1]) as theano.gpu.GpuArray;
    assertEquals(g(handle).toArray(), [3]);
    assert(device.usedBytes > before);
  }
  assertEquals(device.usedBytes, before);
  const [seen, unseen] = [f([1]), f([1])] as theano.gpu.GpuArray[];
  assertEquals(seen!.toArray(), [2]);
  for (const handle of [seen!, unseen!]) handle.free();
  assertEquals(seen!.toArray(), [2]);
  const refused = "Cannot read an array of a device: it was freed";
  assertThrows(() => unseen!.toArray(), theano.errors.RuntimeError, refused);
  assertThrows(() => g(unseen!), theano.errors.RuntimeError, refused);
});

functionTest("the same value goes to the host and stays on the device", async () => {
  const x = T.fvector("x");
  const f = await onDevice(() => theano.function([x], [T.exp(x).transfer("gpu"), T.exp(x)]));
  const [there, here] = f([0]) as [theano.NDArray, theano.NDArray];
  assert(there instanceof theano.gpu.GpuArray && !(here instanceof theano.gpu.GpuArray));
  assertEquals([there.toArray(), here.toArray()], [[1], [1]]);
});

functionTest("setValue() takes a handle without bringing it to the host", async () => {
  const x = T.fvector("x");
  const state = theano.shared(theano.zeros([2], "float32"));
  const [f, g] = await onDevice(() => {
    const made = theano.function([x], x.add(1).transfer("gpu"));
    const twice = theano.function([], state.mul(2), { updates: [[state, state.add(1)]] });
    return [made, twice] as const;
  });
  const handle = f([1, 2]);
  state.setValue(handle);
  assertEquals(g().toArray(), [4, 6]);
  assert(!handle.isHere);
  assertEquals(state.getValue().toArray(), [3, 4]);
  assertEquals(handle.toArray(), [2, 3], "the shared variable has a copy of its own");
});

functionTest("copies have types and texts as in Theano, and cancel out", async () => {
  await onDevice(() => {
    const x = T.fmatrix("x");
    const there = x.transfer("gpu");
    assertEquals(String(there.type), "GpuArrayType<None>(float32, matrix)");
    assert(
      there.transfer("cpu") === x && there.transfer(null) === there && x.transfer("cpu") === x,
    );
    assertEquals(String(there), "GpuFromHost<None>.0");
    assertEquals(String(there.add(1).type), "TensorType(float32, matrix)");
    const gradient = theano.grad(T.sqr(T.exp(x).transfer("gpu")).sum(), x);
    const f = theano.function([x], gradient);
    assertEquals(f([[0]]).toArray(), [[2]]);
  });
});

functionTest("transfer() refuses unknown targets and what devices do not have", async () => {
  const x = T.dmatrix("x");
  assertEquals(
    assertThrows(() => x.transfer(null), theano.errors.ValueError).message,
    "Can't transfer to target null\n  No device is open: set THEANO_FLAGS=device=webgpu or await " +
      'theano.gpu.use("webgpu")',
  );
  await onDevice(() => {
    assertEquals(
      assertThrows(() => x.transfer("dev1"), theano.errors.ValueError).message,
      `Can't transfer to target dev1\n  Targets are "cpu" and "gpu"`,
    );
    assertEquals(
      assertThrows(() => x.transfer("gpu"), TypeError).message,
      "Cannot transfer x to the device: WebGPU has no float64\n" +
        "  Cast it first, to float32, int32, uint32 or bool",
    );
  });
});

Deno.test("transfer() refuses float16 where the device does not have it", () => {
  const x = T.tensor("float16", [false], "x");
  setContexts(["gpu"]);
  try {
    assertEquals(
      assertThrows(() => x.transfer("gpu"), TypeError).message,
      "Cannot transfer x to the device: it has no float16\n" +
        "  Cast it first, to float32, int32, uint32 or bool",
    );
    setContexts(["gpu"], true);
    assertEquals(String(x.transfer("gpu").type), "GpuArrayType<None>(float16, vector)");
  } finally {
    setContexts([]);
  }
});

functionTest('what has the target "cpu" does not move', async () => {
  const x = T.fvector("x");
  x.tag.target = "cpu";
  const kept = theano.shared(theano.ones([3], "float32"), { target: "cpu" });
  const moved = theano.shared(theano.ones([3], "float32"));
  await onDevice(() => {
    assertEquals(opsOf(theano.function([x], x.add(kept))), ["Elemwise{add,no_inplace}"]);
    const both = theano.function([x], x.add(moved));
    assertEquals(opsOf(both), [
      "GpuFromHost<None>",
      "GpuElemwise{add,no_inplace}",
      "HostFromGpu(gpuarray)",
    ]);
    assertEquals(both([1, 2, 3]).toArray(), [2, 3, 4]);
  });
});

functionTest("errors of checks and indices are those of the host, and change nothing", async () => {
  const make = (): {
    f: theano.CompiledFunction<theano.NDArray>;
    add: theano.CompiledFunction<theano.NDArray>;
    state: theano.tensor.TensorSharedVariable;
  } => {
    const state = theano.shared(theano.zeros([2], "float32"));
    const [x, i, y] = [T.fmatrix("x"), T.lvector("i"), T.fmatrix("y")];
    const updates = [[state, state.add(1)]] as const;
    return {
      f: theano.function([x, i], T.exp(x.get(i)), { updates }),
      add: theano.function([x, y], x.add(y)),
      state,
    };
  };
  const [here, there] = [make(), await onDevice(make)];
  const firstLine = (run: () => unknown): string => {
    const error = assertThrows(run) as Error;
    return `${error.name}: ${error.message.split("\n")[0]}`;
  };
  const x = [[1, 2], [3, 4]];
  for (const { f, add, state } of [here, there]) {
    assertEquals(
      firstLine(() => f(x, [0, 5])),
      "IndexError: index 5 is out of bounds for axis 0 with size 2",
    );
    assertEquals(
      firstLine(() => add(x, [[1, 2]])),
      "ValueError: Input dimension mis-match. (input[0].shape[0] = 2, input[1].shape[0] = 1)",
    );
    assertEquals(state.getValue().toArray(), [0, 0]);
    await assertRejects(() => f.callAsync(x, [2]), theano.errors.IndexError);
    assertEquals(f(x, [1]).shape, [1, 2]);
    assertEquals(state.getValue().toArray(), [1, 1]);
  }
});

functionTest("what is transferred is on the device, whoever computed it", async () => {
  const x = T.fmatrix("x");
  const f = await onDevice(() =>
    [x, T.sort(x), x.T].map((result) => theano.function([x], result.transfer("gpu")))
  );
  const given = f.map((one) => one([[3, 1], [2, 0]]));
  for (const value of given) assert(value instanceof theano.gpu.GpuArray);
  assertEquals(given.map((value) => value.toArray()), [
    [[3, 1], [2, 0]],
    [[1, 3], [0, 2]],
    [[3, 2], [1, 0]],
  ]);
});

functionTest("calls that run at the same time do not disturb each other", async () => {
  const x = T.fvector("x");
  // The sort runs on the host, between two waves of the device.
  const f = await onDevice(() => theano.function([x], T.exp(T.sort(x.mul(2))).sum()));
  const wanted = [1, 2, 3].map((value) => f([0, value]).item());
  const given = await Promise.all([1, 2, 3].map((value) => f.callAsync([0, value])));
  assertEquals(given.map((value) => value.item()), wanted);
});

functionTest("free() gives memory back, and the next call takes it again", async () => {
  const x = T.fvector("x");
  const f = await onDevice(() => theano.function([x], T.exp(x)));
  assertEquals(f([0]).toArray(), [1]);
  f.free();
  assertEquals(f([0, 0]).toArray(), [1, 1]);
});

functionTest("a profile says how much time is whose", async () => {
  const [x, d] = [T.fvector("x"), T.dvector("d")];
  const f = await onDevice(() =>
    theano.function([x, d], [T.exp(x), T.exp(d)], {
      profile: new theano.compile.ProfileStats({ atexitPrint: false }),
    })
  );
  f([1, 2], [3]);
  assertMatch(
    String(f.profile!.summary({ file: "str" })),
    /\n {3}Spent [\d.]+s\([\d.]+%\) in cpu Op, [\d.]+s\([\d.]+%\) in gpu Op and [\d.]+s\([\d.]+%\) transfert Op\n/,
  );
});

functionTest("the modes that look at every node do so on the device, too", async () => {
  for (const mode of ["DebugMode", "NanGuardMode"]) {
    const x = T.fmatrix("x");
    const f = await onDevice(() => theano.function([x], T.exp(T.dot(x, x.T)).sum(), { mode }));
    assertEquals(f([[0, 0], [0, 0]]).item(), 4);
  }
});
