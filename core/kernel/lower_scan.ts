/**
 * @file Loops: a program of their own that runs turn after turn, inside the function's where it can.
 *
 * A turn reads rows and leaves rows. A trace that is kept has all its rows in one buffer, the first
 * ones before. What only the last values are wanted of goes round in a ring of rows: as many as are
 * wanted, and for a state one more than it looks back at least, so that a turn never overwrites what
 * it reads.
 *
 * A body that cuts (an op on the host, a size that only running tells) runs as a program called from
 * the host instead, turn by turn, with the same meaning. So do turns that are a function of their own.
 */

import type { FunctionGraph } from "../graph/function_graph.ts";
import type { Apply } from "../graph/variable.ts";
import { depthOf, isAlwaysFull, nodeInputsOf, nodeOutputsOf } from "../ops/scan_form.ts";
import { rowsText, type Scan } from "../ops/scan_op.ts";
import { negativeSteps, noSteps, shortSequence } from "../ops/scan_steps.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { contiguousStrides } from "./index_map.ts";
import { lowerOnHost } from "./lower_host.ts";
import { fixedRow, type Inside, insideOf, type LowerBody, rowOf } from "./lower_bodies.ts";
import type { Lowering } from "./lowering.ts";
import { outsideSize } from "./plan.ts";
import type { Body, Program, Row, View } from "./program.ts";
import type { Size } from "./size.ts";

/** Lowers a loop. */
export function lowerScan(l: Lowering, node: Apply, graph: FunctionGraph, lower: LowerBody): void {
  const { inputs, innerInputs, compiled } = node.op as Scan;
  if (compiled) return lowerOnHost(l, node);
  const inside = insideOf(graph, lower);
  const moving = inputs.length - innerInputs.fixed.length;
  const isKnown = inside && [...inside.shaping].every((index) => index >= moving);
  if (isKnown) new LoopWriter(l, node, inside).write();
  else lowerOnHost(l, node);
}

/** The number of turns of a loop that is gone, checked. */
export function lowerSteps(l: Lowering, node: Apply): void {
  const [steps, ...lengths] = node.inputs as TensorVariable[];
  const turns = l.size(steps!);
  checkTurns(l, turns);
  lengths.forEach((length, k) => checkLength(l, turns, l.size(length), k));
  l.alias(node.outputs[0]!, steps!);
}

function checkTurns(l: Lowering, turns: Size): void {
  const { sizes } = l;
  const nought = sizes.const(0);
  l.check(sizes.call("le", nought, turns), negativeSteps.kind, negativeSteps.text, [turns]);
  l.check(sizes.call("lt", nought, turns), noSteps.kind, noSteps.text, []);
}

function checkLength(l: Lowering, turns: Size, length: Size, sequence: number): void {
  const { kind, text } = shortSequence(sequence);
  l.check(l.sizes.call("le", turns, length), kind, text, [turns, length]);
}

/** After how many rows a value goes round that looks back some, and of which some are kept. */
function ringOf(keep: number, depth: number): number {
  return Math.max(keep, depth + 1);
}

/** Writes the steps of one loop. */
class LoopWriter {
  readonly #l: Lowering;
  readonly #node: Apply;
  readonly #op: Scan;
  readonly #inside: Inside;
  readonly #program: Program;

  constructor(l: Lowering, node: Apply, inside: Inside) {
    this.#l = l;
    this.#node = node;
    this.#op = node.op as Scan;
    this.#inside = inside;
    this.#program = inside.lowered.program;
  }

