/**
 * @file What this engine's WebAssembly can do beyond the base the kernels need.
 */

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

/**
 * A module that exports `probe`: `f32x4.relaxed_madd` of three splat numbers, its first lane.
 * Written out because it is looked at on every start; `tests/wasm/features_test.ts` builds it from
 * its tree.
 */
// deno-fmt-ignore
export const probeBytes: readonly number[] = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d, // type: (f32, f32, f32) -> f32
  0x03, 0x02, 0x01, 0x00, // function 0 has it
  0x07, 0x09, 0x01, 0x05, 0x70, 0x72, 0x6f, 0x62, 0x65, 0x00, 0x00, // export "probe"
  0x0a, 0x16, 0x01, 0x14, 0x00, // code: one body without locals
  0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13, 0x20, 0x02, 0xfd, 0x13, // three splats
  0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b, // relaxed_madd, lane 0, end
];

function fuses(): boolean {
  const bytes = new Uint8Array(probeBytes);
  if (!WebAssembly.validate(bytes)) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return (exports.probe as (a: number, b: number, c: number) => number)(16777218, 3, 3) ===
    50331656;
}
