/**
 * @file From what the user asked for to one graph: givens entered, shared variables found, updates
 * made outputs. Theano: `rebuild_collect_shared`.
 */

import { Storage } from "../array/storage.ts";
import { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { enterGivens, rebuild } from "../graph/clone.ts";
import { ancestors } from "../graph/traverse.ts";
import { filterVariable, Variable } from "../graph/variable.ts";
import { warn } from "../host/warn.ts";
import { config } from "../config/config.ts";
import { type SharedVariable, TensorSharedVariable } from "../tensor/shared.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import {
  addDefaults,
  defaultsWanted,
  explicitUpdates,
  type NoDefaultUpdates,
  type Pairs,
  pairsOf,
  type Update,
  updateValue,
} from "../tensor/updates.ts";
import { makeStorage } from "../dtype/dtype.ts";
import { asTyped, type In, inputsOf, type Outputs, outputsOf } from "./io.ts";

/** What to do about an input that nothing depends on. */
export type OnUnusedInput = "raise" | "warn" | "ignore";

/** The options of a function that shape its graph. */
export interface GraphOptions {
  /** New values of shared variables, computed from the old ones, after each call. */
  readonly updates?: Pairs<SharedVariable, unknown> | null;
  /** What to replace in the graph by what. */
  readonly givens?: Pairs<Variable, unknown> | null;
  /** Which default updates are left out. */
  readonly noDefaultUpdates?: NoDefaultUpdates;
  /** Whether what replaces a variable must have its type. */
  readonly rebuildStrict?: boolean;
  /** Whether inputs take values that lose precision. */
  readonly allowInputDowncast?: boolean | null;
  /** What to do about an input that nothing depends on. */
  readonly onUnusedInput?: OnUnusedInput | null;
}

/** Where the graph gets an input of a call from. */
export interface InputSlot {
  /** The input as declared. */
  readonly input: In;
  /** For a state: the number of the shared variable that holds it; −1 for arguments of a call. */
  readonly state: number;
}

/** The graph of a function before it is optimised, and what its ends are. */
export interface Collected {
  /** The inputs of a call, implicit ones left out. */
  readonly slots: readonly InputSlot[];
  readonly outputs: Outputs;
  /** The arguments, then the shared variables. */
  readonly graphInputs: readonly Variable[];
  /** The outputs, then the new values of shared variables. */
  readonly graphOutputs: readonly Variable[];
  /** How many of the graph's inputs are arguments. */
  readonly argumentCount: number;
  /** The shared variables, those that hold states included. */
  readonly shared: readonly SharedVariable[];
  /** For each new value: the number of the shared variable. */
  readonly updates: readonly number[];
  /** Which arguments may be overwritten. */
  readonly mutable: readonly boolean[];
}

/**
 * The graph of a function.
 *
 * @param inputs What the user gave as inputs.
 * @param outputs What the user gave as outputs.
 * @param options Updates, givens and rules.
 * @throws {TypeError} If any of them is not what it must be.
 * @throws {UnusedInputError} If an input is not needed.
 */
export function collect(inputs: unknown, outputs: unknown, options: GraphOptions): Collected {
  const ins = inputsOf(inputs, options.allowInputDowncast ?? null);
  const outs = outputsOf(outputs);
  const explicit = explicitUpdates(options.updates);
  const roots = enterInputs(ins);
  const { memo } = roots;
  const strict = { strict: options.rebuildStrict ?? true };
  enterGivens(givenPairs(options.givens, ins), memo, strict);
  const results = rebuild(outs.list.map((out) => out.variable), memo, strict);
  const stated: Update[] = [...explicit, ...roots.updates];
  const updates = stated.map(([target, value]): Update => [
    target,
    rebuild([value], memo, strict)[0]!,
  ]);
  const wanted = defaultsWanted(options.noDefaultUpdates);
  const shared = addDefaults(results, updates, roots.arguments, (target) => {
    if (!wanted(target) || target.defaultUpdate === undefined) return undefined;
    return rebuild([updateValue(target, target.defaultUpdate)], memo, strict)[0]!;
  });
  const news = updates.map(([, value]) => value);
  checkUnused(ins, memo, [...results, ...news], options.onUnusedInput);
  return {
    slots: roots.slots.map(({ input, state }) => ({
      input,
      state: state === undefined ? -1 : shared.indexOf(state),
    })),
    outputs: outs,
    graphInputs: [...roots.arguments, ...shared],
    graphOutputs: [...results, ...news],
    argumentCount: roots.arguments.length,
    shared,
    updates: updates.map(([target]) => shared.indexOf(target)),
    mutable: roots.slots.filter((s) => s.state === undefined).map((s) => s.input.mutable),
  };
}

