import { assert, assertEquals } from "@std/assert";
import { Module } from "../../core/wasm/encode.ts";
import { Func, type Node, op, opLane, type OpName, shuffle } from "../../core/wasm/tree.ts";
import { opcode, opNames } from "../../core/wasm/opcodes.ts";
import { instantiate } from "./helpers.ts";

const names = opNames();

function build(name: OpName, operands: readonly Node[]): Node {
  const { lanes, count } = opcode(name)[3] ?? {};
  if (count !== undefined) return shuffle(operands[0]!, operands[1]!, [0, 5, 2, 7]);
  return lanes === undefined ? op(name, ...operands) : opLane(name, lanes - 1, ...operands);
}

for (const name of names) {
  Deno.test(`${name} has the operands and the result its row says`, () => {
    const [, operands, result] = opcode(name);
    const func = new Func(name, result === "none" ? [] : [result]);
    func.body(build(name, operands.map((type) => func.param(type).get)));
    const module = new Module("row").importMemory();
    module.add(func);
    assert(WebAssembly.validate(module.encode()), name);
  });
}

Deno.test("opcodes have codes of their own", () => {
  assertEquals(new Set(names.map((name) => opcode(name)[0])).size, names.length);
});

type Lanes = Float32Array | Float64Array | Int32Array | BigInt64Array | Int16Array | Int8Array;
type Binary<T> = readonly [OpName, (a: T, b: T) => T];

/** Runs `z = op(x, y)` on vectors and compares lane by lane with plain JavaScript. */
function checkLanes<T extends number | bigint>(
  rows: readonly Binary<T>[],
  array: new (buffer: ArrayBuffer, at: number, length: number) => Lanes,
  x: readonly T[],
  y: readonly T[],
): void {
  const funcs = rows.map(([name]) =>
    new Func(name).body(
      op("v128.store", 32, op(name, op("v128.load", 0), op("v128.load", 16))),
    )
  );
  const { exports, memory } = instantiate(funcs);
  const lanes = (at: number): Lanes => new array(memory.buffer as ArrayBuffer, at, x.length);
  lanes(0).set(x as never);
  lanes(16).set(y as never);
  for (const [name, scalar] of rows) {
    exports[name]!();
    const wanted = lanes(48);
    wanted.set(x.map((value, i) => scalar(value, y[i]!)) as never);
    assertEquals(lanes(32), wanted, name);
  }
}

Deno.test("f32x4 arithmetic does in each lane what its name says", () => {
  const rows: Binary<number>[] = [
    ["f32x4.add", (a, b) => a + b],
    ["f32x4.sub", (a, b) => a - b],
    ["f32x4.mul", (a, b) => a * b],
    ["f32x4.div", (a, b) => a / b],
    ["f32x4.min", Math.min],
    ["f32x4.max", Math.max],
    ["f32x4.pmin", (a, b) => b < a ? b : a],
    ["f32x4.pmax", (a, b) => a < b ? b : a],
  ];
  checkLanes(rows, Float32Array, [1.5, -0, NaN, 7], [-2.5, 0, 3, 7.25]);
});

Deno.test("f64x2 arithmetic does in each lane what its name says", () => {
  const rows: Binary<number>[] = [
    ["f64x2.add", (a, b) => a + b],
    ["f64x2.sub", (a, b) => a - b],
    ["f64x2.mul", (a, b) => a * b],
    ["f64x2.div", (a, b) => a / b],
    ["f64x2.min", Math.min],
    ["f64x2.max", Math.max],
    ["f64x2.pmin", (a, b) => b < a ? b : a],
    ["f64x2.pmax", (a, b) => a < b ? b : a],
  ];
  checkLanes(rows, Float64Array, [1.1, -0], [3.3, 0]);
});

