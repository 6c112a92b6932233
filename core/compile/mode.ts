/**
 * @file Modes: how a function is optimised and what runs it.
 *
 * A mode is a value that names things. The optimiser and the target themselves are bound by `mod.ts`,
 * so this layer knows neither; a mode may bring its own optimiser.
 */

import { config, flags } from "../config/config.ts";
import { raise } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import { type Given, optional } from "../tensor/arguments.ts";

/** Which rewrites are on. */
export interface Selection {
  /** The name of a level, such as `fast_run`; null for none at all. */
  readonly level: string | null;
  /** Tags or names to add. */
  readonly including: readonly string[];
  /** Tags or names to leave out. */
  readonly excluding: readonly string[];
  /** Tags that everything must have. */
  readonly requiring: readonly string[];
  /** Whether each replacement is printed. */
  readonly verbose: boolean;
  /** How often a rule may fire, in multiples of the number of nodes. */
  readonly maxUseRatio: number;
}

/** What changes a graph so that it computes the same, sooner. */
export interface Optimizer {
  /** Changes the graph. */
  optimize(graph: FunctionGraph, selection: Selection): unknown;
  /** What a selection computes with, as text for the cache key. */
  text(selection: Selection): string;
}

/** The names of linkers: `py` goes node by node with the reference, all others run kernels. */
export const linkers = [
  "py",
  "c",
  "c|py",
  "c|py_nogc",
  "vm",
  "cvm",
  "vm_nogc",
  "cvm_nogc",
] as const;

/** The name of a linker. */
export type LinkerName = (typeof linkers)[number];

/** Options of {@linkcode Mode}. */
export interface ModeOptions {
  /** What runs the function; by default the flag `linker`. */
  readonly linker?: LinkerName | null;
  /** A level, such as `fast_run`, or an optimiser; by default the flag `optimizer`; null for none. */
  readonly optimizer?: string | Optimizer | null;
}

/** Tags of rewrites that a mode adds and takes away. */
interface Tags {
  readonly including: readonly string[];
  readonly excluding: readonly string[];
  readonly requiring: readonly string[];
}

const noTags: Tags = { including: [], excluding: [], requiring: [] };

/** How a function is optimised and what runs it. Theano: `theano.Mode`. */
export class Mode {
  /** What runs the function. */
  readonly linker: LinkerName;
  /** The optimiser, where the mode brings its own. */
  readonly ownOptimizer: Optimizer | undefined;
  /** The level of rewriting; null for none. */
  readonly level: string | null;
  #tags: Tags = noTags;

  /**
   * Makes a mode.
   *
   * @param given What runs the function, and the level of rewriting.
   * @throws {ValueError} If there is no such linker.
   */
  constructor(
    ...given: Given<
      ModeOptions,
      [linker?: LinkerName | null, optimizer?: string | Optimizer | null]
    >
  ) {
    const { linker, optimizer } = optional<ModeOptions>("Mode", ["linker", "optimizer"], given);
    this.linker = linkerOf(linker ?? flags.linker);
    const chosen = optimizer === "default" || optimizer === undefined ? flags.optimizer : optimizer;
    this.ownOptimizer = typeof chosen === "object" && chosen !== null ? chosen : undefined;
    this.level = typeof chosen === "string" && chosen !== "None" ? chosen : null;
  }

  /** Theano's name for the linker asked for. */
  get providedLinker(): LinkerName {
    return this.linker;
  }

  /** The optimiser asked for. */
  get providedOptimizer(): string | Optimizer | null {
    return this.ownOptimizer ?? this.level;
  }

  /** Which rewrites are on, by these tags and the flags of now. */
  get selection(): Selection {
    return {
      level: this.level,
      ...this.#tags,
      verbose: flags.optimizer_verbose,
      maxUseRatio: flags.optdb.max_use_ratio,
    };
  }

  /** A mode that also applies the rewrites with some tags. */
  including(...tags: readonly string[]): Mode {
    return this.#tagged({ including: [...this.#tags.including, ...tags] });
  }

  /** A mode that does not apply the rewrites with any of some tags. */
  excluding(...tags: readonly string[]): Mode {
    return this.#tagged({ excluding: [...this.#tags.excluding, ...tags] });
  }

  /** A mode that applies only rewrites with all of some tags. */
  requiring(...tags: readonly string[]): Mode {
    return this.#tagged({ requiring: [...this.#tags.requiring, ...tags] });
  }

  /** A mode with another linker or optimiser. */
  clone(changes: ModeOptions = {}): Mode {
    const { linker = this.linker, optimizer = this.ownOptimizer ?? this.level } = changes;
    const copy = new Mode({ linker, optimizer });
    copy.#tags = this.#tags;
    return copy;
  }

  /** Theano's text. */
  toString(): string {
    const optimizer = this.ownOptimizer === undefined ? this.level ?? "None" : "an optimizer";
    return `Mode(linker=${this.linker}, optimizer=${optimizer})`;
  }

  #tagged(changes: Partial<Tags>): Mode {
    const copy = this.clone();
    copy.#tags = { ...this.#tags, ...changes };
    return copy;
  }
}

function linkerOf(name: string): LinkerName {
  const known = linkers.find((linker) => linker === name);
  return known ?? raise(
    "ValueError",
    `Invalid value for linker: "${name}". Valid values are ${linkers.join(", ")}`,
  );
}

const predefined: Readonly<Record<string, () => Mode>> = {
  Mode: () => new Mode(),
  FAST_RUN: () => new Mode({ linker: "cvm", optimizer: "fast_run" }),
  FAST_COMPILE: () => new Mode({ linker: "vm", optimizer: "fast_compile" }),
};

const registered = new Map<string, Mode>();

/**
 * Gives a mode a name that the option and the flag `mode` understand.
 *
 * Theano: `theano.compile.register_mode`.
 *
 * @param name The name.
 * @param mode The mode.
 * @throws {ValueError} If the name is taken.
 */
export function registerMode(name: string, mode: Mode): void {
  if (name in predefined || registered.has(name)) {
    raise("ValueError", `Mode name already taken: ${name}`);
  }
  registered.set(name, mode);
}

/**
 * The mode meant by a name, a mode or nothing.
 *
 * Only where nothing is said are the flags `optimizer_including`, `optimizer_excluding` and
 * `optimizer_requiring` applied. Theano: `theano.compile.get_mode`.
 *
 * @param given A name, a mode, or null for the flag `mode`.
 * @throws {ValueError} If there is no such mode.
 */
export function getMode(given?: string | Mode | null): Mode {
  if (given instanceof Mode) return given;
  if (given !== undefined && given !== null) return named(given);
  const asked = config.mode;
  const mode = asked instanceof Mode ? asked : named(asked);
  return withFlags(mode);
}

/** The mode of functions that name none. Theano: `theano.compile.get_default_mode`. */
export function getDefaultMode(): Mode {
  return getMode();
}

function named(name: unknown): Mode {
  if (typeof name !== "string") {
    return raise("TypeError", `No predefined mode exist for string: ${String(name)}`);
  }
  return registered.get(name) ?? predefined[name]?.() ??
    raise("ValueError", `No predefined mode exist for string: ${name}`);
}

function withFlags(mode: Mode): Mode {
  const tags = (text: string): string[] => text.split(":").filter((tag) => tag !== "");
  const including = tags(flags.optimizer_including);
  const excluding = tags(flags.optimizer_excluding);
  const requiring = tags(flags.optimizer_requiring);
  if (including.length + excluding.length + requiring.length === 0) return mode;
  return mode.including(...including).excluding(...excluding).requiring(...requiring);
}