/** The inputs as roots of the graph. */
interface Roots {
  /** What became of each input's variable. */
  readonly memo: Map<Variable, Variable>;
  readonly arguments: Variable[];
  readonly slots: { readonly input: In; readonly state: SharedVariable | undefined }[];
  /** The new values of states. */
  readonly updates: Update[];
}

function enterInputs(ins: readonly In[]): Roots {
  const roots: Roots = { memo: new Map(), arguments: [], slots: [], updates: [] };
  for (const input of ins) {
    const { variable, container } = input;
    if (input.implicit && container !== undefined) {
      roots.memo.set(variable, filterVariable(variable.type, container));
      if (input.update !== undefined) roots.updates.push([container, input.update]);
    } else if (input.update !== undefined) {
      const state = stateOf(input);
      roots.memo.set(variable, state);
      roots.slots.push({ input, state });
      roots.updates.push([state, input.update]);
    } else {
      const root = variable.owner === null ? variable : variable.clone();
      roots.memo.set(variable, root);
      roots.arguments.push(root);
      roots.slots.push({ input, state: undefined });
    }
  }
  return roots;
}

/** The shared variable behind an input that the function updates. */
function stateOf({ variable, value, strict, allowDowncast }: In): SharedVariable {
  const { type } = variable;
  if (!(type instanceof TensorType)) {
    return raise(
      "TypeError",
      `Cannot update the input ${variable}: it is not a tensor but ${type}`,
    );
  }
  const first = value === undefined
    ? NDArray.of(makeStorage(type.dtype, type.ndim === 0 ? 1 : 0), emptyShape(type), type.dtype)
    : type.filter(value, { strict, allowDowncast }).copy();
  return new TensorSharedVariable(type, new Storage(first), variable.name);
}

function emptyShape({ ndim }: TensorType): number[] {
  return new Array<number>(ndim).fill(0);
}

function givenPairs(given: unknown, ins: readonly In[]): (readonly [Variable, Variable])[] {
  return pairsOf(given, "givens").map(([old, replacement]) => {
    if (!(old instanceof Variable)) return raise("TypeError", "given keys must be Variable");
    if (ins.some(({ variable }) => variable === old)) {
      raise(
        "RuntimeError",
        `You are trying to replace variable '${old}' through the \`givens\` parameter, but this ` +
          "variable is an input to your function. Replacing inputs is currently forbidden because " +
          "it has no effect. One way to modify an input `x` to a function evaluating f(x) is to " +
          "define a new input `y` and use `theano.function([y], f(x), givens={x: g(y)})`. Another " +
          "solution consists in using `theano.clone`, e.g. like this: `theano.function([x], " +
          "theano.clone(f(x), replace={x: g(x)}))`.",
      );
    }
    return [old, replacement instanceof Variable ? replacement : asTyped(old, replacement)];
  });
}

/** What outputs are computed from, or are derivatives by. */
function usedVariables(outputs: readonly Variable[], stops: readonly Variable[]): Set<Variable> {
  const found = ancestors(outputs, stops);
  return new Set([...found, ...found.flatMap(({ tag }) => tag.derivativeBy ?? [])]);
}

function checkUnused(
  ins: readonly In[],
  memo: ReadonlyMap<Variable, Variable>,
  outputs: readonly Variable[],
  option: OnUnusedInput | null | undefined,
): void {
  const action = option ?? config.on_unused_input;
  if (action === "ignore") return;
  const used = usedVariables(outputs, ins.map(({ variable }) => memo.get(variable)!));
  ins.forEach((input, i) => {
    if (input.implicit || used.has(memo.get(input.variable)!) || used.has(input.variable)) return;
    const text = "theano.function was asked to create a function computing outputs given certain " +
      `inputs, but the provided input variable at index ${i} is not part of the computational graph ` +
      `needed to compute the outputs: ${input.variable}.\n`;
    if (action === "warn") {
      const way = "To make this warning into an error, you can pass the parameter " +
        "onUnusedInput: 'raise' to theano.function. To disable it completely, use " +
        "onUnusedInput: 'ignore'.";
      warn("UserWarning", text + way);
    } else {
      raise(
        "UnusedInputError",
        `${text}To make this error into a warning, you can pass the parameter ` +
          "onUnusedInput: 'warn' to theano.function. To disable it completely, use " +
          "onUnusedInput: 'ignore'.",
      );
    }
  });
}
