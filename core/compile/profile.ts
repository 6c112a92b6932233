/**
 * @file Where the time of a function goes: `profile=True`.
 *
 * A profiled function is run node by node, each by a program of its own, so that each can be timed.
 * What kernels of a whole function save by being together is therefore not saved: a profile says which
 * nodes cost most, not how long the function takes unprofiled. A view that another node makes is
 * copied by its program, and that time is shown. With the flag
 * `profiling.time_thunks=False` the function runs as always and only its calls are timed.
 *
 * On a device each node waits until its kernels are done. Values stay there between nodes, and shared
 * variables between calls; only the new value of a shared variable is copied back, and there again.
 */

import type { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { flags } from "../config/config.ts";
import { dtypes } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { Feature, FunctionGraph } from "../graph/function_graph.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { lowerGraph } from "../kernel/lower.ts";
import type { DeviceUse, Executable } from "../kernel/target.ts";
import type { Writer } from "../printing/debugprint.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { awayOf, sumOfUses, useOfLooking } from "./device_use.ts";
import { NodeByNode, type NodeHooks } from "./node_by_node.ts";
import { printAtExit, write } from "./profile_exit.ts";
import { profileText } from "./profile_text.ts";
import { ReferenceExecutable } from "./reference.ts";
import type { Runner, RunnerParts } from "./runner.ts";

/** Options of {@linkcode ProfileStats}. */
export interface ProfileOptions {
  /** Whether the profile is printed when the program ends. By default true. */
  readonly atexitPrint?: boolean;
  /** Whether each node is timed; by default the flag `profiling.time_thunks`. */
  readonly flagTimeThunks?: boolean | null;
  /** What is profiled, for the text. */
  readonly message?: string;
}

/** Options of {@linkcode ProfileStats.summary}. */
export interface SummaryOptions {
  /** `"str"` to return the text, or an object with `write`; by default where the flag says. */
  readonly file?: "str" | Writer | null;
  /** How many ops and classes; by default the flag `profiling.n_ops`. */
  readonly nOpsToPrint?: number | null;
  /** How many nodes; by default the flag `profiling.n_apply`. */
  readonly nApplyToPrint?: number | null;
}

/** The positions of {@linkcode SummaryOptions}. */
export type SummaryPositions = [
  file?: "str" | Writer | null,
  nOpsToPrint?: number | null,
  nApplyToPrint?: number | null,
];

/** The times of a loop as a whole. */
export interface LoopTimes {
  /** What it is called. */
  readonly name: string;
  /** Number of runs. */
  readonly callcount: number;
  /** Time in all runs. Units: seconds. */
  readonly time: number;
}

/** The times of one compiled function. Theano: `theano.compile.ProfileStats`. */
export class ProfileStats {
  /** What is profiled. */
  message: string;
  /** Whether each node is timed. */
  readonly flagTimeThunks: boolean;
  /** Number of calls. */
  fctCallcount = 0;
  /** Time in all calls. Units: seconds. */
  fctCallTime = 0;
  /** Of that, without the checks of arguments. Units: seconds. */
  vmCallTime = 0;
  /** The loop whose turns the function is, if it is one's. */
  loop: LoopTimes | undefined;
  /** Time of making the function. Units: seconds. */
  compileTime = 0;
  /** Of that, in rewriting. Units: seconds. */
  optimizerTime = 0;
  /** Of that, in checking that an edit is valid. Units: seconds. */
  validateTime = 0;
  /** Time of making programs of the graph. Units: seconds. */
  linkerTime = 0;
  /** Number of nodes. */
  nbNodes = 0;
  /** Time of making the program of each node. Units: seconds. */
  readonly linkerMakeThunkTime: Map<Apply, number> = new Map();
  /** Time in each node. Units: seconds. */
  readonly applyTime: Map<Apply, number> = new Map();
  /** How often each node ran. */
  readonly applyCallcount: Map<Apply, number> = new Map();
  /** Whether each node is computed by kernels. */
  readonly applyCimpl: Map<Apply, boolean> = new Map();
  /** What each node did on a device in all calls. */
  readonly applyDeviceUse: Map<Apply, DeviceUse> = new Map();
  /** The shape of each variable in the last call. */
  readonly variableShape: Map<Variable, readonly number[]> = new Map();
  /** The strides of each variable in the last call. Units: elements. */
  readonly variableStrides: Map<Variable, readonly number[]> = new Map();
  #graph: FunctionGraph | undefined;
  /** What calls of the whole function did on a device. */
  #wholeUse: DeviceUse | undefined;

  /**
   * Makes an empty profile.
   *
   * @param options What to time, and whether to print it at the end.
   */
  constructor(options: ProfileOptions = {}) {
    this.message = options.message ?? "";
    this.flagTimeThunks = options.flagTimeThunks ?? flags.profiling.time_thunks;
    if (options.atexitPrint ?? true) printAtExit(this);
  }

  /** The graph, once the function is made. */
  get graph(): FunctionGraph | undefined {
    return this.#graph;
  }

  /** Time of making the programs of all nodes. Units: seconds. */
  get linkerNodeMakeThunks(): number {
    return sum(this.linkerMakeThunkTime.values());
  }

  /** What all calls did on a device; undefined if they used none. */
  get deviceUse(): DeviceUse | undefined {
    return this.#wholeUse ?? sumOfUses(this.applyDeviceUse.values());
  }

  /** The most that intermediate values took at once in the last call. Units: bytes. */
  get peakBytes(): number {
    return this.#graph === undefined ? 0 : peakOf(this.#graph, this.variableShape);
  }

  /** Time in each node and everything it depends on. Units: seconds. */
  computeTotalTimes(): Map<Apply, number> {
    return new Map([...this.applyTime.keys()].map((node) => {
      const nodes = new Set([node]);
      for (const { inputs } of nodes) {
        for (const { owner } of inputs) if (owner !== null) nodes.add(owner);
      }
      return [node, sum([...nodes].map((one) => this.applyTime.get(one) ?? 0))];
    }));
  }

  /** Forgets the calls, not the compilation. */
  reset(): void {
    this.fctCallcount = 0;
    this.fctCallTime = 0;
    this.vmCallTime = 0;
    this.loop = undefined;
    this.applyTime.clear();
    this.applyCallcount.clear();
    this.applyDeviceUse.clear();
    this.#wholeUse = undefined;
  }

  /**
   * Prints the profile: calls, classes, ops, nodes, tips.
   *
   * @param given Where, and how much.
   * @returns The text if `file` is `"str"`.
   */
  summary(...given: Given<SummaryOptions, SummaryPositions>): string | undefined {
    const names = ["file", "nOpsToPrint", "nApplyToPrint"] as const;
    const { file, nOpsToPrint, nApplyToPrint } = optional<SummaryOptions>("summary", names, given);
    const { n_ops, n_apply } = flags.profiling;
    const text = profileText(this, nOpsToPrint ?? n_ops, nApplyToPrint ?? n_apply);
    if (file === "str") return text;
    if (file) file.write(text);
    else write(text);
    return undefined;
  }

  /** Times a call. */
  timeCall<T>(action: () => T): T {
    const start = performance.now();
    const result = action();
    this.fctCallTime += secondsSince(start);
    if (++this.fctCallcount === 1 && flags.profiling.ignore_first_call && !this.#ignored) {
      this.#ignored = true;
      this.reset();
    }
    return result;
  }
  #ignored = false;

  /**
   * Times a loop whose turns are the calls of the function.
   *
   * @param name What the loop is called.
   * @param action Runs it.
   */
  timeLoop<T>(name: string, action: () => T): T {
    const start = performance.now();
    const result = action();
    const { callcount, time } = this.loop ?? { callcount: 0, time: 0 };
    this.loop = { name, callcount: callcount + 1, time: time + secondsSince(start) };
    return result;
  }

  /** What runs a function so that it can be timed. */
  runner(): Runner {
    return {
      begin: () => {
        const start = performance.now();
        return {
          features: [this.#validateClock()],
          optimised: (graph) => {
            this.optimizerTime += secondsSince(start);
            this.#graph = graph;
            this.nbNodes = graph.applyNodes.size;
          },
          executable: (parts) => this.#executable(parts),
        };
      },
    };
  }

  /** Times the graph's own check of its edits. */
  #validateClock(): Feature {
    return {
      onAttach: (graph) => {
        const validate = graph.validate.bind(graph);
        graph.validate = (): void => {
          const start = performance.now();
          try {
            validate();
          } finally {
            this.validateTime += secondsSince(start);
          }
        };
      },
    };
  }

  #executable(parts: RunnerParts): Executable {
    const start = performance.now();
    const executable: Executable = this.flagTimeThunks
      ? new NodeByNode(parts, this.#hooks())
      : whole(parts);
    executable.measure?.((use) => {
      this.#wholeUse = sumOfUses([...this.#wholeUse ? [this.#wholeUse] : [], use]);
    });
    this.linkerTime += secondsSince(start);
    return {
      run: (args, shared) => {
        const begun = performance.now();
        const results = executable.run(args, shared);
        this.vmCallTime += secondsSince(begun);
        return results;
      },
      free: () => executable.free(),
      get workspaceBytes(): number {
        return executable.workspaceBytes;
      },
    };
  }

  #hooks(): NodeHooks {
    return {
      made: (node, seconds, code) => {
        this.linkerMakeThunkTime.set(node, seconds);
        code.measure?.((use) => this.#use(node, use));
      },
      compute: (node, _, inputs, code) => {
        // A kernel wants dense arguments: a copy that the whole function would not make.
        const dense = code.isKernel ? inputs.map((value) => value.dense()) : inputs;
        const away = awayOf(dense);
        const start = performance.now();
        const results = code.run(dense);
        const time = secondsSince(start);
        this.#use(node, useOfLooking(away, time));
        add(this.applyTime, node, time);
        add(this.applyCallcount, node, 1);
        this.applyCimpl.set(node, code.isKernel);
        return results;
      },
      end: (values) => this.#note(values),
    };
  }

  #use(node: Apply, use: DeviceUse | undefined): void {
    const known = this.applyDeviceUse.get(node);
    if (use) this.applyDeviceUse.set(node, sumOfUses([...known ? [known] : [], use])!);
  }

  #note(values: ReadonlyMap<Variable, NDArray>): void {
    for (const [variable, { shape, strides }] of values) {
      this.variableShape.set(variable, shape);
      this.variableStrides.set(variable, strides);
    }
  }
}

