/**
 * @file `z.eval(...)`: the value of a variable at once.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { inputs as rootsOf } from "../graph/traverse.ts";
import type { Variable } from "../graph/variable.ts";
import type { EvalInputs, TensorVariable } from "../tensor/tensor_variable.ts";
import type { CompiledFunction } from "./executable.ts";
import { compileFunction } from "./function.ts";

const kept = new WeakMap<Variable, Map<string, CompiledFunction<NDArray>>>();

/**
 * The value of a variable at once. The function it compiles is kept on the variable, one for each set
 * of inputs.
 *
 * @param variable The variable.
 * @param inputs Values of the variables it depends on: pairs, a map, or by name.
 * @returns Its value.
 */
export function evaluate(variable: TensorVariable, inputs: EvalInputs = []): NDArray {
  const pairs = inputPairs(variable, inputs).sort(([x], [y]) => x.id - y.id);
  const functions = kept.get(variable) ?? new Map<string, CompiledFunction<NDArray>>();
  kept.set(variable, functions);
  const key = pairs.map(([input]) => input.id).join();
  const known = functions.get(key);
  const compiled = known ?? compileFunction(pairs.map(([input]) => input), variable);
  functions.set(key, compiled);
  return compiled(...pairs.map(([, value]) => value));
}

function inputPairs(variable: Variable, inputs: EvalInputs): (readonly [Variable, unknown])[] {
  if (inputs instanceof Map) return [...inputs];
  if (Array.isArray(inputs)) return [...inputs];
  if (Object.getPrototypeOf(inputs) !== Object.prototype) {
    raise("TypeError", "eval() takes pairs of a variable and a value, a Map, or values by name");
  }
  const roots = rootsOf([variable]);
  return Object.entries(inputs).map(([name, value]) => [inputNamed(roots, name), value]);
}

function inputNamed(roots: readonly Variable[], name: string): Variable {
  const named = roots.filter((root) => root.kind === "variable" && root.name === name);
  if (named.length === 1) return named[0]!;
  const known = roots.filter((root) => root.kind === "variable").map(String).join(", ");
  return raise(
    "TypeError",
    named.length === 0
      ? `Unknown input: ${name}. The variable depends on ${known === "" ? "no inputs" : known}`
      : `Ambiguous name: ${name} - several inputs have it`,
  );
}
