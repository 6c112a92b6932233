/**
 * @file What a shader is called with: a uniform of words, and a binding for each buffer.
 */

import { type Step, stepOf } from "../core/kernel/index_map.ts";
import type { Operand } from "../core/kernel/kernel.ts";
import type { Size } from "../core/kernel/size.ts";
import { type Expr, inOrder } from "../core/scalar/expr.ts";
import type { Resource, SizeOf } from "./code.ts";
import { type DeviceLane, laneTypes } from "./spelling.ts";
import type { Binding, Code } from "./text.ts";

/**
 * What one word of the uniform is: 0, a number that the plan of a call gives by name, a size modulo
 * 2^32, the upper half of a size, or a size as a float.
 */
export type ParamValue =
  | { readonly kind: "zero" }
  | { readonly kind: "planned" }
  | { readonly kind: "size"; readonly size: Size }
  | { readonly kind: "upper"; readonly size: Size }
  | { readonly kind: "float"; readonly size: Size };

/** One word of the uniform. */
export interface Param {
  readonly name: string;
  readonly value: ParamValue;
  readonly remark: string | undefined;
}

/** An operand whose start and strides are words of the uniform. */
export interface Walk {
  readonly name: string;
  readonly operand: Operand;
  readonly steps: readonly Step[];
}

/** The words of a shader's uniform, in order. */
export class Params {
  readonly list: Param[] = [];

  /** Starts with the zero that helpers need. */
  constructor() {
    this.#add("zero", { kind: "zero" }, "always 0, which no compiler knows");
  }

  #add(name: string, value: ParamValue, remark?: string): void {
    if (!this.list.some((p) => p.name === name)) this.list.push({ name, value, remark });
  }

  /** A number that the plan gives. */
  planned(name: string, remark?: string): void {
    this.#add(name, { kind: "planned" }, remark);
  }

  /** A size. */
  size(name: string, size: Size): void {
    this.#add(name, { kind: "size", size });
  }

  /** The upper half of a size, two's complement. */
  upper(name: string, size: Size): void {
    this.#add(name, { kind: "upper", size });
  }

  /** A size as a float32. */
  float(name: string, size: Size): void {
    this.#add(name, { kind: "float", size });
  }

  /** Where an operand starts, and a stride for each axis that needs one. */
  walk(name: string, operand: Operand): Walk {
    this.size(name, operand.offset);
    return this.moves(name, operand);
  }

  /** A stride for each axis that needs one, of an operand that starts somewhere else. */
  moves(name: string, operand: Operand): Walk {
    const steps = operand.strides.map(stepOf);
    operand.strides.forEach((size, axis) => {
      if (steps[axis] === "any") this.size(`${name}_s${axis}`, size);
    });
    return { name, operand, steps };
  }

  /** The fields of the struct. */
  get fields(): readonly { name: string; type: string; remark: string | undefined }[] {
    return this.list.map(({ name, value, remark }) => ({
      name,
      type: value.kind === "float" ? "f32" : "u32",
      remark,
    }));
  }

  /** The words of a call. */
  words(sizeOf: SizeOf, planned: Readonly<Record<string, number>>): Uint32Array<ArrayBuffer> {
    const words = new Uint32Array(this.list.length);
    const floats = new Float32Array(words.buffer);
    this.list.forEach(({ name, value }, k) => {
      if (value.kind === "planned") words[k] = planned[name]!;
      else if (value.kind === "size") words[k] = sizeOf(value.size);
      else if (value.kind === "upper") words[k] = Math.floor(sizeOf(value.size) / 2 ** 32);
      else if (value.kind === "float") floats[k] = sizeOf(value.size);
    });
    return words;
  }
}

/**
 * Where a walk's element is, at loop indices of the names given.
 *
 * @param walk The walk.
 * @param index The name of a loop's index.
 * @param start Where the walk starts.
 */
export function placeOf(
  { name, steps }: Walk,
  index: (axis: number) => string,
  start: string = `params.${name}`,
): string {
  const moves = steps.map((step, axis) => {
    if (step !== "any") return step === "zero" ? "" : index(axis);
    const turns = index(axis).includes(" ") ? `(${index(axis)})` : index(axis);
    return `${turns} * params.${name}_s${axis}`;
  });
  return [start, ...moves.filter((move) => move !== "")].join(" + ");
}

/** The name of the index of a loop. */
export function indexName(axis: number): string {
  return `i${axis}`;
}

/** The numbered inputs that bodies read. */
export function inputsUsed(bodies: readonly Expr[]): Set<number> {
  return new Set(inOrder(bodies).flatMap((e) => e.kind === "input" ? [e.index] : []));
}

