/** @file Special functions: references, derivatives, and what has no derivative. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { MethodNotDefined, NullTypeGradError } from "../../core/errors.ts";
import { grad } from "../../core/gradient/grad.ts";
import type { ElementwiseFacts } from "../../core/ops/elementwise.ts";
import { sum } from "../../core/ops/reduce.ts";
import * as special from "../../core/ops/special.ts";
import * as integrals from "../../core/ops/special_integrals.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { checkGradient } from "../gradient/helpers.ts";

type Apply = ElementwiseFacts & ((...xs: TensorVariable[]) => TensorVariable);

const functions = special as unknown as Readonly<Record<string, Apply>>;

function scalar(dtype: DType): TensorVariable {
  return new TensorType(dtype, []).makeVariable();
}

/** Arguments and values. Source: mpmath 1.3, 16 digits. */
// deno-fmt-ignore
const values: Readonly<Record<string, readonly (readonly number[])[]>> = {
  erf: [ [0.25, 0.2763263901682369], [-1.5, -0.9661051464753107], [3, 0.9999779095030014] ],
  erfc: [ [0.25, 0.7236736098317631], [-1.5, 1.966105146475311], [5, 1.537459794428035e-12] ],
  erfcx: [ [0.25, 0.7703465477309967], [-1.5, 18.65388625626273], [30, 0.01879588886141675] ],
  erfinv: [ [0.25, 0.2253120550121781], [-0.875, -1.084787040069283], [0.5, 0.4769362762044699] ],
  gamma: [ [0.25, 3.625609908221908], [-1.5, 2.363271801207355], [7.5, 1871.254305797788] ],
  gammaln: [ [0.25, 1.288022524698077], [-1.5, 0.860047015376481], [70.5, 228.3130102456503] ],
  psi: [ [0.25, -4.227453533376265], [-1.5, 0.7031566406452432], [20.5, 2.995836394707647] ],
  "tri_gamma": [ [0.25, 17.19732915450711], [-1.5, 9.379246644989124], [20.5, 0.04998959242996099] ],
  jv: [ [0, 2.5, -0.048383776468198], [1, 7.25, 0.06858170065313174], [2.5, 3.75, 0.455731751880629], [0.5, 40, 0.09400096238953358], [-0.5, 1.25, 0.225029692444665], [3, 0.125, 4.065038325549129e-5], [-2, 6, -0.2428732099601855] ],
  iv: [ [0, 2.5, 3.289839144050123], [1, 7.25, 197.3015658656383], [2.5, 3.75, 3.611000736037274], [0.5, 40, 1.484770554902196e+16], [-0.5, 1.25, 1.347673032304675], [3, 0.125, 4.072985612192881e-5] ],
  gammainc: [ [0.5, 0.25, 0.5204998778130465], [2.5, 1.5, 0.3000141641213725], [3, 9, 0.9937678048936227], [10, 4, 0.008132242796933863], [0.125, 2, 0.9926555107226147] ],
  gammaincc: [ [0.5, 0.25, 0.4795001221869535], [2.5, 1.5, 0.6999858358786275], [3, 9, 0.006232195106377317], [10, 4, 0.9918677572030661], [0.125, 2, 0.007344489277385283] ],
  gammau: [ [0.5, 0.25, 0.8498918380799311], [2.5, 1.5, 0.9305194427867924], [3, 9, 0.01246439021275463] ],
  gammal: [ [0.5, 0.25, 0.9225620128255849], [2.5, 1.5, 0.3988209453923446], [3, 9, 1.987535609787245] ],
  chi2sf: [ [0.5, 1, 0.4795001221869535], [3.25, 4, 0.5168931474110094], [20, 6.5, 0.003970670533123564] ],
};

for (const [name, rows] of Object.entries(values)) {
  Deno.test(`the reference of ${name} agrees with mpmath`, () => {
    const { ref } = Object.values(functions).find((f) => f.record?.name === name)!.record;
    for (const row of rows) {
      const wanted = row.at(-1)!;
      const got = Number(ref(...row.slice(0, -1)));
      assert(Math.abs(got / wanted - 1) < 5e-13, `${name}(${row.slice(0, -1)}): ${got}`);
    }
  });
}

