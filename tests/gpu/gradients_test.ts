/**
 * @file Every op and its gradient on the device, at the points where the gradient is checked against
 * central differences: values of float32 are the host's.
 */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { elementwiseCases } from "../gradient/elementwise_cases.ts";
import type { Case as Point } from "../gradient/helpers.ts";
import { indexingCases } from "../gradient/indexing_cases.ts";
import { libraryCases } from "../gradient/library_cases.ts";
import { nnetCases } from "../gradient/nnet_cases.ts";
import { productsCases } from "../gradient/products_cases.ts";
import { reductionsCases } from "../gradient/reductions_cases.ts";
import { loopCases } from "../gradient/scan_cases.ts";
import { structuralCases } from "../gradient/structural_cases.ts";
import { assertAgrees, type Case, functionTest } from "./compiled.ts";

const { tensor: T } = theano;

/** What a case computes, and its gradients, in float32. */
function inSingle({ of, at, patterns }: Point): Case {
  const values = at.map((value) => theano.array(value, { dtype: "float32" }));
  const inputs = values.map((value, i) =>
    T.tensor("float32", patterns?.[i] ?? value.shape.map(() => false), { name: `x${i}` })
  );
  const output = of(...inputs);
  const grads = T.grad(T.sum(T.mul(output, output)), inputs, { disconnectedInputs: "ignore" });
  return { inputs, outputs: [output, ...grads], values };
}

const tables: Readonly<Record<string, readonly Point[]>> = {
  elementwise: elementwiseCases,
  indexing: indexingCases,
  library: libraryCases,
  loops: loopCases,
  nnet: nnetCases,
  products: productsCases,
  reductions: reductionsCases,
  structural: structuralCases,
};

/** Cases of which nothing runs on the device, and why. */
const onHost: Readonly<Record<string, string>> = {
  "elementwise: angle": "it is computed by the host",
  "library: diag of a matrix": "diagonals are the host's",
  "library: diag of a vector": "diagonals are the host's",
  "loops: a loop that a condition ends and that carries values only": "it is about numbers",
  "reductions: sum of a scalar": "it is about numbers",
  "structural: alloc of a scalar": "numbers do not move by themselves",
  "structural: fill": "numbers do not move by themselves",
  "structural: shape": "lengths are the host's",
  "structural: stack of scalars": "it is about numbers",
  "structural: arange by start and step": "it is about numbers",
};

for (const [table, cases] of Object.entries(tables)) {
  for (const one of cases) {
    const name = `${table}: ${one.name}`;
    functionTest(`${name}, and its gradient`, async () => {
      const ops = await assertAgrees(() => inSingle(one), 1);
      const ran = ops.some((op) => /^Gpu(?!FromHost)|\{gpu[,}]/.test(op));
      assertEquals(ran, !(name in onHost), ops.join(" "));
    });
  }
}
