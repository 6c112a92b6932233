/**
 * @file Elementwise kernels on devices: `out[i…] = body(in[i…], …)`, one thread an element.
 *
 * ```text
 * for each thread i < n₀·n₁·…                  rows of the grid, end to end
 *   i₀, i₁, … = the loop indices of i          the last axis fastest
 *   out[i…] = body(in[i…])
 * ```
 */

import type { Step } from "../core/kernel/index_map.ts";
import { stepOf } from "../core/kernel/index_map.ts";
import type { MapKernel, Operand } from "../core/kernel/kernel.ts";
import { operandsOf } from "../core/kernel/kernel.ts";
import type { Size } from "../core/kernel/size.ts";
import { inOrder } from "../core/scalar/expr.ts";
import type { DeviceLimits, KernelCode, SizeOf } from "./code.ts";
import { emitExprs } from "./emit.ts";
import { helperTexts } from "./helpers.ts";
import { type DeviceLane, hasDeviceForm, isDeviceDType, laneTypes } from "./spelling.ts";
import { type Binding, block, type Code, letLine, shaderText } from "./text.ts";

/** What one word of a shader's parameters is: 0, the threads in a row of the grid, or a number. */
export type Argument =
  | { readonly kind: "zero" }
  | { readonly kind: "stride" }
  | { readonly kind: "size"; readonly size: Size };

/** A kernel's shader and what it is called with. */
export interface ShaderCode {
  /** WGSL with the entry point `main`. Equal texts serve equal kernels. */
  readonly text: string;
  /** The words of the uniform at binding 0, each 32 bits; integers below zero wrap. */
  readonly args: readonly Argument[];
  /** The kernel's buffers at bindings 1, 2, …, and whether each is written. */
  readonly buffers: readonly { readonly buffer: number; readonly isWritten: boolean }[];
}

/** Threads in a workgroup. */
export const threads = 64;

/** Workgroups that every device allows along one axis of the grid. */
const mostGroups = 65535;

/** How workgroups are laid out. */
export interface Grid {
  /** Workgroups along x and y. */
  readonly groups: readonly [x: number, y: number];
  /** Threads in a row. */
  readonly stride: number;
}

/**
 * The grid for a number of elements; more workgroups than fit in a row go on in the next.
 *
 * @param count How many elements, fewer than 2^32.
 * @param most Workgroups allowed along an axis.
 */
export function gridOf(count: number, most: number = mostGroups): Grid {
  const groups = Math.ceil(count / threads);
  const x = Math.min(groups, most);
  return { groups: [x, x === 0 ? 0 : Math.ceil(groups / x)], stride: x * threads };
}

/**
 * The shader of an elementwise kernel.
 *
 * Dtypes: bool, int32, uint32 and float32.
 *
 * @param kernel The kernel.
 * @returns The shader's text; undefined where something in it has no form on devices.
 */
export function mapShader(kernel: MapKernel): string | undefined {
  return mapCode(kernel)?.text;
}

/** The code of an elementwise kernel as that of any kind. */
export function mapKernelCode(kernel: MapKernel, limits: DeviceLimits): KernelCode | undefined {
  const code = mapCode(kernel);
  if (code === undefined) return undefined;
  const { text, args, buffers } = code;
  return {
    shaders: [{ text, resources: buffers.map((b) => ({ kind: "buffer", ...b })) }],
    plan: (sizeOf) => {
      const count = kernel.dims.reduce((n, size) => n * sizeOf(size), 1);
      const { groups, stride } = gridOf(count, limits.groups);
      const params = Uint32Array.from(args, (arg) => wordOf(arg, sizeOf, stride));
      return { launches: [{ shader: 0, params, groups }], workspaces: [] };
    },
  };
}

function wordOf(arg: Argument, sizeOf: SizeOf, stride: number): number {
  return arg.kind === "zero" ? 0 : arg.kind === "stride" ? stride : sizeOf(arg.size);
}

/** The code of an elementwise kernel; undefined where something in it has no form on devices. */
export function mapCode(kernel: MapKernel): ShaderCode | undefined {
  const { inputs, outputs, bodies } = kernel;
  if (![...inputs, ...outputs].every(({ dtype }) => isDeviceDType(dtype))) return undefined;
  if (!hasDeviceForm(bodies)) return undefined;
  return new MapWriter(kernel).write();
}

/** An operand's parameters: where it starts, and a stride for each axis that needs one. */
interface Walk {
  readonly name: string;
  readonly operand: Operand;
  readonly steps: readonly Step[];
}

class MapWriter {
  readonly #kernel: MapKernel;
  readonly #inputs: readonly Walk[];
  readonly #outputs: readonly Walk[];
  readonly #args: Argument[] = [];
  readonly #params: (readonly [name: string, remark?: string])[] = [];
  readonly #bindings = new Map<number, Binding>();
  /** The inputs that the bodies read. */
  readonly #loaded: readonly Walk[];

