import { assert, assertEquals, assertThrows } from "@std/assert";
import { IndexError } from "../../core/errors.ts";
import { arange, array } from "../../core/array/build.ts";
import { type GetItem, NDArray } from "../../core/array/ndarray.ts";
import { Slice } from "../../core/array/slice.ts";

type Case = readonly [
  shape: readonly number[],
  items: readonly GetItem[],
  selected: readonly number[],
  elements: readonly number[],
];

// Computed by NumPy: np.arange(size).reshape(shape)[items].
// deno-fmt-ignore
const picked: readonly Case[] = [
  [[1], [null, "...", [-1]], [1, 1], [0]],
  [[1, 1], ["-1:", [0, -1]], [1, 2], [0, 0]],
  [[1], [null, null, [true]], [1, 1, 1], [0]],
  [[2, 4, 3], [[-2, 0], -2, [2, -1]], [2], [8, 8]],
  [[3, 1, 3], ["::-1", 0, [-1]], [3, 1], [8, 5, 2]],
  [[1, 2, 1], [[[false, true]], "...", 0], [1], [1]],
  [[4, 4], [[-1, -4], "::-2"], [2, 2], [15, 13, 3, 1]],
  [[1, 3, 1, 1], [[0], [2], "-1:", [-1]], [1, 1], [2]],
  [[2, 1, 2], [[[true], [false]], null, 0], [1, 1], [0]],
  [[4, 2, 1, 1], ["0::3", -2, [[true]]], [2, 1], [0, 6]],
  [[4, 2, 2], [null, 1, [false, true]], [1, 1, 2], [6, 7]],
  [[2, 2], [[-1, -2, 0], null, ":1"], [3, 1, 1], [2, 0, 0]],
  [[1, 3], [[[0], [-1]], "...", "-1::1"], [2, 1, 1], [2, 2]],
  [[1, 1, 3], [":2:1", [[-1], [-1]], -3], [1, 2, 1], [0, 0]],
  [[2, 3], [":", "...", [[1], [-2]]], [2, 2, 1], [1, 1, 4, 4]],
  [[3, 2], ["...", ":", [-1, -1]], [3, 2], [1, 1, 3, 3, 5, 5]],
  [[4, 1], [[[-4, 2], [0, 2]], "-2:"], [2, 2, 1], [0, 2, 0, 2]],
  [[3, 2, 3], [[true, false, false], "0::-3", -1], [1, 1], [2]],
  [[1, 1, 1, 2], [0, [-1, -1], ":", null, 0], [2, 1, 1], [0, 0]],
  [[1, 2, 1, 4], [[-1], "2::-1", [0], "...", -2], [1, 2], [6, 2]],
  [[3, 2, 1, 2], [-2, null, ":1", [[false, true]]], [1, 1, 1], [5]],
  [[2, 4, 2, 4], [1, [-1, 2], null, [-1, 1], -4], [2, 1], [60, 52]],
  [[4, 1, 1], [[true, false, true, false], "...", 0], [2, 1], [0, 2]],
  [[1, 2, 3, 3], [[[false, true]], [1, -3, -1], 2], [3], [14, 11, 17]],
  [[1, 3, 4], ["...", ":-2", null, [3, -3, 1]], [1, 1, 1, 3], [3, 1, 1]],
  [[3, 1, 3], [[true, false, false], "-3:2:2", "-3:3:3"], [1, 1, 1], [0]],
  [[3, 3, 1], [null, "::-2", [1, -2], "-1::2"], [1, 2, 2, 1], [7, 7, 1, 1]],
  [[4, 2, 1], [[[-4, 3], [-4, -3]], [false, true], 0], [2, 2], [1, 7, 1, 3]],
  [[4, 1, 2, 1], [[false, true, false, false], [[false, true]]], [1, 1], [3]],
  [[2, 4, 4, 2], [-1, 3, ":-2", [0, 0, -1]], [3, 2], [56, 58, 56, 58, 57, 59]],
  [[1, 2, 4], ["0:", "...", [0, -1, 1], "::-3"], [1, 3, 2], [3, 0, 7, 4, 7, 4]],
  [[2, 2, 1, 2], [[[0], [1]], "-3:4", [[0], [-1]], 0], [2, 1, 2], [0, 2, 4, 6]],
  [[2, 3, 4], [":1", 2, null, [true, true, false, true]], [3, 1, 1], [8, 9, 11]],
  [[4, 1, 2, 2], [":2", ":", ":1:2", [1, -1, 0]], [2, 1, 1, 3], [1, 1, 0, 5, 5, 4]],
  [[2, 2, 3, 1], [":1", [[-1], [-2]], null], [1, 2, 1, 1, 3, 1], [3, 4, 5, 0, 1, 2]],
  [[4, 3, 3], [null, [-3], "..."], [1, 1, 3, 3], [9, 10, 11, 12, 13, 14, 15, 16, 17]],
  [[2, 4, 3, 4], [0, [2, -1], [0, 1], [[3, -1], [-4, -3]]], [2, 2], [27, 43, 24, 41]],
  [[1, 3, 3], ["...", [0, 0, 0], [-2, -1, -1], null, [-1, 2, -2]], [3, 1], [5, 8, 7]],
  [[2, 3, 3], ["...", "-3:-1:3", null, [[-3], [2]], [[-3], [0]]], [1, 1, 2, 1], [0, 6]],
  [[2, 4, 1], [[[-1, -2], [0, -1]], "2:", "..."], [2, 2, 2, 1], [6, 7, 2, 3, 2, 3, 6, 7]],
  [[4, 2, 2], [null, "...", [1], [[0], [-1]]], [1, 4, 2, 1], [2, 3, 6, 7, 10, 11, 14, 15]],
  [[3, 3, 4, 4], [[-1], -1, "2:", [false, true, true, false]], [2, 2], [137, 141, 138, 142]],
  [[1, 1, 4, 1], [-1, null, "0:1:2", [[-2], [0]], "...", null, -1], [2, 1, 1, 1, 1], [2, 0]],
  [[1, 4, 3, 4], [-1, [[-4], [-4]], [true, false, true], "-3::-2"], [2, 2, 1], [1, 9, 1, 9]],
  [[1, 2, 3], [0, [[-2, 0], [1, 1], [-2, 0]], [true, true, false]], [3, 2], [0, 1, 3, 4, 0, 1]],
  [[1, 3, 2, 1], ["...", [[0], [-1]], [-2, -2, 0], -2, [[-1], [0]]], [2, 3], [2, 2, 0, 2, 2, 0]],
  [[1, 3, 4, 2], [[0, 0, 0], "::-3", null, null, "...", null, 0, 1], [3, 1, 1, 1, 1], [17, 17, 17]],
  [[1, 2, 1, 3], [[[-1, -1], [0, -1]], "...", null, -1], [2, 2, 2, 1, 1], [2, 5, 2, 5, 2, 5, 2, 5]],
];

