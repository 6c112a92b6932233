/**
 * @file The steps of random graphs: each maker looks at the values there are and proposes one more.
 *
 * Elementwise functions come from the op records; what has structure is listed here.
 */

import * as theano from "@theano/theano";
import type { ElementwiseFacts } from "../../core/ops/elementwise.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Known, Step } from "./random_graph.ts";
import type { Random } from "./random.ts";

const { tensor: T } = theano;

/** Proposes a step, or nothing where no value fits. */
export type Maker = (random: Random, known: readonly Known[]) => Step | undefined;

type Call = (...args: unknown[]) => TensorVariable;

/** A function of the package by its name, such as `nnet.softmax`. */
function callee(name: string): Call {
  const [first, second] = name.split(".");
  const place = (second === undefined ? T : T.nnet) as unknown as Readonly<Record<string, Call>>;
  return place[second ?? first!]!;
}

/** The step that calls a function with values, then plain arguments. */
function calling(name: string, args: readonly number[], ...plain: readonly unknown[]): Step {
  const rest = plain.map((value) => `, ${JSON.stringify(value)}`).join("");
  return {
    args,
    build: (...xs) => callee(name)(...xs, ...plain),
    text: (...names) => `T.${name}(${names.join(", ")}${rest})`,
  };
}

/** A value that passes a test, by its number; recent ones are likelier. */
function choose(
  random: Random,
  known: readonly Known[],
  test: (one: Known) => boolean = () => true,
): number | undefined {
  const fitting = known.flatMap((one, i) => test(one) ? [i] : []);
  if (fitting.length === 0) return undefined;
  const from = random.chance(0.6) ? Math.floor(fitting.length / 2) : 0;
  return random.pick(fitting.slice(from));
}

const isFloat = ({ value }: Known): boolean => value.dtype.startsWith("float");
const isWhole = ({ value }: Known): boolean => /^u?int/.test(value.dtype);

/** The elementwise functions of the package, by name. */
const elementwiseNames: readonly string[] = [
  ...Object.entries(T).map(([name, value]) => [name, value] as const),
  ...Object.entries(T.nnet).map(([name, value]) => [`nnet.${name}`, value] as const),
].filter(([name, value]) =>
  typeof value === "function" && "record" in value &&
  !(value as unknown as ElementwiseFacts).record.name.startsWith("complex") && !name.endsWith("_")
).map(([name]) => name);

const elementwise: Maker = (random, known) => {
  const name = random.pick(elementwiseNames);
  const { record } = callee(name) as unknown as ElementwiseFacts;
  const first = choose(random, known)!;
  const { shape } = known[first]!.value;
  const args = [first];
  for (let i = 1; i < record.arity; i++) {
    const other = choose(random, known, ({ value }) => {
      return value.ndim === 0 || String(value.shape) === String(shape) ||
        String(value.shape) === String(shape.slice(1));
    })!;
    args.push(other);
  }
  return calling(name, random.chance(0.7) ? args : random.shuffled(args));
};

/** Arithmetic with a constant, which rewrites like to move about. */
const withConstant: Maker = (random, known) => {
  const name = random.pick(["add", "sub", "mul", "div", "pow", "maximum", "minimum", "eq", "gt"]);
  const constant = random.pick([0, 1, -1, 2, 0.5, 3, -2.5]);
  const x = choose(random, known)!;
  if (random.chance(0.6)) return calling(name, [x], constant);
  return {
    args: [x],
    build: (value) => callee(name)(constant, value),
    text: (value) => `T.${name}(${constant}, ${value})`,
  };
};

const reductions = ["sum", "prod", "mean", "max", "min", "any", "all", "argmax", "argmin", "std"];

const reduction: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0)!;
  if (x === undefined) return undefined;
  const axes = random.shuffled([...known[x]!.value.shape.keys()]);
  const name = random.pick([...reductions, "sum", "sum"]);
  const one = axes[0]! - (random.chance(0.3) ? known[x]!.value.ndim : 0);
  const axis = random.pick([null, one, one, axes.slice(0, 1 + random.below(axes.length)).sort()]);
  return calling(name, [x], { axis, keepdims: random.chance(0.3) });
};

const layout: Maker = (random, known) => {
  const x = choose(random, known)!;
  const { variable, value } = known[x]!;
  const kept = random.shuffled(
    [...value.shape.keys()].filter((axis) => !variable.broadcastable[axis] || random.chance(0.5)),
  );
  const order: (number | "x")[] = random.chance(0.4) ? kept.sort() : kept;
  if (random.chance(0.5)) order.splice(random.below(order.length + 1), 0, "x");
  return {
    args: [x],
    build: (one) => one.dimshuffle(...order),
    text: (one) => `${one}.dimshuffle(${order.map((item) => JSON.stringify(item)).join(", ")})`,
  };
};

const reshape: Maker = (random, known) => {
  const x = choose(random, known)!;
  const { size } = known[x]!.value;
  const divisors = [1, 2, 3, 5, 7].filter((d) => size > 0 && size % d === 0);
  const d = random.pick([...divisors, Math.max(size, 1)]);
  const shapes = [[size], [-1], [d, size / d], [size / d, d], [1, size], [d, 1, -1]];
  return calling("reshape", [x], random.pick(shapes));
};

const slices = [":", "1:", ":-1", "::-1", "::2", "-2:", "1:3", "5:1:-2", "-1::-1"];

