/**
 * @file Builds the graph of a parsed formula out of ordinary ops.
 */

import { Slice } from "../array/slice.ts";
import { Variable } from "../graph/variable.ts";
import { add, intDiv, mod, mul, neg, sub, trueDiv } from "../ops/arithmetic.ts";
import { get } from "../ops/indexing.ts";
import { and, eq, ge, gt, invert, le, lt, neq, or, xor } from "../ops/logic.ts";
import { matmul } from "../ops/tensordot.ts";
import { pow } from "../ops/transcendental.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { TensorLike } from "../tensor/methods.ts";
import {
  attributeOf,
  type Callable,
  camelCase,
  isCallable,
  isNamespace,
  memberOf,
  namesLike,
  type Namespace,
} from "./names.ts";
import { applySign, combine, isNumeric, type Numeric, NumericFault } from "./numeric.ts";
import type { Source } from "./source.ts";
import type { BinaryOperator, Keyword, Syntax, UnaryOperator } from "./syntax.ts";
import { argumentOf, isPlain, isTensorLike, valueOfHole } from "./values.ts";

type Apply = (a: TensorLike, b: TensorLike) => TensorVariable;

/** The function of each operator, and the method of variables that are no tensors. */
// deno-fmt-ignore
const binary: Readonly<Record<BinaryOperator, readonly [apply: Apply, method: string]>> = {
  "+":  [add, "add"],       "-":  [sub, "sub"],         "*": [mul, "mul"],
  "/":  [trueDiv, "div"],   "//": [intDiv, "floordiv"], "%": [mod, "mod"],
  "**": [pow, "pow"],       "@":  [matmul, "dot"],
  "<":  [lt, "lt"],         "<=": [le, "le"],           ">": [gt, "gt"],  ">=": [ge, "ge"],
  "==": [eq, "eq"],         "!=": [neq, "neq"],
  "&":  [and, "and"],       "|":  [or, "or"],           "^": [xor, "xor"],
};

/** Builds one formula. */
export class Builder {
  readonly #source: Source;
  readonly #names: Namespace;

  /**
   * Makes a builder.
   *
   * @param source The formula, for messages.
   * @param names The functions that it may call.
   */
  constructor(source: Source, names: Namespace) {
    this.#source = source;
    this.#names = names;
  }

  /**
   * The variables of a formula.
   *
   * @param syntax The formula.
   * @returns One variable, or an array of them if there are several results.
   */
  result(syntax: Syntax): Variable | Variable[] {
    const value = this.#value(syntax);
    if (!Array.isArray(value)) return this.#variable(value, syntax);
    const parts = syntax.kind === "tuple" || syntax.kind === "list" ? syntax.items : [];
    return value.map((item, i) => this.#variable(item, parts[i] ?? syntax));
  }

  #variable(value: unknown, syntax: Syntax): Variable {
    if (value instanceof Variable) return value;
    if (!isTensorLike(value)) this.#refuse(syntax, `the result is no tensor but ${nameOf(value)}`);
    return asTensorVariable(argumentOf(value));
  }

