/**
 * @file Uniform numbers in (0, 1) of MRG31k3p, four streams at a time.
 *
 * ```text
 * mrg(count, streams, state, next, out)
 *   next = state
 *   for the streams that draw ⌊count / streams⌋ + 1 numbers, then for those that draw one less
 *     four at a time, then one by one: draw(their words, their first number, how many, …)
 *
 * draw(words, out, rows, row)
 *   load the words x₁ x₂ x₃ y₁ y₂ y₃ of each stream
 *   for so many rows
 *     step x and y
 *     out[…] = fraction(x₁ − y₁);  out += row             in bytes
 *   store the words
 * ```
 *
 * Sums below 2³² are reduced by `min(sum, sum − m)`, unsigned. Source: see `core/random/mrg.ts`.
 */

import { modulus1, modulus2, stateSize, unit, unitOfSingle } from "../random/mrg.ts";
import type { Module } from "./encode.ts";
import {
  add,
  and,
  call,
  divU,
  eqz,
  f32x4,
  f64x2,
  Func,
  i32,
  i32x4,
  ifElse,
  type Local,
  mul,
  type Node,
  op,
  opLane,
  remU,
  ret,
  shuffle,
  sub,
} from "./tree.ts";

/** The dtypes that numbers are drawn in. */
export type RandomDType = "float32" | "float64";

/** Bytes of a number. */
export const numberBytes: Readonly<Record<RandomDType, number>> = { float32: 4, float64: 8 };

/** Streams that are stepped at once. */
type Streams = 1 | 4;

const streamBytes = 4 * stateSize;

/**
 * Adds the function `mrg` of the head comment to a module.
 *
 * @param module The module.
 * @param name Its name there and outside.
 * @param dtype The dtype of the numbers.
 */
export function addMrg(module: Module, name: string, dtype: RandomDType): void {
  const draws = ([4, 1] as const).map((streams) =>
    module.add(drawKernel(`${name} of ${streams}`, streams, dtype))
  ) as [Func, Func];
  module.add(mrgKernel(name, draws, numberBytes[dtype]), name);
}

/** The function `mrg` of the head comment. */
function mrgKernel(name: string, [ofFour, ofOne]: readonly [Func, Func], bytes: number): Func {
  const f = new Func(name);
  const [count, streams] = [f.param("i32", "count"), f.param("i32", "streams")];
  const [state, next, out] = [
    f.param("i32", "state"),
    f.param("i32", "next"),
    f.param("i32", "out"),
  ];
  const stream = f.local("i32", "stream");
  const drawn = (draw: Func, rows: Node): Node =>
    call(
      draw,
      add(next, mul(stream, streamBytes)),
      add(out, mul(stream, bytes)),
      rows,
      mul(streams, bytes),
    );
  const code: Node[] = [];
  const rows = f.let(code, divU(count, streams), "rows");
  const longer = f.let(code, remU(count, streams), "longer");
  const range = (first: Node, end: Node, rows: Node): Node[] => {
    const range: Node[] = [];
    const whole = f.let(range, add(first, and(sub(end, first), -4)));
    range.push(f.for(stream, first, whole, 4, drawn(ofFour, rows)));
    range.push(f.for(stream, whole, end, 1, drawn(ofOne, rows)));
    return range;
  };
  return f.body(
    op("memory.copy", next, state, mul(streams, streamBytes)),
    ifElse(eqz(streams), ret()),
    code,
    range(i32(0), longer, add(rows, 1)),
    ifElse(rows, range(longer, streams.get, rows)),
  );
}

