/**
 * @file The assembler's front: everything a kernel generator builds trees with.
 */

export * from "./arith.ts";
export * from "./control.ts";
export { Func } from "./func.ts";
export {
  asNode,
  type Callee,
  type Code,
  constant,
  type ConstValue,
  type Global,
  type Label,
  type LaneShape,
  Local,
  type Node,
  type NodeType,
  op,
  opAt,
  type Operand,
  opLane,
  shuffle,
  type Signature,
  typeOf,
  vector,
  type VectorValue,
} from "./node.ts";
export type { ValueType } from "./opcode.ts";
export type { OpName } from "./opcodes.ts";
