/**
 * @file Kernels that walk each row several times on devices: softmax and its kin.
 *
 * ```text
 * each workgroup: `across` rows, `along` threads each
 *   for each pass
 *     total = identity
 *     for i1 < columns step along
 *       v = value(in[i0, i1]…, results…)
 *       out[i0, i1] = v;  total = combine(total, v)
 *     fold the totals of the `along` threads, halving
 *     result of the pass = the fold, for all of them
 *   ends[i0] = end(results…)
 * ```
 *
 * A thread walks the same columns in each pass, so it reads what it stored itself. The order of
 * accumulation depends on nothing but sizes: a sum of n terms passes n / t + log₂ t roundings, for t
 * threads a row.
 */

import type { Operand, RowPass, RowsKernel } from "../core/kernel/kernel.ts";
import type { Expr } from "../core/scalar/expr.ts";
import { type DeviceLimits, type KernelCode, shaderOf } from "./code.ts";
import { emitExprs } from "./emit.ts";
import { groupsOf, strides } from "./grid.ts";
import { type Helper, helperTexts } from "./helpers.ts";
import { Bindings, indexName, inputsUsed, Params, placeOf, type Walk } from "./operands.ts";
import { groupFor, groupSizes, type ReduceSchedule, sharingOf } from "./reduce_schedule.ts";
import type { Schedules } from "./schedules.ts";
import { type DeviceLane, hasDeviceForm, isDeviceDType, laneTypes } from "./spelling.ts";
import { block, type Code, letLine, setLine, shaderText, varLine } from "./text.ts";

/** Totals of all threads of a workgroup fit in its memory up to so many passes. */
const mostPasses = 8;

/**
 * The code of a rows kernel; undefined where something in it has no form on devices.
 *
 * @param kernel The kernel.
 * @param limits What the device allows.
 * @param schedules How threads are shared out.
 */
export function rowsCode(
  kernel: RowsKernel,
  limits: DeviceLimits,
  { reduce: schedule }: Schedules,
): KernelCode | undefined {
  const { inputs, outputs, ends, passes } = kernel;
  const operands = [...inputs, ...outputs, ...ends.map((e) => e.output)];
  const bodies = [
    ...passes.flatMap((p) => [p.value, ...Object.values(p.accumulate ?? {})]),
    ...ends.map((e) => e.value),
  ];
  const hasForm = operands.every(({ dtype }) => isDeviceDType(dtype)) && hasDeviceForm(bodies);
  if (!hasForm || passes.length > mostPasses) return undefined;
  const sizes = groupSizes(schedule);
  const writers = sizes.map((threads) => new RowsWriter(kernel, { ...schedule, threads }));
  return {
    shaders: writers.map((writer) => shaderOf(writer.bindings.resources, () => writer.text())),
    plan: (sizeOf) => {
      const [kept, reduced] = kernel.dims.map(sizeOf) as [number, number];
      const { along } = sharingOf(schedule.order, { kept, reduced, isRow: true, isFree: true });
      const shader = groupFor(schedule, along);
      const groups = groupsOf(Math.ceil(kept * along / sizes[shader]!), limits.groups);
      const params = writers[shader]!.params.words(sizeOf, { row: groups[0], along });
      return { launches: [{ shader, params, groups }], workspaces: [] };
    },
  };
}

function walksOf(
  operands: ReadonlyMap<number, Operand>,
  walk: (k: number, operand: Operand) => Walk,
): Map<number, Walk> {
  return new Map([...operands].map(([k, operand]) => [k, walk(k, operand)]));
}

class RowsWriter {
  readonly params = new Params();
  readonly bindings: Bindings;
  readonly #kernel: RowsKernel;
  readonly #threads: number;
  readonly #unroll: number;
  /** What the passes read, by number. */
  readonly #inputs: ReadonlyMap<number, Walk>;
  /** What they store. */
  readonly #outputs: ReadonlyMap<number, Walk>;
  readonly #ends: readonly Walk[];
  readonly #helpers = new Set<Helper>();
  /** The passes with a result, in order. */
  readonly #accumulating: readonly RowPass[];

