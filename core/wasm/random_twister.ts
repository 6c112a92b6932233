/**
 * @file Fractions of the Mersenne Twister. The state is laid out as `core/random/words.ts` says.
 *
 * ```text
 * draw(count, streams, state, next, out)                   of any numbers that a twister makes
 *   next = state
 *   while i < count
 *     if the words left are too few: out[i] = one(next)    which turns
 *     else: out[i…] = several, from the words left
 *
 * turn(state)                   the next 624 words; i counts four at a time where it can
 *   for i < 624: w[i] = w[i + 397 mod 624] ^ twisted(w[i], w[i + 1 mod 624])
 * word(state)                   the next word, tempered; turns if none is left
 * fraction(state)               of 53 bits: 27 of a word and 26 of the next
 * fractions(state, out, count)  the same from the words left, two at a time; returns how many
 * ```
 *
 * Source: see `core/random/mersenne_twister.ts`.
 */

import { lowerBits, matrix, middle, upperBit, wordCount } from "../random/mersenne_twister.ts";
import { positionAt, stateLength } from "../random/words.ts";
import type { Module } from "./encode.ts";
import { numberBytes, type RandomDType } from "./random_mrg.ts";
import {
  add,
  and,
  br,
  call,
  type Code,
  f64x2,
  Func,
  geU,
  gtU,
  i32,
  i32x4,
  ifElse,
  type Local,
  loop,
  ltU,
  mul,
  type Node,
  op,
  opAt,
  opLane,
  select,
  shl,
  shrU,
  shuffle,
  sub,
} from "./tree.ts";
import type { Extent } from "./width.ts";

const positionByte = 4 * positionAt;

/** Adds the functions `turn`, `word` and `fraction`, of which the last is given. */
export function addFraction(module: Module): Func {
  const turn = module.add(turnKernel());
  return module.add(fractionKernel(module.add(wordKernel(turn))));
}

/** What {@linkcode drawKernel} draws with. */
export interface Drawing {
  /** Whether so many words are needed that one number is drawn. */
  readonly isOne: Node;
  /** That number, as an f64. */
  readonly one: Node;
  /** Draws several to `out` and says how many. */
  readonly several: Node;
}

/** What is left to draw, from where and to where. */
export interface Left {
  readonly count: Local;
  readonly next: Local;
  readonly out: Local;
}

/**
 * The function `draw` of the head comment.
 *
 * @param name Its name.
 * @param dtype The dtype of the numbers.
 * @param drawing Makes what it draws with.
 */
export function drawKernel(
  name: string,
  dtype: RandomDType,
  drawing: (left: Left) => Drawing,
): Func {
  const f = new Func(name);
  const count = f.param("i32", "count");
  f.param("i32", "streams");
  const [state, next] = [f.param("i32", "state"), f.param("i32", "next")];
  const out = f.param("i32", "out");
  const many = f.local("i32", "many");
  const { isOne, one, several } = drawing({ count, next, out });
  return f.body(
    op("memory.copy", next, state, 4 * stateLength),
    ifElse(
      count,
      loop((again) => [
        ifElse(isOne, [storedOne(dtype, out, one), many.set(1)], many.set(several)),
        out.set(add(out, mul(many, numberBytes[dtype]))),
        br(again, count.tee(sub(count, many))),
      ]),
    ),
  );
}

/** Where in the words the next one is. */
export function positionOf(state: Local): Node {
  return opAt("i32.load", positionByte, state);
}

/** Says where the next word is. */
export function movedTo(state: Local, position: Node): Node {
  return opAt("i32.store", positionByte, state, position);
}

/**
 * Adds a function that draws numbers uniform in [0, 1) to a module.
 *
 * @param module The module.
 * @param name Its name there and outside.
 * @param dtype The dtype of the numbers.
 */
export function addUniform(module: Module, name: string, dtype: RandomDType): void {
  const fraction = addFraction(module);
  const fractions = module.add(fractionsKernel(dtype));
  const draw = drawKernel(name, dtype, ({ count, next, out }) => ({
    isOne: gtU(positionOf(next), wordCount - 2),
    one: call(fraction, next),
    several: call(fractions, next, out, count),
  }));
  module.add(draw, name);
}

function storedOne(dtype: RandomDType, at: Local, value: Node): Node {
  return dtype === "float64"
    ? op("f64.store", at, value)
    : op("f32.store", at, op("f32.demote_f64", value));
}

/** `2²⁶`, which moves the first word's bits above the second's, and `2⁻⁵³`. */
const [aboveLower, unit] = [2 ** 26, 2 ** -53] as const;

function fractionKernel(word: Func): Func {
  const f = new Func("fraction", ["f64"]);
  const state = f.param("i32", "state");
  const upper = f.local("f64", "upper");
  const bits = (drop: number): Node => op("f64.convert_i32_s", shrU(call(word, state), drop));
  return f.body(
    upper.set(bits(5)),
    mul(add(mul(upper, aboveLower), bits(6)), unit),
  );
}

