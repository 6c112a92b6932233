/**
 * @file Every test that may be left out on some machine, and why. The list may only get shorter.
 */

/** A test that is not run everywhere. */
export interface Skip {
  /** The file it stands in. */
  readonly file: string;
  /** When it is left out, and why that cannot be helped. */
  readonly reason: string;
}

/** The tests that are left out on some machines. */
export const skips: readonly Skip[] = [
  {
    file: "tests/gpu/device.ts",
    reason:
      "shaders are run where there is a WebGPU adapter, those of arrays of float16 where it has " +
      "shader-f16; their texts are tested everywhere",
  },
  {
    file: "tests/wasm/features_test.ts",
    reason: "relaxed multiply-add is tested where the engine has it",
  },
];
