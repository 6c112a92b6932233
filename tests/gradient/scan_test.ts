/** @file Derivatives of loops of every form. */

import { testGradients } from "./helpers.ts";
import { loopCases, ofGradients } from "./scan_cases.ts";

testGradients(loopCases);

testGradients(
  loopCases.map((c) => ({ ...c, name: `the gradient of ${c.name}`, of: ofGradients(c.of) })),
);
