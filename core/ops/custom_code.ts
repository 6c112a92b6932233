/**
 * @file Code of a user's op: the forms it may have beside `perform`, as plain data, and the graph of
 * the shapes that it needs to be run without `perform`.
 */

import { contentHash } from "../array/hash.ts";
import type { DType } from "../dtype/dtype.ts";
import { fail } from "../errors.ts";
import { rebuild } from "../graph/clone.ts";
import { graphText } from "../graph/equal.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { inferredShapes } from "./inferred_shapes.ts";
import type { Shape, ShapeItem, TensorOp } from "./kind.ts";

/**
 * Code in WebAssembly: a module that exports `run(block: i32): i32`.
 *
 * The module imports `env.memory`, shared, with 65,536 pages at most, and nothing else. At `block`
 * lie numbers of 32 bits: for each input, then for each output, the address of its first element in
 * bytes, the length of each axis, and the stride of each axis in elements. Outputs are contiguous,
 * and so are inputs unless `strided` says that the code goes by their strides; an output overlaps
 * nothing else. A bool is a byte, 0 or 1; a complex number is its two parts.
 *
 * `run` returns 0, or a number above zero, with which the call fails. It may write to the outputs and
 * nowhere else, and it has no data of its own in the memory: what lies there belongs to others.
 */
export interface WasmCode {
  /** The module. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it goes by the strides of inputs; if not, they are made contiguous before. */
  readonly strided?: boolean;
}

/** Which array of a node, by its number. */
export type WgslArray = { readonly input: number } | { readonly output: number };

/** A number that a shader gets: itself, or how many elements an array has, all or along one axis. */
export type WgslNumber = number | (WgslArray & { readonly axis?: number });

/**
 * Code in WGSL: a shader with the compute entry point `main`.
 *
 * In group 0, binding 0 is the uniform with the words of `params`, and the arrays of `bindings` are
 * storage at bindings 1, 2, …: inputs are `read`, outputs `read_write`. They are contiguous and of
 * float32, int32, uint32, of bool, whose elements are words 0 and 1, or of float16: the text then says
 * `enable f16`, and the op runs on the host where the device does not have it.
 */
export interface WgslCode {
  /** The shader. */
  readonly text: string;
  /** The words of the uniform, u32 each; none if left out. */
  readonly params?: readonly WgslNumber[];
  /** The arrays at bindings 1, 2, …, each once. Of more than eight the op runs on the host. */
  readonly bindings: readonly WgslArray[];
  /**
   * Workgroups along x and y: as many as a number takes, `per` of it each. Devices allow 65,535 along
   * an axis.
   */
  readonly workgroups: readonly { readonly of: WgslNumber; readonly per: number }[];
}

/** The code that a node of a user's op has beside `perform`. */
export interface CustomCode {
  /** In WebAssembly. */
  readonly wasm?: WasmCode;
  /** As a shader. */
  readonly wgsl?: WgslCode;
}

/** The forms of code. */
export type CustomForm = keyof CustomCode;

/** What tells code that is not plain text from other code. */
export function codeText({ wasm, wgsl }: CustomCode): string {
  const bytes = wasm && `${wasm.bytes.length}:${contentHash(wasm.bytes)}`;
  return JSON.stringify([bytes, wasm?.strided ?? false, wgsl]);
}

/**
 * Checks that the code of a shader fits its node.
 *
 * @param op The node's op, for the message.
 * @param node The node.
 * @param code The code.
 * @throws {TypeError} If it names an array or an axis that is not there, or one that no shader sees.
 */
export function checkWgsl(op: TensorOp, node: Apply, code: WgslCode): void {
  const refuse = (why: string): never => fail("TypeError", `use the WGSL code of ${op.name}`, why);
  const { text, params = [], bindings, workgroups } = code;
  if (!/\bfn\s+main\b/.test(text)) refuse("it has no entry point main");
  if (workgroups.length < 1 || workgroups.length > 2) {
    refuse("there must be workgroups along x, or along x and y");
  }
  const arrays = [...params, ...workgroups.map((count) => count.of)].filter((x) =>
    typeof x !== "number"
  );
  for (const array of [...bindings, ...arrays]) {
    const x = arrayOf(node, array);
    const axis = "axis" in array ? array.axis as number : undefined;
    if (!(x instanceof TensorVariable)) refuse(`there is no array ${JSON.stringify(array)}`);
    else if (axis !== undefined && !(axis in x.broadcastable)) {
      refuse(`there is no axis ${JSON.stringify(array)}`);
    }
  }
  const names = bindings.map((array) => JSON.stringify(array));
  if (new Set(names).size < names.length) refuse("it binds an array twice");
  const bound = bindings.filter((array) => "output" in array).length;
  if (bound < node.outputs.length) refuse("it does not bind all outputs");
  for (const array of bindings) {
    const { dtype } = arrayOf(node, array) as TensorVariable;
    if (!shaderDTypes.has(dtype)) refuse(`shaders see no ${dtype}: ${JSON.stringify(array)}`);
  }
  if (workgroups.some(({ per }) => !Number.isInteger(per) || per < 1)) {
    refuse("a workgroup is for a whole number above zero");
  }
}

