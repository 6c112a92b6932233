/**
 * @file Ops without meaning, for tests of graphs as graphs.
 */

import type { AliasMap, Op } from "../../core/graph/op.ts";
import { Apply, type Constant, type Type, Variable } from "../../core/graph/variable.ts";

/** A type whose variables hold nothing in particular. */
export class PlainType implements Type {
  constructor(readonly key: string, readonly convertsFrom?: string) {}

  equals(other: Type): boolean {
    return other.key === this.key;
  }

  filter(value: unknown): unknown {
    return value;
  }

  makeVariable(name?: string): Variable {
    return new Variable(this, name);
  }

  makeConstant(value: unknown, name?: string): Constant {
    return new PlainConstant(this, value, name);
  }

  convertVariable(variable: Variable): Variable | undefined {
    return variable.type.key === this.convertsFrom ? call(plain("convert"), variable) : undefined;
  }

  toString(): string {
    return this.key;
  }
}

class PlainConstant extends Variable implements Constant {
  constructor(type: Type, readonly data: unknown, name?: string) {
    super(type, name);
  }

  override get kind(): "constant" {
    return "constant";
  }

  signature(): string {
    return `${this.type.key} ${String(this.data)}`;
  }

  override clone(): PlainConstant {
    return new PlainConstant(this.type, this.data, this.name);
  }
}

/** A root with a value of its own. */
export class PlainShared extends Variable {
  override get kind(): "shared" {
    return "shared";
  }

  override clone(): PlainShared {
    return new PlainShared(this.type, this.name);
  }
}

export const real: PlainType = new PlainType("real", "whole");
export const whole: PlainType = new PlainType("whole");

/** Roots of type {@linkcode real}, named. */
export function roots(...names: string[]): Variable[] {
  return names.map((name) => real.makeVariable(name));
}

/** A constant of type {@linkcode real}. */
export function fixed(value: number): Constant {
  return real.makeConstant(value);
}

/** How a test op differs from one with a single fresh output. */
export interface PlainOptions {
  readonly key?: string;
  readonly outputs?: number;
  readonly view?: AliasMap;
  readonly destroy?: AliasMap;
  readonly toleratesSame?: Op["toleratesSame"];
  readonly pattern?: readonly (readonly boolean[])[];
}

/** An op of a name, whose outputs are real. */
export function plain(name: string, options: PlainOptions = {}): Op {
  const { key = name, outputs = 1, view, destroy, toleratesSame, pattern } = options;
  const op: Op = {
    name,
    key,
    ...(view && { viewMap: view }),
    ...(destroy && { destroyMap: destroy }),
    ...(toleratesSame && { toleratesSame }),
    ...(pattern && { connectionPattern: () => pattern }),
    makeNode: (...inputs) =>
      new Apply(op, inputs, Array.from({ length: outputs }, () => real.makeVariable())),
  };
  return op;
}

/** Applies an op and gives its first output. */
export function call(op: Op, ...inputs: Variable[]): Variable {
  return op.makeNode(...inputs).outputs[0]!;
}

/** Applies an op of a name. */
export function apply(name: string, ...inputs: Variable[]): Variable {
  return call(plain(name), ...inputs);
}

/** Input 0 overwritten by output 0. */
export const overwrite: PlainOptions = { destroy: new Map([[0, 0]]) };
/** Output 0 a view of input 0. */
export const viewing: PlainOptions = { view: new Map([[0, 0]]) };

/** A chain `s(s(…s(x)…))`. */
export function chain(x: Variable, depth: number): Variable {
  let y = x;
  for (let i = 0; i < depth; i++) y = apply("s", y);
  return y;
}
