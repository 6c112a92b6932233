/** @file Where the conformance vectors lie, and which of them are about what exists here. */

/** The folder, beside the project. */
export const folder: URL = new URL("../../../shared/vectors/", import.meta.url);

/** The areas that exist here. */
export const areas: readonly string[] = [
  "promotion",
  "casts",
  "broadcast",
  "compare",
  "integers",
  "elemwise",
  "reduce",
  "cumulative",
  "products",
  "shape",
  "indexing",
  "methods",
  "calculus",
  "complexes",
  "sorting",
  "special",
  "random",
  "expr",
];