Deno.test("integer lanes add, subtract, multiply, compare and saturate as named", () => {
  const flag = (condition: boolean): number => condition ? -1 : 0;
  const clamp = (x: number): number => Math.max(-32768, Math.min(32767, x));
  const i32: Binary<number>[] = [
    ["i32x4.add", (a, b) => a + b | 0],
    ["i32x4.sub", (a, b) => a - b | 0],
    ["i32x4.mul", Math.imul],
    ["i32x4.min_s", Math.min],
    ["i32x4.max_s", Math.max],
    ["i32x4.min_u", (a, b) => Math.min(a >>> 0, b >>> 0)],
    ["i32x4.max_u", (a, b) => Math.max(a >>> 0, b >>> 0)],
    ["i32x4.eq", (a, b) => flag(a === b)],
    ["i32x4.ne", (a, b) => flag(a !== b)],
    ["i32x4.lt_s", (a, b) => flag(a < b)],
    ["i32x4.lt_u", (a, b) => flag(a >>> 0 < b >>> 0)],
    ["i32x4.gt_s", (a, b) => flag(a > b)],
    ["i32x4.gt_u", (a, b) => flag(a >>> 0 > b >>> 0)],
    ["i32x4.le_s", (a, b) => flag(a <= b)],
    ["i32x4.le_u", (a, b) => flag(a >>> 0 <= b >>> 0)],
    ["i32x4.ge_s", (a, b) => flag(a >= b)],
    ["i32x4.ge_u", (a, b) => flag(a >>> 0 >= b >>> 0)],
    ["v128.and", (a, b) => a & b],
    ["v128.or", (a, b) => a | b],
    ["v128.xor", (a, b) => a ^ b],
    ["v128.andnot", (a, b) => a & ~b],
  ];
  checkLanes(i32, Int32Array, [1, -5, 2 ** 31 - 1, 9], [7, 3, -1, 9]);
  const i16: Binary<number>[] = [
    ["i16x8.add", (a, b) => a + b],
    ["i16x8.add_sat_s", (a, b) => clamp(a + b)],
    ["i16x8.sub_sat_s", (a, b) => clamp(a - b)],
    ["i16x8.mul", (a, b) => a * b],
    ["i16x8.avgr_u", (a, b) => ((a & 0xffff) + (b & 0xffff) + 1) >> 1],
  ];
  const x = [32767, -32768, 3, -4, 0, 255, -1, 12345];
  checkLanes(i16, Int16Array, x, [1, -1, 5, 6, 7, -300, -1, 30000]);
  const i64: Binary<bigint>[] = [
    ["i64x2.add", (a, b) => a + b],
    ["i64x2.sub", (a, b) => a - b],
    ["i64x2.mul", (a, b) => a * b],
    ["i64x2.lt_s", (a, b) => a < b ? -1n : 0n],
    ["i64x2.ge_s", (a, b) => a >= b ? -1n : 0n],
  ];
  checkLanes(i64, BigInt64Array, [2n ** 62n, -3n], [2n ** 62n, 4n]);
});

type Row<T> = readonly [OpName, readonly T[], number | bigint];

const scalarRows: readonly Row<number | bigint>[] = [
  ["i32.clz", [1], 31],
  ["i32.ctz", [8], 3],
  ["i32.popcnt", [255], 8],
  ["i32.sub", [3, 5], -2],
  ["i32.div_s", [-7, 2], -3],
  ["i32.div_u", [-2, 2], 2147483647],
  ["i32.rem_s", [-7, 2], -1],
  ["i32.rem_u", [-1, 10], 5],
  ["i32.shl", [1, 31], -(2 ** 31)],
  ["i32.shr_s", [-8, 1], -4],
  ["i32.shr_u", [-8, 28], 15],
  ["i32.rotl", [-(2 ** 31), 1], 1],
  ["i32.rotr", [1, 1], -(2 ** 31)],
  ["i32.extend8_s", [255], -1],
  ["i32.extend16_s", [65535], -1],
  ["i32.wrap_i64", [2n ** 32n + 5n], 5],
  ["i32.trunc_sat_f32_s", [NaN], 0],
  ["i32.trunc_sat_f32_u", [-5], 0],
  ["i32.trunc_sat_f64_s", [1e20], 2 ** 31 - 1],
  ["i32.trunc_sat_f64_u", [1e20], -1],
  ["i32.trunc_f64_s", [-2.9], -2],
  ["i64.trunc_sat_f32_s", [-Infinity], -(2n ** 63n)],
  ["i64.trunc_sat_f64_u", [Infinity], -1n],
  ["i64.extend_i32_s", [-1], -1n],
  ["i64.extend_i32_u", [-1], 2n ** 32n - 1n],
  ["i64.extend8_s", [128n], -128n],
  ["i64.extend32_s", [2n ** 31n], -(2n ** 31n)],
  ["i64.div_s", [-7n, 2n], -3n],
  ["i64.rem_u", [-1n, 10n], 5n],
  ["i64.shr_u", [-1n, 63n], 1n],
  ["f32.nearest", [2.5], 2],
  ["f32.trunc", [-2.5], -2],
  ["f32.copysign", [3, -0], -3],
  ["f32.demote_f64", [0.1], Math.fround(0.1)],
  ["f32.convert_i32_u", [-1], 2 ** 32],
  ["f32.reinterpret_i32", [0x40490fdb], Math.fround(Math.PI)],
  ["f64.ceil", [1.2], 2],
  ["f64.floor", [-1.2], -2],
  ["f64.sqrt", [2], Math.SQRT2],
  ["f64.abs", [-3], 3],
  ["f64.neg", [3], -3],
  ["f64.min", [3, -1], -1],
  ["f64.max", [3, -1], 3],
  ["f64.convert_i64_s", [-(2n ** 53n)], -(2 ** 53)],
  ["f64.convert_i64_u", [-1n], 2 ** 64],
  ["f64.promote_f32", [0.5], 0.5],
  ["i64.reinterpret_f64", [1], 0x3ff0000000000000n],
];

for (const [name, operands, wanted] of scalarRows) {
  Deno.test(`${name} of (${operands}) gives ${wanted}`, () => {
    const [, types, result] = opcode(name);
    const func = new Func(name, result === "none" ? [] : [result]);
    func.body(op(name, ...types.map((type) => func.param(type))));
    assertEquals(instantiate([func]).exports[name]!(...operands), wanted);
  });
}
