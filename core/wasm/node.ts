/**
 * @file The tree a function body is made of: immutable nodes, checked when they are made.
 *
 * A node is what the text format calls a folded instruction. Its `type` is what it leaves on the
 * stack: a value type, `"none"` for a statement, `"never"` where control does not come back. A
 * constructor that meets an operand of the wrong type throws an `InternalError` there and then,
 * so a malformed kernel fails where it is built. Nodes may be shared: a node used twice is
 * emitted twice.
 *
 * A number stands for a constant wherever the type is known from the instruction, and a
 * {@linkcode Local} stands for its value.
 */

import { internal } from "../errors.ts";
import type { Opcode, ValueType } from "./opcode.ts";
import { opcode, type OpName } from "./opcodes.ts";

/** What a node leaves on the stack. */
export type NodeType = ValueType | "none" | "never";

/** What a function takes and leaves. */
export interface Signature {
  /** Types of the parameters. */
  readonly params: readonly ValueType[];
  /** Types of the results. */
  readonly results: readonly ValueType[];
}

/** Anything that can be called by name: a function of this module or an imported one. */
export interface Callee extends Signature {
  /** Its name, for messages and for the name section. */
  readonly name: string;
}

/** A place control can go to: the end of a block, or the start of a loop. Compared by identity. */
export interface Label {
  /** Which of the two. */
  readonly target: "block" | "loop";
}

/** A variable of the module. */
export interface Global {
  /** Its name, for messages and for the name section. */
  readonly name: string;
  /** Its type. */
  readonly type: ValueType;
  /** Whether it can be set. */
  readonly mutable: boolean;
}

/** The shapes of a vector constant. */
export type LaneShape = "i8x16" | "i16x8" | "i32x4" | "i64x2" | "f32x4" | "f64x2";

/** The value of a constant: bigint for i64, lanes for v128, else a number. */
export type ConstValue = number | bigint | VectorValue;

/** The lanes of a vector constant. */
export interface VectorValue {
  /** How the lanes are read. */
  readonly shape: LaneShape;
  /** One value a lane. */
  readonly lanes: readonly (number | bigint)[];
}

/** A node, by kind. */
export type Node =
  | Readonly<
    {
      kind: "op";
      type: NodeType;
      name: OpName;
      row: Opcode;
      operands: readonly Node[];
      offset: number;
      lanes: readonly number[];
    }
  >
  | Readonly<{ kind: "const"; type: ValueType; value: ConstValue }>
  | Readonly<{ kind: "get"; type: ValueType; local: Local }>
  | Readonly<{ kind: "set"; type: "none"; local: Local; value: Node }>
  | Readonly<{ kind: "tee"; type: ValueType; local: Local; value: Node }>
  | Readonly<{ kind: "globalGet"; type: ValueType; global: Global }>
  | Readonly<{ kind: "globalSet"; type: "none"; global: Global; value: Node }>
  | Readonly<{ kind: "select"; type: ValueType; operands: readonly [Node, Node, Node] }>
  | Readonly<{ kind: "drop"; type: "none"; value: Node }>
  | Readonly<{ kind: "sequence"; type: NodeType; body: readonly Node[] }>
  | Readonly<{ kind: "block" | "loop"; type: NodeType; label: Label; body: Node }>
  | Readonly<{ kind: "if"; type: NodeType; condition: Node; then: Node; otherwise: Node | null }>
  | Readonly<{ kind: "br"; type: "none" | "never"; label: Label; condition: Node | null }>
  | Readonly<{ kind: "switch"; type: "never"; labels: readonly Label[]; index: Node }>
  | Readonly<{ kind: "return"; type: "never"; values: readonly Node[] }>
  | Readonly<{ kind: "unreachable"; type: "never" }>
  | Readonly<{ kind: "call"; type: NodeType; callee: Callee; operands: readonly Node[] }>
  | Readonly<
    {
      kind: "callIndirect";
      type: NodeType;
      signature: Signature;
      index: Node;
      operands: readonly Node[];
    }
  >;

/** Where a value is wanted: a node, a local for its value, or a number for a constant. */
export type Operand = Node | Local | number | bigint;

/** Statements in order, nested as it suits whoever writes them. */
export type Code = Node | readonly Code[];

/** A variable of one function. Made by `Func.param` and `Func.local`. */
export class Local {
  /** Its value. */
  readonly get: Node;

  /**
   * Names a local. Only `Func` numbers them.
   *
   * @param index Its number among the function's parameters and locals.
   * @param type Its type.
   * @param name Its name, or an empty string.
   */
  constructor(readonly index: number, readonly type: ValueType, readonly name: string) {
    this.get = { kind: "get", type, local: this };
  }

  /** Stores a value. */
  set(value: Operand): Node {
    return { kind: "set", type: "none", local: this, value: asNode(value, this.type, this.name) };
  }

  /** Stores a value and leaves it. */
  tee(value: Operand): Node {
    const node = asNode(value, this.type, this.name);
    return { kind: "tee", type: this.type, local: this, value: node };
  }
}

const stage = "a kernel generator";

/**
 * The node an operand stands for.
 *
 * @param operand The operand.
 * @param type The type wanted.
 * @param where What takes it, for the message.
 * @returns A node of that type.
 * @throws {InternalError} If its type is another.
 */
export function asNode(operand: Operand, type: ValueType, where: string): Node {
  if (typeof operand === "number" || typeof operand === "bigint") return constant(type, operand);
  const node = operand instanceof Local ? operand.get : operand;
  if (node.type !== type) {
    internal(`give ${node.type} to ${where || "an instruction"}`, `it takes ${type}`, stage);
  }
  return node;
}