function counting(shape: readonly number[]): NDArray {
  return arange(shape.reduce((a, b) => a * b, 1)).reshape(shape);
}

function flat(a: NDArray): number[] {
  return Array.from(a.data as BigInt64Array, Number);
}

Deno.test("NDArray.get() with index arrays selects what NumPy does", () => {
  for (const [shape, items, selected, elements] of picked) {
    const got = counting(shape).get(...items);
    const name = JSON.stringify([shape, items]);
    assertEquals(got.shape, selected, name);
    assertEquals(flat(got), elements, name);
  }
});

Deno.test("NDArray.get() reads a strided view as it reads a dense copy", () => {
  for (const [shape, items] of picked) {
    const dense = counting(shape);
    // The same array, seen through axes that lie the other way round and twice as far apart.
    const back = counting([...shape].reverse().map((n) => 2 * n)).T;
    const view = back.get(...shape.map(() => "::-2"));
    const copy = view.copy();
    assert(copy.isContiguous);
    assertEquals(flat(view.get(...items)), flat(copy.get(...items)));
    assertEquals(view.get(...items).shape, dense.get(...items).shape);
  }
});

type Nested = number | Nested[];

/** Basic indexing of nested lists, axis by axis, with the engine's own list operations. */
function taken(value: Nested, items: readonly (number | Slice<number> | null)[]): Nested {
  const [item, ...rest] = items;
  if (item === undefined) return value;
  if (item === null) return [taken(value, rest)];
  const rows = value as Nested[];
  if (typeof item === "number") return taken(rows.at(item)!, rest);
  const forward = (item.step ?? 1) > 0;
  const list = rows.map((_, i) => i).filter((i) => {
    const end = (e: number): number => e < 0 ? e + rows.length : e;
    if (forward) return i >= end(item.start ?? 0) && i < end(item.stop ?? rows.length);
    return (item.start === null || i <= end(item.start)) &&
      (item.stop === null || i > end(item.stop));
  });
  const ordered = forward ? list : list.toReversed();
  const step = Math.abs(item.step ?? 1);
  return ordered.filter((_, k) => k % step === 0).map((i) => taken(rows[i]!, rest));
}

