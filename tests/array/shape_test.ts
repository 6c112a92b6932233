import { assertEquals, assertThrows } from "@std/assert";
import { ValueError } from "../../core/errors.ts";
import {
  broadcastShapes,
  broadcastStrides,
  contiguousStrides,
  indices,
  isContiguous,
  normalizeAxes,
  normalizeAxis,
  shapeText,
  sizeOf,
  sliceBounds,
  sliceLength,
  solveShape,
} from "../../core/array/shape.ts";
import { parseSlice, Slice } from "../../core/array/slice.ts";

Deno.test("sizeOf() multiplies the lengths", () => {
  assertEquals([[], [3], [2, 3, 4], [5, 0, 2]].map(sizeOf), [1, 3, 24, 0]);
});

Deno.test("contiguousStrides() are those of C order", () => {
  assertEquals(contiguousStrides([2, 3, 4]), [12, 4, 1]);
  assertEquals(contiguousStrides([]), []);
});

Deno.test("isContiguous() ignores axes of length 1 and arrays without elements", () => {
  assertEquals(isContiguous([2, 3], [3, 1]), true);
  assertEquals(isContiguous([2, 3], [1, 2]), false);
  assertEquals(isContiguous([2, 1, 3], [3, 77, 1]), true);
  assertEquals(isContiguous([0, 3], [9, 9]), true);
  assertEquals(isContiguous([3], [-1]), false);
  assertEquals(isContiguous([1], [-1]), true);
  assertEquals(isContiguous([], []), true);
});

Deno.test("shapeText() prints Python's tuples", () => {
  assertEquals([[], [3], [2, 3]].map(shapeText), ["()", "(3,)", "(2, 3)"]);
});

Deno.test("broadcastShapes() aligns the last axes and stretches 1", () => {
  assertEquals(broadcastShapes(), []);
  assertEquals(broadcastShapes([3], []), [3]);
  assertEquals(broadcastShapes([2, 1], [3]), [2, 3]);
  assertEquals(broadcastShapes([1, 0], [4, 1], [1]), [4, 0]);
  assertEquals(broadcastShapes([5, 1, 4], [1, 6, 1]), [5, 6, 4]);
});

Deno.test("broadcastShapes() refuses lengths that differ, with NumPy's text", () => {
  const error = assertThrows(() => broadcastShapes([2, 3], [4]), ValueError);
  assertEquals(
    error.message,
    "operands could not be broadcast together with shapes (2,3) (4,)",
  );
  assertThrows(() => broadcastShapes([0], [2]), ValueError);
});

Deno.test("broadcastStrides() are 0 where an axis is stretched", () => {
  assertEquals(broadcastStrides([3, 1], [7, 5], [2, 3, 4]), [0, 7, 0]);
  assertEquals(broadcastStrides([], [], [2]), [0]);
});

Deno.test("normalizeAxis() counts from the front and refuses axes that are not there", () => {
  assertEquals([0, 2, -1, -3].map((axis) => normalizeAxis(axis, 3)), [0, 2, 2, 0]);
  for (const axis of [3, -4, 0.5, NaN]) {
    const error = assertThrows(() => normalizeAxis(axis, 3), ValueError);
    assertEquals(error.message, `axis ${axis} is out of bounds for array of dimension 3`);
  }
});

Deno.test("normalizeAxes() takes one axis, several, or all, but none twice", () => {
  assertEquals(normalizeAxes(null, 2), [0, 1]);
  assertEquals(normalizeAxes(undefined, 0), []);
  assertEquals(normalizeAxes(-1, 3), [2]);
  assertEquals(normalizeAxes([-1, 0], 3), [2, 0]);
  const error = assertThrows(() => normalizeAxes([1, -2], 3), ValueError);
  assertEquals(error.message, "duplicate value in 'axis'");
});

Deno.test("indices() lists every index in C order", () => {
  assertEquals([...indices([2, 2])], [[0, 0], [0, 1], [1, 0], [1, 1]]);
  assertEquals([...indices([])], [[]]);
  assertEquals([...indices([2, 0])], []);
  const strides = contiguousStrides([3, 4, 5]);
  const ranks = [...indices([3, 4, 5])].map((index) =>
    index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)
  );
  assertEquals(ranks, Array.from({ length: 60 }, (_, i) => i));
});