  constructor(kernel: MapKernel) {
    this.#kernel = kernel;
    this.#param("zero", { kind: "zero" }, "always 0, which no compiler knows");
    this.#param("stride", { kind: "stride" }, "threads in a row of the grid");
    kernel.dims.forEach((size, k) => this.#param(`n${k}`, { kind: "size", size }));
    const used = new Set(
      inOrder(kernel.bodies).flatMap((e) => e.kind === "input" ? [e.index] : []),
    );
    this.#bind(kernel.inputs.filter((_, k) => used.has(k)));
    this.#inputs = kernel.inputs.map((o, k) => this.#walk(o, `in${k}`, used.has(k)));
    this.#outputs = kernel.outputs.map((o, k) => this.#walk(o, `out${k}`, true));
    kernel.params.forEach((size, k) => {
      if (used.has(kernel.inputs.length + k)) this.#param(`param${k}`, { kind: "size", size });
    });
    this.#loaded = this.#inputs.filter((_, k) => used.has(k));
  }

  #param(name: string, arg: Argument, remark?: string): void {
    this.#params.push(remark ? [name, remark] : [name]);
    this.#args.push(arg);
  }

  #walk(operand: Operand, name: string, isUsed: boolean): Walk {
    const steps = operand.strides.map(stepOf);
    if (isUsed) {
      this.#param(name, { kind: "size", size: operand.offset });
      operand.strides.forEach((size, axis) => {
        if (steps[axis] === "any") this.#param(`${name}_s${axis}`, { kind: "size", size });
      });
    }
    return { name, operand, steps };
  }

  /**
   * Each buffer once, because a device lets nobody write what is bound twice. Elements of a buffer
   * that operands see in several ways are words.
   */
  #bind(inputs: readonly Operand[]): void {
    const written = new Set(operandsOf(this.#kernel).writes.map(({ buffer }) => buffer));
    const types = new Map<number, Set<string>>();
    for (const { buffer, dtype } of [...inputs, ...this.#kernel.outputs]) {
      const known = types.get(buffer) ?? new Set();
      types.set(buffer, known.add(laneTypes[dtype as DeviceLane].stored));
    }
    for (const [buffer, [type, ...others]] of types) {
      this.#bindings.set(buffer, {
        name: `data${this.#bindings.size}`,
        type: others.length === 0 ? type! : "u32",
        isWritten: written.has(buffer),
      });
    }
  }

  write(): ShaderCode {
    const { bodies, inputs, outputs, counters } = this.#kernel;
    const names = [
      ...inputs.map((_, k) => `x${k}`),
      ...this.#kernel.params.map((_, k) => `params.param${k}`),
      ...counters.map((axis) => `i${axis}`),
    ];
    const { code, values, helpers } = emitExprs(bodies, names);
    const dtypes = (all: readonly Operand[]): string => all.map((o) => o.dtype).join(", ");
    const text = shaderText({
      title: `map ${dtypes(inputs)} → ${dtypes(outputs)}`,
      params: this.#params,
      bindings: [...this.#bindings.values()],
      helpers: helperTexts(helpers),
      threads,
      body: [this.#indices(), this.#loads(), code, this.#stores(values)],
    });
    const buffers = [...this.#bindings].map(([buffer, { isWritten }]) => ({ buffer, isWritten }));
    return { text, args: this.#args, buffers };
  }

  /** The thread's place in the loops; threads beyond the end stop. */
  #indices(): Code {
    const axes = this.#kernel.dims.map((_, k) => k);
    const count = axes.map((k) => `params.n${k}`).join(" * ") || "1u";
    return [
      "let thread = id.x + id.y * params.stride;",
      block(`if (thread >= ${count})`, "return;"),
      axes.toReversed().map((k) => {
        const rest = k === axes.length - 1 ? "thread" : `rest${k}`;
        if (k === 0) return letLine("i0", rest);
        return [
          letLine(`i${k}`, `${rest} % params.n${k}`),
          letLine(`rest${k - 1}`, `${rest} / params.n${k}`),
        ];
      }),
    ];
  }

  /** Where the thread's element of an operand is. */
  #at({ name, steps }: Walk): string {
    const moves = steps.map((step, axis) =>
      step === "zero" ? "" : step === "unit" ? `i${axis}` : `i${axis} * params.${name}_s${axis}`
    );
    return [`params.${name}`, ...moves.filter((move) => move !== "")].join(" + ");
  }

  #loads(): Code {
    return this.#loaded.map((walk) => {
      const { name, type } = this.#bindings.get(walk.operand.buffer)!;
      const wanted = laneTypes[walk.operand.dtype as DeviceLane];
      const element = `${name}[${this.#at(walk)}]`;
      const stored = type === wanted.stored ? element : `bitcast<${wanted.stored}>(${element})`;
      const value = wanted.value === "bool" ? `${stored} != 0u` : stored;
      return letLine(walk.name.replace("in", "x"), value);
    });
  }

  #stores(values: readonly string[]): Code {
    return this.#outputs.map((walk, k) => {
      const { name, type } = this.#bindings.get(walk.operand.buffer)!;
      const lane = laneTypes[walk.operand.dtype as DeviceLane];
      const stored = lane.value === "bool" ? `select(0u, 1u, ${values[k]})` : values[k]!;
      const value = type === lane.stored ? stored : `bitcast<${type}>(${stored})`;
      return `${name}[${this.#at(walk)}] = ${value};`;
    });
  }
}
