/** @file Every primitive on a device, for special values of each lane, against the interpreter. */

import { assert, assertEquals } from "@std/assert";
import { Builder, type Expr, inOrder, type ScalarValue } from "../../core/scalar/expr.ts";
import { interpreter } from "../../core/scalar/interpret.ts";
import { isLaneOf, type Primitive, primitives } from "../../core/scalar/primitive.ts";
import { hasDeviceForm } from "../../gpu/spelling.ts";
import { Random } from "../helpers/random.ts";
import { randomExpr } from "../helpers/random_expr.ts";
import { ulpError } from "../helpers/ulp.ts";
import { fusedMulAdd32 } from "../scalar/fused.ts";
import {
  type Column,
  columnOf,
  columnsOf,
  deviceTest,
  isSubnormal,
  type WordLane,
} from "./device.ts";

const random = new Random(41);
const integers = [0, 1, -1, 2, -2, 7, -7, 31, 32, 33, 63, 2 ** 31 - 1, -(2 ** 31), 123456789];

/** Values of each lane: all that is special, and some that are not. */
const values: Readonly<Record<WordLane, readonly ScalarValue[]>> = {
  bool: [false, true],
  int32: integers,
  uint32: [...integers.map((x) => x >>> 0), 2 ** 32 - 2],
  float32: [
    [0, 1, 2, 3, 0.5, 1.5, 2.5, 3.5, 0.1, 1 / 3, 1e10, 1e-10, 8388607.5, 8388609, 16777217],
    [2 ** 31, 2 ** 31 - 128, 2 ** 32, 2 ** 32 - 256, 2 ** -126, 2 ** 126, 3 * 2 ** 126],
    [3.4028234663852886e38, 2 ** -149, 1e-40, Infinity, random.next(), random.next() * 1e5],
  ].flat().flatMap((x) => [Math.fround(x), Math.fround(-x)]).concat(NaN),
};

/** Arithmetic that is the machine's own: what it does with subnormal numbers is not promised. */
const native: ReadonlySet<Primitive> = new Set<Primitive>(
  ["add", "sub", "mul", "div", "sqrt", "mulAdd", "floor", "ceil", "trunc", "nearest"],
);

/** Every primitive on three inputs of a lane, with every form it has there. */
function formsOf(s: Builder, lane: WordLane): Expr[] {
  const [x, y, z] = [0, 1, 2].map((k) => s.input(k, lane));
  const condition = s.input(3, "bool");
  const lanes = Object.keys(values) as WordLane[];
  return (Object.keys(primitives) as Primitive[]).filter((p) => isLaneOf(lane, primitives[p].on))
    .flatMap((p) => {
      if (p === "convert") return lanes.map((to) => s.convert(x!, to));
      if (p === "bitcast") {
        return lane === "bool" ? [] : lanes.slice(1).map((to) => s.bitcast(x!, to));
      }
      if (primitives[p].result === "branches") return [s.call(p, condition, x!, y!)];
      if (p === "eq" || p === "ne") return [s.call(p, x!, y!), s.call(p, x!, x!)];
      if (p === "sub") return [s.sub(x!, y!), s.sub(x!, x!)];
      return [s.call(p, ...[x!, y!, z!].slice(0, primitives[p].arity))];
    });
}

/** Whether a device's result of one primitive is right; `wanted` is the interpreter's. */
function isRight(e: Expr, args: readonly number[], got: number, wanted: number): boolean {
  if (Object.is(got, wanted)) return true;
  if (e.kind !== "call" || e.args.at(-1)!.dtype !== "float32") return false;
  const { primitive } = e;
  if (primitive === "bitcast" && Number.isNaN(args[0])) return true;
  if (native.has(primitive) && [...args, wanted].some(isSubnormal)) return true;
  const quotient = args[0]! / args[1]!;
  if (primitive === "div" && isSubnormal(quotient)) return true;
  if (primitive === "div" || primitive === "sqrt") {
    const isOrdinary = Number.isFinite(wanted) && wanted !== 0;
    return isOrdinary && ulpError(got, wanted, "float32") <= 2.5;
  }
  if (primitive !== "mulAdd") return false;
  const [x, y, z] = args as [number, number, number];
  return Object.is(got, fusedMulAdd32(x, y, z)) || isSubnormal(Math.fround(x * y));
}