const shaderDTypes: ReadonlySet<DType> = new Set([
  "bool",
  "int32",
  "uint32",
  "float16",
  "float32",
]);

function arrayOf({ inputs, outputs }: Apply, array: WgslArray): Variable | undefined {
  return "input" in array ? inputs[array.input] : outputs[array.output];
}

/** The shapes of a node's outputs as a graph. */
export interface ShapeGraph {
  /** A root for the value of each input; constants stand for themselves. */
  readonly values: readonly Variable[];
  /** For each input, its lengths: roots, or 1 for an axis that broadcasts. */
  readonly lengths: readonly Shape[];
  /** The shape of each output, computed from these. */
  readonly shapes: readonly Shape[];
}

/**
 * The shapes of a node's outputs, as the op infers them.
 *
 * @param op The node's op.
 * @param node The node.
 * @returns The graph; nothing if only running tells a shape, or something is no tensor.
 * @throws {TypeError} If the op infers what is no shape of its output.
 */
export function shapeGraph(op: TensorOp, node: Apply): ShapeGraph | undefined {
  const { inputs, outputs } = node;
  if (![...inputs, ...outputs].every((x) => x instanceof TensorVariable)) return undefined;
  const lengthType = new TensorType("int64", []);
  const values = inputs.map((x) => isConstant(x) ? x : x.type.makeVariable());
  const lengths = (inputs as TensorVariable[]).map(({ broadcastable }) =>
    broadcastable.map((isOne): ShapeItem => isOne ? 1 : lengthType.makeVariable())
  );
  const inferred = inferredShapes(op, node, lengths);
  const memo = new Map<Variable, Variable>(inputs.map((x, i) => [x, values[i]!]));
  const shapes = (outputs as TensorVariable[]).map((output, k) => {
    const shape = output.ndim === 0 ? [] : inferred?.[k];
    if (!shape) return undefined;
    checkShape(op, output, shape);
    return shape.map((item) =>
      typeof item === "number" ? item : rebuild([item], memo)[0] as TensorVariable
    );
  });
  return shapes.every((shape) => shape !== undefined) ? { values, lengths, shapes } : undefined;
}

function checkShape(op: TensorOp, output: TensorVariable, shape: Shape): void {
  const isShape = shape.length === output.ndim &&
    shape.every((item) =>
      typeof item === "number" ? Number.isInteger(item) && item >= 0 : isInteger(item)
    );
  if (isShape) return;
  fail(
    "TypeError",
    `use the shape that ${op.name}.inferShape gives output ${output.index}`,
    `[${shape.join(", ")}] is not one integer for each of ${output.ndim} axes`,
  );
}

function isInteger(item: unknown): boolean {
  return item instanceof TensorVariable && item.ndim === 0 && /^u?int/.test(item.dtype);
}

/** The roots of a graph of shapes. */
export function shapeRoots({ values, lengths }: ShapeGraph): Variable[] {
  const roots = [...values, ...lengths.flat()];
  return roots.filter((x) => x instanceof TensorVariable && !isConstant(x)) as Variable[];
}

/** The variables among the lengths of the outputs. */
export function shapeResults({ shapes }: ShapeGraph): TensorVariable[] {
  return shapes.flat().filter((item) => typeof item !== "number");
}

/**
 * What a node with WebAssembly code computes, as text that means the same in every process: its code
 * and the shapes it infers.
 *
 * @returns The text; nothing if only running tells a shape, or a shape has no such text.
 */
export function stableText(op: TensorOp, node: Apply, code: CustomCode): string | undefined {
  const graph = shapeGraph(op, node);
  const text = graph && graphText(shapeRoots(graph), shapeResults(graph));
  if (graph === undefined || text === undefined) return undefined;
  const sizes = graph.shapes.map((shape) => shape.map((x) => typeof x === "number" ? x : "x"));
  return `code ${op.name} ${codeText(code)} ${JSON.stringify(sizes)}(${
    text.replaceAll("\n", " ; ")
  })`;
}
