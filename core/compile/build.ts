/**
 * @file From a collected graph to something that runs: by way of the cache, or optimised, lowered and
 * built.
 */

import { configHashText } from "../config/config.ts";
import { version } from "../config/version.ts";
import type { CacheEntry, CompileSummary, JsonValue } from "../cache/entry.ts";
import { cacheKey } from "../cache/key.ts";
import { defaultStore } from "../cache/store.ts";
import { raise } from "../errors.ts";
import { DestroyHandler, Supervisor } from "../graph/destroy.ts";
import { graphText } from "../graph/equal.ts";
import { PreserveVariableAttributes } from "../graph/features.ts";
import { type Feature, FunctionGraph } from "../graph/function_graph.ts";
import { withoutTraces } from "../graph/trace.ts";
import { inputs as rootsOf, ioToposort } from "../graph/traverse.ts";
import { lowerGraph } from "../kernel/lower.ts";
import type { Executable, HostCall, Lowered, StoredBuild, Target } from "../kernel/target.ts";
import { isHostVariable, refuseHostValues } from "../tensor/host_type.ts";
import { isOnDevice } from "../tensor/tensor_type.ts";
import { insertDeepcopy } from "./deepcopy.ts";
import type { Collected } from "./inputs.ts";
import { backend } from "./backend.ts";
import { deviceTags, movesToDevice } from "./device.ts";
import { checkNoHost } from "./no_host.ts";
import type { Mode, Optimizer, PassListener, Selection } from "./mode.ts";
import { type GraphSpec, NodeError, ReferenceExecutable } from "./reference.ts";
import type { Runner, RunnerParts, RunnerSession } from "./runner.ts";
import { type Stages, stagesOf } from "./stages.ts";

/** A function that can be run, without its calling conventions. */
export interface Built {
  readonly executable: Executable;
  /** Another one with memory of its own. */
  readonly another: () => Executable;
  /** The optimised graph; after a hit of the cache it is made when first asked for. */
  readonly graph: () => FunctionGraph;
  readonly spec: GraphSpec;
}

/** How a graph is made runnable. */
export interface BuildOptions {
  /** How to optimise it and what runs it. */
  readonly mode: Mode;
  /** Gives the function's name. */
  readonly name: () => string;
  /** Whether the graph may overwrite values already. */
  readonly acceptInplace: boolean;
  /** What runs it in place of the mode's own runner or linker. */
  readonly runner?: Runner | undefined;
}

/**
 * Makes a collected graph runnable.
 *
 * @param collected The graph.
 * @param options How to.
 * @throws {MissingInputError} If a root has no value.
 */
export function build(collected: Collected, options: BuildOptions): Built {
  checkRoots(collected);
  const { mode, name, acceptInplace, runner = mode.runner } = options;
  if (!acceptInplace) checkInplace(collected);
  const optimizer = mode.ownOptimizer ?? backend().optimizer;
  const { linker } = mode;
  const selection = placing(mode);
  const spec = specOf(collected);
  const stages = stagesOf(name);
  const optimise = (
    features: readonly Feature[] = [],
    told: readonly Stages[] = [],
  ): FunctionGraph => optimised(collected, { optimizer, selection, features, stages: told });
  const isHost = hasHostValues(collected);
  if (runner && isHost) refuseHostValues("watch the function");
  if (runner) return runBy(runner.begin(), { optimise, stages, spec, linker });
  const graph = once(() => optimise([], stages));
  if (linker === "py" || isHost) {
    const another = (): Executable => new ReferenceExecutable(graph(), spec);
    return { executable: another(), another, graph, spec };
  }
  const { target } = backend();
  const key = keyOf(collected, spec, optimizer.text(selection), target);
  // What was stored has no stages to show.
  const found = key === undefined || stages.length > 0 ? undefined : defaultStore().get(key);
  const stored = found && storedOf(found);
  const anew = (): BuiltProgram => built(graph, { spec, target, key, stages });
  const executable = restored(target, stored);
  if (executable === undefined) return { ...anew(), graph, spec };
  const another = (): Executable => restored(target, stored) ?? anew().executable;
  return { executable, another, graph, spec };
}

/** What was stored as it runs here; undefined where there is nothing that does, so that it is built. */
function restored(target: Target, stored: StoredBuild | undefined): Executable | undefined {
  try {
    return stored && target.restore(stored);
  } catch {
    return undefined;
  }
}

/** Which rewrites are on; where a device is open, those that move work there. */
function placing({ selection, linker }: Mode): Selection {
  const tags = linker === "py" ? [] : deviceTags();
  return tags.length === 0
    ? selection
    : { ...selection, including: [...selection.including, ...tags] };
}

/** A graph that a runner runs. It is optimised at once, since the runner looks at it. */
function runBy(
  session: RunnerSession,
  { optimise, stages, ...parts }: Pick<RunnerParts, "spec" | "linker"> & {
    readonly optimise: (features: readonly Feature[], stages?: readonly Stages[]) => FunctionGraph;
    readonly stages: readonly Stages[];
  },
): Built {
  const made = optimise(session.features, stages);
  session.optimised?.(made, optimise);
  const { target } = backend();
  const another = (): Executable => session.executable({ ...parts, graph: made, target });
  return { executable: another(), another, graph: () => made, spec: parts.spec };
}

/** A built program, and how to make it once more. */
type BuiltProgram = Pick<Built, "executable" | "another">;

interface BuiltParts {
  readonly spec: GraphSpec;
  readonly target: Target;
  readonly key: string | undefined;
  readonly stages: readonly Stages[];
}

