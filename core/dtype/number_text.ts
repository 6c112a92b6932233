/**
 * @file One floating-point number as text, in the shortest form that reads back as the same number
 * of its dtype; the form of NumPy's and Python's scalars.
 */

/** A dtype of real floating-point numbers. */
export type FloatName = "float16" | "float32" | "float64";

/** Digits after the first that always identify a number of the dtype. */
function surplusDigits(dtype: FloatName): number {
  return dtype === "float16" ? 4 : 8;
}

/**
 * The shortest decimal that identifies a number among those of its dtype, as `d.ddde±x`.
 *
 * @param x A finite number of the dtype.
 * @param dtype A float dtype.
 * @returns JavaScript's exponential form.
 */
export function shortestExponential(x: number, dtype: FloatName): string {
  if (dtype === "float64") return x.toExponential();
  const round = dtype === "float16" ? Math.f16round : Math.fround;
  const last = surplusDigits(dtype);
  const size = Math.abs(x);
  const sign = x < 0 ? "-" : "";
  for (let digits = 0; digits < last; digits++) {
    const text = size.toExponential(digits);
    if (round(Number(text)) !== size) continue;
    // Below a power of two numbers lie closer, so the even one of a tie may name another number.
    const even = roundToEven(size, digits, exponentialForm);
    return sign + (round(Number(even)) === size ? even : text);
  }
  return sign + roundToEven(size, last, exponentialForm);
}

/** Digits that tell a tie from a number beside it: no double is nearer to a decimal of 17 digits. */
const surely = 60;

/** A number with digits after the point, as `toFixed` and `toExponential` write it. */
export type DecimalForm = (x: number, digits: number) => string;

/** Without an exponent. */
export function fixedForm(x: number, digits: number): string {
  return x.toFixed(digits);
}

/** With one digit before the point, and an exponent. */
export function exponentialForm(x: number, digits: number): string {
  return x.toExponential(digits);
}

/**
 * A number written with a fixed count of digits after the point, rounded from its exact value, ties
 * to even. JavaScript's own writers take the larger neighbour of a tie.
 *
 * @param x A number that is not negative.
 * @param digits Digits after the point.
 * @param write The form wanted.
 */
export function roundToEven(
  x: number,
  digits: number,
  write: DecimalForm,
): string {
  const [exact, power] = write(x, surely).split("e");
  const cut = exact!.length - surely + digits;
  const kept = exact!.slice(0, cut).replace(/\.$/, "");
  const tied = /^50*$/.test(exact!.slice(cut));
  if (!tied || !"02468".includes(kept.at(-1)!)) return write(x, digits);
  return power === undefined ? kept : `${kept}e${power}`;
}

/** A number taken apart: `0.d₁d₂… · 10^(exponent + 1)`. */
export interface Decimal {
  /** "-" or nothing. */
  readonly sign: "-" | "";
  /** Significant digits, without a point. */
  readonly digits: string;
  /** Decimal exponent of the first digit. */
  readonly exponent: number;
}

/**
 * Takes apart the exponential form of a number; the sign of −0, which the form lacks, comes from the
 * number.
 *
 * @param x The number.
 * @param text Its exponential form.
 */
export function decimalOf(x: number, text: string): Decimal {
  const [mantissa, exponent] = text.split("e");
  return {
    sign: x < 0 || Object.is(x, -0) ? "-" : "",
    digits: mantissa!.replace(/[-.]/g, ""),
    exponent: Number(exponent),
  };
}

/** A decimal written without an exponent; `.` follows the integer part even if nothing else does. */
export function positional({ sign, digits, exponent }: Decimal): string {
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1)}`;
}

/** NumPy's words for what is not finite; undefined for a finite number. */
export function nonFiniteText(x: number): string | undefined {
  if (Number.isNaN(x)) return "nan";
  return Number.isFinite(x) ? undefined : x > 0 ? "inf" : "-inf";
}

/**
 * A number as NumPy and Python print a scalar: shortest digits, an exponent below 1e-4 and from 1e16.
 *
 * @param x The number.
 * @param dtype Its float dtype.
 * @param whole What follows a whole number: ".0" as floats have it, or nothing as parts of complex
 *   numbers have it.
 */
export function scalarText(x: number, dtype: FloatName, whole: ".0" | "" = ".0"): string {
  const special = nonFiniteText(x);
  if (special !== undefined) return special;
  const decimal = decimalOf(x, shortestExponential(x, dtype));
  const { sign, digits, exponent } = decimal;
  const size = Math.abs(x);
  if (x === 0 || (size >= 1e-4 && size < 1e16)) {
    return positional(decimal).replace(/\.0*$/, whole);
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
}

/**
 * A complex number as NumPy and Python print a scalar: `(1+2j)`, and `2j` where the real part is 0.
 *
 * @param re Real part.
 * @param im Imaginary part.
 * @param dtype The float dtype of the parts.
 */
export function complexText(re: number, im: number, dtype: FloatName): string {
  const imaginary = scalarText(im, dtype, "");
  if (Object.is(re, 0)) return `${imaginary}j`;
  const sign = imaginary.startsWith("-") ? "" : "+";
  return `(${scalarText(re, dtype, "")}${sign}${imaginary}j)`;
}
