/**
 * @file The op that draws: a state in, the next state and the numbers out.
 *
 * The state is a vector of words, see `core/random/words.ts`. Drawing is pure: the same state gives
 * the same numbers, and the state given stays as it is.
 */

import { NDArray } from "../array/ndarray.ts";
import { broadcastShapes, indices, shapeText, sizeOf } from "../array/shape.ts";
import { fail, raise } from "../errors.ts";
import { gradUndefined } from "../graph/special_types.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import type { RandomState } from "../random/random_state.ts";
import { generatorOf, stateLength, wordsOf } from "../random/words.ts";
import { randomStateType } from "../tensor/shared_random_state.ts";
import type { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { knownNumber, tryVectorItems } from "./constant_value.ts";
import { numbersOf } from "./elements.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import { sizeItem } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** Draws numbers of one distribution; without a size, of the shape of the parameters. */
export type Draw = (
  rng: RandomState,
  parameters: readonly NDArray[],
  size: readonly number[] | null,
) => number | NDArray;

/** A distribution that {@linkcode RandomFunction} draws from. */
export interface Distribution {
  /** Theano's name of the function that draws. */
  readonly name: string;
  /** How it draws. */
  readonly draw: Draw;
  /** The last axis of the result, which the size does not contain, from the parameters' shapes. */
  readonly lastAxis?: (node: Apply, shapes: readonly Shape[]) => ShapeItem;
}

/** A 0-d parameter as a number, others as they are. */
function plain(parameter: NDArray): number | NDArray {
  return parameter.ndim === 0 ? Number(parameter.item()) : parameter;
}

function permutations(
  rng: RandomState,
  [n]: readonly NDArray[],
  size: readonly number[] | null,
): NDArray {
  const length = Number(n!.item());
  const shape = size ?? [];
  const out = new BigInt64Array(sizeOf(shape) * length);
  for (let at = 0; at < sizeOf(shape); at++) {
    out.set(rng.permutation(length).data as BigInt64Array, at * length);
  }
  return NDArray.of(out, [...shape, length], "int64");
}

function choices(
  rng: RandomState,
  [a, replace, p]: readonly NDArray[],
  size: readonly number[] | null,
): NDArray {
  if (a!.ndim > 1) raise("ValueError", `a.ndim (${a!.ndim}) must be 0 or 1`);
  if (p!.ndim !== 1) raise("ValueError", `p.ndim (${p!.ndim}) must be 1`);
  return rng.choice(plain(a!), {
    size: size ?? [],
    replace: Number(replace!.item()) !== 0,
    p: p!.size === 0 ? null : p!,
  });
}

function multinomials(
  rng: RandomState,
  [n, pvals]: readonly NDArray[],
  size: readonly number[] | null,
): NDArray {
  const own = pvals!.shape.slice(0, -1);
  const shape = size ?? broadcastShapes(n!.shape, own);
  checkRank("n.ndim", n!.ndim, shape);
  checkRank("pvals.ndim-1", own.length, shape);
  const outcomes = pvals!.shape.at(-1)!;
  const out = new BigInt64Array(sizeOf(shape) * outcomes);
  let at = 0;
  for (const index of indices(shape)) {
    const trials = Number(n!.get(...placeIn(n!.shape, index)).item());
    const place = placeIn(own, index);
    const chances = Float64Array.from(
      { length: outcomes },
      (_, k) => Number(pvals!.get(...place, k).item()),
    );
    out.set(rng.multinomial(trials, rescaled(chances)).data as BigInt64Array, at);
    at += outcomes;
  }
  return NDArray.of(out, [...shape, outcomes], "int64");
}

function checkRank(what: string, ndim: number, size: readonly number[]): void {
  if (ndim > size.length) {
    raise(
      "ValueError",
      `${what} (${ndim}) should not be larger than len(size) (${size.length})`,
    );
  }
}

/** The index of an element that a place in a larger shape broadcasts to. */
function placeIn(shape: readonly number[], index: readonly number[]): number[] {
  return shape.map((length, axis) => length === 1 ? 0 : index[axis + index.length - shape.length]!);
}

/** Probabilities whose sum rounding took a little over 1 are made smaller. */
function rescaled(chances: Float64Array): Float64Array {
  const sum = chances.reduce((total, chance) => total + chance, 0);
  return sum > 1 && sum < 1 + 1e-5 ? chances.map((chance) => chance * (1 - 5e-5)) : chances;
}

/** The distributions, each with the name that Theano prints. */
export const distributions = {
  uniform: {
    name: "uniform",
    draw: (rng, [low, high], size) => rng.uniform({ low: plain(low!), high: plain(high!), size }),
  },
  normal: {
    name: "normal",
    draw: (rng, [avg, std], size) => rng.normal({ loc: plain(avg!), scale: plain(std!), size }),
  },
  binomial: {
    name: "binomial",
    draw: (rng, [n, p], size) => rng.binomial(plain(n!), plain(p!), { size }),
  },
  poisson: {
    name: "poisson",
    draw: (rng, [lam], size) => rng.poisson({ lam: plain(lam!), size }),
  },
  randomIntegers: {
    name: "random_integers_helper",
    draw: (rng, [low, high], size) => rng.randomIntegers(plain(low!), { high: plain(high!), size }),
  },
  choice: { name: "choice_helper", draw: choices },
  permutation: {
    name: "permutation_helper",
    draw: permutations,
    lastAxis: (node) => sizeItem(node.inputs[2]),
  },
  multinomial: {
    name: "multinomial_helper",
    draw: multinomials,
    lastAxis: (_, shapes) => shapes[3]!.at(-1)!,
  },
} as const satisfies Readonly<Record<string, Distribution>>;

/**
 * Draws from a distribution: state, size and parameters in, next state and numbers out. Theano:
 * `RandomFunction`.
 */
export class RandomFunction extends StructuralOp {
  readonly kind = "random";

  /**
   * Makes the op.
   *
   * @param distribution What to draw.
   * @param output The type of the numbers.
   */
  constructor(readonly distribution: Distribution, readonly output: TensorType) {
    super();
  }

  get name(): string {
    return `RandomFunction{${this.distribution.name}}`;
  }

  override get key(): string {
    return `${this.name}(${this.output.key})`;
  }

  makeNode(
    state: TensorVariable,
    size: TensorVariable,
    ...parameters: TensorVariable[]
  ): Apply {
    if (!state.type.equals(randomStateType())) {
      fail("TypeError", `draw from ${state}`, `it is a ${state.type} and no state of a generator`, [
        "Give the rng of a drawn variable, or theano.shared(new theano.random.RandomState(seed))",
      ]);
    }
    if (size.ndim !== 1 || size.dtype !== "int64") {
      raise("TypeError", `shape must be an int64 vector, got '${size}' (${size.type})`);
    }
    return new Apply(this, [state, size, ...parameters], [
      randomStateType().makeVariable(),
      this.output.makeVariable(),
    ]);
  }

  inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[] {
    const { lastAxis } = this.distribution;
    const length = this.output.ndim - (lastAxis ? 1 : 0);
    const asked = tryVectorItems(node.inputs[1] as TensorVariable);
    if (asked?.length !== length) return [shapes[0]!, null];
    const sizes = asked.map((item, axis) =>
      this.output.broadcastable[axis] ? 1 : knownNumber(item) ?? sizeItem(item)
    );
    return [shapes[0]!, lastAxis ? [...sizes, lastAxis(node, shapes)] : sizes];
  }

  perform(_: Apply, [state, size, ...parameters]: readonly NDArray[]): NDArray[] {
    const { distribution, output } = this;
    const asked = numbersOf(size!);
    const added = distribution.lastAxis ? 1 : 0;
    if (asked.length > 0 && asked.length + added !== output.ndim) {
      raise(
        "ValueError",
        `Shape mismatch: self.outtype.ndim (${output.ndim}) != len(shape) (${asked.length}) + ` +
          `self.ndim_added (${added})`,
      );
    }
    const rng = generatorOf(state!.data as Uint32Array);
    const drawn = distribution.draw(rng, parameters, asked.length === 0 ? null : asked);
    const words = NDArray.of(wordsOf(rng.twister), [stateLength], "uint32");
    return [words, this.#checked(drawn)];
  }

  /** What was drawn, in the dtype and with the axes of the output. */
  #checked(drawn: number | NDArray): NDArray {
    const { dtype, ndim, broadcastable } = this.output;
    const numbers = drawn instanceof NDArray
      ? drawn.astype(dtype)
      : NDArray.scalar(drawn, "float64").astype(dtype);
    const made = numbers.ndim === 0 && ndim > 0 ? numbers.reshape(Array(ndim).fill(1)) : numbers;
    if (made.ndim !== ndim) {
      raise(
        "ValueError",
        `Shape mismatch: "out" should have dimension ${ndim}, but the value produced by ` +
          `"perform" has dimension ${made.ndim}`,
      );
    }
    if (broadcastable.some((one, axis) => one && made.shape[axis] !== 1)) {
      raise(
        "ValueError",
        `the numbers drawn have shape ${shapeText(made.shape)}, but their type is ${this.output}`,
      );
    }
    return made;
  }

  /** Random nodes stay: their numbers are not those of the next call. */
  doConstantFolding(): boolean {
    return false;
  }

  /** There is no gradient through random numbers. */
  lop(node: Apply): readonly Variable[] {
    return node.inputs.map((x, i) =>
      gradUndefined(this, i, x, "No gradient defined through raw random numbers op")
    );
  }

  /** No tangent either. */
  rop(node: Apply): readonly null[] {
    return node.outputs.map(() => null);
  }
}
