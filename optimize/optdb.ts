/**
 * @file The database of passes as users see it: what there is, what is on, and what they add.
 */

import { raise } from "../core/errors.ts";
import type { Pass } from "./pass.ts";
import { pipeline, selectedPasses } from "./pipeline.ts";
import { addPass, addRule } from "./registry.ts";
import type { Rule } from "./rule.ts";
import { type Selection, selectionOf } from "./selection.ts";

/** What a query found: the passes that are on, in the order of running, with their rules. */
export interface QueryResult {
  /** The name and position of each pass, and the names of those of its rules that are on. */
  readonly passes: readonly {
    readonly name: string;
    readonly position: number;
    readonly rules: readonly string[];
  }[];
  /** The same as text: a line a pass, and one a rule below it. */
  toString(): string;
}

/** The passes that functions are made with. Theano: `theano.compile.optdb`. */
export interface OptimizerDatabase {
  /**
   * Adds a pass to every function that is made afterwards, where its name or one of its tags is on:
   * `fast_run` is in all modes that optimise.
   *
   * @param pass The pass.
   * @throws {ValueError} If its name is taken.
   */
  register(pass: Pass): void;
  /**
   * What is on.
   *
   * @param tags The name of a level (`"fast_run"`) or words with a sign: `+` includes what has a tag,
   *   `&` requires it, `-` excludes it.
   * @throws {ValueError} If a word has no sign and is no level.
   */
  query(...tags: readonly string[]): QueryResult;
}

/** The passes that functions are made with. Theano: `theano.compile.optdb`. */
export const optdb: OptimizerDatabase = {
  register: (pass) => addPass(pass, pipeline.map(({ name }) => name)),
  query: (...tags) => {
    const passes = selectedPasses(asked(tags)).passes.map(({ pass, index }) => ({
      name: pass.name,
      position: pass.position,
      rules: index.rules.map(({ name }) => name),
    }));
    return { passes, toString: () => passes.map(passText).join("") };
  },
};

function passText({ name, position, rules }: QueryResult["passes"][number]): string {
  return [`${position} ${name}`, ...rules.map((rule) => `  ${rule}`)].map((line) => `${line}\n`)
    .join("");
}

/** The selection that words ask for. */
function asked(tags: readonly string[]): Selection {
  const signed = (sign: string): string[] =>
    tags.filter((tag) => tag.startsWith(sign)).map((tag) => tag.slice(1));
  const plain = tags.filter((tag) => !/^[+&-]/.test(tag));
  if (plain.length > 1) {
    raise(
      "ValueError",
      "The tags of a query begin with '+' (include), '&' (require) or '-' (exclude)",
    );
  }
  return {
    ...selectionOf(plain[0] ?? null),
    including: signed("+"),
    excluding: signed("-"),
    requiring: signed("&"),
  };
}

/**
 * Adds a rule to the phase that brings graphs into one form. Theano: `register_canonicalize`.
 *
 * @param rule The rule.
 * @param tags Further words that switch it.
 * @returns The rule.
 * @throws {ValueError} If the phase has a rule of its name.
 */
export function registerCanonicalize(rule: Rule, ...tags: readonly string[]): Rule {
  return registered("canonicalize", rule, tags);
}

/** Adds a rule to the phase that gives better numbers. Theano: `register_stabilize`. */
export function registerStabilize(rule: Rule, ...tags: readonly string[]): Rule {
  return registered("stabilize", rule, tags);
}

/** Adds a rule to the phase that finds faster forms. Theano: `register_specialize`. */
export function registerSpecialize(rule: Rule, ...tags: readonly string[]): Rule {
  return registered("specialize", rule, tags);
}

/** Adds a rule to the phase that undoes what canonical forms cost. Theano: `register_uncanonicalize`. */
export function registerUncanonicalize(rule: Rule, ...tags: readonly string[]): Rule {
  return registered("uncanonicalize", rule, tags);
}

/** Adds a rule to the phase that removes what does nothing. Theano: `register_useless`. */
export function registerUseless(rule: Rule, ...tags: readonly string[]): Rule {
  return registered("useless", rule, tags);
}

/** Adds a rule to the phase before fusion. Theano: `register_specialize_device`. */
export function registerSpecializeDevice(rule: Rule, ...tags: readonly string[]): Rule {
  return registered("specialize_device", rule, tags);
}

function registered(phase: string, rule: Rule, tags: readonly string[]): Rule {
  addRule(phase, rule, tags, pipeline.find(({ name }) => name === phase)!.rules);
  return rule;
}
