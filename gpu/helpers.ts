/**
 * @file Functions in WGSL that keep the promises of the scalar primitives where the language makes
 * none: not-a-numbers, infinities, signed zeros, divisors of zero, conversions out of range.
 *
 * A compiler may assume that there are no NaN and infinities, and may compute sums and products in
 * another order. It may assume nothing about integers; so whatever decides something looks at the bits,
 * and a result that must not be seen through passes an `or` with a zero that only the call knows.
 */

/** The name of a function. */
export type Helper =
  | "floatOf"
  | "held"
  | "sizeOf"
  | "isNan"
  | "orderOf"
  | "rankOf"
  | "eqFloat"
  | "ltFloat"
  | "leFloat"
  | "minFloat"
  | "maxFloat"
  | "whole"
  | "divFloat"
  | "sqrtFloat"
  | "quotInt"
  | "remInt"
  | "quotUint"
  | "remUint"
  | "intOfFloat"
  | "uintOfFloat"
  | "halfOf"
  | "addWide"
  | "subWide"
  | "mulWide"
  | "ltWide";

interface HelperText {
  /** The functions it calls. */
  readonly calls: readonly Helper[];
  readonly text: string;
}

/** Every function, callees first. */
const helpers: Readonly<Record<Helper, HelperText>> = {
  floatOf: {
    calls: [],
    text: `
// A float by its bits, which a compiler cannot know.
fn floatOf(bits: u32) -> f32 {
  return bitcast<f32>(bits | params.zero);
}`,
  },
  held: {
    calls: [],
    text: `
// The same float: what it came from cannot be computed in another order with what it becomes.
fn held(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) | params.zero);
}`,
  },
  sizeOf: {
    calls: [],
    text: `
// The bits without the sign, ordered as absolute values.
fn sizeOf(x: f32) -> u32 {
  return bitcast<u32>(x) & 0x7fffffffu;
}`,
  },
  isNan: {
    calls: ["sizeOf"],
    text: `
fn isNan(x: f32) -> bool {
  return sizeOf(x) > 0x7f800000u;
}`,
  },
  orderOf: {
    calls: ["sizeOf"],
    text: `
// An integer ordered as floats are; 0 for both zeros.
fn orderOf(x: f32) -> i32 {
  let size = bitcast<i32>(sizeOf(x));
  return select(size, -size, bitcast<i32>(x) < 0);
}`,
  },
  rankOf: {
    calls: [],
    text: `
// An integer ordered as floats are; −0 before 0.
fn rankOf(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return bits ^ ((bits >> 31u) & 0x7fffffff);
}`,
  },
  eqFloat: {
    calls: ["orderOf", "isNan"],
    text: `
fn eqFloat(x: f32, y: f32) -> bool {
  return orderOf(x) == orderOf(y) && !isNan(x);
}`,
  },
  ltFloat: {
    calls: ["orderOf", "isNan"],
    text: `
fn ltFloat(x: f32, y: f32) -> bool {
  return orderOf(x) < orderOf(y) && !isNan(x) && !isNan(y);
}`,
  },
  leFloat: {
    calls: ["orderOf", "isNan"],
    text: `
fn leFloat(x: f32, y: f32) -> bool {
  return orderOf(x) <= orderOf(y) && !isNan(x) && !isNan(y);
}`,
  },
  minFloat: {
    calls: ["rankOf", "isNan"],
    text: `
fn minFloat(x: f32, y: f32) -> f32 {
  let isFirst = isNan(x) || (rankOf(x) < rankOf(y) && !isNan(y));
  return select(y, x, isFirst);
}`,
  },
  maxFloat: {
    calls: ["rankOf", "isNan"],
    text: `
fn maxFloat(x: f32, y: f32) -> f32 {
  let isFirst = isNan(x) || (rankOf(x) > rankOf(y) && !isNan(y));
  return select(y, x, isFirst);
}`,
  },
  whole: {
    calls: ["sizeOf"],
    text: `
// A rounding of x: its sign is that of x, and numbers from 2^23 on, ∞ and NaN are kept.
fn whole(x: f32, rounded: f32) -> f32 {
  let sign = bitcast<u32>(x) & 0x80000000u;
  return select(bitcast<f32>(bitcast<u32>(rounded) | sign), x, sizeOf(x) >= 0x4b000000u);
}`,
  },
  divFloat: {
    calls: ["sizeOf", "floatOf"],
    text: `
// A divisor from 2^126 on is outside of what the language promises.
fn divFloat(x: f32, y: f32) -> f32 {
  let a = sizeOf(x);
  let b = sizeOf(y);
  let sign = (bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u;
  let scale = select(1.0f, 0.0625f, b >= 0x7e800000u);
  let quotient = (x * scale) / (y * scale);
  let orZero = select(quotient, floatOf(sign), a == 0u || b == 0x7f800000u);
  let orInfinity = select(orZero, floatOf(sign | 0x7f800000u), b == 0u || a == 0x7f800000u);
  let isNone = max(a, b) > 0x7f800000u || (a == b && (a == 0u || a == 0x7f800000u));
  return select(orInfinity, floatOf(0x7fc00000u), isNone);
}`,
  },
  sqrtFloat: {
    calls: ["floatOf"],
    text: `
fn sqrtFloat(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let isKept = bits == 0u || bits == 0x80000000u || bits == 0x7f800000u;
  let orKept = select(sqrt(x), x, isKept);
  return select(orKept, floatOf(0x7fc00000u), bits >= 0x7f800000u && !isKept);
}`,
  },
  quotInt: {
    calls: [],
    text: `
// 0 for a zero divisor; the smallest integer over −1 wraps, as if it were over 1.
fn quotInt(x: i32, y: i32) -> i32 {
  let isPlain = y != 0 && (y != -1 || x != bitcast<i32>(0x80000000u));
  return select(x / select(1, y, isPlain), 0, y == 0);
}`,
  },
  remInt: {
    calls: [],
    text: `
fn remInt(x: i32, y: i32) -> i32 {
  let isPlain = y != 0 && (y != -1 || x != bitcast<i32>(0x80000000u));
  let divisor = select(1, y, isPlain);
  return select(x - x / divisor * divisor, 0, y == 0);
}`,
  },
  quotUint: {
    calls: [],
    text: `
fn quotUint(x: u32, y: u32) -> u32 {
  return select(x / max(y, 1u), 0u, y == 0u);
}`,
  },
  remUint: {
    calls: [],
    text: `
fn remUint(x: u32, y: u32) -> u32 {
  return select(x % max(y, 1u), 0u, y == 0u);
}`,
  },
  intOfFloat: {
    calls: ["sizeOf"],
    text: `
// Truncated and saturated; 0 for NaN.
fn intOfFloat(x: f32) -> i32 {
  let size = sizeOf(x);
  let ends = bitcast<i32>(0x7fffffffu + (bitcast<u32>(x) >> 31u));
  let isInside = size < 0x4f000000u;
  return select(select(ends, i32(select(0.0f, x, isInside)), isInside), 0, size > 0x7f800000u);
}`,
  },
  uintOfFloat: {
    calls: ["sizeOf"],
    text: `
// Truncated and saturated; 0 for NaN.
fn uintOfFloat(x: f32) -> u32 {
  let size = sizeOf(x);
  let isInside = size < 0x4f800000u && bitcast<i32>(x) >= 0;
  let isBelow = size > 0x7f800000u || bitcast<i32>(x) < 0;
  return select(select(0xffffffffu, u32(select(0.0f, x, isInside)), isInside), 0u, isBelow);
}`,
  },
  halfOf: {
    calls: [],
    text: `
// The nearest float16, ties to even: from 65520 on ∞, below 2^-14 a multiple of 2^-24. What is lost
// are the last bits, of which half a unit less one, plus the last bit kept, carries.
fn halfOf(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  let lost = min(126u - min(size >> 23u, 113u), 23u);
  let nearest = (size + (1u << (lost - 1u)) - 1u + ((size >> lost) & 1u)) >> lost << lost;
  let orTiny = select(nearest, select(0u, 0x33800000u, size > 0x33000000u), size < 0x33800000u);
  let orInfinity = select(orTiny, 0x7f800000u, orTiny >= 0x47800000u);
  let orNan = select(orInfinity, 0x7fc00000u, size > 0x7f800000u);
  return bitcast<f32>(orNan | (bits & 0x80000000u));
}`,
  },
  addWide: {
    calls: [],
    text: `
// 64-bit integers: the lower half, then the upper one.
fn addWide(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  let low = x.x + y.x;
  return vec2<u32>(low, x.y + y.y + select(0u, 1u, low < x.x));
}`,
  },
  subWide: {
    calls: [],
    text: `
fn subWide(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(x.x - y.x, x.y - y.y - select(0u, 1u, x.x < y.x));
}`,
  },
  mulWide: {
    calls: [],
    text: `
fn mulWide(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  let a = x.x & 0xffffu;
  let b = x.x >> 16u;
  let c = y.x & 0xffffu;
  let d = y.x >> 16u;
  let middle = ((a * c) >> 16u) + ((b * c) & 0xffffu) + ((a * d) & 0xffffu);
  let carried = ((b * c) >> 16u) + ((a * d) >> 16u) + (middle >> 16u) + b * d;
  return vec2<u32>(x.x * y.x, carried + x.x * y.y + x.y * y.x);
}`,
  },
  ltWide: {
    calls: [],
    text: `
fn ltWide(x: vec2<u32>, y: vec2<u32>) -> bool {
  return bitcast<i32>(x.y) < bitcast<i32>(y.y) || (x.y == y.y && x.x < y.x);
}`,
  },
};

/**
 * The text of functions and of all that they call.
 *
 * @param used Their names.
 * @returns One text a function, callees first.
 */
export function helperTexts(used: ReadonlySet<Helper>): string[] {
  const needed = new Set<Helper>();
  const need = (name: Helper): void => {
    needed.add(name);
    helpers[name].calls.forEach(need);
  };
  used.forEach(need);
  return (Object.keys(helpers) as Helper[]).filter((name) => needed.has(name))
    .map((name) => helpers[name].text.slice(1));
}
