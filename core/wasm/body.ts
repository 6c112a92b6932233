/**
 * @file A function's tree as bytes: the operands, then the instruction.
 */

import { internal } from "../errors.ts";
import type { Bytes } from "./bytes.ts";
import type { Func } from "./func.ts";
import type {
  Callee,
  Global,
  Label,
  Local,
  Node,
  NodeType,
  Signature,
  VectorValue,
} from "./node.ts";
import type { Immediates, ValueType } from "./opcode.ts";

/** The byte that stands for a value type. */
export const typeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** The numbers a module gives to what its functions name. */
export interface Indices {
  /** The number of a function. */
  callee(callee: Callee): number;
  /** The number of a global. */
  global(global: Global): number;
  /** The number of a function type. */
  signature(signature: Signature): number;
}

const laneBytes = { i8x16: 1, i16x8: 2, i32x4: 4, i64x2: 8 } as const;

/** Writes bodies of functions; holds the labels around the node being written. */
export class BodyWriter {
  readonly #out: Bytes;
  readonly #indices: Indices;
  #labels: (Label | null)[] = [];
  #locals: readonly Local[] = [];
  #func: Func | undefined;

  /**
   * Prepares to write the functions of one module.
   *
   * @param out Where the bytes go.
   * @param indices The module's numbers.
   */
  constructor(out: Bytes, indices: Indices) {
    this.#out = out;
    this.#indices = indices;
  }

  /** Writes one function: its locals by runs of a type, its code, the end. */
  write(func: Func): void {
    const code = func.code;
    this.#func = func;
    this.#locals = func.locals;
    this.#labels = [null];
    this.#writeLocals(func);
    this.#node(code);
    this.#out.byte(0x0b);
  }

  #writeLocals(func: Func): void {
    const runs: [type: ValueType, count: number][] = [];
    for (let i = func.params.length; i < func.locals.length; i++) {
      const { type } = func.locals[i]!;
      const last = runs.at(-1);
      if (last?.[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    this.#out.u32(runs.length);
    for (const [type, count] of runs) {
      this.#out.u32(count);
      this.#out.byte(typeCodes[type]);
    }
  }

  #node(node: Node): void {
    const out = this.#out;
    switch (node.kind) {
      case "op":
        this.#nodes(node.operands);
        return this.#instruction(node);
      case "const":
        return this.#constant(node);
      case "get":
        return this.#local(0x20, node.local);
      case "set":
      case "tee":
        this.#node(node.value);
        return this.#local(node.kind === "set" ? 0x21 : 0x22, node.local);
      case "sequence":
        return this.#nodes(node.body);
      case "select":
        this.#nodes(node.operands);
        return out.byte(0x1b);
      case "drop":
        this.#node(node.value);
        return out.byte(0x1a);
      case "globalGet":
        out.byte(0x23);
        return out.u32(this.#indices.global(node.global));
      case "globalSet":
        this.#node(node.value);
        out.byte(0x24);
        return out.u32(this.#indices.global(node.global));
      default:
        return this.#control(node);
    }
  }

  #nodes(nodes: readonly Node[]): void {
    for (let i = 0; i < nodes.length; i++) this.#node(nodes[i]!);
  }

  #control(node: ControlNode): void {
    const out = this.#out;
    switch (node.kind) {
      case "block":
      case "loop":
        out.byte(node.kind === "block" ? 0x02 : 0x03);
        this.#inside(node.type, node.label, () => this.#node(node.body));
        return;
      case "if":
        this.#node(node.condition);
        out.byte(0x04);
        return this.#inside(node.type, null, () => this.#branches(node.then, node.otherwise));
      case "br":
        if (node.condition !== null) this.#node(node.condition);
        out.byte(node.condition === null ? 0x0c : 0x0d);
        return out.u32(this.#depth(node.label));
      case "switch":
        this.#node(node.index);
        out.byte(0x0e);
        out.u32(node.labels.length - 1);
        for (const label of node.labels) out.u32(this.#depth(label));
        return;
      case "return":
        this.#checkResults(node.values);
        this.#nodes(node.values);
        return out.byte(0x0f);
      case "unreachable":
        return out.byte(0x00);
      case "call":
        this.#nodes(node.operands);
        out.byte(0x10);
        return out.u32(this.#indices.callee(node.callee));
      case "callIndirect":
        this.#nodes(node.operands);
        this.#node(node.index);
        out.byte(0x11);
        out.u32(this.#indices.signature(node.signature));
        return out.byte(0);
    }
  }

  /** Behind a structure that control never leaves, `unreachable` tells the engine so. */
  #inside(type: NodeType, label: Label | null, write: () => void): void {
    this.#out.byte(type === "none" || type === "never" ? 0x40 : typeCodes[type]);
    this.#labels.push(label);
    write();
    this.#labels.pop();
    this.#out.byte(0x0b);
    if (type === "never") this.#out.byte(0x00);
  }

  #branches(then: Node, otherwise: Node | null): void {
    this.#node(then);
    if (otherwise === null) return;
    this.#out.byte(0x05);
    this.#node(otherwise);
  }

  #depth(label: Label): number {
    const index = this.#labels.lastIndexOf(label);
    if (index < 0) this.#fault("its branch goes to a label that is not around it");
    return this.#labels.length - 1 - index;
  }

  #local(code: number, local: Local): void {
    if (this.#locals[local.index] !== local) {
      this.#fault(`it uses local "${local.name}" of another function`);
    }
    this.#out.byte(code);
    this.#out.u32(local.index);
  }

  #checkResults(values: readonly Node[]): void {
    const left = values.map(({ type }) => type).join(" ");
    const wanted = this.#func?.results.join(" ");
    if (left !== wanted) this.#fault(`it returns (${left}), not (${wanted})`);
  }