/** The type of an operand, or nothing for a number. */
export function typeOf(operand: Operand): NodeType | undefined {
  return typeof operand === "number" || typeof operand === "bigint" ? undefined : operand.type;
}

const noLanes: readonly number[] = [];

function make(
  name: OpName,
  operands: readonly Operand[],
  offset: number,
  lanes: readonly number[],
): Node {
  const row = opcode(name);
  const types = row[1];
  if (operands.length !== types.length) {
    internal(`build ${name}`, `it takes ${types.length} operands, not ${operands.length}`, stage);
  }
  const nodes: Node[] = [];
  for (let i = 0; i < types.length; i++) nodes.push(asNode(operands[i]!, types[i]!, name));
  return { kind: "op", type: row[2], name, row, operands: nodes, offset, lanes };
}

/**
 * One instruction. Those that touch memory have offset 0.
 *
 * @param name Its name in the text format.
 * @param operands What it takes.
 * @returns The node.
 * @throws {InternalError} If an operand has the wrong type, or the instruction names lanes.
 */
export function op(name: OpName, ...operands: readonly Operand[]): Node {
  if (opcode(name)[3]?.lanes !== undefined) {
    internal(`build ${name}`, "it names a lane: use opLane or shuffle", stage);
  }
  return make(name, operands, 0, noLanes);
}

/**
 * One instruction that touches memory, at a displacement.
 *
 * @param name Its name in the text format.
 * @param offset Bytes added to the address; not negative.
 * @param operands What it takes, the address first.
 * @returns The node.
 */
export function opAt(name: OpName, offset: number, ...operands: readonly Operand[]): Node {
  const { align, lanes } = opcode(name)[3] ?? {};
  if (align === undefined || lanes !== undefined) {
    internal(`build ${name} with an offset`, "it does not touch memory alone", stage);
  }
  if (!(Number.isInteger(offset) && offset >= 0 && offset < 2 ** 32)) {
    internal(`build ${name}`, `its offset cannot be ${offset}`, stage);
  }
  return make(name, operands, offset, noLanes);
}

/**
 * One instruction that names a lane: `extract_lane`, `replace_lane`, `load32_lane`, ….
 *
 * @param name Its name in the text format.
 * @param lane The lane.
 * @param operands What it takes.
 * @returns The node.
 */
export function opLane(name: OpName, lane: number, ...operands: readonly Operand[]): Node {
  const { lanes, count } = opcode(name)[3] ?? {};
  if (lanes === undefined || count !== undefined || !(lane >= 0 && lane < lanes)) {
    internal(`build ${name}`, `it has no lane ${lane}`, stage);
  }
  return make(name, operands, 0, [lane]);
}

/**
 * Picks lanes out of two vectors.
 *
 * @param a The vector whose lanes come first.
 * @param b The vector whose lanes come next.
 * @param lanes For each lane of the result, which of both vectors' lanes it is; 2, 4, 8 or 16 of
 * them say how wide a lane is.
 * @returns The node.
 */
export function shuffle(a: Operand, b: Operand, lanes: readonly number[]): Node {
  const width = 16 / lanes.length;
  if (!lanes.every((lane) => lane >= 0 && lane < 2 * lanes.length) || width % 1 !== 0) {
    internal("build i8x16.shuffle", `its lanes cannot be ${lanes}`, stage);
  }
  const bytes: number[] = [];
  for (const lane of lanes) for (let i = 0; i < width; i++) bytes.push(lane * width + i);
  return make("i8x16.shuffle", [a, b], 0, bytes);
}

/**
 * A constant.
 *
 * @param type Its type; a v128 needs `vector`.
 * @param value Its value; an integer may be given signed or unsigned.
 * @returns The node.
 * @throws {InternalError} If the type does not hold the value.
 */
export function constant(type: ValueType, value: number | bigint): Node {
  return { kind: "const", type, value: scalarValue(type, value) };
}

function scalarValue(type: ValueType, value: number | bigint): number | bigint {
  if (type === "f64") return Number(value);
  if (type === "f32") return Math.fround(Number(value));
  const bits = type === "i32" ? 32 : 64;
  const integer = Number.isInteger(value) || typeof value === "bigint";
  if (type === "v128" || !integer || value < -(2 ** (bits - 1)) || value >= 2 ** bits) {
    internal(`build a constant ${value}`, `${type} does not hold it`, stage);
  }
  return type === "i32" ? Number(value) | 0 : BigInt.asIntN(64, BigInt(value));
}

const shapeLanes: Readonly<Record<LaneShape, number>> = {
  i8x16: 16,
  i16x8: 8,
  i32x4: 4,
  i64x2: 2,
  f32x4: 4,
  f64x2: 2,
};

/**
 * A vector constant.
 *
 * @param shape How its lanes are read.
 * @param lanes One value a lane, or one value for all lanes.
 * @returns The node.
 */
export function vector(shape: LaneShape, ...lanes: readonly (number | bigint)[]): Node {
  const count = shapeLanes[shape];
  if (lanes.length !== count && lanes.length !== 1) {
    internal(`build a constant ${shape}`, `it takes 1 or ${count} lanes`, stage);
  }
  const all = lanes.length === 1 ? Array.from({ length: count }, () => lanes[0]!) : lanes;
  return { kind: "const", type: "v128", value: { shape, lanes: all } };
}
