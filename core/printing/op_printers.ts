/**
 * @file How `pp` writes the ops of the library, chosen by what an op is.
 */

import { Slice } from "../array/slice.ts";
import type { Op } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import type { DimShuffle } from "../ops/dimshuffle.ts";
import { Elementwise, isComposite } from "../ops/elementwise.ts";
import { isTensorOp } from "../ops/kind.ts";
import type { ScalarOp } from "../ops/scalar_op.ts";
import type { Subtensor } from "../ops/subtensor.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import {
  type Associativity,
  FunctionPrinter,
  IgnorePrinter,
  OperatorPrinter,
  PatternPrinter,
  type Printer,
  type PrinterState,
} from "./printers.ts";

type Sign = readonly [operator: string, precedence: number, assoc: Associativity];

const signs: Readonly<Record<string, Sign>> = {
  add: ["+", -2, "either"],
  mul: ["*", -1, "either"],
  sub: ["-", -2, "left"],
  neg: ["-", 0, "either"],
  "true_div": ["/", -1, "left"],
  "int_div": ["//", -1, "left"],
  pow: ["**", 1, "right"],
};

/** Names under which elementwise ops are written, where it is not their own. */
const names: Readonly<Record<string, string>> = { second: "fill" };

/**
 * The printer of an op of the library.
 *
 * @param op The op.
 * @returns Its printer, or nothing if it is written as a call of its text.
 */
export function libraryPrinter(op: Op): Printer | undefined {
  if (op instanceof Elementwise) {
    return isComposite(op.scalar) ? undefined : elementwisePrinter(op, op.scalar);
  }
  if (!isTensorOp(op)) return undefined;
  switch (op.kind) {
    case "dimshuffle":
      return dimShufflePrinter;
    case "dot":
      return op.name === "dot" ? new OperatorPrinter("\\dot", -1, "left") : undefined;
    case "subtensor":
      return subtensorPrinter;
    case "makeVector":
      return makeVectorPrinter;
    case "join":
      return new FunctionPrinter("join");
    case "alloc":
      return new FunctionPrinter("alloc");
    case "gemm":
      return new FunctionPrinter(op.destroyMap?.size ? "gemm_inplace" : "gemm_no_inplace");
    default:
      return undefined;
  }
}

/** Operators infix, all others as calls; where input 0 is overwritten, a `=` follows the name. */
function elementwisePrinter(op: Elementwise, scalar: ScalarOp): Printer | undefined {
  const isInplace = op.destroyMap.size > 0;
  if (isInplace && op.destroyMap.get(0) !== 0) return undefined;
  const suffix = isInplace ? "=" : "";
  const { name } = scalar;
  const sign = signs[name];
  if (sign) return new OperatorPrinter(sign[0] + suffix, sign[1], sign[2]);
  if (name === "identity") return new IgnorePrinter();
  if (name === "abs_" && !isInplace) return new PatternPrinter(["|%(0)s|", -1000]);
  const cast = /^Cast\{(.*)\}$/.exec(name);
  return new FunctionPrinter((cast ? cast[1]! : names[name] ?? name) + suffix);
}

/** New leading axes are what broadcasting does anyway, so they are left out. */
const dimShufflePrinter: Printer = {
  process(output: Variable, { pprinter, bareConstants }: PrinterState): string {
    const { op, inputs: [input] } = output.owner!;
    const { order } = op as DimShuffle;
    const kept = [...order];
    while (kept[0] === "x") kept.shift();
    const axes = [...(input as TensorVariable).broadcastable.keys()];
    const text = pprinter.process(input!, freshState(pprinter, bareConstants));
    if (kept.join() === axes.join()) return text;
    if (kept.join() === axes.reverse().join()) return `${text}.T`;
    return `DimShuffle{${kept.join(", ")}}(${text})`;
  },
};

/** Integers by their variables, the ends of slices by their dtypes. */
const subtensorPrinter: Printer = {
  process(output: Variable, state: PrinterState): string {
    const { op, inputs: [x, ...integers] } = output.owner!;
    const { pprinter, bareConstants } = state;
    const items = (op as Subtensor).idxList.map((entry) => {
      if (!(entry instanceof Slice)) {
        return pprinter.process(integers.pop()!, freshState(pprinter, bareConstants));
      }
      const step = entry.step === null ? "" : `:${entry.step}`;
      return `${entry.start ?? ""}:${entry.stop ?? ""}${step}`;
    });
    return `${pprinter.process(x!, state)}[${items.join(", ")}]`;
  },
};

const makeVectorPrinter: Printer = {
  process(output: Variable, { pprinter, bareConstants }: PrinterState): string {
    const items = output.owner!.inputs.map((input) =>
      pprinter.process(input, freshState(pprinter, bareConstants))
    );
    return `[${items.join(", ")}]`;
  },
};

/** The state in which a part is written that does not know what surrounds it. */
function freshState(pprinter: PrinterState["pprinter"], bareConstants: boolean): PrinterState {
  return { pprinter, bareConstants, memo: new Map() };
}
