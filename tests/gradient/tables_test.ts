/** @file Derivatives of ops of each kind, case by case. */

import { indexingCases } from "./indexing_cases.ts";
import { libraryCases } from "./library_cases.ts";
import { nnetCases } from "./nnet_cases.ts";
import { productsCases } from "./products_cases.ts";
import { reductionsCases } from "./reductions_cases.ts";
import { structuralCases } from "./structural_cases.ts";
import { testGradients } from "./helpers.ts";

for (
  const cases of [
    indexingCases,
    libraryCases,
    nnetCases,
    productsCases,
    reductionsCases,
    structuralCases,
  ]
) testGradients(cases);
