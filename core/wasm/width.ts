/**
 * @file How many elements a vector register computes at once, and how they come from and go to
 * memory.
 *
 * At width 4 every value is 32 bits a lane; at width 2 the 64-bit dtypes fill the register and the
 * 32-bit ones sit in its low half. Narrow integers are widened when loaded and cut when stored;
 * bool is a mask of all ones or all zeros in lanes of `128 / width` bits. The last elements of a
 * row are computed by the same instructions with memory touched one element at a time, so a value
 * never depends on its place in the row.
 */

import { type DType, dtypes } from "../dtype/dtype.ts";
import { internal } from "../errors.ts";
import { laneOf } from "../scalar/primitive.ts";
import type { ScalarValue } from "../scalar/expr.ts";
import { type Node, op, type Operand, opLane, shuffle } from "./tree.ts";
import { add, f32x4, f64x2, i32, i32x4, i64x2, mul } from "./tree.ts";
import type { OpName } from "./tree.ts";

/** Elements in a register. */
export type Lanes = 2 | 4;

/** Memory touched for all lanes, or for the first alone. */
export type Extent = "whole" | "single";

/** The bytes that each element of a narrow dtype keeps of its 32-bit lane, first element first. */
function gathered(lanes: Lanes, bytes: number, from: number): number[] {
  const kept = Array.from({ length: lanes * bytes }, (_, k) => {
    const lane = Math.floor(k / bytes);
    return lane * from + (k % bytes);
  });
  return Array.from({ length: 16 }, (_, k) => kept[k % kept.length]!);
}

const sign = (dtype: DType): "s" | "u" => dtypes[dtype].kind === "int" ? "s" : "u";

/** Widens the low bytes of a register to 32-bit lanes. */
function widened(x: Node, dtype: DType): Node {
  const s = sign(dtype);
  const half = dtypes[dtype].bytes === 1 ? op(`i16x8.extend_low_i8x16_${s}`, x) : x;
  return op(`i32x4.extend_low_i16x8_${s}`, half);
}

/** The mask of a bool that is widened to 32-bit lanes. */
function masked(x: Node, lanes: Lanes): Node {
  const mask = op("i32x4.ne", x, i32x4(0));
  return lanes === 4 ? mask : op("i64x2.extend_low_i32x4_s", mask);
}

function finished(raw: Node, dtype: DType, lanes: Lanes): Node {
  const { bytes } = dtypes[dtype];
  if (bytes >= 4) return raw;
  const wide = widened(raw, dtype);
  return dtype === "bool" ? masked(wide, lanes) : wide;
}

const wholeLoads: Readonly<Record<number, OpName>> = {
  16: "v128.load",
  8: "v128.load64_zero",
  4: "v128.load32_zero",
  2: "v128.load16_splat",
  1: "v128.load8_splat",
};

const splatLoads: Readonly<Record<number, OpName>> = {
  8: "v128.load64_splat",
  4: "v128.load32_splat",
  2: "v128.load16_splat",
  1: "v128.load8_splat",
};

const laneLoads: Readonly<Record<number, OpName>> = {
  8: "v128.load64_lane",
  4: "v128.load32_lane",
};

/** Consecutive elements, or the first alone. */
export function load(lanes: Lanes, extent: Extent, dtype: DType, address: Node): Node {
  const bytes = dtypes[dtype].bytes * (extent === "whole" ? lanes : 1);
  return finished(op(wholeLoads[bytes]!, address), dtype, lanes);
}

/** One element in all lanes. */
export function loadSplat(lanes: Lanes, dtype: DType, address: Node): Node {
  return finished(op(splatLoads[dtypes[dtype].bytes]!, address), dtype, lanes);
}

/** Elements a stride (in bytes) apart. */
export function loadStrided(lanes: Lanes, dtype: DType, address: Node, stride: Node): Node {
  const { bytes } = dtypes[dtype];
  const at = (k: number): Node => add(address, mul(stride, i32(k)));
  if (bytes >= 4) {
    let x = op(wholeLoads[bytes]!, address);
    for (let k = 1; k < lanes; k++) x = opLane(laneLoads[bytes]!, k, at(k), x);
    return x;
  }
  const scalar: OpName = `i32.load${bytes === 1 ? 8 : 16}_${sign(dtype)}`;
  let wide = op("i32x4.splat", op(scalar, address));
  for (let k = 1; k < lanes; k++) wide = opLane("i32x4.replace_lane", k, wide, op(scalar, at(k)));
  return dtype === "bool" ? masked(wide, lanes) : wide;
}

/** The stored form of a value: bytes packed from the register's start. */
function packed(lanes: Lanes, dtype: DType, value: Node): Node {
  const { bytes } = dtypes[dtype];
  if (bytes >= 4) return value;
  if (dtype !== "bool") return shuffle(value, value, gathered(lanes, bytes, 4));
  const ones = op("v128.and", value, lanes === 4 ? i32x4(1) : i64x2(1));
  return shuffle(ones, ones, gathered(lanes, 1, 16 / lanes));
}