function whole({ graph, spec, target, linker }: RunnerParts): Executable {
  if (linker === "py") return new ReferenceExecutable(graph, spec);
  const lowered = lowerGraph(graph, { ...spec, target });
  return target.build(lowered).executable;
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function add(times: Map<Apply, number>, node: Apply, amount: number): void {
  times.set(node, (times.get(node) ?? 0) + amount);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The most that computed values take at once: each from its node to its last reader. */
function peakOf(
  graph: FunctionGraph,
  shapes: ReadonlyMap<Variable, readonly number[]>,
): number {
  const order = graph.toposort();
  const last = new Map<Variable, number>();
  order.forEach((node, k) => {
    for (const input of node.inputs) last.set(memoryRoot(input), k);
  });
  for (const output of graph.outputs) last.set(memoryRoot(output), Infinity);
  let [live, peak] = [0, 0];
  const dying = new Map<number, number>();
  order.forEach((node, k) => {
    for (const output of node.outputs) {
      const shape = shapes.get(output);
      if (shape === undefined || memoryRoot(output) !== output) continue;
      const bytes = sizeOf(shape) * bytesOf(output);
      live += bytes;
      const end = Math.max(k, last.get(output) ?? k);
      dying.set(end, (dying.get(end) ?? 0) + bytes);
    }
    peak = Math.max(peak, live);
    live -= dying.get(k) ?? 0;
  });
  return peak;
}

/** The variable in whose memory another lies: an input of which it is a view, or that it overwrites. */
function memoryRoot(variable: Variable): Variable {
  const { owner, index } = variable;
  const at = owner?.op.viewMap?.get(index) ?? owner?.op.destroyMap?.get(index);
  return owner === null || at === undefined ? variable : memoryRoot(owner.inputs[at]!);
}

function bytesOf({ type }: Variable): number {
  return "dtype" in type ? dtypes[type.dtype as keyof typeof dtypes].bytes : 0;
}

/** What the option `profile` of a function may be. */
export type ProfileChoice = boolean | string | ProfileStats | null;

/**
 * The profile of a function that is about to be made.
 *
 * @param given The option: a profile to fill, whether to make one, or its message; by default the flag.
 * @param name Gives the function's name.
 */
export function profileOf(
  given: ProfileChoice | undefined,
  name: () => string,
): ProfileStats | undefined {
  const choice = given ?? flags.profile;
  if (choice === false) return undefined;
  if (choice instanceof ProfileStats) return choice;
  if (choice === true) return new ProfileStats({ message: name() });
  if (typeof choice === "string") return new ProfileStats({ message: choice });
  return raise("TypeError", "The option profile must be a boolean, a text or a ProfileStats");
}
