/**
 * @file Fractions and normal numbers of the Mersenne Twister. The state is laid out as
 *   `core/random/words.ts` says.
 *
 * ```text
 * uniform(count, streams, state, next, out)
 *   next = state
 *   while i < count
 *     if two words are left: fractions(the words left, out, as many as wanted, at most)
 *     else: out[i] = fraction(next)                        which turns
 *
 * normal(count, streams, state, next, out)
 *   next = state
 *   while i < count
 *     if four words are left, two numbers wanted and none kept: pairs(next, out, …)
 *     else: out[i] = deviate(next)                         which turns
 *
 * turn(state)                   the next 624 words; i counts four at a time where it can
 *   for i < 624: w[i] = w[i + 397 mod 624] ^ twisted(w[i], w[i + 1 mod 624])
 * word(state)                   the next word, tempered; turns if none is left
 * fraction(state)               of 53 bits: 27 of a word and 26 of the next
 * fractions(words, out, count)  the same from words that lie there, two at a time
 * deviate(state)                the number kept, or one of a new pair by the polar method
 * pairs(state, out, count)      whole pairs of the same from words that lie there; returns how many
 * ```
 *
 * The logarithm is the host's own, so that normal numbers are those of `core/random/normal.ts` bit by
 * bit. Source: see `core/random/mersenne_twister.ts` and `core/random/normal.ts`.
 */

import { middle, wordCount } from "../random/mersenne_twister.ts";
import { hasNormalAt, normalAt, positionAt, stateLength } from "../random/words.ts";
import type { Module } from "./encode.ts";
import { numberBytes, type RandomDType } from "./random_mrg.ts";
import {
  add,
  and,
  br,
  call,
  type Callee,
  type Code,
  eqz,
  f64,
  f64x2,
  Func,
  geU,
  gtU,
  i32,
  i32x4,
  ifElse,
  leU,
  type Local,
  loop,
  lt,
  ltU,
  mul,
  ne,
  type Node,
  op,
  opAt,
  opLane,
  or,
  ret,
  shl,
  shrU,
  shuffle,
  sub,
} from "./tree.ts";

const [positionByte, hasNormalByte, normalByte] = [
  4 * positionAt,
  4 * hasNormalAt,
  4 * normalAt,
] as const;

/** The functions of the head comment that draw one number. */
interface Twister {
  readonly fraction: Func;
}

/** Adds `turn`, `word` and `fraction`. */
function addTwister(module: Module): Twister {
  const turn = module.add(turnKernel());
  const word = module.add(wordKernel(turn));
  return { fraction: module.add(fractionKernel(word)) };
}

/**
 * Adds the function `uniform` of the head comment to a module.
 *
 * @param module The module.
 * @param name Its name there and outside.
 * @param dtype The dtype of the numbers.
 */
export function addUniform(module: Module, name: string, dtype: RandomDType): void {
  const { fraction } = addTwister(module);
  const fractions = module.add(fractionsKernel(dtype));
  module.add(uniformKernel(name, dtype, fraction, fractions), name);
}

/**
 * Adds the function `normal` of the head comment to a module, which imports `math.log`.
 *
 * @param module The module.
 * @param name Its name there and outside.
 * @param dtype The dtype of the numbers.
 */
export function addNormal(module: Module, name: string, dtype: RandomDType): void {
  const log = module.importFunc("math", "log", { params: ["f64"], results: ["f64"] });
  const { fraction } = addTwister(module);
  const deviate = module.add(deviateKernel(fraction, log));
  const pairs = module.add(pairsKernel(dtype, log));
  module.add(normalKernel(name, dtype, deviate, pairs), name);
}

/** The parameters of what is exported. */
function randomParams(f: Func): { count: Local; next: Local; out: Local; started: Node } {
  const count = f.param("i32", "count");
  f.param("i32", "streams");
  const [state, next] = [f.param("i32", "state"), f.param("i32", "next")];
  const out = f.param("i32", "out");
  return { count, next, out, started: op("memory.copy", next, state, 4 * stateLength) };
}

