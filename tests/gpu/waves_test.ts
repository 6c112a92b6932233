/** @file The order in which steps run on two machines, and the parts of buffers that kernels see. */

import { assertEquals } from "@std/assert";
import type { Kernel, Operand } from "../../core/kernel/kernel.ts";
import type { RunStep, Step } from "../../core/kernel/program.ts";
import { type Size, Sizes } from "../../core/kernel/size.ts";
import { Builder } from "../../core/scalar/expr.ts";
import { wavesOf } from "../../gpu/waves.ts";
import { windowed, windowOf } from "../../gpu/window.ts";

const sizes = new Sizes();

function walk(buffer: number, offset = 0, ...strides: readonly number[]): Operand {
  return {
    buffer,
    dtype: "float32",
    offset: sizes.const(offset),
    strides: strides.map((stride) => sizes.const(stride)),
  };
}

/** A kernel without loops that reads some buffers and writes one. */
function step(node: number, reads: readonly number[], write: number): RunStep {
  const s = new Builder();
  const kernel: Kernel = {
    kind: "map",
    dims: [],
    inputs: reads.map((buffer) => walk(buffer)),
    params: [],
    counters: [],
    outputs: [walk(write)],
    bodies: [s.input(0, "float32")],
  };
  return { kind: "run", kernel, node };
}

/** The nodes of each wave, those of the device in angle brackets. */
function texts(steps: readonly Step[], placed: readonly number[]): string[] {
  return wavesOf(steps, ({ node }) => placed.includes(node)).map(({ waves }) =>
    waves.map((wave) => {
      const nodes = wave.steps.map(({ node }) => node).join(" ");
      return wave.onDevice ? `<${nodes}>` : nodes;
    }).join(" | ")
  );
}

Deno.test("wavesOf() lets what needs nothing of the device run before it", () => {
  const steps = [step(0, [0], 1), step(1, [9], 2), step(2, [1, 2], 3), step(3, [3], 4)];
  assertEquals(texts(steps, [0, 2]), ["1 | <0 2> | 3"]);
});

Deno.test("wavesOf() goes back and forth only where values cross", () => {
  const steps = [step(0, [0], 1), step(1, [1], 2), step(2, [2], 3), step(3, [1], 4)];
  assertEquals(texts(steps, [0, 2, 3]), ["<0 3> | 1 | <2>"]);
});

Deno.test("wavesOf() keeps what overwrites after what reads", () => {
  const steps = [step(0, [0], 1), step(1, [1], 2), step(2, [0], 1)];
  assertEquals(texts(steps, [0, 2]), ["<0> | 1 | <2>"]);
  assertEquals(texts(steps, [1]), ["0 | <1> | 2"]);
});

Deno.test("wavesOf() ends a segment at a cut", () => {
  const steps: Step[] = [step(0, [0], 1), { kind: "cut" }, step(1, [9], 2)];
  assertEquals(texts(steps, [0]), ["<0>", "1"]);
});

/** The part of a buffer that some walks see, in bytes. */
function part(dims: readonly number[], ...inputs: readonly Operand[]): [number, number] {
  const kernel: Kernel = {
    kind: "map",
    dims: dims.map((n) => sizes.const(n)),
    inputs,
    params: [],
    counters: [],
    outputs: [],
    bodies: [],
  };
  const walks = windowed(kernel).windows.get(0)!;
  const { offset, bytes } = windowOf(walks, (size: Size) => (size as { value: number }).value, 256);
  return [offset, bytes];
}

Deno.test("windowOf() covers every element that operands walk, from a multiple on", () => {
  assertEquals(part([10, 20], walk(0, 0, 20, 1)), [0, 800]);
  assertEquals(part([10, 20], walk(0, 1000, 20, 1)), [3840, 4 * (1000 + 9 * 20 + 19 + 1 - 960)]);
  assertEquals(part([5], walk(0, 999, -1)), [3840, 4 * (999 - 960 + 1)]);
  assertEquals(part([5], walk(0, 64, 1), walk(0, 300, 0)), [256, 4 * (300 - 64 + 1)]);
  const half = { ...walk(0, 1001, 1), dtype: "float16" } as const;
  assertEquals(part([5], half), [1792, 2 * (1001 - 896 + 5)]);
});
