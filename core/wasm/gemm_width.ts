/**
 * @file How kernels of the matrix product hold floating-point numbers: one at a time or a vector.
 */

import type { Features } from "./features.ts";
import type { GemmDType } from "./gemm_schedule.ts";
import { asNode, type Node, op, type Operand, shuffle, type ValueType } from "./tree.ts";

/** One way to hold numbers: how many there are, and what is done with them. */
export interface Width {
  /** The type of the value. */
  readonly type: ValueType;
  /** How many numbers it is. */
  readonly lanes: number;
  /** Reads it. */
  load(address: Operand): Node;
  /** Writes it. */
  store(address: Operand, value: Operand): Node;
  /** The sum. */
  add(a: Operand, b: Operand): Node;
  /** The product. */
  mul(a: Operand, b: Operand): Node;
  /** A scalar in all lanes. */
  splat(x: Operand): Node;
}

/** A dtype's numbers, alone and as vectors. */
export interface Numbers {
  /** Bytes of one number. */
  readonly size: number;
  /** One number. */
  readonly scalar: Width;
  /** A vector of them. */
  readonly vector: Width;
  /** `a · b + c` in each lane of a vector, rounded once if the engine can. */
  madd(a: Operand, b: Operand, c: Operand): Node;
  /** One number, read and put in all lanes. */
  loadSplat(address: Operand): Node;
  /** One lane of a vector, put in all lanes. */
  spread(vector: Operand, lane: number): Node;
  /** A double in this dtype. */
  fromDouble(x: Operand): Node;
}

function scalarWidth(type: "f32" | "f64"): Width {
  return {
    type,
    lanes: 1,
    load: (address) => op(`${type}.load`, address),
    store: (address, value) => op(`${type}.store`, address, value),
    add: (a, b) => op(`${type}.add`, a, b),
    mul: (a, b) => op(`${type}.mul`, a, b),
    splat: (x) => asNode(x, type, "splat"),
  };
}

function vectorWidth(shape: "f32x4" | "f64x2", lanes: number): Width {
  return {
    type: "v128",
    lanes,
    load: (address) => op("v128.load", address),
    store: (address, value) => op("v128.store", address, value),
    add: (a, b) => op(`${shape}.add`, a, b),
    mul: (a, b) => op(`${shape}.mul`, a, b),
    splat: (x) => op(`${shape}.splat`, x),
  };
}

/**
 * The numbers of a dtype.
 *
 * @param dtype The dtype.
 * @param features What the engine can do.
 * @returns How they are held.
 */
export function numbersOf(dtype: GemmDType, features: Features): Numbers {
  return dtype === "float32" ? singles(features) : doubles(features);
}

function singles({ relaxed }: Features): Numbers {
  const vector = vectorWidth("f32x4", 4);
  return {
    size: 4,
    scalar: scalarWidth("f32"),
    vector,
    madd: relaxed
      ? (a, b, c) => op("f32x4.relaxed_madd", a, b, c)
      : (a, b, c) => vector.add(c, vector.mul(a, b)),
    loadSplat: (address) => op("v128.load32_splat", address),
    spread: (x, lane) => shuffle(x, x, [lane, lane, lane, lane]),
    fromDouble: (x) => op("f32.demote_f64", x),
  };
}

function doubles({ relaxed }: Features): Numbers {
  const vector = vectorWidth("f64x2", 2);
  return {
    size: 8,
    scalar: scalarWidth("f64"),
    vector,
    madd: relaxed
      ? (a, b, c) => op("f64x2.relaxed_madd", a, b, c)
      : (a, b, c) => vector.add(c, vector.mul(a, b)),
    loadSplat: (address) => op("v128.load64_splat", address),
    spread: (x, lane) => shuffle(x, x, [lane, lane]),
    fromDouble: (x) => asNode(x, "f64", "fromDouble"),
  };
}
