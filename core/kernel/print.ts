/**
 * @file Kernels and programs as pseudo-code: for goldens, dumps and the reader of an error.
 *
 * The text is what the kernel means, loop by loop, and depends on nothing but the kernel. `b3` is a
 * buffer, `i`, `j` … are loop counters, `x0` … are the inputs of a body, `t0` … values used twice.
 */

import { type Expr, inOrder } from "../scalar/expr.ts";
import { primitives } from "../scalar/primitive.ts";
import type {
  CumulativeKernel,
  CustomKernel,
  GatherKernel,
  GemmKernel,
  IndexedAxis,
  Kernel,
  KernelKind,
  MapKernel,
  Operand,
  RandomKernel,
  ReduceKernel,
  RowsKernel,
  ScatterKernel,
  SortKernel,
  WholeOperand,
} from "./kernel.ts";
import type { Body, BufferSpec, Failure, Program, Row, Step, View } from "./program.ts";
import { isOne, isZero, type Size, type SizeOp } from "./size.ts";

type Lines = readonly string[];

const infix: Readonly<Partial<Record<SizeOp, string>>> = {
  add: "+",
  sub: "-",
  mul: "*",
  floorDiv: "//",
  floorMod: "%",
  lt: "<",
  le: "<=",
  eq: "==",
};

/** A size as a formula: `b0.1` is a length, `*b2` the value of a 0-d buffer. */
export function sizeFormula(size: Size): string {
  switch (size.kind) {
    case "const":
      return `${size.value}`;
    case "dim":
      return `b${size.buffer}.${size.axis}`;
    case "value":
      return `*b${size.buffer}`;
    case "call": {
      const args = size.args.map((x) => isInfix(x) ? `(${sizeFormula(x)})` : sizeFormula(x));
      const sign = infix[size.op];
      return sign ? args.join(` ${sign} `) : `${size.op}(${size.args.map(sizeFormula).join(", ")})`;
    }
  }
}

function isInfix(size: Size): boolean {
  return size.kind === "call" && size.op in infix;
}

function factor(size: Size): string {
  return isInfix(size) ? `(${sizeFormula(size)})` : sizeFormula(size);
}

const counterNames = ["i", "j", "k", "l", "m", "n"] as const;

function counter(axis: number): string {
  return counterNames[axis] ?? `i${axis}`;
}

/** The element of an operand at the loop counters, with what indices add. */
function element(operand: Operand, shifts: readonly string[] = []): string {
  const terms = operand.strides.flatMap((stride, axis) => {
    if (isZero(stride)) return [];
    return isOne(stride) ? [counter(axis)] : [`${counter(axis)}*${factor(stride)}`];
  });
  const offset = isZero(operand.offset) ? [] : [sizeFormula(operand.offset)];
  const place = [...offset, ...terms, ...shifts].join(" + ");
  return `b${operand.buffer}[${place || "0"}]`;
}

function indent(lines: Lines): string[] {
  return lines.map((line) => `  ${line}`);
}

/** Loops over axes from `first` on, around a body. */
function loops(dims: readonly Size[], first: number, body: Lines): string[] {
  return dims.reduceRight<string[]>(
    (inside, n, k) => [`for ${counter(first + k)} < ${factor(n)}`, ...indent(inside)],
    [...body],
  );
}

/** Expressions line by line: values used more than once, then what each expression is. */
function bodyText(
  roots: readonly Expr[],
  inputs: readonly string[],
  temporary: string,
): { readonly before: string[]; readonly results: string[] } {
  const uses = new Map<Expr, number>();
  const order = inOrder(roots);
  for (const e of order) if (e.kind === "call") e.args.forEach((a) => count(uses, a));
  const names = new Map<Expr, string>();
  const before: string[] = [];
  for (const e of order) {
    if (e.kind !== "call" || (uses.get(e) ?? 0) < 2) continue;
    const name = `${temporary}${names.size}`;
    before.push(`${name} = ${exprFormula(e, inputs, names)}`);
    names.set(e, name);
  }
  return { before, results: roots.map((e) => exprFormula(e, inputs, names)) };
}

function count(uses: Map<Expr, number>, e: Expr): void {
  uses.set(e, (uses.get(e) ?? 0) + 1);
}