const laneStores: Readonly<Record<number, OpName>> = {
  8: "v128.store64_lane",
  4: "v128.store32_lane",
  2: "v128.store16_lane",
  1: "v128.store8_lane",
};

/** Stores consecutive elements, or the first alone. */
export function store(
  lanes: Lanes,
  extent: Extent,
  dtype: DType,
  address: Node,
  value: Node,
): Node {
  const bytes = dtypes[dtype].bytes * (extent === "whole" ? lanes : 1);
  const bits = packed(lanes, dtype, value);
  return bytes === 16
    ? op("v128.store", address, bits)
    : opLane(laneStores[bytes]!, 0, address, bits);
}

/** Stores elements a stride (in bytes) apart. `value` must be cheap to repeat. */
export function storeStrided(
  lanes: Lanes,
  dtype: DType,
  address: Node,
  stride: Node,
  value: Node,
): Node[] {
  const { bytes } = dtypes[dtype];
  const bits = packed(lanes, dtype, value);
  return Array.from(
    { length: lanes },
    (_, k) => opLane(laneStores[bytes]!, k, add(address, mul(stride, i32(k))), bits),
  );
}

/** A constant in all lanes. */
export function constantLanes(lanes: Lanes, dtype: DType, value: ScalarValue): Node {
  switch (laneOf(dtype)) {
    case "bool":
      return i32x4(value ? -1 : 0);
    case "int32":
    case "uint32":
      return i32x4(Number(value) | 0);
    case "float32":
      return f32x4(Number(value));
    case "int64":
    case "uint64":
      return wide(lanes, i64x2(BigInt.asIntN(64, BigInt(value))));
    case "float64":
      return wide(lanes, f64x2(Number(value)));
  }
}

function wide(lanes: Lanes, node: Node): Node {
  return lanes === 2
    ? node
    : internal("emit a 64-bit constant", "the register has four lanes", "core/wasm/width.ts");
}

/** An i64 in all lanes, as int64 or uint32. */
export function integerLanes(dtype: "int64" | "uint32", value: Operand): Node {
  return dtype === "int64"
    ? op("i64x2.splat", value)
    : op("i32x4.splat", op("i32.wrap_i64", value));
}

/** A loop counter in all lanes, plus 0, 1 … where it counts the vectorised axis. */
export function counterLanes(
  dtype: "int64" | "uint32",
  counter: Operand,
  isVector: boolean,
): Node {
  if (dtype === "uint32") {
    const all = op("i32x4.splat", counter);
    return isVector ? op("i32x4.add", all, i32x4(0, 1, 2, 3)) : all;
  }
  const all = op("i64x2.splat", op("i64.extend_i32_u", counter));
  return isVector ? op("i64x2.add", all, i64x2(0, 1)) : all;
}

/** Bytes from one element of a register to the next. */
function laneBytes(lanes: Lanes, dtype: DType): number {
  const lane = laneOf(dtype);
  return lane === "bool" ? 16 / lanes : dtypes[lane].bytes;
}

/**
 * The elements from `keep` on brought to the start: for folding a register into its first element.
 */
export function upperHalf(lanes: Lanes, dtype: DType, x: Node, keep: number): Node {
  const from = keep * laneBytes(lanes, dtype);
  return shuffle(x, x, Array.from({ length: 16 }, (_, k) => (k + from) % 16));
}

/**
 * The columns of a square as its rows: register `r` of the result holds element `r` of each
 * register given, in order.
 */
export function turned(lanes: Lanes, dtype: DType, columns: readonly Node[]): Node[] {
  const bytes = laneBytes(lanes, dtype);
  const pick = (x: Node, y: Node, elements: readonly number[]): Node => {
    const all = elements.flatMap((e) => Array.from({ length: bytes }, (_, k) => e * bytes + k));
    return shuffle(x, y, Array.from({ length: 16 }, (_, k) => all[k % all.length]!));
  };
  const second = 16 / bytes;
  if (lanes === 2) {
    return [0, 1].map((r) => pick(columns[0]!, columns[1]!, [r, second + r]));
  }
  const [a, b, c, d] = columns as [Node, Node, Node, Node];
  const [low, high] = [[0, 4, 1, 5], [2, 6, 3, 7]] as const;
  const halves = [low, high].map((half) => [pick(a, b, half), pick(c, d, half)] as const);
  return halves.flatMap(([left, right]) => [
    pick(left, right, [0, 1, 4, 5]),
    pick(left, right, [2, 3, 6, 7]),
  ]);
}

/** The first element in all lanes. */
export function spreadFirst(lanes: Lanes, dtype: DType, x: Node): Node {
  const bytes = laneBytes(lanes, dtype);
  return shuffle(x, x, Array.from({ length: 16 }, (_, k) => k % bytes));
}
