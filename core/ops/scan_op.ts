/**
 * @file The loop as an op: a graph that is computed turn after turn. Users call `scan`.
 */

import { NDArray } from "../array/ndarray.ts";
import { isDiscrete, makeStorage } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { rebuild } from "../graph/clone.ts";
import { graphText } from "../graph/equal.ts";
import type { InnerGraph } from "../graph/op.ts";
import { inputs as rootsOf } from "../graph/traverse.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { numberOf } from "../tensor/identity.ts";
import type { CompiledTurn } from "./inner_function.ts";
import { evaluator, shapesInside } from "./inner_graph.ts";
import type { Shape, ShapeItem, TensorOp } from "./kind.ts";
import {
  depthOf,
  innerInputList,
  type InnerInputs,
  innerInputsOf,
  type InnerOutputs,
  innerOutputsOf,
  isAlwaysFull,
  type NodeInputs,
  nodeInputsOf,
  type NodeOutputs,
  nodeOutputsOf,
  type ScanForm,
} from "./scan_form.ts";
import { checkSteps } from "./scan_steps.ts";
import { addItems, minItem, sizeItem } from "./shape_item.ts";

/** What is said of a state's first values where there are too few or too many. */
export const rowsText = "A state that looks back {0} steps starts with {1} rows";

/**
 * A graph computed turn after turn. Its lists are in the order that `scan_form.ts` says. The graph
 * inside has roots of its own only.
 */
export class Scan implements TensorOp {
  readonly kind = "scan";
  #key: string | undefined;
  #compiled: CompiledTurn | undefined;

  /**
   * Makes the op.
   *
   * @param form What is what.
   * @param inputs The roots of the graph inside.
   * @param outputs What a turn computes.
   */
  constructor(
    readonly form: ScanForm,
    readonly inputs: readonly TensorVariable[],
    readonly outputs: readonly TensorVariable[],
  ) {}

  /** As Theano writes it: `for{cpu,scan_fn}`, and `do_while` where there is a condition. */
  get name(): string {
    return `${this.form.hasCondition ? "do_while" : "for"}{cpu,${this.form.label}}`;
  }

  /** What the loop computes; equal for equal graphs in every process, where all ops inside are. */
  get key(): string {
    return this.#key ??= this.#keyText();
  }

