import { assertEquals } from "@std/assert";
import { allocDiag, diag, diagonal, trace } from "../../core/ops/diagonal.ts";
import { fillDiagonal, fillDiagonalOffset } from "../../core/ops/fill_diagonal.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import { checkGradient } from "./library_helpers.ts";
import { Bench, counting, messageOf } from "./subtensor_helpers.ts";

const offsets = [-5, -3, -2, -1, 0, 1, 2, 3, 4, 6];

/** The elements whose column is so far right of their row. */
function onDiagonal<T>(rows: readonly (readonly T[])[], offset: number): T[] {
  return rows.flatMap((row, i) => row.filter((_, j) => j - i === offset));
}

Deno.test("diagonal() of matrices takes each diagonal, in the shape it infers", () => {
  for (const shape of [[3, 4], [4, 2], [1, 1], [3, 3]]) {
    const bench = new Bench();
    const rows = counting(shape) as number[][];
    const x = bench.input(rows);
    for (const offset of offsets) {
      const part = diagonal(x, { offset });
      assertEquals(bench.lists(part), onDiagonal(rows, offset), `${shape} ${offset}`);
      assertEquals(bench.shape(part), [onDiagonal(rows, offset).length]);
    }
  }
});

Deno.test("diagonal() of any two axes puts the diagonal last", () => {
  const bench = new Bench();
  const data = counting([2, 3, 4]) as number[][][];
  const x = bench.input(data);
  assertEquals(
    bench.lists(diagonal(x)),
    [0, 1, 2, 3].map((c) => onDiagonal(data.map((m) => m.map((v) => v[c]!)), 0)),
  );
  assertEquals(bench.lists(diagonal(x, 1, 1, 2)), data.map((m) => onDiagonal(m, 1)));
  assertEquals(
    bench.lists(diagonal(x, { offset: -1, axis1: -1, axis2: 0 })),
    [0, 1, 2].map((b) => onDiagonal([0, 1, 2, 3].map((c) => data.map((m) => m[b]![c]!)), -1)),
  );
  assertEquals(bench.shape(diagonal(x, 1, 1, 2)), [2, 3]);
  checkGradient(bench, diagonal(x, 1, 1, 2));
  checkGradient(bench, diagonal(x, { offset: -1, axis1: -1, axis2: 0 }));
});

Deno.test("allocDiag() is zero but for the diagonal, which diagonal() takes back", () => {
  const bench = new Bench();
  const v = bench.input([[1, 2], [3, 4], [5, 6]]);
  for (const offset of [-2, 0, 1]) {
    for (const [axis1, axis2] of [[0, 1], [1, 2], [2, 0]] as const) {
      const made = allocDiag(v, { offset, axis1, axis2 });
      const value = bench.run(made);
      assertEquals(bench.shape(made), [...value.shape]);
      assertEquals(value.data.filter((e) => e !== 0).length, 6);
      assertEquals(bench.lists(diagonal(made, offset, axis1, axis2)), [[1, 2], [3, 4], [5, 6]]);
      checkGradient(bench, made);
    }
  }
  assertEquals(bench.lists(diag(bench.input([1, 2]), 1)), [[0, 1, 0], [0, 0, 2], [0, 0, 0]]);
  assertEquals(bench.lists(diag(bench.input([[1, 2], [3, 4]]), -1)), [3]);
});

Deno.test("trace() sums the main diagonal, of a rectangular matrix too", () => {
  const bench = new Bench();
  assertEquals(bench.lists(trace(bench.input(counting([2, 3])))), 0 + 4);
});

Deno.test("diagonal ops print as in Theano and refuse too few axes", () => {
  const x = new TensorType("float64", [false, false]).makeVariable("x");
  const v = new TensorType("float64", [false]).makeVariable("v");
  assertEquals(
    diagonal(x, 1).owner!.op.name,
    "ExtractDiag{offset=1, axis1=0, axis2=1, view=False}",
  );
  assertEquals(diag(v).owner!.op.name, "AllocDiag{offset=0, axis1=0, axis2=1}");
  assertEquals(
    messageOf(() => diagonal(v)),
    "ValueError: ExtractDiag needs an input with 2 or more dimensions, not " +
      "TensorType(float64, vector)",
  );
  assertEquals(
    messageOf(() => diagonal(x, 0, 1, -1)),
    "ValueError: axis1 and axis2 cannot be the same",
  );
  assertEquals(messageOf(() => diag(3)), "ValueError: Input must has v.ndim >= 1.");
});

Deno.test("fillDiagonal() fills where all indices agree, without wrapping around", () => {
  for (const shape of [[3, 3], [5, 2], [2, 4], [3, 3, 3]]) {
    const bench = new Bench();
    const filled = fillDiagonal(bench.input(counting(shape)), 0.5);
    const value = bench.run(filled);
    const length = Math.min(...shape);
    assertEquals(value.data.filter((e) => e === 0.5).length, length, `${shape}`);
    for (let i = 0; i < length; i++) assertEquals(value.get(...shape.map(() => i)).item(), 0.5);
  }
});

Deno.test("fillDiagonalOffset() fills one diagonal, of a symbolic offset too", () => {
  const bench = new Bench();
  const rows = counting([3, 4]) as number[][];
  const x = bench.input(rows);
  for (const offset of offsets) {
    const wanted = rows.map((row, i) => row.map((e, j) => j - i === offset ? -1 : e));
    assertEquals(bench.lists(fillDiagonalOffset(x, -1, offset)), wanted, `${offset}`);
    assertEquals(bench.lists(fillDiagonalOffset(x, -1, bench.input(offset, "int64"))), wanted);
  }
});

Deno.test("fillDiagonal() and fillDiagonalOffset() refuse what Theano refuses", () => {
  const x = new TensorType("float32", [false, false]).makeVariable("x");
  const v = new TensorType("float32", [false]).makeVariable("v");
  const double = new TensorType("float64", []).makeVariable();
  assertEquals(
    messageOf(() => fillDiagonal(v, 1)),
    "TypeError: FillDiagonal: first parameter must have at least two dimensions",
  );
  assertEquals(
    messageOf(() => fillDiagonal(x, v)),
    "TypeError: FillDiagonal: second parameter must be a scalar",
  );
  assertEquals(
    messageOf(() => fillDiagonal(x, double)),
    "TypeError: FillDiagonal: type of second parameter must be the same as the first's",
  );
  assertEquals(
    messageOf(() => fillDiagonalOffset(v, 1, 0)),
    "TypeError: FillDiagonalOffset: first parameter must have exactly two dimensions",
  );
  assertEquals(
    messageOf(() => fillDiagonalOffset(x, 1, 0.5)),
    "TypeError: FillDiagonalOffset: type of third parameter must be as integer",
  );
  const bench = new Bench();
  assertEquals(
    messageOf(() => bench.run(fillDiagonal(bench.input(counting([2, 2, 3])), 1))),
    "AssertionError: All dimensions of input must be of equal length",
  );
});