Deno.test("Bessel functions of half orders are elementary", () => {
  for (const x of [0.5, 3, 5, 12, 59, 61, 200]) {
    const unit = Math.sqrt(2 / (Math.PI * x));
    assert(Math.abs(integrals.besselJ(0.5, x) - unit * Math.sin(x)) < 1e-14);
    assert(Math.abs(integrals.besselJ(-0.5, x) - unit * Math.cos(x)) < 1e-14);
    assert(Math.abs(integrals.besselI(0.5, x) / (unit * Math.sinh(x)) - 1) < 1e-13);
  }
});

Deno.test("functions of two arguments hold at the ends of their range", () => {
  const { gammainc, gammaincc, besselI, besselJ } = integrals;
  assertEquals([gammainc(2, 0), gammainc(2, Infinity), gammainc(0, 1)], [0, 1, 1]);
  assertEquals([gammaincc(2, 0), gammaincc(2, Infinity), gammaincc(0, 1)], [1, 0, 0]);
  assertEquals([gammainc(-1, 1), gammainc(1, -1), gammaincc(NaN, 1)], [NaN, NaN, NaN]);
  assertEquals([besselJ(0, 0), besselJ(2, 0), besselJ(1, Infinity)], [1, 0, 0]);
  assertEquals([besselJ(3, -2), besselI(3, -2)], [-besselJ(3, 2), -besselI(3, 2)]);
  assertEquals([besselJ(0.5, -2), besselI(0.5, -2), besselI(1, 900)], [NaN, NaN, Infinity]);
});

const smooth = "erf erfc erfcx erfinv erfcinv gamma gammaln psi j0 j1 i0 i1".split(" ");

for (const name of smooth) {
  Deno.test(`grad() of ${name} agrees with central differences`, () => {
    const at = /inv$/.test(name) ? [0.21, 0.48, 0.77] : [0.31, 1.27, 2.83];
    checkGradient({ name, of: functions[name]!, at: [at], rtol: 1e-5 });
  });
}

for (const name of ["jv", "iv"] as const) {
  Deno.test(`grad() of ${name} exists by the argument and not by the order`, () => {
    const of = (x: TensorVariable): TensorVariable => special[name](1.5, x);
    checkGradient({ name, of, at: [[0.7, 2.3, 5.1]], rtol: 1e-5 });
    const [v, x] = [scalar("float64"), scalar("float64")];
    assertThrows(() => grad(sum(special[name](v, x)), v), NullTypeGradError);
  });
}

for (const name of "triGamma gammainc gammaincc gammau gammal chi2sf".split(" ")) {
  Deno.test(`grad() of ${name} is refused`, () => {
    const f = functions[name]!;
    const inputs = Array.from({ length: f.record.arity }, () => scalar("float64"));
    assertThrows(() => grad(sum(f(...inputs)), inputs.at(-1)!), MethodNotDefined, "grad");
  });
}

Deno.test("special functions have Theano's dtypes", () => {
  const of = (f: unknown, ...dtypes: DType[]): DType => (f as Apply)(...dtypes.map(scalar)).dtype;
  assertEquals([of(special.erf, "int8"), of(special.gamma, "int32")], ["float32", "float64"]);
  assertEquals(of(special.gammainc, "float32", "int16"), "float32");
  assertEquals(of(special.chi2sf, "float32", "float32"), "float64");
  assertThrows(() => of(special.erfc, "complex64"), TypeError, "not defined for complex");
});

Deno.test("special functions give numbers, not variables, on their reference", () => {
  const value = NDArray.scalar(0.5, "float32");
  const op = special.erf.op;
  const node = special.erf(scalar("float32")).owner!;
  assertEquals(op.perform(node, [value])[0]!.item(), Math.fround(0.5204998778130465));
});