function stored(dtype: RandomDType, at: Local, value: Node): Node {
  return dtype === "float64"
    ? op("f64.store", at, value)
    : op("f32.store", at, op("f32.demote_f64", value));
}

function uniformKernel(name: string, dtype: RandomDType, fraction: Func, fractions: Func): Func {
  const f = new Func(name);
  const { count, next, out, started } = randomParams(f);
  const [position, many] = [f.local("i32", "position"), f.local("i32", "many")];
  const half = shrU(sub(i32(wordCount), position), 1);
  return f.body(
    started,
    ifElse(
      count,
      loop((again) => [
        position.set(opAt("i32.load", positionByte, next)),
        ifElse(
          gtU(position, wordCount - 2),
          [stored(dtype, out, call(fraction, next)), many.set(1)],
          [
            many.set(half),
            ifElse(ltU(count, many), many.set(count)),
            call(fractions, add(next, shl(position, 2)), out, many),
            opAt("i32.store", positionByte, next, add(position, shl(many, 1))),
          ],
        ),
        out.set(add(out, mul(many, numberBytes[dtype]))),
        br(again, count.tee(sub(count, many))),
      ]),
    ),
  );
}

function normalKernel(name: string, dtype: RandomDType, deviate: Func, pairs: Func): Func {
  const f = new Func(name);
  const { count, next, out, started } = randomParams(f);
  const many = f.local("i32", "many");
  const isOne = ltU(count, 2);
  const isKept = opAt("i32.load", hasNormalByte, next);
  const isShort = gtU(opAt("i32.load", positionByte, next), wordCount - 4);
  return f.body(
    started,
    ifElse(
      count,
      loop((again) => [
        ifElse(
          or(or(isOne, isKept), isShort),
          [stored(dtype, out, call(deviate, next)), many.set(1)],
          many.set(call(pairs, next, out, count)),
        ),
        out.set(add(out, mul(many, numberBytes[dtype]))),
        br(again, count.tee(sub(count, many))),
      ]),
    ),
  );
}

function pairsKernel(dtype: RandomDType, log: Callee): Func {
  const f = new Func("pairs", ["i32"]);
  const [state, out] = [f.param("i32", "state"), f.param("i32", "out")];
  const count = f.param("i32", "count");
  const [position, left] = [f.local("i32", "position"), f.local("i32", "left")];
  const [pair, radius] = [f.local("v128", "pair"), f.local("f64", "radius")];
  const code: Node[] = [];
  const words = op("v128.load", add(state, shl(position, 2)));
  const around = op("f64x2.mul", fractionsOf(f, words, code), f.constant(f64x2(2)));
  code.push(pair.set(op("f64x2.sub", around, f.constant(f64x2(1)))));
  const squares = f.let(code, op("f64x2.mul", pair, pair));
  const square = (k: number): Node => opLane("f64x2.extract_lane", k, squares);
  const scaled = op(
    "f64x2.mul",
    op("f64x2.splat", scaleOf(radius, log)),
    shuffle(pair, pair, [1, 0]),
  );
  return f.body(
    position.set(opAt("i32.load", positionByte, state)),
    left.set(count),
    loop((again) => [
      code,
      radius.set(add(square(0), square(1))),
      position.set(add(position, 4)),
      ifElse(isInside(radius), [
        storedPair(dtype, out, scaled),
        out.set(add(out, 2 * numberBytes[dtype])),
        left.set(sub(left, 2)),
      ]),
      br(again, and(gtU(left, 1), leU(position, wordCount - 4))),
    ]),
    opAt("i32.store", positionByte, state, position),
    sub(count, left),
  );
}

/** Whether a point lies in the circle, the centre left out. */
function isInside(radius: Local): Node {
  return and(lt(radius, 1), ne(radius, 0));
}

