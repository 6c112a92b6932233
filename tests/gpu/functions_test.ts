/** @file Functions of float32 on a device, against values with more digits. */

import { assert, assertEquals } from "@std/assert";
import * as arithmetic from "../../core/ops/arithmetic.ts";
import type { ScalarOp } from "../../core/ops/scalar_op.ts";
import * as special from "../../core/ops/special.ts";
import * as transcendental from "../../core/ops/transcendental.ts";
import { Builder, type Expr } from "../../core/scalar/expr.ts";
import * as functions from "../../core/scalar/functions.ts";
import { interpreter } from "../../core/scalar/interpret.ts";
import { ulpError, unitOf } from "../helpers/ulp.ts";
import { type Points, readPoints } from "../scalar/points.ts";
import { columnOf, columnsOf, deviceTest, isSubnormal } from "./device.ts";

type Body = (s: Builder, ...xs: Expr[]) => Expr;

const bodies = functions as unknown as Readonly<Record<string, Body>>;

const records = new Map<string, ScalarOp>(
  [arithmetic, special, transcendental].flatMap((module) => Object.values<unknown>(module))
    .filter((f): f is { record: ScalarOp } => typeof f === "function" && "record" in f)
    .map(({ record }) => [record.name.replace("_g", "G"), record]),
);

/** Functions there are points of, a few at a time: a shader costs more than what it holds. */
const names = Object.keys(functions).filter((name) => !/^(floor|powInteger|round)/.test(name));
const groups = Array.from(
  { length: Math.ceil(names.length / 5) },
  (_, k) => names.slice(5 * k, 5 * k + 5),
);

/** What an error counts beside: see `tests/scalar/functions_test.ts`. */
function measure(name: string, x: number, value: number): number {
  if (!/^j[01]$/.test(name) || (name === "j1" && Math.abs(x) < 1)) return value;
  return Math.max(Math.abs(value), Math.min(1, Math.sqrt(2 / (Math.PI * Math.abs(x)))));
}

/** The largest error over points without subnormal numbers, and how many there are. */
function worstOf(name: string, { xs, values, rests }: Points, got: Float32Array): [number, number] {
  let [worst, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if ([...xs.map((x) => x[i]!), value].some(isSubnormal)) continue;
    const scale = unitOf(value, "float32") / unitOf(measure(name, xs[0]![i]!, value), "float32");
    const error = ulpError(got[i]!, value, "float32", rests[i]! / 100) * scale;
    if (!(error <= worst)) worst = error;
    count++;
  }
  return [worst, count];
}

const pointsOf = readPoints();

for (const group of groups) {
  deviceTest(`${group.join("(), ")}() are within their bounds`, async (runner) => {
    const points = group.map((name) => pointsOf(name, "float32"));
    const s = new Builder();
    let inputs = 0;
    const exprs = group.map((name, k) =>
      bodies[name]!(s, ...points[k]!.xs.map(() => s.input(inputs++, "float32")))
    );
    const columns = points.flatMap(({ xs }) => xs.map((x) => Float32Array.from(x)));
    const results = await columnsOf(runner, columns, exprs);
    for (const [k, name] of group.entries()) {
      const bound = records.get(name)!.ulp!.wgsl;
      const [worst, count] = worstOf(name, points[k]!, results[k] as Float32Array);
      assert(count >= 1500, `${name}: only ${count} points`);
      assert(worst <= bound, `${name}: ${worst} ulp, promised are ${bound}`);
    }
  });
}

const numbers: Readonly<Record<string, readonly number[]>> = {
  int32: [0, 1, -1, 2, -3, 7, -7, 31, 46341, 2 ** 31 - 1, -(2 ** 31)],
  uint32: [0, 1, 2, 3, 7, 31, 65537, 2 ** 31, 2 ** 32 - 1],
  float32: [0, 1, 2.5, 3, 0.1, 1 / 3, 1000, 65537.5, 1e-3].flatMap((x) => [x, -x]).map(Math.fround),
};

for (const dtype of ["int32", "uint32", "float32"] as const) {
  deviceTest(`functions about whole numbers of ${dtype} are the interpreter's`, async (runner) => {
    const all = numbers[dtype]!;
    const rows = all.flatMap((x) => all.map((y) => [x, y]));
    const s = new Builder();
    const [x, y] = [s.input(0, dtype), s.input(1, dtype)];
    const { floorDiv, floorMod, powInteger, roundHalfAwayFromZero } = functions;
    const exprs = dtype === "float32"
      ? [floorMod(s, x, y), roundHalfAwayFromZero(s, x)]
      : [floorDiv(s, x, y), floorMod(s, x, y), powInteger(s, x, y)];
    const columns = [0, 1].map((k) => columnOf(rows.map((row) => row[k]!), dtype));
    const results = await columnsOf(runner, columns, exprs);
    const run = interpreter(exprs);
    for (const [i, row] of rows.entries()) {
      assertEquals([row, ...results.map((column) => column[i])], [row, ...run(row)]);
    }
  });
}
