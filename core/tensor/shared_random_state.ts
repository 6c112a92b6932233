/**
 * @file Shared variables that hold the state of a random generator: words for graphs, a
 * `RandomState` for users.
 */

import { NDArray } from "../array/ndarray.ts";
import { Storage } from "../array/storage.ts";
import { fail } from "../errors.ts";
import type { Variable } from "../graph/variable.ts";
import { RandomState } from "../random/random_state.ts";
import { generatorOf, stateLength, wordsOf } from "../random/words.ts";
import { type Given, optional } from "./arguments.ts";
import type { GetValueOptions, SetValueOptions, SharedVariable } from "./shared.ts";
import { TensorType } from "./tensor_type.ts";
import { TensorVariable } from "./tensor_variable.ts";

/** The type of states: a vector of words. Theano: `random_state_type`. */
export function randomStateType(): TensorType {
  return new TensorType("uint32", [false]);
}

/** The state of a generator, which outlives a call. Theano: `RandomStateSharedVariable`. */
export class RandomStateSharedVariable extends TensorVariable implements SharedVariable {
  readonly storage: Storage;
  defaultUpdate: Variable | undefined;

  /**
   * Makes the variable; users draw from a stream, or call `shared` with a `RandomState`.
   *
   * @param storage The state as words.
   * @param name Its name.
   */
  constructor(storage: Storage, name?: string) {
    super(randomStateType(), name);
    this.storage = storage;
  }

  /** Always `"shared"`. */
  override get kind(): "shared" {
    return "shared";
  }

  /**
   * A generator in the state now. It is the caller's own, borrowed or not.
   *
   * @param given Kept for Theano's signature.
   */
  getValue(
    ...given: Given<GetValueOptions, [borrow?: boolean, returnInternalType?: boolean]>
  ): RandomState {
    optional<GetValueOptions>("getValue", ["borrow", "returnInternalType"], given);
    return generatorOf(this.storage.read().data as Uint32Array);
  }

  /**
   * Goes on from the state that a generator is in now; what it draws later does not matter.
   *
   * @param value The generator.
   * @param given Kept for Theano's signature.
   * @throws {TypeError} If the value is no `RandomState`.
   */
  setValue(value: unknown, ...given: Given<SetValueOptions, [borrow?: boolean]>): void {
    optional<SetValueOptions>("setValue", ["borrow"], given);
    this.storage.write(stateArray(value));
  }

  /** Another variable with the same state in the same place. */
  override clone(): RandomStateSharedVariable {
    const copy = new RandomStateSharedVariable(this.storage, this.name);
    copy.defaultUpdate = this.defaultUpdate;
    Object.assign(copy.tag, this.tag);
    return copy;
  }
}

/** The words of a generator, as an array. */
function stateArray(value: unknown): NDArray {
  if (!(value instanceof RandomState)) {
    fail("TypeError", "set the state of a random stream", "the value is no RandomState", [
      "Give a theano.random.RandomState, such as rng.getValue() returns",
    ]);
  }
  return NDArray.of(wordsOf(value.twister), [stateLength], "uint32");
}

/**
 * A shared variable with the state of a generator.
 *
 * @param value The generator, which stays the caller's.
 * @param name Its name.
 */
export function sharedRandomState(
  value: RandomState,
  name?: string | null,
): RandomStateSharedVariable {
  return new RandomStateSharedVariable(new Storage(stateArray(value)), name ?? undefined);
}
