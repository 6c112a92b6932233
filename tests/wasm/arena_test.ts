/**
 * @file The arena: blocks, eviction, limits, and addresses beyond 2 GiB.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { argmax } from "../../core/ops/argmax.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { Dot } from "../../core/ops/dot.ts";
import { call } from "../../core/graph/op.ts";
import { get, incSubtensor } from "../../core/ops/indexing.ts";
import { sum } from "../../core/ops/reduce.ts";
import { softmax } from "../../core/ops/softmax.ts";
import { shared } from "../../core/tensor/shared.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Arena, type Evictable } from "../../core/wasm/arena.ts";
import { alignment, reserved } from "../../core/wasm/layout.ts";
import { WasmTarget } from "../../core/wasm/target.ts";
import { Random } from "../helpers/random.ts";
import { assertSame, lowered, outcome } from "../helpers/targets.ts";

const mebibyte = 2 ** 20;

function variable(dtype: DType, ndim: number): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable();
}

Deno.test("allocate() gives aligned blocks apart from each other and from what is reserved", () => {
  const arena = new Arena(16 * mebibyte);
  const addresses = [1, 64, 65, 1000].map((bytes) => arena.allocate(bytes));
  assertEquals(addresses.map((a) => a % alignment), [0, 0, 0, 0]);
  assertEquals(addresses, [reserved, reserved + 64, reserved + 128, reserved + 256]);
  assertEquals(arena.usedBytes, 64 + 64 + 128 + 1024);
});

Deno.test("free() joins neighbours, so that a larger block fits where smaller ones were", () => {
  const arena = new Arena(16 * mebibyte);
  for (const unit of [1, 1000]) {
    const sizes = [128, 256, 320, 64].map((bytes) => bytes * unit);
    const [a, b, c, last] = sizes.map((bytes) => arena.allocate(bytes));
    for (const address of [a!, c!, b!]) arena.free(address);
    assertEquals(arena.allocate(704 * unit), a);
    arena.free(last!);
    arena.free(last!);
    arena.free(a!);
    assertEquals(arena.usedBytes, 0);
  }
});

Deno.test("blocks never overlap, and all memory comes back", () => {
  const arena = new Arena(64 * mebibyte);
  shuffleBlocks(arena, new Random(7));
  assertEquals(arena.usedBytes, 0);
  const size = arena.sizeBytes;
  shuffleBlocks(arena, new Random(7));
  assertEquals(arena.sizeBytes, size);
});

/** Takes and gives back blocks, all in the end; checks that they are apart. */
function shuffleBlocks(arena: Arena, random: Random): void {
  const blocks: { address: number; bytes: number }[] = [];
  for (let k = 0; k < 3000; k++) {
    if (blocks.length > 0 && random.chance(0.48)) {
      const [freed] = blocks.splice(random.below(blocks.length), 1);
      arena.free(freed!.address);
      continue;
    }
    const bytes = 1 + random.below(random.pick([64, 5000, 200000]));
    const address = arena.allocate(bytes);
    for (const other of blocks) {
      assert(address + bytes <= other.address || other.address + other.bytes <= address);
    }
    blocks.push({ address, bytes });
  }
  for (const { address } of blocks) arena.free(address);
}

Deno.test("small blocks that stay do not split what large blocks need", () => {
  const arena = new Arena(8 * mebibyte);
  for (let k = 0; k < 50; k++) {
    const large = arena.allocate(6 * mebibyte);
    arena.allocate(100);
    arena.free(large);
  }
  assertEquals(arena.usedBytes, 50 * 128);
});

Deno.test("heap covers the memory after it grew, and views from before see the same bytes", () => {
  const arena = new Arena(64 * mebibyte);
  const early = arena.heap;
  const address = arena.allocate(32 * mebibyte);
  assert(arena.heap.u8.length >= address + 32 * mebibyte);
  arena.heap.u8[reserved] = 42;
  assertEquals(early.u8[reserved], 42);
});

