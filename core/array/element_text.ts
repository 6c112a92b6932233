/**
 * @file How the elements of one array are printed so that they align: NumPy's choice of digits,
 * exponents and padding for 8 digits of precision.
 *
 * Source: behaviour of NumPy 1.14 and later, as documented under `numpy.set_printoptions` and
 * `numpy.array2string`; ties in the last digit go to the even one.
 */

import { type Complex, type DType, dtypes, type Element } from "../dtype/dtype.ts";
import {
  decimalOf,
  exponentialForm,
  fixedForm,
  type FloatName,
  nonFiniteText,
  positional,
  roundToEven,
  shortestExponential,
} from "../dtype/number_text.ts";

/** Prints one element, as wide as its neighbours. */
export type ElementFormat = (element: Element) => string;

const precision = 8;

/**
 * The format of an array's elements.
 *
 * @param elements The elements that will be printed.
 * @param dtype Their dtype.
 * @param scalar Whether the array has no axes, so that nothing needs to align.
 */
export function elementFormat(
  elements: readonly Element[],
  dtype: DType,
  scalar: boolean,
): ElementFormat {
  const { kind } = dtypes[dtype];
  if (kind === "float") {
    const format = floatFormat(elements as readonly number[], dtype as FloatName, false);
    return (element) => format(element as number);
  }
  if (kind === "complex") return complexFormat(elements as readonly Complex[], dtype);
  if (kind === "bool") return (element) => element ? scalar ? "True" : " True" : "False";
  const width = Math.max(0, ...elements.map((element) => String(element).length));
  return (element) => String(element).padStart(width);
}

function complexFormat(elements: readonly Complex[], dtype: DType): ElementFormat {
  const part: FloatName = dtype === "complex64" ? "float32" : "float64";
  const re = floatFormat(elements.map((element) => element.re), part, false);
  const im = floatFormat(elements.map((element) => element.im), part, true);
  return (element) => {
    const { re: a, im: b } = element as Complex;
    return re(a) + im(b).replace(/ *$/, (spaces) => `j${spaces}`);
  };
}

type NumberFormat = (x: number) => string;

function floatFormat(xs: readonly number[], dtype: FloatName, plus: boolean): NumberFormat {
  const finite = xs.filter(Number.isFinite);
  const signed = (text: string): string => plus && !text.startsWith("-") ? `+${text}` : text;
  const layout = finite.length === 0
    ? { left: 0, right: 0, write: String }
    : wantsExponent(finite, dtype)
    ? exponentLayout(finite, dtype, signed)
    : plainLayout(finite, dtype, signed);
  let { left } = layout;
  if (finite.length < xs.length) {
    const longest = plus || xs.includes(-Infinity) ? 4 : 3;
    left = Math.max(left, longest - layout.right - 1);
  }
  const width = left + layout.right + 1;
  return (x) => {
    const special = nonFiniteText(x);
    if (special !== undefined) return signed(special).padStart(width);
    const text = signed(layout.write(x));
    return " ".repeat(left - text.indexOf(".")) + text;
  };
}

/** Widths on both sides of the point, and the text of a number; the format adds sign and padding. */
interface FloatLayout {
  readonly left: number;
  readonly right: number;
  readonly write: NumberFormat;
}

/** Whether sizes are so large, small or different that exponents read better. */
function wantsExponent(finite: readonly number[], dtype: FloatName): boolean {
  const round = rounding[dtype];
  let max = 0;
  let min = Infinity;
  for (const x of finite) {
    const size = Math.abs(x);
    if (size === 0) continue;
    max = Math.max(max, size);
    min = Math.min(min, size);
  }
  return max > 0 && (max >= 1e8 || min < round(1e-4) || round(max / min) > 1000);
}

const rounding: Readonly<Record<FloatName, (x: number) => number>> = {
  float16: Math.f16round,
  float32: Math.fround,
  float64: (x) => x,
};

function plainLayout(
  finite: readonly number[],
  dtype: FloatName,
  signed: (text: string) => string,
): FloatLayout {
  const texts = finite.map((x) => plainText(x, dtype));
  const right = Math.max(...texts.map((text) => text.length - text.indexOf(".") - 1));
  return {
    left: Math.max(...texts.map((text) => signed(text).indexOf("."))),
    right,
    write: (x) => {
      const text = plainText(x, dtype);
      return text.padEnd(text.indexOf(".") + 1 + right);
    },
  };
}

/**
 * At most eight digits after the point, none that is not needed; before the point all of them, even
 * those that the shortest form would leave as zeros.
 */
function plainText(x: number, dtype: FloatName): string {
  const decimal = decimalOf(x, shortestExponential(x, dtype));
  const after = decimal.digits.length - 1 - decimal.exponent;
  if (after <= 0) return `${decimal.sign}${Math.abs(x).toFixed(0)}.`;
  const text = after > precision
    ? decimal.sign + roundToEven(Math.abs(x), precision, fixedForm)
    : positional(decimal);
  return text.replace(/0+$/, "");
}

function exponentLayout(
  finite: readonly number[],
  dtype: FloatName,
  signed: (text: string) => string,
): FloatLayout {
  const fraction = (x: number): number => {
    const shortest = shortestExponential(x, dtype);
    const { digits } = decimalOf(x, shortest);
    const kept = digits.length - 1 > precision ? mantissa(x, precision) : digits;
    return kept.replace(/0+$/, "").replace(".", "").length - 1;
  };
  const digits = Math.max(0, ...finite.map(fraction));
  const power = (text: string): string => text.slice(text.indexOf("e") + 2);
  const longest = Math.max(2, ...finite.map((x) => power(exponential(x, digits)).length));
  const write = (x: number): string => {
    const text = exponential(x, digits);
    const [front, back] = text.split("e");
    const pointed = front!.includes(".") ? front : `${front}.`;
    const minus = x < 0 || Object.is(x, -0) ? "-" : "";
    return `${minus}${pointed}e${back![0]}${power(text).padStart(longest, "0")}`;
  };
  return {
    left: Math.max(...finite.map((x) => signed(write(x)).indexOf("."))),
    right: digits + longest + 2,
    write,
  };
}

function exponential(x: number, digits: number): string {
  return roundToEven(Math.abs(x), digits, exponentialForm);
}

function mantissa(x: number, digits: number): string {
  return exponential(x, digits).split("e")[0]!;
}