Deno.test("solveShape() fills in one unknown length", () => {
  assertEquals(solveShape([2, -1], 6), [2, 3]);
  assertEquals(solveShape([-1], 0), [0]);
  assertEquals(solveShape([], 1), []);
  const cases: [number[], number, string][] = [
    [[4], 6, "cannot reshape array of size 6 into shape (4,)"],
    [[4, -1], 6, "cannot reshape array of size 6 into shape (4, -1)"],
    [[0, -1], 0, "cannot reshape array of size 0 into shape (0, -1)"],
    [[-2, -3], 6, "cannot reshape array of size 6 into shape (-2, -3)"],
    [[-1, -1], 6, "can only specify one unknown dimension"],
  ];
  for (const [shape, size, message] of cases) {
    assertEquals(assertThrows(() => solveShape(shape, size), ValueError).message, message);
  }
});

/**
 * Python's slice by way of the engine's own `Array.prototype.slice`, which has Python's rules for
 * step 1. A negative step reads the reversed list, where index i is n − 1 − i.
 */
function sliced(
  list: readonly number[],
  start: number | null,
  stop: number | null,
  step: number,
): number[] {
  const n = list.length;
  const every = (part: readonly number[]): number[] =>
    part.filter((_, i) => i % Math.abs(step) === 0);
  if (step > 0) return every(list.slice(start ?? 0, stop ?? n));
  const mirrored = (end: number): number => Math.max(0, n - 1 - (end < 0 ? end + n : end));
  return every(
    list.toReversed().slice(
      start === null ? 0 : mirrored(start),
      stop === null ? n : mirrored(stop),
    ),
  );
}

Deno.test("sliceBounds() visits the elements Python's slice does", () => {
  for (const size of [0, 1, 2, 5]) {
    const list = Array.from({ length: size }, (_, i) => i);
    const ends = [null, -7, -5, -2, -1, 0, 1, 2, 4, 5, 9];
    for (const start of ends) {
      for (const stop of ends) {
        for (const step of [1, 2, 3, 7, -1, -2, -3, -7]) {
          const bounds = sliceBounds(start, stop, step, size);
          const visited = Array.from({ length: bounds.length }, (_, i) => bounds.start + i * step);
          const name = `[${start}:${stop}:${step}] of ${size}`;
          assertEquals(visited, sliced(list, start, stop, step), name);
          assertEquals(sliceLength(start, stop, step, size), visited.length, name);
        }
      }
    }
  }
});

Deno.test("sliceBounds() takes null for a step of 1 and refuses 0", () => {
  assertEquals(sliceBounds(1, null, null, 4), { start: 1, stop: 4, step: 1, length: 3 });
  const error = assertThrows(() => sliceBounds(null, null, 0, 4), ValueError);
  assertEquals(error.message, "slice step cannot be zero");
});

Deno.test("parseSlice() reads Python's texts", () => {
  const cases: [string, number | null, number | null, number | null][] = [
    [":", null, null, null],
    ["::", null, null, null],
    ["1:", 1, null, null],
    [":-2", null, -2, null],
    ["::-1", null, null, -1],
    ["-3:5:2", -3, 5, 2],
    [" 1 : +2 : 3 ", 1, 2, 3],
  ];
  for (const [text, start, stop, step] of cases) {
    assertEquals(parseSlice(text), new Slice(start, stop, step), text);
  }
});

Deno.test("parseSlice() refuses what is no slice", () => {
  for (const text of ["", "1", "1:2:3:4", "a:", "1.5:", "..", "1 2:"]) {
    const error = assertThrows(() => parseSlice(text), SyntaxError);
    assertEquals(
      error.message,
      `Cannot index with "${text}": it is not a slice\n` +
        '  Write a slice as "start:stop" or "start:stop:step", any of them left out, or "..."',
    );
  }
});

Deno.test("Slice prints as Python's", () => {
  assertEquals(`${new Slice(1, -2)}`, "slice(1, -2, None)");
});