function built(
  graph: () => FunctionGraph,
  { spec, target, key, stages }: BuiltParts,
): BuiltProgram {
  const start = performance.now();
  const lowered = namingNodes(lowerGraph(graph(), { ...spec, target }));
  for (const { lowered: tell } of stages) tell(lowered, target);
  const { executable, keep } = target.build(lowered);
  const stored = key === undefined ? undefined : keep?.();
  if (key !== undefined && stored !== undefined) {
    const seconds = (performance.now() - start) / 1000;
    defaultStore().put(key, entryOf(stored, summaryOf(graph(), seconds)));
  }
  const another = (): Executable =>
    restored(target, stored ?? keep?.()) ?? target.build(lowered).executable;
  return { executable, another };
}

/** The same, with errors of host steps that say which node threw them. */
function namingNodes(lowered: Lowered): Lowered {
  const nodes = lowered.program.steps.filter((step) => step.kind === "host").map(({ node }) =>
    node
  );
  const hosts = lowered.hosts.map((host, k): HostCall => (inputs) => {
    try {
      return host(inputs);
    } catch (error) {
      throw new NodeError(nodes[k]!, error);
    }
  });
  return { ...lowered, hosts };
}

/** What the ends of a collected graph are to a call. */
function specOf({ argumentCount, graphInputs, outputs, updates }: Collected): GraphSpec {
  return {
    inputs: graphInputs.map((_, i) =>
      i < argumentCount
        ? { role: "argument", index: i }
        : { role: "shared", index: i - argumentCount }
    ),
    outputs: outputs.list.map(({ borrow, variable }) => ({
      borrow,
      ...isOnDevice(variable.type) && { onDevice: true },
    })),
    updates,
  };
}

interface Optimising {
  readonly optimizer: Optimizer;
  readonly selection: Selection;
  /** What watches the graph besides. */
  readonly features: readonly Feature[];
  readonly stages: readonly Stages[];
}

function optimised(
  collected: Collected,
  { optimizer, selection, features, stages }: Optimising,
): FunctionGraph {
  const { graphInputs, graphOutputs, argumentCount, outputs, updates, mutable } = collected;
  const isUpdated = graphInputs.map((_, i) => updates.includes(i - argumentCount));
  const count = outputs.list.length;
  const graph = new FunctionGraph(graphInputs, graphOutputs, {
    features: [...features, new DestroyHandler(), new PreserveVariableAttributes()],
    updateMapping: new Map(updates.map((shared, k) => [count + k, argumentCount + shared])),
  });
  graph.attachFeature(
    new Supervisor(graph.inputs.filter((_, i) => !isUpdated[i] && !mutable[i])),
  );
  for (const { collected: tell } of stages) tell(graph);
  const onPass: PassListener = (pass, changed, report) => {
    for (const { passed } of stages) passed(pass, changed, report);
  };
  withoutTraces(() => optimizer.optimize(graph, selection, stages.length > 0 ? { onPass } : {}));
  if (movesToDevice()) checkNoHost(graph);
  insertDeepcopy(graph, {
    outputs: graphOutputs.map((_, k) => k >= count || outputs.list[k]!.borrow),
    inputs: graphInputs.map((_, i) => i < argumentCount && mutable[i]!),
    updated: isUpdated,
  });
  return graph;
}

/**
 * Everything that what is built depends on, as a key; undefined if the graph or the mode has no stable
 * text.
 */
function keyOf(
  { graphInputs, graphOutputs, mutable }: Collected,
  spec: GraphSpec,
  mode: string | undefined,
  target: Target,
): string | undefined {
  const graph = mode && graphText(graphInputs, graphOutputs);
  if (mode === undefined || graph === undefined) return undefined;
  const ends = JSON.stringify([spec, mutable]);
  return cacheKey(
    [version, backend().state(), target.features, mode, configHashText(), ends, graph].join("\n\n"),
  );
}

function entryOf({ sections, meta }: StoredBuild, summary: CompileSummary): CacheEntry {
  return { sections, meta: { ...summary, build: meta as JsonValue } };
}

function storedOf({ sections, meta }: CacheEntry): StoredBuild | undefined {
  const kept = meta as { readonly build?: unknown } | null;
  return kept?.build === undefined ? undefined : { sections, meta: kept.build };
}

function summaryOf(graph: FunctionGraph, compileSeconds: number): CompileSummary {
  const ops = graph.toposort().map(({ op }) => op);
  const types = [...graph.inputs, ...graph.outputs].map(({ type }) => String(type));
  return {
    compileSeconds,
    ops: ops.map(({ name }) => name),
    opClasses: [...new Set(ops.map((op) => op.constructor.name))],
    types: [...new Set(types)],
  };
}

function checkRoots({ graphInputs, graphOutputs }: Collected): void {
  const known = new Set(graphInputs);
  const isMissing = rootsOf(graphOutputs, graphInputs).some((root) =>
    root.kind === "variable" && !known.has(root)
  );
  // The graph itself finds which one it is and words the error.
  if (isMissing) new FunctionGraph(graphInputs, graphOutputs);
}

/** Whether a value of the graph is of a user's type, so that only ops' own definitions know it. */
function hasHostValues({ graphInputs, graphOutputs }: Collected): boolean {
  return [...graphInputs, ...graphOutputs].some(isHostVariable) ||
    ioToposort(graphInputs, graphOutputs).some(({ inputs, outputs }) =>
      inputs.some(isHostVariable) || outputs.some(isHostVariable)
    );
}

function checkInplace({ graphInputs, graphOutputs }: Collected): void {
  const overwrites = ioToposort(graphInputs, graphOutputs).find(({ op }) => op.destroyMap?.size);
  if (overwrites === undefined) return;
  raise("TypeError", `Graph must not contain inplace operations: ${overwrites}`);
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}
