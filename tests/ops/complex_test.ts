/** @file Complex numbers: their parts, and the functions that take them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { NDArray } from "../../core/array/ndarray.ts";
import { Complex, type DType, setElement } from "../../core/dtype/dtype.ts";
import { ComplexError } from "../../core/errors.ts";
import type { Variable } from "../../core/graph/variable.ts";
import * as arithmetic from "../../core/ops/arithmetic.ts";
import { angle, complex, complexFromPolar, conj, imag, real } from "../../core/ops/complex.ts";
import { erf } from "../../core/ops/special.ts";
import * as transcendental from "../../core/ops/transcendental.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";

type Part = readonly [re: number, im: number];

const points: readonly Part[] = [[0.5, 0.75], [-1.25, 2], [2, -0.5], [-0.25, -0.125]];

/** Values at the points. Source: mpmath 1.3, 16 digits. */
// deno-fmt-ignore
const values: Readonly<Record<string, readonly Part[]>> = {
  exp: [ [1.206351001646785, 1.123832322584131], [-0.1192280648689498, 0.2605180745581855], [6.484506781251243, -3.542502200006498], [0.7727243201998227, -0.09709677998963395] ],
  exp2: [ [1.227379748041717, 0.7025232765517814], [0.07713415620746681, 0.413312251503387], [3.762168418732975, -1.358708500410674], [0.8377420516988892, -0.07276699802714947] ],
  expm1: [ [0.2063510016467854, 1.123832322584131], [-1.11922806486895, 0.2605180745581855], [5.484506781251243, -3.542502200006498], [-0.2272756798001773, -0.09709677998963395] ],
  log: [ [-0.1038196823891223, 0.9827937232473291], [0.8580238237461793, 2.129395642138459], [0.7234594914681627, -0.2449786631268642], [-1.274722585462786, -2.677945044588987] ],
  log2: [ [-0.1497801409294539, 1.417871630745722], [1.237866715483199, 3.072068533003725], [1.04373142062517, -0.3534295024167349], [-1.839035952556319, -3.863458035601706] ],
  log10: [ [-0.04508831517454401, 0.4268218908554666], [0.372635011994494, 0.9247847771695643], [0.3141944650251558, -0.1063928815800327], [-0.5536049848239342, -1.163016755705155] ],
  log1p: [ [0.5170368837652693, 0.4636476090008061], [0.7008992738279279, 1.695151321341658], [1.112311775762167, -0.1651486774146268], [-0.2739825853577237, -0.1651486774146268] ],
  sqrt: [ [0.83707461401777, 0.4479887380649191], [0.7444781000856073, 1.343222856233125], [1.425053124063947, -0.1754320563762938], [0.1214670679391614, -0.5145427568178731] ],
  sin: [ [0.6207042310780549, 0.7216508242975645], [-3.570265845844227, 1.14363019188019], [1.025347388583988, 0.2168521629207897], [-0.2493393207205764, -0.1214297003916331] ],
  cos: [ [1.136191473803348, -0.3942396421115833], [1.186304433105791, 3.441834743596549], [-0.4692579782290534, 0.473830620416407], [0.9764919114270165, -0.03100609299129443] ],
  tan: [ [0.2908934618296181, 0.736084170551191], [-0.02257781452826585, 1.029532777822081], [-0.8508781211449377, -1.321286583771192], [-0.2511401928277293, -0.1323273393790513] ],
  arcsin: [ [0.3982778735383083, 0.7433204263252785], [-0.5206188629673552, 1.572447411920822], [1.293042070237183, -1.361800900857846], [-0.2505579941523818, -0.1286736648967109] ],
  arccos: [ [1.172518453256588, -0.7433204263252785], [2.091415189762252, -1.572447411920822], [0.277754256557714, 1.361800900857846], [1.821354320947278, 0.1286736648967109] ],
  arctan: [ [0.6927241883996009, 0.5902135002795054], [-1.320164194359105, 0.3540816620546914], [1.126556440834822, -0.09641562020299617], [-0.2484843024395267, -0.1180898357345487] ],
  sinh: [ [0.3812796346521781, 0.7686335646933928], [0.6666335576716963, 1.717138972258689], [3.182869448337149, -1.803692695532182], [-0.2506413514504608, -0.128591153237517] ],
  cosh: [ [0.8250713669946073, 0.3551987578907385], [-0.7858616225406461, -1.456620897700503], [3.301637332914095, -1.738809504474316], [1.023365671650283, 0.03149437324788306] ],
  tanh: [ [0.7282118012804724, 0.6180963948062022], [-1.104324797946494, -0.1381367795642995], [0.9799408499617381, -0.03021598732287757], [-0.2485503288399225, -0.118005928629016] ],
  arcsinh: [ [0.6063349998873513, 0.6822039655834323], [-1.533643288212042, 0.9695115074502026], [1.465715351947291, -0.2210186356228839], [-0.2492677327284543, -0.121513474840931] ],
  arccosh: [ [0.7433204263252785, 1.172518453256588], [1.572447411920822, 2.091415189762252], [1.361800900857846, -0.277754256557714], [0.1286736648967109, -1.821354320947278] ],
  arctanh: [ [0.3104282830771958, 0.7232206661240676], [-0.2005866181312343, 1.210896831011692], [0.500370000052531, -1.421546861001807], [-0.2510506510492588, -0.1324086649528944] ],
  sqr: [ [-0.3125, 0.75], [-2.4375, -5.0], [3.75, -2.0], [0.046875, 0.0625] ],
  inv: [ [0.6153846153846154, -0.9230769230769231], [-0.2247191011235955, -0.3595505617977528], [0.4705882352941176, 0.1176470588235294], [-3.2, 1.6] ],
};

