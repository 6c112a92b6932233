/**
 * @file Elementwise kernels on devices: `out[i…] = body(in[i…], …)`, one thread an element.
 *
 * ```text
 * for each thread i < n₀·n₁·…                  rows of the grid, end to end
 *   i₀, i₁, … = the loop indices of i          the last axis fastest
 *   out[i…] = body(in[i…])
 * ```
 */

import type { MapKernel, Operand } from "../core/kernel/kernel.ts";
import { type DeviceLimits, type KernelCode, shaderOf } from "./code.ts";
import { emitExprs } from "./emit.ts";
import { countOf, gridOf, indexLines, threads } from "./grid.ts";
import { helperTexts } from "./helpers.ts";
import { narrowed } from "./narrow.ts";
import {
  addIntegers,
  Bindings,
  indexName,
  inputsUsed,
  integerNames,
  Params,
  type ParamValue,
  placeOf,
  type Walk,
} from "./operands.ts";
import { hasDeviceForm, isDeviceDType } from "./spelling.ts";
import { block, letLine, shaderText } from "./text.ts";

/** What one word of a shader's parameters is; the stride is the threads in a row of the grid. */
export type Argument = Exclude<ParamValue, { kind: "planned" }> | { readonly kind: "stride" };

/** A kernel's shader and what it is called with. */
export interface ShaderCode {
  /** WGSL with the entry point `main`. Equal texts serve equal kernels. */
  readonly text: string;
  /** The words of the uniform at binding 0, each 32 bits; integers below zero wrap. */
  readonly args: readonly Argument[];
  /** The kernel's buffers at bindings 1, 2, …, and whether each is written. */
  readonly buffers: readonly { readonly buffer: number; readonly isWritten: boolean }[];
}

/**
 * The shader of an elementwise kernel.
 *
 * Dtypes: bool, int32, uint32, int64 and float32; float16 for devices that have it.
 *
 * @param kernel The kernel.
 * @returns The shader's text; undefined where something in it has no form on devices.
 */
export function mapShader(kernel: MapKernel): string | undefined {
  return mapCode(kernel)?.text;
}

/** The code of an elementwise kernel as that of any kind. */
export function mapKernelCode(kernel: MapKernel, limits: DeviceLimits): KernelCode | undefined {
  const writer = writerOf(kernel);
  if (writer === undefined) return undefined;
  const { resources } = writer.bindings;
  return {
    shaders: [shaderOf(resources, () => writer.text())],
    plan: (sizeOf) => {
      const count = countOf(kernel.dims, sizeOf);
      const { groups, stride } = gridOf(count, limits.groups);
      const params = writer.params.words(sizeOf, { stride });
      return { launches: [{ shader: 0, params, groups }], workspaces: [] };
    },
  };
}

/** The code of an elementwise kernel; undefined where something in it has no form on devices. */
export function mapCode(kernel: MapKernel): ShaderCode | undefined {
  const writer = writerOf(kernel);
  if (writer === undefined) return undefined;
  return {
    text: writer.text(),
    args: writer.params.list.map(({ value }) =>
      value.kind === "planned" ? { kind: "stride" } : value
    ),
    buffers: writer.bindings.resources.flatMap((r) => r.kind === "buffer" ? [r] : []),
  };
}

function writerOf(kernel: MapKernel): MapWriter | undefined {
  const { inputs, outputs, params, counters } = kernel;
  const integers = { first: inputs.length, params: params.length, counters: counters.length };
  const bodies = narrowed(kernel.bodies, integers);
  const operands = [...inputs, ...outputs];
  if (!operands.every(({ dtype }) => isDeviceDType(dtype)) || !hasDeviceForm(bodies)) {
    return undefined;
  }
  return new MapWriter({ ...kernel, bodies });
}

class MapWriter {
  readonly params = new Params();
  readonly bindings: Bindings;
  readonly #kernel: MapKernel;
  readonly #loads: readonly (readonly [name: string, Walk])[];
  readonly #outputs: readonly Walk[];

  constructor(kernel: MapKernel) {
    this.#kernel = kernel;
    this.params.planned("stride", "threads in a row of the grid");
    kernel.dims.forEach((size, k) => this.params.size(`n${k}`, size));
    const { inputs, outputs, bodies } = kernel;
    const used = inputsUsed(bodies);
    const loaded = [...inputs.entries()].filter(([k]) => used.has(k));
    this.bindings = new Bindings(loaded.map(([, operand]) => operand), outputs);
    this.#loads = loaded.map(([k, operand]) => [`x${k}`, this.params.walk(`in${k}`, operand)]);
    this.#outputs = outputs.map((operand, k) => this.params.walk(`out${k}`, operand));
    addIntegers(this.params, kernel.params, used, inputs.length, kernel.counters.length);
  }

  text(): string {
    const { bodies, inputs, outputs, params, counters, dims } = this.#kernel;
    const names = [...inputs.map((_, k) => `x${k}`), ...integerNames(params, counters)];
    const { code, values, helpers } = emitExprs(bodies, names);
    const dtypes = (all: readonly Operand[]): string => all.map((o) => o.dtype).join(", ");
    return shaderText({
      title: `map ${dtypes(inputs)} → ${dtypes(outputs)}`,
      params: this.params.fields,
      bindings: this.bindings.list,
      helpers: helperTexts(helpers),
      threads,
      knows: "id",
      body: [
        "let thread = id.x + id.y * params.stride;",
        block(
          `if (thread >= ${dims.map((_, k) => `params.n${k}`).join(" * ") || "1u"})`,
          "return;",
        ),
        indexLines("thread", dims.map((_, k) => k)),
        this.#loads.map(([name, walk]) =>
          letLine(name, this.bindings.load(walk.operand, placeOf(walk, indexName)))
        ),
        code,
        this.#outputs.map((walk, k) =>
          this.bindings.store(walk.operand, placeOf(walk, indexName), values[k]!)
        ),
      ],
    });
  }
}