Deno.test("allocate() beyond the limit says how many bytes were wanted, and changes nothing", () => {
  const arena = new Arena(4 * mebibyte);
  const kept = arena.allocate(mebibyte);
  const { usedBytes } = arena;
  const error = assertThrows(() => arena.allocate(10 * mebibyte), RangeError);
  assertEquals(
    error.message,
    "Cannot allocate 10485760 bytes: the arrays of this call need more than the 4194304 bytes " +
      "that a 32-bit memory has, of which 1048576 are in use\n" +
      "  Use smaller batches, or free() functions that are no longer needed",
  );
  assertEquals(arena.usedBytes, usedBytes);
  const next = arena.allocate(2 * mebibyte);
  assert(next >= kept + mebibyte);
});

/** Something that holds a block and can be evicted. */
class Holder implements Evictable {
  lastUse: number;
  isEvicted = false;
  readonly #arena: Arena;
  readonly #address: number;

  constructor(arena: Arena, bytes: number, readonly evictions: string[], readonly name: string) {
    this.#arena = arena;
    this.#address = arena.allocate(bytes);
    this.lastUse = arena.epoch;
    arena.track(this);
  }

  evict(): void {
    this.isEvicted = true;
    this.evictions.push(this.name);
    this.#arena.untrack(this);
    this.#arena.free(this.#address);
  }
}

/** A call of some function. */
function called<T>(arena: Arena, body: () => T): T {
  arena.enter();
  try {
    return body();
  } finally {
    arena.leave();
  }
}

Deno.test("allocate() evicts what was used longest ago, and never what this call uses", () => {
  const arena = new Arena(8 * mebibyte);
  const evictions: string[] = [];
  const holder = (name: string): Holder =>
    called(arena, () => new Holder(arena, 2 * mebibyte, evictions, name));
  const [first, second] = [holder("first"), holder("second")];
  called(arena, () => {
    first.lastUse = arena.epoch;
    arena.allocate(5 * mebibyte);
    assertEquals(evictions, ["second"]);
    assertThrows(() => arena.allocate(5 * mebibyte), RangeError);
  });
  assertEquals([first.isEvicted, second.isEvicted], [false, true]);
  called(arena, () => arena.allocate(2 * mebibyte));
  assertEquals(evictions, ["second", "first"]);
});

Deno.test("a call inside another call evicts nothing the outer one uses", () => {
  const arena = new Arena(8 * mebibyte);
  called(arena, () => {
    const outer = new Holder(arena, 4 * mebibyte, [], "outer");
    called(arena, () => {
      assert(arena.isNested);
      assertThrows(() => arena.allocate(5 * mebibyte), RangeError);
    });
    assertEquals([outer.isEvicted, arena.isNested], [false, false]);
  });
});

Deno.test("a call that needs too much memory fails by name and leaves everything usable", () => {
  const target = new WasmTarget({ arena: new Arena(4 * mebibyte) });
  const [x, state] = [variable("float64", 1), shared(array([1, 2], { dtype: "float64" }))];
  const { executable } = target.build(
    lowered({
      inputs: [x, state],
      outputs: [sum(add(mul(dimshuffle(x, 0, "x"), dimshuffle(x, "x", 0)), 1))],
      updates: [[state, mul(state, 2)]],
    }),
  );
  const { executable: outer } = target.build(
    lowered({ inputs: [x], outputs: [mul(dimshuffle(x, 0, "x"), dimshuffle(x, "x", 0))] }),
  );
  const ones = (n: number): NDArray => NDArray.of(new Float64Array(n).fill(1), [n], "float64");
  executable.run([ones(3)], [state.storage]);
  const error = assertThrows(() => outer.run([ones(1000)], []), RangeError);
  assert(error.message.startsWith("Cannot allocate 8000000 bytes: "), error.message);
  const large = assertThrows(() => executable.run([ones(700000)], [state.storage]), RangeError);
  assert(large.message.startsWith("Cannot allocate 5600000 bytes: "), large.message);
  assertEquals(state.getValue().toArray(), [2, 4]);
  assertEquals(outer.run([ones(2)], [])[0]!.toArray(), [[1, 1], [1, 1]]);
  assertEquals(executable.run([ones(4)], [state.storage])[0]!.item(), 32);
  assertEquals(state.getValue().toArray(), [4, 8]);
});

