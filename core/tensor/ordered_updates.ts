/**
 * @file `OrderedUpdates`: shared variables with what they become, in the order of setting.
 */

import { describe, raise } from "../errors.ts";
import { Variable } from "../graph/variable.ts";
import { isShared, type SharedVariable } from "./shared.ts";
import { type Pairs, pairsOf } from "./updates.ts";

/** A map from shared variables to what they become. Theano: `theano.updates.OrderedUpdates`. */
export class OrderedUpdates extends Map<SharedVariable, unknown> {
  /**
   * Makes it of pairs or another map.
   *
   * @param pairs Shared variables with what they become.
   * @throws {TypeError} If a key is no shared variable.
   */
  constructor(pairs: Pairs<SharedVariable, unknown> = []) {
    super();
    for (const [target, value] of pairsOf(pairs, "updates")) {
      this.set(target as SharedVariable, value);
    }
  }

  /**
   * Says what a shared variable becomes.
   *
   * @param target The shared variable.
   * @param value What it becomes.
   * @throws {TypeError} If the key is no shared variable.
   */
  override set(target: SharedVariable, value: unknown): this {
    if (isShared(target)) return super.set(target, value);
    const what: unknown = target;
    return raise(
      "TypeError",
      "OrderedUpdates keys must inherit from SharedVariable: " +
        (what instanceof Variable ? String(what) : describe(what)),
    );
  }

  /**
   * Adds what others say; what both say must be the same.
   *
   * @param others Pairs, or another map.
   * @throws {KeyError} If a variable is to become two different things.
   */
  update(others: Pairs<SharedVariable, unknown>): void {
    for (const [target, value] of pairsOf(others, "updates")) {
      const known = this.get(target as SharedVariable);
      if (known !== undefined && known !== value) raise("KeyError", `Collision: ${target}`);
      this.set(target as SharedVariable, value);
    }
  }

  /**
   * A new map of both: Theano's `+`.
   *
   * @param others Pairs, or another map.
   * @throws {KeyError} If a variable is to become two different things.
   */
  add(others: Pairs<SharedVariable, unknown>): OrderedUpdates {
    const both = new OrderedUpdates(this);
    both.update(others);
    return both;
  }
}