for (const lane of Object.keys(values) as WordLane[]) {
  deviceTest(
    `every primitive of ${lane} is the interpreter's, at special values`,
    async (runner) => {
      const all = values[lane];
      const rows = all.flatMap((x) => all.map((y) => [x, y, random.pick(all), random.chance(0.5)]));
      const s = new Builder();
      const forms = formsOf(s, lane);
      assert(hasDeviceForm(forms));
      const columns = [0, 1, 2, 3].map((k) =>
        columnOf(rows.map((row) => row[k]!), k === 3 ? "bool" : lane)
      );
      const results = await columnsOf(runner, columns, forms);
      for (const [k, e] of forms.entries()) {
        const run = interpreter([e]);
        const name = e.kind === "call" ? `${e.primitive} to ${e.dtype}` : "the input";
        const wrong = rows.flatMap((row, i) => {
          const wanted = Number(run(row)[0]);
          const got = results[k]![i]!;
          const used = e.kind === "call" && e.args.includes(inputOf(e, 1)!) ? row : row.slice(0, 1);
          return isRight(e, (used as unknown[]).map(Number), got, wanted)
            ? []
            : [[row, got, wanted]];
        });
        assertEquals([name, wrong.slice(0, 5)], [name, []]);
      }
    },
  );
}

/** The input of a number among the operands. */
function inputOf(e: Expr, index: number): Expr | undefined {
  if (e.kind !== "call") return undefined;
  return e.args.find((a) => a.kind === "input" && a.index === index);
}

/** Whether a value of every step is promised: no special numbers where floats are added or multiplied. */
function isPromised(order: readonly Expr[], all: readonly ScalarValue[]): boolean {
  const valueOf = new Map(order.map((e, k) => [e, all[k]!]));
  return order.every((e) => {
    if (e.kind !== "call" || !native.has(e.primitive) || e.dtype !== "float32") return true;
    const near = [e, ...e.args].map((x) => valueOf.get(x) as number);
    return near.every((x) => Number.isFinite(x) && !isSubnormal(x));
  });
}

const exprInputs = ["float32", "int32", "uint32", "bool", "float32"] as const;

/** Expressions on lanes of devices, of primitives that have one right result. */
function exactExprs(s: Builder, count: number): Expr[] {
  const found: Expr[] = [];
  while (found.length < count) {
    const dtype = random.pick(exprInputs);
    const e = randomExpr(random, s, { inputs: exprInputs, mulAdd: false }, dtype, 4);
    const isExact = inOrder([e]).every((x) =>
      x.kind !== "call" || !["div", "sqrt"].includes(x.primitive)
    );
    if (isExact && hasDeviceForm([e]) && inOrder([e]).length > 4) found.push(e);
  }
  return found;
}

for (let round = 0; round < 4; round++) {
  deviceTest(`random expressions are the interpreter's, round ${round}`, async (runner) => {
    const rows = random.list(200, () => exprInputs.map((dtype) => random.pick(values[dtype])));
    const exprs = exactExprs(new Builder(), 40);
    const columns = exprInputs.map((dtype, k) => columnOf(rows.map((row) => row[k]!), dtype));
    const results: Column[] = await columnsOf(runner, columns, exprs);
    let checked = 0;
    for (const [k, e] of exprs.entries()) {
      const order = inOrder([e]);
      const run = interpreter(order);
      for (const [i, row] of rows.entries()) {
        const all = run(row);
        if (!isPromised(order, all)) continue;
        checked++;
        assertEquals([round, k, row, results[k]![i]], [round, k, row, Number(all.at(-1))]);
      }
    }
    assert(checked > 4000, `only ${checked} values were promised`);
  });
}
