import { assert, assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

/** The numbers of an array, flat. */
export function numbers(value: theano.NDArray): number[] {
  return Array.from(value.data as ArrayLike<number | bigint>, Number);
}

/**
 * Checks that an array has these numbers, to the digits that the manual prints; in single precision,
 * to a few units of the last place of the largest.
 */
export function assertPrinted(
  value: theano.NDArray,
  shape: readonly number[],
  expected: readonly number[],
  digits: number = 8,
): void {
  assertEquals(value.shape, shape);
  if (theano.config.floatX === "float32") {
    const bound = 8 * 2 ** -23 * Math.max(...expected.map(Math.abs));
    const isClose = numbers(value).every((x, k) => Math.abs(x - expected[k]!) <= bound);
    return assert(isClose, `${numbers(value)} in place of ${expected} ± ${bound}`);
  }
  const factor = 10 ** digits;
  const rounded = numbers(value).map((x) => Math.round(x * factor) / factor);
  assertEquals(rounded, expected);
}

/** What `debugprint` writes, spaces in a row made one. */
export function printed(obj: Parameters<typeof theano.printing.debugprint>[0]): string[] {
  const text = String(theano.printing.debugprint(obj, { file: "str" }));
  return text.trim().split("\n").map((line) => line.trim().replace(/ +/g, " "));
}