function fractionsKernel(dtype: RandomDType): Func {
  const f = new Func("fractions", ["i32"]);
  const [state, out] = [f.param("i32", "state"), f.param("i32", "out")];
  const count = f.param("i32", "count");
  const i = f.local("i32", "i");
  const [code, pairs, last]: [Node[], Node[], Node[]] = [[], [], []];
  const position = f.let(code, positionOf(state));
  const there = f.let(code, shrU(sub(i32(wordCount), position), 1));
  const many = f.let(code, select(ltU(count, there), count.get, there));
  const words = f.local("i32", "words");
  pairs.push(storedPair(dtype, out, fractionsOf(f, op("v128.load", words), pairs)));
  const single = fractionsOf(f, op("v128.load64_zero", words), last);
  last.push(storedOne(dtype, out, opLane("f64x2.extract_lane", 0, single)));
  return f.body(
    code,
    words.set(add(state, shl(position, 2))),
    f.for(i, 0, shrU(many, 1), 1, [
      pairs,
      words.set(add(words, 16)),
      out.set(add(out, 2 * numberBytes[dtype])),
    ]),
    ifElse(and(many, 1), last),
    movedTo(state, add(position, shl(many, 1))),
    many,
  );
}

/** The fractions of two pairs of words. */
export function fractionsOf(f: Func, words: Node, code: Node[]): Node {
  const tempered = temper(f, words, code);
  const bits = (drop: number, lanes: readonly number[]): Node => {
    const kept = op("i32x4.shr_u", tempered, i32(drop));
    return op("f64x2.convert_low_i32x4_s", shuffle(kept, kept, lanes));
  };
  const upper = op("f64x2.mul", bits(5, [0, 2, 0, 2]), f.constant(f64x2(aboveLower)));
  const both = op("f64x2.add", upper, bits(6, [1, 3, 1, 3]));
  return op("f64x2.mul", both, f.constant(f64x2(unit)));
}

/** Stores two numbers. */
export function storedPair(dtype: RandomDType, out: Local, pair: Node): Node {
  return dtype === "float64"
    ? op("v128.store", out, pair)
    : opLane("v128.store64_lane", 0, out, op("f32x4.demote_f64x2_zero", pair));
}

/** The bits of words that are given out. */
function temper(f: Func, words: Node, code: Node[]): Node {
  const all = (bits: number): Node => f.constant(i32x4(bits | 0));
  const mixed = (x: Node, moved: Node): Node => f.let(code, op("v128.xor", x, moved));
  const first = f.let(code, words);
  const second = mixed(first, op("i32x4.shr_u", first, i32(11)));
  const up = (x: Node, by: number, mask: number): Node =>
    op("v128.and", op("i32x4.shl", x, i32(by)), all(mask));
  const third = mixed(second, up(second, 7, 0x9d2c5680));
  const fourth = mixed(third, up(third, 15, 0xefc60000));
  return mixed(fourth, op("i32x4.shr_u", fourth, i32(18)));
}

function wordKernel(turn: Func): Func {
  const f = new Func("word", ["i32"]);
  const state = f.param("i32", "state");
  const position = f.local("i32", "position");
  const code: Node[] = [];
  const word = temper(f, op("v128.load32_zero", add(state, shl(position, 2))), code);
  return f.body(
    position.set(positionOf(state)),
    ifElse(geU(position, wordCount), [call(turn, state), position.set(0)]),
    movedTo(state, add(position, 1)),
    code,
    opLane("i32x4.extract_lane", 0, word),
  );
}

function turnKernel(): Func {
  const f = new Func("turn");
  const state = f.param("i32", "state");
  const [i, at] = [f.local("i32", "i"), f.local("i32", "at")];
  const last = 4 * (wordCount - 1);
  // From here on the third word of the recurrence is one of this turn's.
  const wrapped = wordCount - middle;
  const walk = (from: number, to: number, far: number): Code => {
    const whole = from + (to - from & -4);
    const steps = (extent: Extent, end: number): Node =>
      f.for(i, extent === "whole" ? from : whole, end, extent === "whole" ? 4 : 1, [
        at.set(add(state, shl(i, 2))),
        twisted(f, extent, at.get, add(at, 4), add(at, 4 * far)),
      ]);
    return [steps("whole", whole), steps("single", to)];
  };
  return f.body(
    walk(0, wrapped, middle),
    walk(wrapped, wordCount - 1, -wrapped),
    twisted(f, "single", add(state, last), state.get, add(state, 4 * (middle - 1))),
  );
}

/** `w[at…] = w[far…] ^ twisted(w[at…], w[after…])`. */
function twisted(
  f: Func,
  extent: Extent,
  at: Node,
  after: Node,
  far: Node,
): Node[] {
  const code: Node[] = [];
  const isWhole = extent === "whole";
  const load = (address: Node): Node => op(isWhole ? "v128.load" : "v128.load32_zero", address);
  const all = (bits: number): Node => f.constant(i32x4(bits | 0));
  const joined = op(
    "v128.or",
    op("v128.and", load(at), all(upperBit)),
    op("v128.and", load(after), all(lowerBits)),
  );
  const pair = f.let(code, joined);
  const isOdd = op("i32x4.sub", all(0), op("v128.and", pair, all(1)));
  const moved = op(
    "v128.xor",
    op("i32x4.shr_u", pair, i32(1)),
    op("v128.and", isOdd, all(matrix)),
  );
  const value = op("v128.xor", load(far), moved);
  return [
    ...code,
    isWhole ? op("v128.store", at, value) : opLane("v128.store32_lane", 0, at, value),
  ];
}