  #instruction({ row, offset, lanes }: Extract<Node, { kind: "op" }>): void {
    const out = this.#out;
    const code = row[0];
    if (code <= 0xff) {
      out.byte(code);
    } else {
      out.byte(code >> 12);
      out.u32(code & 0xfff);
    }
    const immediates = row[3];
    if (immediates !== undefined) this.#immediates(immediates, offset, lanes);
  }

  #immediates({ align, zeros = 0 }: Immediates, offset: number, lanes: readonly number[]): void {
    if (align !== undefined) {
      this.#out.u32(align);
      this.#out.u32(offset);
    }
    for (const lane of lanes) this.#out.byte(lane);
    for (let i = 0; i < zeros; i++) this.#out.byte(0);
  }

  #constant({ type, value }: Extract<Node, { kind: "const" }>): void {
    writeConstant(this.#out, type, value);
  }

  #fault(why: string): never {
    internal(`encode ${this.#func?.name}`, why, "a kernel generator");
  }
}

type ControlNode = Extract<
  Node,
  {
    kind:
      | "block"
      | "loop"
      | "if"
      | "br"
      | "switch"
      | "return"
      | "unreachable"
      | "call"
      | "callIndirect";
  }
>;

/**
 * Writes a constant instruction.
 *
 * @param out Where the bytes go.
 * @param type The constant's type.
 * @param value Its value.
 */
export function writeConstant(
  out: Bytes,
  type: ValueType,
  value: Extract<Node, { kind: "const" }>["value"],
): void {
  if (typeof value === "object") return writeVector(out, value);
  switch (type) {
    case "i32":
      out.byte(0x41);
      return out.s32(Number(value));
    case "i64":
      out.byte(0x42);
      return out.s64(BigInt(value));
    case "f32":
      out.byte(0x43);
      return out.f32(Number(value));
    default:
      out.byte(0x44);
      return out.f64(Number(value));
  }
}

function writeVector(out: Bytes, { shape, lanes }: VectorValue): void {
  out.byte(0xfd);
  out.byte(0x0c);
  for (const lane of lanes) {
    if (shape === "f32x4") out.f32(Number(lane));
    else if (shape === "f64x2") out.f64(Number(lane));
    else out.integer(lane, laneBytes[shape]);
  }
}