/** The names of params and counters among the inputs of narrowed bodies, see `narrow.ts`. */
export function integerNames(params: readonly Size[], counters: readonly number[]): string[] {
  return [
    ...params.map((_, k) => `params.param${k}`),
    ...counters.map(indexName),
    ...params.map((_, k) => `params.float${k}`),
    ...params.map((_, k) => `vec2<u32>(params.param${k}, params.upper${k})`),
  ];
}

/** Adds the params that narrowed bodies read; `first` is the number of the first as an input. */
export function addIntegers(
  to: Params,
  params: readonly Size[],
  used: ReadonlySet<number>,
  first: number,
  counters: number,
): void {
  const last = first + params.length + counters;
  params.forEach((size, k) => {
    const isWide = used.has(last + params.length + k);
    if (used.has(first + k) || isWide) to.size(`param${k}`, size);
    if (isWide) to.upper(`upper${k}`, size);
    if (used.has(last + k)) to.float(`float${k}`, size);
  });
}

/**
 * The bindings of a shader: each buffer once, because a device lets nobody write what is bound
 * twice. Elements of a buffer that operands see in several ways are words.
 */
export class Bindings {
  readonly list: Binding[] = [];
  readonly resources: Resource[] = [];
  readonly #ofBuffer = new Map<number, Binding>();

  constructor(reads: readonly Operand[], writes: readonly Operand[]) {
    const written = new Set(writes.map(({ buffer }) => buffer));
    const types = new Map<number, Set<string>>();
    for (const { buffer, dtype } of [...reads, ...writes]) {
      const known = types.get(buffer) ?? new Set();
      types.set(buffer, known.add(storedType(dtype)));
    }
    for (const [buffer, [type, ...others]] of types) {
      const isWritten = written.has(buffer);
      this.#ofBuffer.set(
        buffer,
        this.add(`data${this.#ofBuffer.size}`, { kind: "buffer", buffer, isWritten }, {
          type: others.length === 0 ? type! : "u32",
        }),
      );
    }
  }

  /** Binds one more array. */
  add(name: string, resource: Resource, { type = "u32" }: { type?: string } = {}): Binding {
    const binding = { name, type, isWritten: resource.isWritten };
    this.list.push(binding);
    this.resources.push(resource);
    return binding;
  }

  /** The value of an element. */
  load({ buffer, dtype }: Operand, place: string): string {
    const { name, type } = this.#ofBuffer.get(buffer)!;
    if (dtype !== "int64" || type !== "u32") {
      return fromStored(dtype as DeviceLane, `${name}[${place}]`, type);
    }
    return fromWords(dtype, wordPlaces(place).map((at) => `${name}[${at}]`));
  }

  /** Stores a value as an element. */
  store({ buffer, dtype }: Operand, place: string, value: string): Code {
    const { name, type } = this.#ofBuffer.get(buffer)!;
    if (dtype !== "int64" || type !== "u32") {
      return `${name}[${place}] = ${toStored(dtype as DeviceLane, value, type)};`;
    }
    const words = toWords(dtype, value);
    return wordPlaces(place).map((at, k) => `${name}[${at}] = ${words[k]};`);
  }
}

/** Where the words of an int64 are in an array of words. */
function wordPlaces(place: string): string[] {
  return [`2u * (${place})`, `2u * (${place}) + 1u`];
}

function storedType(dtype: Operand["dtype"]): string {
  return laneTypes[dtype as DeviceLane].stored;
}

/** What an element of an array of a type says as a lane. */
function fromStored(lane: DeviceLane, element: string, type: string): string {
  const wanted = laneTypes[lane];
  if (type === "f16") return `f32(${element})`;
  const stored = type === wanted.stored ? element : `bitcast<${wanted.stored}>(${element})`;
  return wanted.value === "bool" ? `${stored} != 0u` : stored;
}

/** A lane's value as an element of an array of a type. */
function toStored(lane: DeviceLane, value: string, type: string): string {
  const wanted = laneTypes[lane];
  if (type === "f16") return `f16(${value})`;
  const stored = wanted.value === "bool" ? `select(0u, 1u, ${value})` : value;
  return type === wanted.stored ? stored : `bitcast<${type}>(${stored})`;
}

/** How many words a lane's value is. */
export function wordCount(lane: DeviceLane): 1 | 2 {
  return lane === "int64" ? 2 : 1;
}

/** A lane's value as words; that of a float16 is the float32 which it is. */
export function toWords(lane: DeviceLane, value: string): string[] {
  if (lane === "int64") return [`${value}.x`, `${value}.y`];
  return [toStored(lane === "float16" ? "float32" : lane, value, "u32")];
}

/** What words say as a lane. */
export function fromWords(lane: DeviceLane, words: readonly string[]): string {
  if (lane === "int64") return `vec2<u32>(${words.join(", ")})`;
  return fromStored(lane === "float16" ? "float32" : lane, words[0]!, "u32");
}