  #keyText(): string {
    const text = graphText(this.inputs, this.outputs);
    const inner = this.form.inner?.key ?? null;
    const form = `scan ${JSON.stringify({ ...this.form, inner })}`;
    if (text === undefined) return `unique:${form} ${numberOf(this)}`;
    return `${form}(${text.replaceAll("\n", " ; ")})`;
  }

  /** The graph of a turn. */
  get innerGraph(): InnerGraph {
    const { inputs, outputs, form } = this;
    const place = innerInputsOf(form, inputs.map((_, i) => i));
    let outer = 1;
    const outerInputs: number[] = [];
    const standFor = (inner: readonly number[]): void => {
      for (const i of inner) outerInputs[i] = outer;
      outer++;
    };
    for (const i of place.slices) standFor([i]);
    for (const taps of place.taps) standFor(taps);
    for (const i of [...place.carried, ...place.fixed]) standFor([i]);
    return { inputs, outputs, outerInputs };
  }

  /** The roots of the graph inside. */
  get innerInputs(): InnerInputs<TensorVariable> {
    return innerInputsOf(this.form, this.inputs);
  }

  /** What a turn computes. */
  get innerOutputs(): InnerOutputs<TensorVariable> {
    return innerOutputsOf(this.form, this.outputs);
  }

  /** The inputs of a node of this op. */
  inputsOf<X = TensorVariable>({ inputs }: { readonly inputs: readonly unknown[] }): NodeInputs<X> {
    return nodeInputsOf(this.form, inputs as readonly X[]);
  }

  /** The outputs of a node of this op. */
  outputsOf<X = TensorVariable>(
    { outputs }: { readonly outputs: readonly unknown[] },
  ): NodeOutputs<X> {
    return nodeOutputsOf(this.form, outputs as readonly X[]);
  }

  /** A loop of the same form whose turns compute the same by another graph. */
  withGraph(inputs: readonly TensorVariable[], outputs: readonly TensorVariable[]): Scan {
    return new Scan(this.form, inputs, outputs);
  }

  makeNode(...inputs: TensorVariable[]): Apply {
    const { form } = this;
    const given = this.inputsOf({ inputs });
    const { slices, taps, carried, fixed } = this.innerInputs;
    const { states, maps } = this.innerOutputs;
    if (inputs.length !== 1 + slices.length + taps.length + carried.length + fixed.length) {
      fail("ValueError", `apply ${this.name}`, `${inputs.length} inputs do not fit its graph`);
    }
    if (given.steps.dtype !== "int64" || given.steps.ndim !== 0) {
      fail("TypeError", `apply ${this.name}`, `its number of steps is ${given.steps.type}`);
    }
    slices.forEach((slice, k) => this.#checkRead(given.sequences[k]!, slice, 1));
    taps.forEach((row, k) => this.#checkRead(given.initials[k]!, row[0]!, 1));
    carried.forEach((inner, k) => this.#checkRead(given.carried[k]!, inner, 0));
    fixed.forEach((inner, k) => this.#checkRead(given.fixed[k]!, inner, 0));
    const { condition } = this.innerOutputs;
    if (condition && (condition.ndim !== 0 || !isDiscrete(condition.dtype))) {
      fail("TypeError", `apply ${this.name}`, `its condition is ${condition.type}`);
    }
    const traces = form.states.map((_, k) => stacked(states[k]!));
    const rows = maps.map(stacked);
    const last = carried.map((inner) => inner.type.makeVariable());
    return new Apply(this, inputs, [...traces, ...rows, ...last]);
  }

  /** Refuses to let a turn read something of another type; `more` axes go to the turns. */
  #checkRead(outer: TensorVariable, inner: TensorVariable, more: 0 | 1): void {
    if (outer.dtype === inner.dtype && outer.ndim === inner.ndim + more) return;
    fail(
      "TypeError",
      `apply ${this.name}`,
      `a turn reads ${inner.type}, and ${outer} is ${outer.type}`,
    );
  }

  /** Shapes from the number of steps; null where a condition may end the loop earlier. */
  inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[] {
    const { form } = this;
    const steps = sizeItem(this.inputsOf(node).steps);
    const given = nodeInputsOf(form, shapes);
    const rows = this.#rowShapes(node, shapes);
    const lengths = (keep: number | null, depth: number): ShapeItem | null => {
      if (keep !== null && isAlwaysFull(keep, depth)) return keep;
      if (form.hasCondition) return null;
      const all = addItems(steps, depth);
      return keep === null ? all : minItem(keep, all);
    };
    const stack = (length: ShapeItem | null, row: Shape | null): Shape | null =>
      length === null || row === null ? null : [length, ...row];
    return [
      ...form.states.map((state, k) =>
        stack(lengths(state.keep, depthOf(state)), given.initials[k]!.slice(1))
      ),
      ...form.maps.map((keep, k) => stack(lengths(keep, 0), rows[k]!)),
      ...given.carried,
    ];
  }

  /** The shape of what each map stacks, over the node's inputs; null where turns decide. */
  #rowShapes(node: Apply, shapes: readonly Shape[]): (Shape | null)[] {
    const { form, inputs } = this;
    const given = nodeInputsOf(form, shapes);
    const roots = innerInputList({
      slices: given.sequences.map((shape) => shape.slice(1)),
      taps: form.states.map(({ taps }, k) => taps.map(() => given.initials[k]!.slice(1))),
      carried: given.carried,
      fixed: given.fixed,
    });
    const { fixed } = this.innerInputs;
    const outside = new Map<Variable, Variable>(
      fixed.map((inner, k) => [inner, this.inputsOf(node).fixed[k]!]),
    );
    const turning = new Set<Variable>(inputs.filter((x) => !fixed.includes(x)));
    const moved = (item: ShapeItem): ShapeItem | null => {
      if (typeof item === "number") return item;
      if (rootsOf([item]).some((root) => turning.has(root))) return null;
      return rebuild([item], outside)[0] as TensorVariable;
    };
    return shapesInside(inputs, this.innerOutputs.maps, roots).map((shape) => {
      const items = shape?.map(moved) ?? [null];
      return items.includes(null) ? null : items as ShapeItem[];
    });
  }

  /** Turn after turn: by a function of their own, or by the definitions of the ops inside. */
  perform(_: Apply, values: readonly NDArray[]): NDArray[] {
    const turn = this.compiled;
    if (turn === undefined) return this.run(values, evaluator(this.inputs, this.outputs));
    return turn.around(() => this.run(values, turn.call));
  }

  /** What runs a turn, where turns are a function of their own; compiled when first asked for. */
  get compiled(): CompiledTurn | undefined {
    const { form, inputs, outputs } = this;
    if (form.inner?.kind !== "compiled") return undefined;
    return this.#compiled ??= form.inner.compile(form.label, inputs, outputs);
  }

  /**
   * Runs the loop.
   *
   * @param values The values of a node's inputs.
   * @param turn Computes the inner outputs, which the next call may overwrite.
   * @returns The values of the node's outputs.
   * @throws {NotImplementedError} If the number of steps is zero.
   * @throws {IndexError} If it is below zero.
   * @throws {ValueError} If a sequence is too short, or a value changes its shape.
   */
  run(
    values: readonly NDArray[],
    turn: (values: readonly NDArray[]) => readonly NDArray[],
  ): NDArray[] {
    const { form } = this;
    const given = nodeInputsOf(form, values);
    const steps = this.#checkedSteps(given);
    const traces = given.initials.map((initial) => [...initial] as NDArray[]);
    const rows: NDArray[][] = form.maps.map(() => []);
    let { carried } = given;
    for (let t = 0; t < steps; t++) {
      const results = innerOutputsOf(
        form,
        turn(innerInputList({
          slices: given.sequences.map((sequence) => sequence.get(t)),
          taps: form.states.map(({ taps }, k) => taps.map((tap) => traces[k]!.at(tap)!)),
          carried,
          fixed: given.fixed,
        })).map((value) => value.copy()),
      );
      results.states.forEach((value, k) => traces[k]!.push(value));
      results.maps.forEach((value, k) => rows[k]!.push(value));
      carried = results.carried;
      if (results.condition && Number(results.condition.item()) !== 0) break;
    }
    return [
      ...traces.map((trace, k) => this.#stack(last(trace, form.states[k]!.keep))),
      ...rows.map((trace, k) => this.#stack(last(trace, form.maps[k]!))),
      ...carried,
    ];
  }

  /** The number of steps, if it is above zero and everything is as long as it must be. */
  #checkedSteps({ steps, sequences, initials }: NodeInputs<NDArray>): number {
    const count = Number(steps.item());
    checkSteps(count, sequences.map(({ shape }) => shape[0]!));
    initials.forEach(({ shape }, k) => {
      const depth = depthOf(this.form.states[k]!);
      if (shape[0] === depth) return;
      raise("ValueError", rowsText.replace("{0}", `${depth}`).replace("{1}", `${shape[0]}`));
    });
    return count;
  }

  /** Arrays of one shape along a new first axis. */
  #stack(rows: readonly NDArray[]): NDArray {
    const { shape, dtype, size } = rows[0]!;
    const other = rows.find((row) => String(row.shape) !== String(shape));
    if (other) {
      fail(
        "ValueError",
        `stack the turns of ${this.name}`,
        `one has the shape (${shape.join(", ")}), another (${other.shape.join(", ")})`,
      );
    }
    const data = makeStorage(dtype, size * rows.length);
    const unit = data.length / (size * rows.length || 1);
    rows.forEach((row, k) => data.set(row.data as never, k * size * unit));
    return NDArray.of(data, [rows.length, ...shape], dtype);
  }
}

function last(rows: readonly NDArray[], keep: number | null): readonly NDArray[] {
  return keep === null ? rows : rows.slice(-keep);
}

/** A variable of some type with an axis before the others. */
function stacked({ type }: TensorVariable): TensorVariable {
  const { dtype, broadcastable } = type;
  return new TensorType(dtype, [false, ...broadcastable]).makeVariable();
}

/** Whether a node is a loop. */
export function isScan(node: Apply): node is Apply & { readonly op: Scan } {
  return node.op instanceof Scan;
}
