/**
 * @file Derivatives of loops.
 */

import type { Derivative } from "./derivative.ts";
import { scanLop } from "./scan_backward.ts";
import { scanRop } from "./scan_forward.ts";
import { type ScanNode, scanPattern } from "./scan_paths.ts";

/** Loops again: from the last turn to the first, or with tangents beside the values. */
export const scan: Derivative = {
  lop: (node, ...rest) => scanLop(node as ScanNode, ...rest),
  rop: (node, ...rest) => scanRop(node as ScanNode, ...rest),
  connectionPattern: (node, patternOf) => scanPattern(node as ScanNode, patternOf),
};