Deno.test("kernels work at addresses beyond 2 GiB, and 4 GiB is the end", () => {
  const arena = new Arena();
  const skipped = arena.allocate(2.2 * 2 ** 30);
  while (arena.allocate(64) < skipped);
  const target = new WasmTarget({ arena });
  const [x, rows] = [variable("float32", 2), variable("int64", 1)];
  const state = shared(array([[1, 2, 3], [4, 5, 6]], { dtype: "float32" }));
  const product = call(new Dot(), x, state) as TensorVariable;
  const spec = {
    inputs: [x, rows, state],
    outputs: [
      product,
      sum(mul(x, 2), 0),
      argmax(x, 1),
      softmax(mul(x, 0)),
      get(x, rows),
      dimshuffle(x, 1, 0),
    ],
    updates: [[state, incSubtensor(get(state, rows), 1)] as const],
  };
  const args = [
    array([[1, 5], [7, 3], [2, 2]], { dtype: "float32" }),
    array([1, 0, 1], { dtype: "int64" }),
  ];
  const copy = shared(state.getValue());
  const program = lowered(spec);
  const expected = outcome(new InterpreterTarget().build(program).executable, args, [copy.storage]);
  const { executable } = target.build(program);
  assertSame(outcome(executable, args, [state.storage]), expected, "high addresses");
  assertEquals(state.getValue().toArray(), copy.getValue().toArray());
  assert(executable.run([args[0]!, args[1]!], [state.storage]).length === 6);
  const lent = target.empty([8], "float64");
  assert(lent.data.byteOffset > 2 ** 31, "the arrays lie beyond 2 GiB");
  assertThrows(() => arena.allocate(2 ** 31), RangeError, "Cannot allocate 2147483648 bytes");
  arena.free(skipped);
  assertEquals(arena.allocate(2 ** 31), skipped);
});

Deno.test("memory stays flat over two thousand shared variables of 2 MB, each used once", () => {
  const arena = new Arena();
  const target = new WasmTarget({ arena });
  const x = shared(NDArray.of(new Float32Array(1), [1], "float32"));
  const { executable } = target.build(lowered({ inputs: [x], outputs: [sum(x)] }));
  const elements = 500_000;
  const data = new Float32Array(elements);
  let early = 0;
  for (let k = 0; k < 2000; k++) {
    data[7] = k;
    const value = shared(NDArray.of(data, [elements], "float32"), { borrow: true });
    assertEquals(executable.run([], [value.storage])[0]!.item(), k);
    if (k === 500) early = arena.sizeBytes;
  }
  assertEquals(arena.sizeBytes, early);
  assert(early < 400 * mebibyte, `${early} bytes`);
});

Deno.test("an updated shared variable keeps its value when its copy is evicted", () => {
  const arena = new Arena(8 * mebibyte);
  const target = new WasmTarget({ arena });
  const n = mebibyte / 8;
  const state = shared(NDArray.of(new Float64Array(n).fill(1), [n], "float64"));
  const step = target.build(
    lowered({ inputs: [state], outputs: [], updates: [[state, add(state, 1)]] }),
  ).executable;
  const other = target.build(lowered({ inputs: [state], outputs: [sum(state)] })).executable;
  for (let k = 0; k < 12; k++) {
    step.run([], [state.storage]);
    const filler = shared(NDArray.of(new Float64Array(6 * n), [6 * n], "float64"));
    assertEquals(other.run([], [filler.storage])[0]!.item(), 0);
  }
  assertEquals(other.run([], [state.storage])[0]!.item(), 13 * n);
  assertEquals(state.getValue().get(0).item(), 13);
});
