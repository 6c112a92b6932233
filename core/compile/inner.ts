/**
 * @file The options `mode` and `profile` of a loop: what they make of its turns.
 */

import type { NDArray } from "../array/ndarray.ts";
import { describe, fail } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import type {
  CompiledTurns,
  InnerMode,
  InnerProfile,
  ReadInnerFunction,
  RewrittenTurns,
} from "../ops/inner_function.ts";
import { numberOf } from "../tensor/identity.ts";
import { backend } from "./backend.ts";
import { compileFunction } from "./function.ts";
import { Out } from "./io.ts";
import { Mode, type Optimizer } from "./mode.ts";
import { getMode } from "./modes.ts";
import { ProfileStats } from "./profile.ts";

/** How the turns of a loop are compiled that names a mode, or wants a profile. */
export const innerFunction: ReadInnerFunction = (given, profile) => {
  const mode = modeOf(given);
  const wanted = profileWanted(profile);
  const key = keyOf(mode);
  // What is inside an op runs where the op does: on the host.
  const onHost = mode.excluding("gpuarray");
  if (!wanted && !mode.runner && mode.linker !== "py") return rewritten(onHost, key);
  // What watches or times turns is an object of this process.
  const objects = [mode.runner, wanted].map((x) =>
    typeof x === "object" ? `unique:${numberOf(x)}` : x
  );
  return {
    kind: "compiled",
    key: [mode.linker, key, ...objects].join(" "),
    compile: compiler(onHost, wanted),
  };
};

function modeOf(given: InnerMode | undefined): Mode {
  if (typeof given !== "object" || given === null || given instanceof Mode) return getMode(given);
  return fail("TypeError", "make a loop", `its mode is ${describe(given)}`, [
    'Give a mode, such as new theano.Mode(), or the name of one, such as "FAST_RUN"',
  ]);
}

function profileWanted(given: InnerProfile | undefined): true | string | ProfileStats | undefined {
  if (given === undefined || given === null || given === false || given === "") return undefined;
  if (given === true || typeof given === "string" || given instanceof ProfileStats) return given;
  return fail("TypeError", "time a loop", `its profile is ${describe(given)}`, [
    "Give true, a text for the profile, or a theano.compile.ProfileStats",
  ]);
}

function optimizerOf({ ownOptimizer }: Mode): Optimizer {
  return ownOptimizer ?? backend().optimizer;
}

function keyOf(mode: Mode): string {
  return optimizerOf(mode).text(mode.selection) ?? `unique:${numberOf(mode)}`;
}

function rewritten(mode: Mode, key: string): RewrittenTurns {
  const optimize = (graph: FunctionGraph): void => {
    optimizerOf(mode).optimize(graph, mode.selection);
  };
  return { kind: "rewritten", key, optimize };
}

function compiler(
  mode: Mode,
  wanted: true | string | ProfileStats | undefined,
): CompiledTurns["compile"] {
  return (label, inputs, outputs) => {
    const profile = wanted === true ? `${label} sub profile` : wanted;
    const f = compileFunction(inputs, outputs.map((x) => new Out(x, { borrow: true })), {
      mode,
      name: label,
      profile: profile ?? false,
      onUnusedInput: "ignore",
    });
    f.trustInput = true;
    return {
      call: (values) => f(...values.map((value: NDArray) => value.dense())),
      around: (loop) => f.profile === undefined ? loop() : f.profile.timeLoop(label, loop),
      times: () => f.profile && { calls: f.profile.fctCallcount, time: f.profile.fctCallTime },
    };
  };
}