function exprFormula(
  e: Expr,
  inputs: readonly string[],
  names: ReadonlyMap<Expr, string>,
): string {
  const name = names.get(e);
  if (name) return name;
  if (e.kind === "input") return inputs[e.index]!;
  if (e.kind === "const") return `${Object.is(e.value, -0) ? "-0" : e.value}:${e.dtype}`;
  const args = e.args.map((a) => exprFormula(a, inputs, names)).join(", ");
  if (primitives[e.primitive].result !== "stated") return `${e.primitive}(${args})`;
  return e.primitive === "convert" ? `${e.dtype}(${args})` : `${e.primitive}<${e.dtype}>(${args})`;
}

/** `x0 = b0[i]` for each operand a body reads, and the names of all its inputs. */
function inputNames(
  roots: readonly Expr[],
  operands: readonly Operand[],
  params: readonly Size[],
  counters: readonly number[],
): { readonly loads: string[]; readonly names: string[] } {
  const used = new Set(inOrder(roots).flatMap((e) => e.kind === "input" ? [e.index] : []));
  const loads = operands.flatMap((o, k) => used.has(k) ? [`x${k} = ${element(o)}`] : []);
  const names = [
    ...operands.map((_, k) => `x${k}`),
    ...params.map((p) => `(${sizeFormula(p)})`),
    ...counters.map(counter),
  ];
  return { loads, names };
}

function mapText({ dims, inputs, params, counters, outputs, bodies }: MapKernel): string[] {
  const { loads, names } = inputNames(bodies, inputs, params, counters);
  const { before, results } = bodyText(bodies, names, "t");
  const stores = outputs.map((o, k) => `${element(o)} = ${results[k]}`);
  return loops(dims, 0, [...loads, ...before, ...stores]);
}

function reduceText(kernel: ReduceKernel): string[] {
  const { dims, kept, inputs, params, counters, values, identity, combine, finish } = kernel;
  const accumulators = identity.map((_, k) => `a${k}`);
  const { loads, names } = inputNames(values, inputs, params, counters);
  const value = bodyText(values, names, "t");
  const combined = bodyText(combine, [...accumulators, ...value.results], "u");
  const finished = bodyText(
    finish,
    [
      ...accumulators,
      ...kernel.extras.map((o) => element(o)),
      ...params.map((p) => `(${sizeFormula(p)})`),
    ],
    "v",
  );
  const inside = loops(dims.slice(kept), kept, [
    ...loads,
    ...value.before,
    ...combined.before,
    `${accumulators.join(", ")} = ${combined.results.join(", ")}`,
  ]);
  return loops(dims.slice(0, kept), 0, [
    `${accumulators.join(", ")} = ${bodyText(identity, [], "w").results.join(", ")}`,
    ...(kernel.reassociate ? ["in any order"] : []),
    ...inside,
    ...finished.before,
    ...kernel.outputs.map((o, k) => `${element(o)} = ${finished.results[k]}`),
  ]);
}

function rowsText({ dims, inputs, passes, outputs, ends }: RowsKernel): string[] {
  const results: string[] = [];
  const lines = passes.flatMap((pass) => {
    const { loads, names } = inputNames([pass.value], inputs, [], []);
    const value = bodyText([pass.value], [...names, ...results], "t");
    const store = pass.store === null ? [] : [`${element(outputs[pass.store]!)} = v`];
    const body = [...loads, ...value.before, `v = ${value.results[0]}`, ...store];
    if (!pass.accumulate) return loops([dims[1]], 1, body);
    const acc = `r${results.length}`;
    results.push(acc);
    const combined = bodyText([pass.accumulate.combine], [acc, "v"], "u");
    const start = bodyText([pass.accumulate.identity], [], "w").results[0];
    const step = [...body, ...combined.before, `${acc} = ${combined.results[0]}`];
    return [`${acc} = ${start}`, ...loops([dims[1]], 1, step)];
  });
  const known = [...inputs.map((_, k) => `x${k}`), ...results];
  const last = ends.map((e) =>
    `${element(e.output)} = ${bodyText([e.value], known, "t").results[0]}`
  );
  return loops([dims[0]], 0, [...lines, ...last]);
}

