import { assertEquals } from "@std/assert";
import {
  exponentialForm,
  fixedForm,
  type FloatName,
  roundToEven,
  scalarText,
  shortestExponential,
} from "../../core/dtype/number_text.ts";

const round: Record<FloatName, (x: number) => number> = {
  float16: Math.f16round,
  float32: Math.fround,
  float64: (x) => x,
};

// Printed by NumPy: str() of a scalar of the dtype.
const printed: [FloatName, number, string][] = [
  ["float64", 0.1, "0.1"],
  ["float64", 1 / 3, "0.3333333333333333"],
  ["float64", 1e15, "1000000000000000.0"],
  ["float64", 1e16, "1e+16"],
  ["float64", 123456789012345678, "1.2345678901234568e+17"],
  ["float64", 1e-4, "0.0001"],
  ["float64", 1e-5, "1e-05"],
  ["float64", -0.0, "-0.0"],
  ["float64", 5e-324, "5e-324"],
  ["float64", 1.7976931348623157e308, "1.7976931348623157e+308"],
  ["float64", 100, "100.0"],
  ["float64", NaN, "nan"],
  ["float64", -Infinity, "-inf"],
  ["float32", 0.1, "0.1"],
  ["float32", 1 / 3, "0.33333334"],
  ["float32", 16777216, "16777216.0"],
  ["float32", 123456789, "123456790.0"],
  ["float32", 1e16, "1e+16"],
  ["float32", 1e-4, "1e-04"],
  ["float32", 9.999e-5, "9.999e-05"],
  ["float32", 3.4028235e38, "3.4028235e+38"],
  ["float32", 1e-45, "1e-45"],
  ["float32", 0.73105858, "0.7310586"],
  ["float16", 0.1, "0.1"],
  ["float16", 1 / 3, "0.3333"],
  ["float16", 2048, "2048.0"],
  ["float16", 65504, "65500.0"],
  ["float16", 6e-8, "6e-08"],
  ["float16", 0.015625, "0.01563"],
  ["float16", 1e-4, "0.0001"],
  ["float16", 33.3, "33.3"],
];

for (const dtype of ["float16", "float32", "float64"] as const) {
  Deno.test(`scalarText() of ${dtype} is NumPy's`, () => {
    for (const [of, x, text] of printed) {
      if (of === dtype) assertEquals(scalarText(round[of](x), of), text);
    }
  });

  Deno.test(`shortestExponential() of ${dtype} reads back as the same number`, () => {
    for (let k = 1; k < 2000; k++) {
      const x = round[dtype](Math.sin(k) * 10 ** (k % 9 - 4));
      const text = shortestExponential(x, dtype);
      assertEquals(round[dtype](Number(text)), x);
      // Nothing shorter does: one digit less gives another number.
      const digits = text.split("e")[0]!.replace(/[-.]/g, "").length;
      if (digits > 1) assertEquals(round[dtype](Number(x.toPrecision(digits - 1))) === x, false);
    }
  });
}

Deno.test("roundToEven() rounds exact ties to the even digit, all else to the nearest", () => {
  assertEquals(roundToEven(0.001953125, 8, fixedForm), "0.00195312");
  assertEquals(roundToEven(0.005859375, 8, fixedForm), "0.00585938");
  assertEquals(roundToEven(2.5, 0, fixedForm), "2");
  assertEquals(roundToEven(3.5, 0, fixedForm), "4");
  assertEquals(roundToEven(1.005, 2, fixedForm), "1.00");
  assertEquals(roundToEven(25, 0, exponentialForm), "2e+1");
  assertEquals(roundToEven(1.25e-3, 1, exponentialForm), "1.3e-3");
  assertEquals(roundToEven(99.5, 1, exponentialForm), "1.0e+2");
});
