/**
 * @file Modes: how a function is optimised and what runs it.
 *
 * A mode is a value that names things. The optimiser and the target themselves are bound by `mod.ts`,
 * so this layer knows neither; a mode may bring its own optimiser.
 */

import { flags } from "../config/config.ts";
import { raise } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import type { Runner } from "./runner.ts";

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
  /** Passes that a mode adds; they are on unless they are excluded. */
  readonly additions: readonly Addition[];
}

/** A pass of a user's own, as the namespace `opt` makes it. */
export interface Addition {
  /** Its name. */
  readonly name: string;
  /** Where it runs, between Theano's positions. */
  readonly position: number;
  /** Changes a graph. */
  readonly run: (graph: FunctionGraph, context: never) => void;
}

/** Told after each pass that was on: its name, the graph, and how many edits it made. */
export type PassListener = (
  pass: string,
  graph: FunctionGraph,
  report: { readonly changes: number },
) => void;

/** What changes a graph so that it computes the same, sooner. */
export interface Optimizer {
  /** Changes the graph. */
  optimize(
    graph: FunctionGraph,
    selection: Selection,
    options?: { readonly onPass?: PassListener },
  ): unknown;
  /**
   * What a selection computes with, as text for the cache key; undefined if that cannot be told in
   * another process, so that nothing is stored.
   */
  text(selection: Selection): string | undefined;
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
  /** What runs the function in place of the linker: see `DebugMode` and its like. */
  readonly runner?: Runner | null;
}

/** Rewrites that a mode adds and takes away. */
interface Tags {
  readonly including: readonly string[];
  readonly excluding: readonly string[];
  readonly requiring: readonly string[];
  readonly additions: readonly Addition[];
}

const modeNames = ["linker", "optimizer", "runner"] as const;

const noTags: Tags = { including: [], excluding: [], requiring: [], additions: [] };

/** How a function is optimised and what runs it. Theano: `theano.Mode`. */
export class Mode {
  /** What runs the function. */
  readonly linker: LinkerName;
  /** The optimiser, where the mode brings its own. */
  readonly ownOptimizer: Optimizer | undefined;
  /** The level of rewriting; null for none. */
  readonly level: string | null;
  /** What runs the function in place of the linker, if anything does. */
  readonly runner: Runner | undefined;
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
      [linker?: LinkerName | null, optimizer?: string | Optimizer | null, runner?: Runner | null]
    >
  ) {
    const { linker, optimizer, runner } = optional<ModeOptions>("Mode", modeNames, given);
    this.linker = linkerOf(linker ?? flags.linker);
    const chosen = optimizer === "default" || optimizer === undefined ? flags.optimizer : optimizer;
    this.ownOptimizer = typeof chosen === "object" && chosen !== null ? chosen : undefined;
    this.level = typeof chosen === "string" && chosen !== "None" ? chosen : null;
    this.runner = runner ?? undefined;
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

  /**
   * A mode that also runs some passes.
   *
   * @param additions Passes of the namespace `opt`, each alone or with another position.
   * @throws {TypeError} If something else is given.
   */
  register(...additions: readonly (Addition | readonly [Addition, position: number])[]): Mode {
    const passes = additions.map((given) => {
      const [pass, position] = isPair(given) ? given : [given, given?.position];
      if (typeof pass?.run !== "function" || typeof position !== "number") {
        raise("TypeError", `Mode.register takes passes, not ${String(given)}`);
      }
      return { ...pass, position };
    });
    return this.#tagged({ additions: [...this.#tags.additions, ...passes] });
  }

  /** A mode with another linker or optimiser. */
  clone(changes: ModeOptions = {}): Mode {
    const { linker = this.linker, optimizer = this.ownOptimizer ?? this.level } = changes;
    const { runner = this.runner ?? null } = changes;
    const copy = new Mode({ linker, optimizer, runner });
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

function isPair(
  given: Addition | readonly [Addition, position: number],
): given is readonly [Addition, position: number] {
  return Array.isArray(given);
}

function linkerOf(name: string): LinkerName {
  const known = linkers.find((linker) => linker === name);
  return known ?? raise(
    "ValueError",
    `Invalid value for linker: "${name}". Valid values are ${linkers.join(", ")}`,
  );
}