/** What makes normal numbers of the coordinates of a point in the circle. */
function scaleOf(radius: Local, log: Callee): Node {
  return op("f64.sqrt", op("f64.div", mul(f64(-2), call(log, radius)), radius));
}

function deviateKernel(fraction: Func, log: Callee): Func {
  const f = new Func("deviate", ["f64"]);
  const state = f.param("i32", "state");
  const [x, y] = [f.local("f64", "x"), f.local("f64", "y")];
  const [radius, scale] = [f.local("f64", "radius"), f.local("f64", "scale")];
  const kept = f.local("f64", "kept");
  const around = (): Node => sub(mul(f64(2), call(fraction, state)), 1);
  return f.body(
    ifElse(opAt("i32.load", hasNormalByte, state), [
      kept.set(opAt("f64.load", normalByte, state)),
      opAt("i32.store", hasNormalByte, state, 0),
      opAt("f64.store", normalByte, state, 0),
      ret(kept.get),
    ]),
    loop((again) => [
      x.set(around()),
      y.set(around()),
      radius.set(add(mul(x, x), mul(y, y))),
      br(again, eqz(isInside(radius))),
    ]),
    scale.set(scaleOf(radius, log)),
    opAt("i32.store", hasNormalByte, state, 1),
    opAt("f64.store", normalByte, state, mul(scale, x)),
    mul(scale, y),
  );
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
  const f = new Func("fractions");
  const [words, out, count] = [
    f.param("i32", "words"),
    f.param("i32", "out"),
    f.param("i32", "count"),
  ];
  const i = f.local("i32", "i");
  const [pairs, last]: [Node[], Node[]] = [[], []];
  pairs.push(storedPair(dtype, out, fractionsOf(f, op("v128.load", words), pairs)));
  const single = fractionsOf(f, op("v128.load64_zero", words), last);
  last.push(stored(dtype, out, opLane("f64x2.extract_lane", 0, single)));
  return f.body(
    f.for(i, 0, shrU(count, 1), 1, [
      pairs,
      words.set(add(words, 16)),
      out.set(add(out, 2 * numberBytes[dtype])),
    ]),
    ifElse(and(count, 1), last),
  );
}

/** The fractions of two pairs of words. */
function fractionsOf(f: Func, words: Node, code: Node[]): Node {
  const tempered = temper(f, words, code);
  const bits = (drop: number, lanes: readonly number[]): Node => {
    const kept = op("i32x4.shr_u", tempered, i32(drop));
    return op("f64x2.convert_low_i32x4_s", shuffle(kept, kept, lanes));
  };
  const upper = op("f64x2.mul", bits(5, [0, 2, 0, 2]), f.constant(f64x2(aboveLower)));
  const both = op("f64x2.add", upper, bits(6, [1, 3, 1, 3]));
  return op("f64x2.mul", both, f.constant(f64x2(unit)));
}

function storedPair(dtype: RandomDType, out: Local, pair: Node): Node {
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
    position.set(opAt("i32.load", positionByte, state)),
    ifElse(geU(position, wordCount), [call(turn, state), position.set(0)]),
    opAt("i32.store", positionByte, state, add(position, 1)),
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
    const steps = (extent: "whole" | "single", end: number): Node =>
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
  extent: "whole" | "single",
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
    op("v128.and", load(at), all(0x80000000)),
    op("v128.and", load(after), all(0x7fffffff)),
  );
  const pair = f.let(code, joined);
  const isOdd = op("i32x4.sub", all(0), op("v128.and", pair, all(1)));
  const moved = op(
    "v128.xor",
    op("i32x4.shr_u", pair, i32(1)),
    op("v128.and", isOdd, all(0x9908b0df)),
  );
  const value = op("v128.xor", load(far), moved);
  return [
    ...code,
    isWhole ? op("v128.store", at, value) : opLane("v128.store32_lane", 0, at, value),
  ];
}
