/**
 * @file Normal numbers of the Mersenne Twister, in pairs by the polar method.
 *
 * ```text
 * deviate(state)             the number kept, or one of a new pair, the other being kept
 * pairs(state, out, count)   whole pairs from the words left; returns how many numbers
 *   while two are wanted and four words left
 *     x, y = 2 · fraction − 1
 *     if 0 < x² + y² < 1: out[…] = y, x by √(−2 ln(x² + y²) / (x² + y²))
 * ```
 *
 * The logarithm is the host's own, so that the numbers are those of `core/random/normal.ts` bit by
 * bit. Source: see there.
 */

import { wordCount } from "../random/mersenne_twister.ts";
import { hasNormalAt, normalAt } from "../random/words.ts";
import type { Module } from "./encode.ts";
import { numberBytes, type RandomDType } from "./random_mrg.ts";
import {
  addFraction,
  drawKernel,
  fractionsOf,
  movedTo,
  positionOf,
  storedPair,
} from "./random_twister.ts";
import {
  add,
  and,
  br,
  call,
  type Callee,
  eqz,
  f64,
  f64x2,
  Func,
  gtU,
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
  shuffle,
  sub,
} from "./tree.ts";

const [hasNormalByte, normalByte] = [4 * hasNormalAt, 4 * normalAt] as const;

/**
 * Adds a function that draws standard normal numbers to a module, which imports `math.log`.
 *
 * @param module The module.
 * @param name Its name there and outside.
 * @param dtype The dtype of the numbers.
 */
export function addNormal(module: Module, name: string, dtype: RandomDType): void {
  const log = module.importFunc("math", "log", { params: ["f64"], results: ["f64"] });
  const deviate = module.add(deviateKernel(addFraction(module), log));
  const pairs = module.add(pairsKernel(dtype, log));
  const draw = drawKernel(name, dtype, ({ count, next, out }) => {
    const isKept = opAt("i32.load", hasNormalByte, next);
    const isShort = gtU(positionOf(next), wordCount - 4);
    return {
      isOne: or(or(ltU(count, 2), isKept), isShort),
      one: call(deviate, next),
      several: call(pairs, next, out, count),
    };
  });
  module.add(draw, name);
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
    position.set(positionOf(state)),
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
    movedTo(state, position.get),
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