function gemmText({ dims, a, b, c, alpha, beta }: GemmKernel): string[] {
  const scalar = (x: Operand | number): string => typeof x === "number" ? `${x}` : element(x);
  const first = isOne(dims[0]) ? 1 : 0;
  const at = (o: Operand, rows: number, columns: number): string => {
    const strides = new Array<Size>(dims.length).fill(zero);
    [0, rows, columns].forEach((axis, k) => strides[axis] = o.strides[k]!);
    return element({ ...o, strides: strides.slice(first) });
  };
  const target = at(c, 1, 2);
  const inner = `${counter(3 - first)} < ${factor(dims[3])}`;
  const sum = `${scalar(alpha)} * sum over ${inner} of ${at(a, 1, 3)} * ${at(b, 3, 2)}`;
  const kept = beta === 0 ? "" : ` + ${scalar(beta)} * ${target}`;
  return loops(dims.slice(first, 3), 0, [`${target} = ${sum}${kept}`]);
}

const zero: Size = { kind: "const", id: -1, value: 0 };

/** The lines that check indices, and what each adds to a place. */
function indexText(axes: readonly IndexedAxis[]): { readonly checks: string[]; shifts: string[] } {
  const checks = axes.map(({ index, length, axis, wraps }, k) =>
    `p${k} = ${element(index)} ${wraps ? "within" : "below"} ${factor(length)}, axis ${axis}`
  );
  const shifts = axes.map(({ stride }, k) => isOne(stride) ? `p${k}` : `p${k}*${factor(stride)}`);
  return { checks, shifts };
}

function gatherText({ dims, source, indices, output }: GatherKernel): string[] {
  const { checks, shifts } = indexText(indices);
  return loops(dims, 0, [...checks, `${element(output)} = ${element(source, shifts)}`]);
}

function scatterText({ dims, target, indices, value, accumulate }: ScatterKernel): string[] {
  const { checks, shifts } = indexText(indices);
  const store = `${element(target, shifts)} ${accumulate ? "+=" : "="} ${element(value)}`;
  return loops(dims, 0, [...checks, store]);
}

function randomText({ draw, dims, state, next, output }: RandomKernel): string[] {
  const [from, to, out] = [state, next, output].map((o) => {
    const offset = isZero(o.offset) ? "" : ` from ${sizeFormula(o.offset)}`;
    return `b${o.buffer}${offset}`;
  });
  const [count, streams] = dims.map(factor);
  return [`${out}, ${to} = ${count} of ${draw}(${from}), ${streams} streams`];
}

function cumulativeText({ dims, input, output, combine }: CumulativeKernel): string[] {
  const { before, results } = bodyText([combine], ["the one before", "x0"], "t");
  const next = `${results[0]}, or x0 at ${counter(dims.length - 1)} = 0`;
  return loops(dims, 0, [`x0 = ${element(input)}`, ...before, `${element(output)} = ${next}`]);
}

function sortText({ dims, input, values, places }: SortKernel): string[] {
  const column = counter(dims.length - 1);
  const results = [
    ...values ? [`${element(values)} = the element`] : [],
    ...places ? [`${element(places)} = its ${column}`] : [],
  ];
  const order = `in order of ${element(input)} along ${column} < ${factor(dims.at(-1)!)}`;
  return loops(dims.slice(0, -1), 0, [order, ...indent(results)]);
}

function customText({ name, inputs, outputs, code }: CustomKernel): string[] {
  const list = (operands: readonly WholeOperand[]): string => operands.map(wholeText).join(", ");
  const forms = (["wasm", "wgsl"] as const).filter((form) => code[form] !== undefined);
  return [`${list(outputs)} = ${name}(${list(inputs)}) in ${forms.join(", ")}`];
}

function wholeText({ buffer, offset, shape, strides }: WholeOperand): string {
  const from = isZero(offset) ? "" : ` from ${sizeFormula(offset)}`;
  return `b${buffer}${from}${shapeText(shape)} strides ${shapeText(strides)}`;
}

const texts: {
  readonly [Kind in KernelKind]: (kernel: Extract<Kernel, { readonly kind: Kind }>) => string[];
} = {
  map: mapText,
  reduce: reduceText,
  rows: rowsText,
  gemm: gemmText,
  gather: gatherText,
  scatter: scatterText,
  random: randomText,
  cumulative: cumulativeText,
  sort: sortText,
  custom: customText,
};