Deno.test("NDArray.get() with integers, slices and null selects what nested lists give", () => {
  const shape = [3, 4, 5];
  const source = counting(shape);
  const lists = source.toArray() as Nested;
  const choices = (n: number): (number | Slice<number> | null)[] => [
    null,
    n - 1,
    -n,
    new Slice(),
    new Slice(1),
    new Slice(null, -1),
    new Slice<number>(null, null, -1),
    new Slice(-1, 0, -2),
    new Slice(2, 1),
    new Slice(0, n, 3),
  ];
  for (const i of choices(3)) {
    for (const j of choices(3)) {
      for (const k of choices(3)) {
        const items = [i, j, k];
        if (items.filter((item) => item !== null).length > 1) {
          assertEquals(source.get(...items).toArray(), taken(lists, items));
        }
      }
    }
  }
});

Deno.test("NDArray.get() gives views of the same memory for basic indices", () => {
  const source = counting([3, 4]);
  source.get(1).fill(-1);
  source.get(":", "::3").fill(-2);
  source.get("...", 0).get(2).fill(-9); // every axis has its integer: a copy
  source.get(2, 1, "...").fill(-3);
  assertEquals(source.toArray(), [[-2, 1, 2, -2], [-2, -1, -1, -2], [-2, -3, 10, -2]]);
});

Deno.test("NDArray.get() gives copies for index arrays", () => {
  const source = counting([4]);
  source.get([0, 1]).fill(-1);
  source.get([true, true, false, false]).fill(-1);
  assertEquals(source.toArray(), [0, 1, 2, 3]);
});

Deno.test("NDArray.get() takes bigints, typed arrays and 0-d arrays as indices", () => {
  const source = counting([2, 3]);
  assertEquals(source.get(1n, -1n).item(), 5);
  assertEquals(source.get(NDArray.scalar(1, "int8"), array(2)).item(), 5);
  assertEquals(source.get(":", Int32Array.of(2, 0)).toArray(), [[2, 0], [5, 3]]);
  assertEquals(source.get(BigInt64Array.of(1n)).toArray(), [[3, 4, 5]]);
  assertEquals(source.get([]).shape, [0, 3]);
});

Deno.test("NDArray.get() of complex numbers keeps their parts together", () => {
  const source = NDArray.of(Float32Array.of(1, 2, 3, 4, 5, 6), [3], "complex64");
  assertEquals(Array.from(source.get("::-2").data as Float32Array), [5, 6, 1, 2]);
  assertEquals(Array.from(source.get([1, 1]).data as Float32Array), [3, 4, 3, 4]);
  assertEquals(source.get(1).toString(), "(3+4j)");
});

const validIndices = "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and " +
  "integer or boolean arrays are valid indices";

const refused: readonly (readonly [shape: number[], items: unknown[], message: string])[] = [
  [[3], [3], "index 3 is out of bounds for axis 0 with size 3"],
  [[3], [-4], "index -4 is out of bounds for axis 0 with size 3"],
  [[2, 3], [":", [0, 3]], "index 3 is out of bounds for axis 1 with size 3"],
  [[2, 3], [0, 0, 0], "too many indices for array: array is 2-dimensional, but 3 were indexed"],
  [[], [0], "too many indices for array: array is 0-dimensional, but 1 were indexed"],
  [[2, 3], ["...", 0, "..."], "an index can only have a single ellipsis ('...')"],
  [[3], [0.5], validIndices],
  [[3], [true], validIndices],
  [[3], [undefined], validIndices],
  [[3], [{}], validIndices],
  [[3], [Float64Array.of(0)], "arrays used as indices must be of integer (or boolean) type"],
  [[3], [[0.5]], "arrays used as indices must be of integer (or boolean) type"],
  [
    [3],
    [[true, false]],
    "boolean index did not match indexed array along axis 0; " +
    "size of axis is 3 but size of corresponding boolean axis is 2",
  ],
  [
    [2, 3],
    [[0, 1], [0, 1, 2]],
    "shape mismatch: indexing arrays could not be broadcast together with shapes (2,) (3,)",
  ],
];

Deno.test("NDArray.get() refuses bad indices with NumPy's messages", () => {
  for (const [shape, items, message] of refused) {
    const source = counting(shape);
    const error = assertThrows(() => source.get(...items as GetItem[]), IndexError);
    assertEquals(error.message, message);
  }
});