function complexVector(parts: readonly Part[], dtype: DType = "complex128"): NDArray {
  const data = dtype === "complex64"
    ? new Float32Array(2 * parts.length)
    : new Float64Array(2 * parts.length);
  parts.forEach(([re, im], k) => setElement(data, k, new Complex(re, im), dtype));
  return NDArray.of(data, [parts.length], dtype);
}

function vector(dtype: DType): TensorVariable {
  return new TensorType(dtype, [false]).makeVariable();
}

/** A function of one vector on its reference. */
function on(f: (x: TensorVariable) => TensorVariable, value: NDArray): NDArray {
  const x = vector(value.dtype);
  return evaluate([f(x)], new Map<Variable, NDArray>([[x, value]]))[0]!;
}

const functions = { ...arithmetic, ...transcendental } as unknown as Readonly<
  Record<string, (x: TensorVariable) => TensorVariable>
>;

for (const [name, wanted] of Object.entries(values)) {
  Deno.test(`${name} of complex numbers agrees with mpmath`, () => {
    const { data, dtype } = on(functions[name]!, complexVector(points));
    assertEquals(dtype, "complex128");
    wanted.flat().forEach((part, k) => {
      const error = Math.abs((data[k] as number) - part);
      assert(error <= 1e-14 * Math.max(1, Math.abs(part)), `${data[k]} for ${part}`);
    });
  });
}

Deno.test("pow of complex numbers agrees with mpmath", () => {
  const wanted: Part[] = [
    [0.06250309984780879, 1.39747654661062],
    [-9.768006632501541, 3.862004633206192],
    [1.952831345706795, -1.744803632171293],
    [-0.03764176537892672, 0.00913036568814368],
  ];
  const { data } = on((x) => transcendental.pow(x, new Complex(1.5, -0.5)), complexVector(points));
  wanted.flat().forEach((part, k) => {
    assert(Math.abs((data[k] as number) - part) <= 1e-14 * Math.max(1, Math.abs(part)));
  });
});

Deno.test("real, imag, conj and angle take a complex number apart", () => {
  const z = complexVector([[3, -4], [0, 2]], "complex64");
  assertEquals(on(real, z).toArray(), [3, 0]);
  assertEquals(on(imag, z).toArray(), [-4, 2]);
  assertEquals([on(real, z).dtype, on(imag, z).dtype], ["float32", "float32"]);
  assertEquals(Array.from(on(conj, z).data as Float32Array), [3, 4, 0, -2]);
  const angles = on(angle, z);
  assertEquals([angles.dtype, angles.toArray()], ["float64", [Math.atan2(-4, 3), Math.PI / 2]]);
});

Deno.test("real, imag, conj and angle of real numbers", () => {
  const x = NDArray.of(new Float32Array([2, -3, -0]), [3], "float32");
  assertEquals(on(real, x).toArray(), [2, -3, -0]);
  assertEquals(on(imag, x).toArray(), [0, 0, 0]);
  assertEquals(on(conj, x).toArray(), [2, -3, -0]);
  assertEquals(on(angle, x).toArray(), [0, Math.PI, Math.PI]);
  assertEquals(conj(vector("bool")).dtype, "int8");
});

Deno.test("complex() and complexFromPolar() put numbers together", () => {
  const [x, y] = [vector("float32"), vector("float32")];
  const of = (f: typeof complex, a: number, b: number): number[] => {
    const value = (v: number): NDArray => NDArray.of(new Float32Array([v]), [1], "float32");
    const givens = new Map<Variable, NDArray>([[x, value(a)], [y, value(b)]]);
    return Array.from(evaluate([f(x, y)], givens)[0]!.data as Float32Array);
  };
  assertEquals(complex(x, y).dtype, "complex64");
  assertEquals(complex(x, vector("float64")).dtype, "complex128");
  assertEquals(of(complex, 1.5, -2), [1.5, -2]);
  assertEquals(of(complexFromPolar, 2, 0), [2, 0]);
  const third = of(complexFromPolar, 1, 0.5);
  assertEquals(third, [Math.cos(0.5), Math.sin(0.5)].map(Math.fround));
  assertThrows(() => complex(vector("complex64"), y), TypeError, "the parts of a complex number");
});

Deno.test("a function without a complex form says so", () => {
  assertThrows(
    () => on(erf, complexVector(points)),
    ComplexError,
    "erf is not defined for complex",
  );
});
