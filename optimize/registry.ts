/**
 * @file Rules and passes of a user's own, registered for every function that is made afterwards.
 *
 * What a user registers has no text that means something in another process, so that functions which
 * it may have changed are not stored.
 */

import { fail, raise } from "../core/errors.ts";
import type { Pass } from "./pass.ts";
import { type Rule, tagged } from "./rule.ts";

const passes: Pass[] = [];
const rules = new Map<string, Rule[]>();
let edition = 0;

/** Passes that users registered, in the order of registering. */
export function registeredPasses(): readonly Pass[] {
  return passes;
}

/** A pass with the rules that users registered for it. */
export function withRegistered(pass: Pass): Pass {
  const more = rules.get(pass.name);
  return more === undefined ? pass : { ...pass, rules: [...pass.rules, ...more] };
}

/** How often something was registered: 0 while there is nothing. */
export function registryEdition(): number {
  return edition;
}

/**
 * Registers a pass.
 *
 * @param pass The pass.
 * @param taken The names of passes that are there already.
 * @throws {ValueError} If its name is taken.
 */
export function addPass(pass: Pass, taken: readonly string[]): void {
  if ([...taken, ...passes.map(({ name }) => name)].includes(pass.name)) {
    raise(
      "ValueError",
      `The name of the object cannot be an existing tag or the name of another ` +
        `existing object. ${pass.name}`,
    );
  }
  passes.push(pass);
  edition++;
}

/**
 * Registers a rule for a phase.
 *
 * @param phase The name of the pass.
 * @param rule The rule.
 * @param tags Words that switch it, besides its name, the phase and `fast_run`.
 * @param taken The rules of the phase.
 * @throws {ValueError} If one of them has its name.
 */
export function addRule(
  phase: string,
  rule: Rule,
  tags: readonly string[],
  taken: readonly Rule[],
): void {
  const known = rules.get(phase) ?? [];
  if ([...taken, ...known].some(({ name }) => name === rule.name)) {
    fail("ValueError", `register the rule ${rule.name} for ${phase}`, "it has a rule of this name");
  }
  rules.set(phase, [...known, tagged(rule, "fast_run", phase, ...tags)]);
  edition++;
}
