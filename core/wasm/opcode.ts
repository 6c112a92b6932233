/**
 * @file What a row of the instruction table says.
 */

/** The type of a value in WebAssembly. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** What follows an instruction's code. */
export interface Immediates {
  /** Memory instruction: the binary logarithm of its natural alignment in bytes. */
  readonly align?: number;
  /** Lane instruction: how many lanes there are to name. */
  readonly lanes?: number;
  /** How many lanes are named; one if not said. */
  readonly count?: number;
  /** Bytes that must be zero. */
  readonly zeros?: number;
}

/**
 * One instruction. A code above `0xff` is a prefix byte in the bits from 12 up, then the number
 * that follows it: `0xfd_105` is `0xfd`, then 0x105 in LEB128.
 */
export type Opcode = readonly [
  code: number,
  operands: readonly ValueType[],
  result: ValueType | "none",
  immediates?: Immediates,
];