  write(): void {
    const l = this.#l;
    const { lowered, captured, shaping } = this.#inside;
    const { form } = this.#op;
    const given = nodeInputsOf(form, this.#node.inputs as TensorVariable[]);
    const turns = this.#turns(given.steps);
    const states = given.initials.map((initial, k) => this.#state(initial, k, turns));
    const carried = given.carried.map((initial) => this.#carried(initial));
    const moving = [
      ...given.sequences.map((x, k) => this.#slice(x, k, turns)),
      ...states.flatMap(({ taps }) => taps),
      ...carried.map(({ row }) => row),
    ];
    const fixed = [...given.fixed, ...captured].map((x, k) =>
      fixedRow(l, x, shaping.has(moving.length + k))
    );
    const inputs = [...moving, ...fixed];
    this.#checkRows(inputs);
    const body: Body = {
      program: this.#program,
      sizes: lowered.sizes,
      inputs,
      outputs: [],
    };
    const maps = form.maps.map((keep, k) => this.#map(body, k, keep, turns));
    const condition = form.hasCondition ? [this.#flag()] : [];
    const outputs = [
      ...states.map(({ next }) => next),
      ...maps.map(({ row }) => row),
      ...carried.map(({ next }) => next),
      ...condition,
    ];
    this.#checkResults(body, outputs);
    const done = form.hasCondition ? l.allocate("int64", []).buffer : null;
    l.loop({
      turns,
      body: { ...body, outputs },
      condition: form.hasCondition ? outputs.length - 1 : null,
      done,
    });
    const count = done === null ? turns : l.valueNow(done);
    const outer = nodeOutputsOf(form, this.#node.outputs);
    outer.traces.forEach((x, k) =>
      l.set(
        x,
        this.#trace(states[k]!.buffer, form.states[k]!.keep, count, depthOf(form.states[k]!)),
      )
    );
    outer.maps.forEach((x, k) => l.set(x, this.#trace(maps[k]!.buffer, form.maps[k]!, count, 0)));
    outer.carried.forEach((x, k) => l.set(x, this.#last(carried[k]!.buffer, count)));
  }

  /** How many turns there are, checked. */
  #turns(steps: TensorVariable): Size {
    const turns = this.#l.size(steps);
    checkTurns(this.#l, turns);
    return turns;
  }

  /** A view of many rows as its first row, and how far it is to the next. */
  #rows(view: View): { first: View; stride: Size } {
    const [stride, ...strides] = view.strides;
    return { first: { ...view, shape: view.shape.slice(1), strides }, stride: stride! };
  }

  /** What a turn reads of a sequence; rows that are not contiguous are copied first, all at once. */
  #slice(sequence: TensorVariable, k: number, turns: Size): Row {
    const l = this.#l;
    const given = l.view(sequence);
    const wanted = contiguousStrides(l.sizes, given.shape.slice(1));
    const isRowwise = wanted.every((s, axis) => s === given.strides[axis + 1]);
    const view = isRowwise ? given : l.copied(given);
    checkLength(l, turns, view.shape[0]!, k);
    const { first, stride } = this.#rows(view);
    return rowOf(first, stride);
  }

  /** A state's buffer with its first rows, and where turns read and write it. */
  #state(initial: TensorVariable, k: number, turns: Size): {
    buffer: View;
    taps: Row[];
    next: Row;
  } {
    const l = this.#l;
    const { sizes } = l;
    const state = this.#op.form.states[k]!;
    const depth = depthOf(state);
    const from = l.view(initial);
    l.checkEqual(
      from.shape[0]!,
      sizes.const(depth),
      "ValueError",
      rowsText,
      [sizes.const(depth), from.shape[0]!],
    );
    const ring = state.keep === null ? null : ringOf(state.keep, depth);
    const rows = this.#rowCount(state.keep, depth, turns);
    const buffer = l.allocate(initial.dtype, [rows, ...from.shape.slice(1)]);
    l.copy(from, { ...buffer, shape: [from.shape[0]!, ...from.shape.slice(1)] });
    const { first, stride } = this.#rows(buffer);
    return {
      buffer,
      taps: state.taps.map((tap) => rowOf(first, stride, depth + tap, ring)),
      next: rowOf(first, stride, depth, ring),
    };
  }

  /** Two rows in turn for a value that goes from turn to turn. */
  #carried(initial: TensorVariable): { buffer: View; row: Row; next: Row } {
    const l = this.#l;
    const from = l.view(initial);
    const buffer = l.allocate(initial.dtype, [l.sizes.const(2), ...from.shape]);
    const { first, stride } = this.#rows(buffer);
    l.copy(from, first);
    return { buffer, row: rowOf(first, stride, 0, 2), next: rowOf(first, stride, 1, 2) };
  }

  /** Rows for what each turn gives and none reads. */
  #map(body: Body, k: number, keep: number | null, turns: Size): { buffer: View; row: Row } {
    const l = this.#l;
    const result = this.#program.outputs[this.#op.form.states.length + k]!;
    const shape = result.shape.map((n) => l.unified(outsideSize(l.sizes, body, n)));
    const buffer = l.allocate(result.dtype, [this.#rowCount(keep, 0, turns), ...shape]);
    const { first, stride } = this.#rows(buffer);
    return { buffer, row: rowOf(first, stride, 0, keep) };
  }

  #flag(): Row {
    const l = this.#l;
    return rowOf(
      l.allocate(this.#program.outputs.at(-1)!.dtype, []),
      l.sizes.const(0),
      0,
    );
  }

  /** Fails the call where a turn takes an axis for one of length one that is not. */
  #checkRows(rows: readonly Row[]): void {
    const l = this.#l;
    this.#op.inputs.forEach(({ broadcastable }, k) =>
      rows[k]!.shape.forEach((n, axis) => {
        if (!broadcastable[axis]) return;
        const text = `${this.#op.name} reads {0} elements where its graph knows one`;
        l.checkEqual(n, l.sizes.const(1), "ValueError", text, [n]);
      })
    );
  }

  /** Fails the call where a turn's result has not the shape of what it follows on. */
  #checkResults(body: Body, rows: readonly Row[]): void {
    const l = this.#l;
    rows.forEach((row, k) =>
      this.#program.outputs[k]!.shape.forEach((n, axis) => {
        const given = l.unified(outsideSize(l.sizes, body, n));
        const text = `A turn of ${this.#op.name} makes ${this.#op.outputs[k]} with {0} elements ` +
          `along axis ${axis}, where it started with {1}`;
        l.checkEqual(given, row.shape[axis]!, "ValueError", text, [given, row.shape[axis]!]);
      })
    );
  }

  /** The rows that are a result: all of a buffer, or the last of a ring in order. */
  #trace(buffer: View, keep: number | null, count: Size, depth: number): View {
    const l = this.#l;
    const { sizes } = l;
    const end = sizes.add(count, sizes.const(depth));
    const [, ...shape] = buffer.shape;
    if (keep === null) return { ...buffer, shape: [end, ...shape] };
    const ring = sizes.const(ringOf(keep, depth));
    const stride = buffer.strides[0]!;
    const part = (whole: View, from: Size, length: Size): View => ({
      ...whole,
      offset: sizes.add(whole.offset, sizes.mul(from, stride)),
      shape: [length, ...shape],
    });
    const most = sizes.const(keep);
    const kept = isAlwaysFull(keep, depth) ? most : sizes.call("min", most, end);
    const first = sizes.call("floorMod", sizes.sub(end, kept), ring);
    if (keep === 1) return part(buffer, first, kept);
    const before = sizes.call("min", kept, sizes.sub(ring, first));
    const after = sizes.sub(kept, before);
    const result = l.allocate(buffer.dtype, [kept, ...shape]);
    l.copy(part(buffer, first, before), part(result, sizes.const(0), before));
    l.copy(part(buffer, sizes.const(0), after), part(result, before, after));
    return result;
  }

  /** How many rows a buffer has for what is kept of a value: no more than are written. */
  #rowCount(keep: number | null, depth: number, turns: Size): Size {
    const { sizes } = this.#l;
    const all = sizes.add(turns, sizes.const(depth));
    if (keep === null) return all;
    const ring = sizes.const(ringOf(keep, depth));
    return isAlwaysFull(keep, depth) ? ring : sizes.call("min", ring, all);
  }

  #last(buffer: View, count: Size): View {
    const { shape, strides, ...rest } = this.#trace(buffer, 1, count, 1);
    return { ...rest, shape: shape.slice(1), strides: strides.slice(1) };
  }
}