const indexing: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0);
  if (x === undefined) return undefined;
  const { shape } = known[x]!.value;
  const count = 1 + random.below(shape.length);
  const items: (number | string)[] = shape.slice(0, count).map((length) =>
    random.chance(0.4)
      ? random.below(Math.max(length, 1)) - (random.chance(0.3) ? length : 0)
      : random.pick(slices)
  );
  const itemsText = items.map((item) => JSON.stringify(item)).join(", ");
  const kind = random.pick(["get", "get", "get", "set", "inc"]);
  if (kind === "get") {
    return {
      args: [x],
      build: (one) => one.get(...items),
      text: (one) => `${one}.get(${itemsText})`,
    };
  }
  const y = choose(random, known, ({ value }) => value.ndim === 0)!;
  const method = kind as "set" | "inc";
  const args = y === undefined ? [x] : [x, y];
  return {
    args,
    build: (one, other) => one[method](items, other ?? 1),
    text: (one, other) => `${one}.${method}([${itemsText}], ${other ?? 1})`,
  };
};

const taking: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0 && value.shape[0]! > 0);
  if (x === undefined) return undefined;
  const length = known[x]!.value.shape[0]!;
  const rows = Array.from({ length: 1 + random.below(5) }, () => random.below(2 * length) - length);
  if (random.chance(0.5)) {
    return {
      args: [x],
      build: (one) => one.get(rows),
      text: (one) => `${one}.get([${rows}])`,
    };
  }
  return {
    args: [x],
    build: (one) => one.inc([rows], 1),
    text: (one) => `${one}.inc([[${rows}]], 1)`,
  };
};

const joining: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0);
  if (x === undefined) return undefined;
  const { shape, ndim } = known[x]!.value;
  const axis = random.below(ndim);
  const others = (other: readonly number[]): string => String(other.toSpliced(axis, 1));
  const y = choose(
    random,
    known,
    ({ value }) => value.ndim === ndim && others(value.shape) === others(shape),
  )!;
  if (String(known[y]!.value.shape) === String(shape) && random.chance(0.4)) {
    return {
      args: [x, y],
      build: (a, b) => T.stack([a, b], { axis }),
      text: (a, b) => `T.stack([${a}, ${b}], { axis: ${axis} })`,
    };
  }
  return {
    args: [x, y],
    build: (a, b) => T.join(axis, a, b),
    text: (a, b) => `T.join(${axis}, ${a}, ${b})`,
  };
};

const product: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0);
  if (x === undefined) return undefined;
  const { shape, ndim } = known[x]!.value;
  const y = choose(
    random,
    known,
    ({ value }) => value.ndim > 0 && value.shape.at(value.ndim === 1 ? 0 : -2) === shape.at(-1),
  );
  if (y !== undefined) return calling("dot", [x, y]);
  if (ndim !== 2) return undefined;
  return { args: [x], build: (a) => T.dot(a, a.T), text: (a) => `T.dot(${a}, ${a}.T)` };
};

const rows: Maker = (random, known) => {
  const x = choose(random, known, (one) => isFloat(one) && one.value.ndim === 2);
  return x === undefined
    ? undefined
    : calling(random.pick(["nnet.softmax", "nnet.logsoftmax"]), [x]);
};

const along: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0);
  if (x === undefined) return undefined;
  const axis = random.below(known[x]!.value.ndim);
  const name = random.pick(["cumsum", "cumprod", "sort", "argsort"]);
  return calling(name, [x], { axis });
};

const casting: Maker = (random, known) => {
  const name = random.pick(["float64", "float32", "int32", "int64", "int8", "bool"]);
  return calling("cast", [choose(random, known)!], name);
};

const choice: Maker = (random, known) => {
  const x = choose(random, known)!;
  const { shape } = known[x]!.value;
  const same = ({ value }: Known): boolean => String(value.shape) === String(shape);
  const y = choose(random, known, same)!;
  const condition = choose(random, known, (one) => same(one) || one.value.ndim === 0)!;
  if (random.chance(0.5)) return calling("switch", [condition, x, y]);
  return calling("clip", [x], -1, 1.5);
};

const repeating: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0);
  if (x === undefined) return undefined;
  const { ndim } = known[x]!.value;
  if (random.chance(0.5)) return calling("repeat", [x], 2, random.below(ndim));
  return calling("tile", [x], Array.from({ length: ndim }, () => 1 + random.below(2)));
};

/** The gradient of the sum of a value by an earlier one. */
const gradient: Maker = (random, known) => {
  const cost = choose(random, known, isFloat);
  const by = choose(random, known.slice(0, cost), isFloat);
  if (cost === undefined || by === undefined) return undefined;
  return {
    args: [cost, by],
    build: (a, b) => theano.grad(a.sum(), b) as TensorVariable,
    text: (a, b) => `theano.grad(${a}.sum(), ${b})`,
  };
};

const shapes: Maker = (random, known) => {
  const x = choose(random, known, ({ value }) => value.ndim > 0);
  if (x === undefined) return undefined;
  const whole = choose(random, known, (one) => isWhole(one) && one.value.ndim === 0);
  if (whole !== undefined && random.chance(0.3)) return calling("arange", [whole]);
  if (random.chance(0.4)) return calling(random.pick(["zerosLike", "onesLike"]), [x]);
  return { args: [x], build: (one) => one.shape, text: (one) => `${one}.shape` };
};

/** All makers, the likelier ones more than once. */
// deno-fmt-ignore
export const makers: readonly Maker[] = [
  elementwise, elementwise, elementwise, elementwise, elementwise, elementwise,
  withConstant, withConstant, withConstant, reduction, reduction, layout, layout, reshape, indexing,
  indexing, taking, joining, product, product, rows, along, casting, choice, repeating, gradient,
  gradient, shapes,
];
