/**
 * @file Which passes and rules are on: a level, and what users add to it and take from it.
 *
 * Everything that can be switched has a name and tags, and its name is one of its tags. As in Theano,
 * it is on if it has a tag that is included and every tag that is required, and none that is excluded.
 */

import { fail } from "../core/errors.ts";

/** What a user asks for: the parts of a mode and of the flags that concern rewriting. */
export interface Selection {
  /** The name of a level, see {@linkcode levels}; null for none at all. */
  readonly level: string | null;
  /** Tags or names to add. */
  readonly including: readonly string[];
  /** Tags or names to leave out. */
  readonly excluding: readonly string[];
  /** Tags that everything must have. */
  readonly requiring: readonly string[];
  /** Whether each replacement is printed. */
  readonly verbose: boolean;
  /** How often a rule may fire in an equilibrium, in multiples of the number of nodes. */
  readonly maxUseRatio: number;
  /** Passes that are on unless they are excluded. */
  readonly additions: readonly { readonly name: string }[];
}

/** What a level includes. */
export interface Level {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly require: readonly string[];
  /** Passes from this position on are left out. */
  readonly cutoff: number;
}

function level(
  include: readonly string[],
  { exclude = [], require = [], cutoff = Infinity }: Partial<Omit<Level, "include">> = {},
): Level {
  return { include, exclude, require, cutoff };
}

const fastRun = level(["fast_run"]);
const fastCompile = level(["fast_compile"]);

/** The levels by name: the values of the flag `optimizer`, and Theano's other predefined ones. */
// deno-fmt-ignore
export const levels: Readonly<Record<string, Level>> = {
  None:            level([]),
  merge:           level(["merge"]),
  o1:              fastCompile,
  "fast_compile":  fastCompile,
  o2:              level(["fast_compile", "fusion"]),
  o3:              level(["fast_run"], { exclude: ["inplace"] }),
  o4:              fastRun,
  "fast_run":      fastRun,
  unsafe:          level(["fast_run", "unsafe"], { exclude: ["inplace"] }),
  "fast_run_stable": level(["fast_run"], { require: ["stable"] }),
  stabilize:       level(["fast_run"], { cutoff: 1.5000001 }),
};

/** A selection, ready to be asked. */
export interface Query {
  /** Passes from this position on are left out. */
  readonly cutoff: number;
  /** Whether something with this name and these tags is on. */
  readonly selects: (name: string, tags: readonly string[]) => boolean;
}

/**
 * A selection, ready to be asked.
 *
 * @param selection The selection.
 * @throws {ValueError} If there is no such level.
 */
export function queryOf(selection: Selection): Query {
  const { include, exclude, require, cutoff } = levelOf(selection.level);
  const added = selection.additions.map(({ name }) => name);
  const included = new Set([...include, ...selection.including, ...added]);
  const excluded = new Set([...exclude, ...selection.excluding]);
  const required = [...require, ...selection.requiring];
  const selects = (name: string, tags: readonly string[]): boolean => {
    const has = (tag: string): boolean => tag === name || tags.includes(tag);
    const isAny = included.has(name) || tags.some((tag) => included.has(tag));
    if (!isAny || excluded.has(name) || tags.some((tag) => excluded.has(tag))) return false;
    return required.every(has);
  };
  return { cutoff, selects };
}

function levelOf(name: string | null): Level {
  return levels[name ?? "None"] ??
    fail("ValueError", `use the optimizer "${name}"`, "there is no such level", [
      `The levels are ${Object.keys(levels).join(", ")}`,
    ]);
}

/**
 * What a selection computes with, as text for the compile-cache key. Printing changes no graph and
 * does not count, nor does the order of tags.
 */
export function selectionText(selection: Selection): string {
  const { level, including, excluding, requiring, maxUseRatio } = selection;
  const list = (tags: readonly string[]): string => [...new Set(tags)].sort().join(":");
  return `${level ?? "None"}+${list(including)}-${list(excluding)}&${
    list(requiring)
  }*${maxUseRatio}`;
}

/** The selection of a level alone. */
export function selectionOf(level: string | null): Selection {
  return {
    level,
    including: [],
    excluding: [],
    requiring: [],
    verbose: false,
    maxUseRatio: 8,
    additions: [],
  };
}