  #refuse(syntax: Syntax, why: string, hints: readonly string[] = []): never {
    return this.#source.refuse(syntax.at, why, hints, "TypeError");
  }

  #value(syntax: Syntax): unknown {
    switch (syntax.kind) {
      case "number":
      case "string":
        return syntax.value;
      case "hole":
        return valueOfHole(syntax.value);
      case "none":
        return null;
      case "ellipsis":
        return "...";
      case "name":
        return this.#named(syntax.name, syntax);
      case "attribute":
        return this.#attribute(syntax);
      case "call":
        return this.#call(syntax);
      case "subscript":
        return this.#subscript(syntax);
      case "slice":
        return this.#slice(syntax);
      case "unary":
        return this.#unary(syntax);
      case "binary":
        return this.#binary(syntax);
      case "tuple":
      case "list":
        return syntax.items.map((item) => this.#value(item));
    }
  }

  #named(name: string, syntax: Syntax): unknown {
    // Formulas pasted from Theano's manual say T.exp or tensor.exp.
    if (name === "T" || name === "tensor") return this.#names;
    const { nnet } = this.#names;
    const found = memberOf(this.#names, name) ?? (isNamespace(nnet) ? memberOf(nnet, name) : null);
    if (found) return found;
    const known = Object.keys({ ...this.#names, ...(isNamespace(nnet) ? nnet : {}) });
    return this.#unknown(syntax, `there is no function "${name}"`, namesLike(name, known));
  }

  #unknown(syntax: Syntax, why: string, near: readonly string[]): never {
    const hints = near.length > 0
      ? [`Did you mean ${near.join(" or ")}?`]
      : ["Put a variable or function of your own in between, as ${x}"];
    return this.#source.refuse(syntax.at, why, hints);
  }

  #attribute(syntax: Syntax & { readonly kind: "attribute" }): unknown {
    const of = this.#value(syntax.of);
    const { name } = syntax;
    if (isNamespace(of)) {
      return memberOf(of, name) ??
        this.#unknown(syntax, `there is no function "${name}"`, namesLike(name, Object.keys(of)));
    }
    if (!(of instanceof Variable) && !isTensorLike(of)) {
      this.#refuse(syntax, `${nameOf(of)} has no attributes`);
    }
    const variable = of instanceof Variable ? of : asTensorVariable(argumentOf(of));
    const found = attributeOf(variable, name);
    if (found === undefined) {
      this.#refuse(syntax, `${variable} of ${variable.type} has no attribute "${name}"`);
    }
    return valueOfHole(found);
  }

  #call(syntax: Syntax & { readonly kind: "call" }): unknown {
    const callee = this.#value(syntax.callee);
    if (!isCallable(callee)) this.#refuse(syntax, `${nameOf(callee)} cannot be called`);
    const args = syntax.args.map((arg) => argumentOf(this.#value(arg)));
    const named = syntax.keywords.length > 0 ? [this.#options(syntax.keywords)] : [];
    return valueOfHole((callee as Callable)(...args, ...named));
  }

  #options(keywords: readonly Keyword[]): Record<string, unknown> {
    return Object.fromEntries(
      keywords.map(({ name, value }) => [camelCase(name), argumentOf(this.#value(value))]),
    );
  }

  #subscript(syntax: Syntax & { readonly kind: "subscript" }): unknown {
    const of = this.#value(syntax.of);
    const items = syntax.items.map((item) => argumentOf(this.#value(item)));
    if (Array.isArray(of) && !isPlain(of)) return this.#element(of, items, syntax);
    if (!(of instanceof Variable) && !isPlain(of)) {
      this.#refuse(syntax, `${nameOf(of)} cannot be indexed`);
    }
    if (of instanceof Variable && !(of instanceof TensorVariable)) {
      return this.#method(of, "get", items, syntax);
    }
    return get(asTensorVariable(argumentOf(of)), ...items as Parameters<typeof get>[1][]);
  }

  /** An element of a list of variables, as of a shape or of several results. */
  #element(list: readonly unknown[], items: readonly unknown[], syntax: Syntax): unknown {
    const [item] = items;
    if (items.length !== 1 || typeof item !== "number") {
      this.#refuse(syntax, "a list is indexed with one whole number");
    }
    const element = list.at(item as number);
    if (element === undefined) {
      this.#source.refuse(syntax.at, "list index out of range", [], "IndexError");
    }
    return valueOfHole(element);
  }

  #slice(syntax: Syntax & { readonly kind: "slice" }): Slice<unknown> {
    const end = (part: Syntax | null): unknown => part === null ? null : this.#value(part);
    return new Slice(end(syntax.start), end(syntax.stop), end(syntax.step));
  }

  #unary(syntax: Syntax & { readonly kind: "unary" }): unknown {
    const { operator } = syntax;
    const operand = this.#operand(syntax.operand, operator, syntax);
    if (isNumeric(operand)) return this.#checked(applySign(operator, operand), syntax);
    if (operator === "+") return operand;
    if (isOtherVariable(operand)) {
      return this.#method(operand, operator === "-" ? "neg" : "invert", [], syntax);
    }
    return (operator === "-" ? neg : invert)(argumentOf(operand) as TensorLike);
  }

  #binary(syntax: Syntax & { readonly kind: "binary" }): unknown {
    const { operator } = syntax;
    const left = this.#operand(syntax.left, operator, syntax);
    const right = this.#operand(syntax.right, operator, syntax);
    if (isNumeric(left) && isNumeric(right)) {
      return this.#checked(combine(operator, left, right), syntax);
    }
    const [apply, method] = binary[operator];
    if (isOtherVariable(left)) return this.#method(left, method, [argumentOf(right)], syntax);
    return apply(argumentOf(left) as TensorLike, argumentOf(right) as TensorLike);
  }

  #operand(syntax: Syntax, operator: BinaryOperator | UnaryOperator, at: Syntax): unknown {
    const value = this.#value(syntax);
    if (isTensorLike(value)) return value;
    return this.#refuse(at, `"${operator}" needs tensors or numbers, not ${nameOf(value)}`);
  }

  #checked(result: Numeric | NumericFault, syntax: Syntax): Numeric {
    if (!(result instanceof NumericFault)) return result;
    return this.#source.refuse(syntax.at, result.why, [], result.kind);
  }

  #method(of: Variable, name: string, args: readonly unknown[], syntax: Syntax): unknown {
    const method = attributeOf(of, name);
    if (!isCallable(method)) this.#refuse(syntax, `${of} of ${of.type} has no method "${name}"`);
    return (method as Callable)(...args);
  }
}

/** Whether a value is a variable that is no tensor: its own methods say what operators mean. */
function isOtherVariable(value: unknown): value is Variable {
  return value instanceof Variable && !(value instanceof TensorVariable);
}

/** What a value is, for messages. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value instanceof Variable) return `${value}`;
  if (typeof value === "string") return value === "..." ? "..." : `the string '${value}'`;
  if (typeof value === "function") return "a function";
  if (value instanceof Slice) return "a slice";
  if (isNamespace(value)) return "a namespace";
  if (isNumeric(value)) return "a number";
  return Array.isArray(value) ? "a list" : "an object";
}