/** The function `draw` of the head comment. */
function drawKernel(name: string, streams: Streams, dtype: RandomDType): Func {
  const f = new Func(name);
  const [words, out] = [f.param("i32", "words"), f.param("i32", "out")];
  const [rows, row] = [f.param("i32", "rows"), f.param("i32", "row")];
  const i = f.local("i32", "i");
  const state = ["x1", "x2", "x3", "y1", "y2", "y3"].map((word) => f.local("v128", word));
  const addresses = (word: number): Node[] =>
    Array.from({ length: streams }, (_, k) => add(words, 4 * (stateSize * k + word)));
  return f.body(
    state.map((local, word) => local.set(lanesAt(addresses(word)))),
    f.for(i, 0, rows, 1, [
      stepped(f, state),
      storedFractions(f, state, { streams, dtype, out }),
      out.set(add(out, row)),
    ]),
    state.flatMap((local, word) =>
      addresses(word).map((at, k) => opLane("v128.store32_lane", k, at, local))
    ),
  );
}

function lanesAt([first, ...others]: readonly Node[]): Node {
  return others.reduce(
    (x, at, k) => opLane("v128.load32_lane", k + 1, at, x),
    op("v128.load32_zero", first!),
  );
}

/** Both recurrences, one step. */
function stepped(f: Func, state: readonly Local[]): Node[] {
  const [x1, x2, x3, y1, y2, y3] = state as [Local, Local, Local, Local, Local, Local];
  const code: Node[] = [];
  const all = (value: number): Node => f.constant(i32x4(value));
  const sum = (...terms: Node[]): Node => terms.reduce((a, b) => op("i32x4.add", a, b));
  const reduced = (value: Node, modulus: number): Node => {
    const kept = f.let(code, value);
    return f.let(code, op("i32x4.min_u", kept, op("i32x4.sub", kept, all(modulus))));
  };
  // x · 2^up modulo 2³¹ − 1: its bits turn around.
  const turned = (x: Local, up: number): Node => {
    const low = op("v128.and", x, all(2 ** (31 - up) - 1));
    return op("i32x4.add", op("i32x4.shl", low, i32(up)), op("i32x4.shr_u", x, i32(31 - up)));
  };
  // 2³¹ is 21069 modulo the second modulus.
  const times = (y: Local): Node => {
    const low = op("i32x4.shl", op("v128.and", y, all(0xffff)), i32(15));
    const high = op("i32x4.mul", op("i32x4.shr_u", y, i32(16)), all(21069));
    return reduced(op("i32x4.add", low, high), modulus2);
  };
  const left = reduced(sum(turned(x2, 22), turned(x3, 7)), modulus1);
  const x = reduced(sum(left, x3.get), modulus1);
  const right = reduced(sum(times(y3), y3.get), modulus2);
  const y = reduced(sum(right, times(y1)), modulus2);
  return [...code, x3.set(x2), x2.set(x1), x1.set(x), y3.set(y2), y2.set(y1), y1.set(y)];
}

/** Where numbers go. */
interface Drawn {
  readonly streams: Streams;
  readonly dtype: RandomDType;
  readonly out: Local;
}

/** `x₁ − y₁`, from 1 to the first modulus, as fractions. */
function storedFractions(f: Func, state: readonly Local[], { streams, dtype, out }: Drawn): Node[] {
  const code: Node[] = [];
  const gap = f.let(code, op("i32x4.sub", state[0]!, state[3]!));
  const wrapped = op("v128.and", op("i32x4.le_s", gap, i32x4(0)), f.constant(i32x4(modulus1)));
  const drawn = f.let(code, op("i32x4.add", gap, wrapped));
  const singles = (): Node =>
    op("f32x4.mul", op("f32x4.convert_i32x4_s", drawn), f.constant(f32x4(unitOfSingle)));
  const doubles = (x: Node): Node =>
    op("f64x2.mul", op("f64x2.convert_low_i32x4_s", x), f.constant(f64x2(unit)));
  const store = (at: Node, value: Node): Node =>
    streams === 4
      ? op("v128.store", at, value)
      : opLane(dtype === "float32" ? "v128.store32_lane" : "v128.store64_lane", 0, at, value);
  if (dtype === "float32") return [...code, store(out.get, singles())];
  code.push(store(out.get, doubles(drawn)));
  if (streams === 4) code.push(store(add(out, 16), doubles(shuffle(drawn, drawn, [2, 3, 2, 3]))));
  return code;
}
