/**
 * @file What this engine's WebAssembly can do beyond the base the kernels need.
 */

import { Module } from "./encode.ts";
import { Func, op, opLane } from "./tree.ts";

/** What kernels are told about the engine. */
export interface Features {
  /** Whether the relaxed vector instructions are there, and `relaxed_madd` rounds once. */
  readonly relaxed: boolean;
}

let detected: Features | undefined;

/**
 * The features of this engine, found out at the first call.
 *
 * A relaxed multiply-add may round once or twice, as the processor does; one that rounds twice
 * gains nothing over `mul` and `add`, so kernels then use those. 16777218 · 3 + 3 is 50331657:
 * rounded once it is 50331656, rounded twice 50331660.
 *
 * Source: WebAssembly core specification 3.0, "Relaxed SIMD".
 *
 * @returns The features.
 */
export function features(): Features {
  detected ??= { relaxed: fuses() };
  return detected;
}

function fuses(): boolean {
  const probe = new Func("probe", ["f32"]);
  const vectors = ["a", "b", "c"].map((name) => op("f32x4.splat", probe.param("f32", name)));
  probe.body(opLane("f32x4.extract_lane", 0, op("f32x4.relaxed_madd", ...vectors)));
  const module = new Module("probe");
  module.add(probe, "probe");
  const bytes = module.encode();
  if (!WebAssembly.validate(bytes)) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return (exports.probe as (a: number, b: number, c: number) => number)(16777218, 3, 3) ===
    50331656;
}