  constructor(kernel: RowsKernel, { threads, unroll }: ReduceSchedule) {
    this.#kernel = kernel;
    this.#threads = threads;
    this.#unroll = unroll;
    const { params } = this;
    params.planned("row", "workgroups in a row of the grid");
    params.planned("along", "threads that share a row");
    kernel.dims.forEach((size, k) => params.size(`n${k}`, size));
    const { inputs, outputs, ends, passes } = kernel;
    const used = inputsUsed(passes.map((p) => p.value));
    const stored = new Map(
      passes.flatMap(({ store }) => store === null ? [] : [[store, outputs[store]!] as const]),
    );
    const loaded = new Map([...inputs.entries()].filter(([k]) => used.has(k)));
    const written = [...stored.values(), ...ends.map((e) => e.output)];
    this.bindings = new Bindings([...loaded.values()], written);
    this.#inputs = walksOf(loaded, (k, o) => params.walk(`in${k}`, o));
    this.#outputs = walksOf(stored, (k, o) => params.walk(`out${k}`, o));
    this.#ends = ends.map((e, k) => params.walk(`end${k}`, e.output));
    this.#accumulating = passes.filter((p) => p.accumulate !== null);
  }

  text(): string {
    const { inputs, outputs, passes } = this.#kernel;
    const [from, to] = [inputs, outputs].map((all) => all.map((o) => o.dtype).join(", "));
    const functions = this.#accumulating.map((pass, k) => this.#combine(pass, k));
    const body = [
      "let lane = local % params.along;",
      `let across = ${this.#threads}u / params.along;`,
      "let i0 = (group.x + group.y * params.row) * across + local / params.along;",
      passes.map((pass) => this.#pass(pass)),
      this.#finish(),
    ];
    return shaderText({
      title: `rows ${from} → ${to}`,
      params: this.params.fields,
      bindings: this.bindings.list,
      helpers: [helperTexts(this.#helpers), functions],
      threads: this.#threads,
      knows: "group",
      body,
    });
  }

  #emit(roots: readonly Expr[], names: readonly string[]): { code: Code; values: string[] } {
    const { code, values, helpers } = emitExprs(roots, names);
    helpers.forEach((helper) => this.#helpers.add(helper));
    return { code, values: [...values] };
  }

  /** What the bodies of passes and ends read. */
  #names(): string[] {
    const { inputs } = this.#kernel;
    return [...inputs.map((_, k) => `x${k}`), ...this.#accumulating.map((_, k) => `result${k}`)];
  }

  #combine({ accumulate }: RowPass, k: number): Code {
    const { identity, combine } = accumulate!;
    const type = laneTypes[combine.dtype as DeviceLane].value;
    const start = this.#emit([identity], []);
    const emitted = this.#emit([combine], ["x", "y"]);
    return [
      `var<workgroup> totals${k}: array<${type}, ${this.#threads}>;`,
      block(`fn start${k}() -> ${type}`, [start.code, `return ${start.values[0]};`]),
      block(`fn combine${k}(x: ${type}, y: ${type}) -> ${type}`, [
        emitted.code,
        `return ${emitted.values[0]};`,
      ]),
    ];
  }

  #pass(pass: RowPass): Code {
    const k = this.#accumulating.indexOf(pass);
    const used = inputsUsed([pass.value]);
    const { code, values } = this.#emit([pass.value], this.#names());
    const [value] = values as [string];
    const walk = pass.store === null ? undefined : this.#outputs.get(pass.store)!;
    const turn = [
      [...this.#inputs].filter(([n]) => used.has(n)).map(([n, input]) =>
        letLine(`x${n}`, this.bindings.load(input.operand, placeOf(input, indexName)))
      ),
      code,
      walk ? this.bindings.store(walk.operand, placeOf(walk, indexName), value) : [],
      pass.accumulate ? setLine(`total${k}`, `combine${k}(total${k}, ${value})`) : [],
    ];
    const loop = block("if (i0 < params.n0)", [
      strides("i1", "lane", "params.n1", "params.along", this.#unroll, turn),
    ]);
    return pass.accumulate ? [varLine(`total${k}`, `start${k}()`), loop, this.#fold(k)] : loop;
  }

  #fold(k: number): Code {
    return [
      `totals${k}[local] = total${k};`,
      block("for (var width = params.along / 2u; width > 0u; width /= 2u)", [
        "workgroupBarrier();",
        block("if (lane < width)", [
          `totals${k}[local] = combine${k}(totals${k}[local], totals${k}[local + width]);`,
        ]),
      ]),
      "workgroupBarrier();",
      letLine(`result${k}`, `totals${k}[local - lane]`),
    ];
  }

  #finish(): Code {
    const { ends } = this.#kernel;
    if (ends.length === 0) return [];
    const { code, values } = this.#emit(ends.map((e) => e.value), this.#names());
    return block("if (lane == 0u && i0 < params.n0)", [
      code,
      this.#ends.map((walk, k) =>
        this.bindings.store(walk.operand, placeOf(walk, indexName), values[k]!)
      ),
    ]);
  }
}
