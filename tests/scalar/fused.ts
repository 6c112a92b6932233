/**
 * @file Multiply-add with one rounding, in plain JavaScript.
 *
 * Source: S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms
 * using rounding to odd", 2008.
 */

const cell = new DataView(new ArrayBuffer(8));

/** The sum and its rounding error. */
function twoSum(x: number, y: number): [sum: number, error: number] {
  const sum = x + y;
  const back = sum - x;
  return [sum, (x - (sum - back)) + (y - back)];
}

/** The halves of a number, each with half of its bits. */
function split(x: number): [high: number, low: number] {
  const scaled = x * 134217729;
  const high = scaled - (scaled - x);
  return [high, x - high];
}

/** The product and its rounding error. */
function twoProduct(x: number, y: number): [product: number, error: number] {
  const product = x * y;
  const [xHigh, xLow] = split(x);
  const [yHigh, yLow] = split(y);
  return [product, ((xHigh * yHigh - product) + xHigh * yLow + xLow * yHigh) + xLow * yLow];
}

/** The sum rounded to odd: to the neighbour with an odd last bit, if it is not exact. */
function oddSum(x: number, y: number): number {
  const [sum, error] = twoSum(x, y);
  if (error === 0 || !Number.isFinite(sum)) return sum;
  cell.setFloat64(0, sum);
  const bits = cell.getBigInt64(0);
  if (bits & 1n) return sum;
  const isAway = (error > 0) === (sum > 0);
  cell.setBigInt64(0, bits + (isAway ? 1n : -1n));
  return cell.getFloat64(0);
}

/** `x·y + z` of floats with 24 bits, rounded once to 24 bits. */
export function fusedMulAdd32(x: number, y: number, z: number): number {
  return Math.fround(oddSum(x * y, z));
}

/** `x·y + z`, rounded once. */
export function fusedMulAdd64(x: number, y: number, z: number): number {
  if (Number.isFinite(x) && Number.isFinite(y) && !Number.isFinite(z)) return z;
  const plain = x * y + z;
  if (!Number.isFinite(plain) || x === 0 || y === 0) {
    return Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z) ? exact(x, y, z) : plain;
  }
  const size = Math.max(Math.abs(x), Math.abs(y), Math.abs(x * y), Math.abs(z));
  const least = Math.min(Math.abs(x), Math.abs(y), Math.abs(x * y));
  if (size > 2 ** 900 || least < 2 ** -850 || Math.abs(plain) < 2 ** -900) return exact(x, y, z);
  const [high, low] = twoProduct(x, y);
  const [middle, rest] = twoSum(z, low);
  const [top, next] = twoSum(high, middle);
  return top + oddSum(rest, next);
}

/** A float as `integer · 2^exponent`. */
function parts(x: number): [integer: bigint, exponent: number] {
  cell.setFloat64(0, x);
  const bits = cell.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const size = field === 0 ? fraction : fraction | (1n << 52n);
  return [x < 0 ? -size : size, Math.max(field, 1) - 1075];
}

/** The same with integers of any length, for the ends of the range. */
function exact(x: number, y: number, z: number): number {
  const [[xi, xe], [yi, ye], [zi, ze]] = [parts(x), parts(y), parts(z)];
  if (xi === 0n || yi === 0n || zi === 0n) {
    return zi === 0n && xi !== 0n && yi !== 0n ? rounded(xi * yi, xe + ye) : x * y + z;
  }
  const exponent = Math.min(xe + ye, ze);
  const sum = ((xi * yi) << BigInt(xe + ye - exponent)) + (zi << BigInt(ze - exponent));
  return sum === 0n ? x * y + z : rounded(sum, exponent);
}

/** `integer · 2^exponent`, rounded to the nearest float, halves to even. */
function rounded(integer: bigint, exponent: number): number {
  const size = integer < 0n ? -integer : integer;
  const length = size.toString(2).length;
  const drop = Math.max(length - 53, -1074 - exponent);
  if (drop <= 0) {
    return Number(integer) * 2 ** Math.max(exponent, -1000) * 2 ** Math.min(exponent + 1000, 0);
  }
  const unit = 1n << BigInt(drop);
  const [kept, rest] = [size / unit, size % unit];
  const isUp = rest * 2n > unit || (rest * 2n === unit && kept % 2n === 1n);
  const value = Number(kept + (isUp ? 1n : 0n));
  const power = exponent + drop;
  const scaled = power > 900
    ? value * 2 ** (power - 100) * 2 ** 100
    : value * 2 ** Math.max(power, -1074);
  return integer < 0n ? -scaled : scaled;
}
