/**
 * @file Derivatives of copies between devices: what comes in, on the host.
 */

import { asTensorVariable } from "../tensor/constructors.ts";
import type { Derivative } from "./derivative.ts";

/** Derivatives of `GpuFromHost` and `HostFromGpu`. */
export const transfer: Derivative = {
  lop: (_, [g]) => [g && asTensorVariable(g)],
  rop: (_, [point]) => [point && asTensorVariable(point)],
};
