import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { InternalError } from "../../core/errors.ts";
import type { TypedArray } from "../../core/dtype/dtype.ts";
import { array, zeros } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import { type Resident, Storage } from "../../core/array/storage.ts";

/** A target's copy that notes what happens to it. */
class Copy implements Resident {
  newest: boolean;
  readonly target: object = {};
  readonly calls: string[] = [];
  values: readonly number[];

  constructor(values: readonly number[], newest: boolean) {
    this.values = values;
    this.newest = newest;
  }

  download(into: TypedArray): void {
    this.calls.push("download");
    into.set(this.values as never);
  }

  release(): void {
    this.calls.push("release");
  }
}

Deno.test("Storage.read() gives the host copy while it is current", () => {
  const value = array([1, 2.5]);
  const storage = new Storage(value);
  assertStrictEquals(storage.read(), value);
  assertEquals([storage.dtype, storage.shape, storage.hostIsCurrent], ["float64", [2], true]);
});

Deno.test("Storage.read() downloads once from the copy that is newer", () => {
  const storage = new Storage(array([1, 2.5]));
  const copy = new Copy([3, 4], false);
  storage.attach(copy);
  storage.markNewest(copy, [2]);
  assertEquals([storage.hostIsCurrent, copy.newest], [false, true]);
  assertEquals(storage.read().toArray(), [3, 4]);
  assertEquals(storage.read().toArray(), [3, 4]);
  assertEquals(copy.calls, ["download"]);
  assertEquals([storage.hostIsCurrent, copy.newest], [true, true]);
});

Deno.test("Storage.read() keeps the host memory while the shape stays, and takes new if not", () => {
  const first = zeros([2]);
  const storage = new Storage(first);
  const copy = new Copy([3, 4], false);
  storage.attach(copy);
  storage.markNewest(copy, [2]);
  assertStrictEquals(storage.read(), first);
  copy.values = [5, 6, 7];
  storage.markNewest(copy, [3]);
  assertEquals(storage.shape, [3]);
  const grown = storage.read();
  assertEquals([grown.shape, grown.toArray()], [[3], [5, 6, 7]]);
  assertEquals(first.toArray(), [3, 4]);
});

Deno.test("Storage.read() fills the host copy of a 0-d or strided value", () => {
  const scalar = new Storage(NDArray.scalar(1, "float64"));
  const copy = new Copy([9], false);
  scalar.attach(copy);
  scalar.markNewest(copy, []);
  assertEquals(scalar.read().item(), 9);
  const strided = new Storage(array([[1, 2], [3, 4]]).astype("float64").T);
  const other = new Copy([5, 6, 7, 8], false);
  strided.attach(other);
  strided.markNewest(other, [2, 2]);
  assertEquals(strided.read().toArray(), [[5, 6], [7, 8]]);
});

Deno.test("Storage.write() makes every resident copy stale", () => {
  const storage = new Storage(array([1, 2.5]));
  const [a, b] = [new Copy([1, 2.5], true), new Copy([1, 2.5], true)];
  storage.attach(a);
  storage.attach(b);
  const value = array([7, 8, 9.5]);
  storage.write(value);
  assertEquals([a.newest, b.newest, storage.shape], [false, false, [3]]);
  assertStrictEquals(storage.read(), value);
  assertEquals(a.calls, []);
});

Deno.test("Storage.write() after a newer copy drops that copy's value", () => {
  const storage = new Storage(array([1.5]));
  const copy = new Copy([2], false);
  storage.attach(copy);
  storage.markNewest(copy, [1]);
  storage.write(array([3.5]));
  assertEquals(storage.read().toArray(), [3.5]);
  assertEquals(copy.calls, []);
});

Deno.test("Storage.markNewest() makes all other copies stale", () => {
  const storage = new Storage(array([1.5]));
  const [a, b] = [new Copy([1.5], true), new Copy([1.5], true)];
  storage.attach(a);
  storage.attach(b);
  b.values = [4];
  storage.markNewest(b, [1]);
  assertEquals([a.newest, b.newest], [false, true]);
  assertEquals(storage.read().toArray(), [4]);
  assertEquals([a.calls, b.calls], [[], ["download"]]);
});

Deno.test("Storage.resident() finds a target's copy", () => {
  const storage = new Storage(array([1.5]));
  const copy = new Copy([1.5], true);
  storage.attach(copy);
  assertStrictEquals(storage.resident(copy.target), copy);
  assertEquals(storage.resident({}), undefined);
});

Deno.test("Storage.evict() saves the value first if only the copy has it", () => {
  const storage = new Storage(array([1.5]));
  const copy = new Copy([2], false);
  storage.attach(copy);
  storage.markNewest(copy, [1]);
  storage.evict(copy.target);
  assertEquals(copy.calls, ["download", "release"]);
  assertEquals(storage.resident(copy.target), undefined);
  assertEquals(storage.read().toArray(), [2]);
  storage.evict(copy.target);
  assertEquals(copy.calls.length, 2);
});

Deno.test("Storage.evict() of a stale or equal copy copies nothing", () => {
  const storage = new Storage(array([1.5]));
  const [equal, stale] = [new Copy([1.5], true), new Copy([0], false)];
  storage.attach(equal);
  storage.attach(stale);
  storage.evict(equal.target);
  storage.evict(stale.target);
  assertEquals([equal.calls, stale.calls], [["release"], ["release"]]);
});

Deno.test("Storage.release() gives back every copy and keeps the value", () => {
  const storage = new Storage(array([1.5]));
  const [a, b] = [new Copy([1.5], true), new Copy([2], false)];
  storage.attach(a);
  storage.attach(b);
  storage.markNewest(b, [1]);
  storage.release();
  assertEquals([a.calls, b.calls], [["release"], ["download", "release"]]);
  assertEquals(storage.read().toArray(), [2]);
});

Deno.test("Storage.writeBack() makes the host current and keeps the copy", () => {
  const storage = new Storage(array([1.5]));
  const copy = new Copy([2], false);
  storage.attach(copy);
  storage.markNewest(copy, [1]);
  storage.writeBack();
  assertEquals([storage.hostIsCurrent, copy.newest, copy.calls], [true, true, ["download"]]);
});

Deno.test("Storage refuses what its callers must not do", () => {
  const storage = new Storage(array([1.5]));
  const copy = new Copy([1.5], true);
  storage.attach(copy);
  const bad: [() => void, string][] = [
    [
      () => storage.write(array([1])),
      "Cannot store an array of int64 with 1 axes: the storage is of float64 with 1; " +
      "this is a bug in the caller of Storage.write",
    ],
    [
      () => storage.write(array(1.5)),
      "Cannot store an array of float64 with 0 axes: the storage is of float64 with 1; " +
      "this is a bug in the caller of Storage.write",
    ],
    [
      () => storage.attach(copy),
      "Cannot attach a resident copy: its target has one already; " +
      "this is a bug in the caller of attach",
    ],
    [
      () => storage.markNewest(new Copy([1], true), [1]),
      "Cannot mark a copy as newest: it is not attached; " +
      "this is a bug in the caller of markNewest",
    ],
  ];
  for (const [act, message] of bad) {
    assertEquals(assertThrows(act, InternalError).message, message);
  }
});