function kernelLines(kernel: Kernel): string[] {
  return [kernel.kind, ...indent((texts[kernel.kind] as (k: Kernel) => string[])(kernel))];
}

/** A kernel as pseudo-code, lines ended by `\n`. */
export function printKernel(kernel: Kernel): string {
  return kernelLines(kernel).map((line) => `${line}\n`).join("");
}

function shapeText(shape: readonly Size[]): string {
  return `(${shape.map(sizeFormula).join(", ")})`;
}

function bufferText({ role, dtype, index, shape, ndim }: BufferSpec, buffer: number): string {
  const which = role === "workspace" ? "" : ` ${index}`;
  const lengths = Array.from({ length: ndim }, (_, axis) => `b${buffer}.${axis}`);
  const text = shape ? shapeText(shape) : `(${lengths.join(", ")})`;
  return `b${buffer} ${role}${which}: ${dtype} ${text}`;
}

function viewText({ buffer, dtype, offset, shape, strides }: View): string {
  const from = isZero(offset) ? "" : ` from ${sizeFormula(offset)}`;
  return `b${buffer}${from}: ${dtype} ${shapeText(shape)} strides ${shapeText(strides)}`;
}

function failureFormula({ kind, text, sizes }: Failure): string {
  return `${kind}: ${text.replace(/\{(\d+)\}/g, (_, k) => `{${sizeFormula(sizes[Number(k)]!)}}`)}`;
}

function stepLines(step: Step): string[] {
  switch (step.kind) {
    case "run": {
      const failure = step.failure ? [`  else ${failureFormula(step.failure)}`] : [];
      const [first, ...rest] = kernelLines(step.kernel);
      return [`${first} of node ${step.node}`, ...rest, ...failure];
    }
    case "check":
      return [`check ${sizeFormula(step.condition)}`, `  else ${failureFormula(step.failure)}`];
    case "host":
      return [
        `host node ${step.node}`,
        ...step.inputs.map((view) => `  ${viewText(view)}`),
        `  gives ${step.outputs.map((b) => `b${b}`).join(", ")}`,
      ];
    case "loop":
      return [
        `loop ${sizeFormula(step.turns)} turns of node ${step.node}`,
        ...(step.condition === null ? [] : [`  until result ${step.condition}`]),
        ...(step.done === null ? [] : [`  turns done in b${step.done}`]),
        ...indent(bodyLines(step.body)),
      ];
    case "branch":
      return [
        `if ${viewText(step.condition)} of node ${step.node}`,
        ...indent(bodyLines(step.bodies[0])),
        "else",
        ...indent(bodyLines(step.bodies[1])),
      ];
    case "cut":
      return ["cut"];
  }
}

function bodyLines({ program, inputs, outputs }: Body): string[] {
  return [
    ...inputs.map((row, k) => `argument ${k} is ${rowText(row)}`),
    ...outputs.map((row, k) => `result ${k} is ${rowText(row)}`),
    ...programLines(program),
  ];
}

function rowText({ buffer, dtype, offset, shape, stride, phase, ring }: Row): string {
  const turn = phase === 0 ? "t" : `(t + ${phase})`;
  const row = ring === null ? turn : `(t + ${phase}) % ${ring}`;
  const start = isZero(stride)
    ? sizeFormula(offset)
    : `${sizeFormula(offset)} + ${row}*${factor(stride)}`;
  return `b${buffer}[${start}] ${dtype}(${shape.map(sizeFormula).join(", ")})`;
}

/** A program as text, lines ended by `\n`: nodes, buffers, steps, results, commits. */
export function printProgram(program: Program): string {
  return programLines(program).map((line) => `${line}\n`).join("");
}

function programLines(program: Program): string[] {
  const section = (title: string, lines: Lines): string[] =>
    lines.length === 0 ? [] : [title, ...indent(lines)];
  return [
    ...section("nodes", program.nodes.map((text, k) => `${k} ${text}`)),
    ...section("buffers", program.buffers.map(bufferText)),
    ...section("steps", program.steps.flatMap(stepLines)),
    ...section("results", program.outputs.map(viewText)),
    ...section(
      "commits",
      program.commits.map(({ shared, value }) => `shared ${shared} = ${viewText(value)}`),
    ),
  ];
}
