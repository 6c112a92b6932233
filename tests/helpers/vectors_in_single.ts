/**
 * @file The conformance vectors once more, in float32 on a device: every case whose dtypes a device
 * has. What is computed there is held against the host in double, at the same numbers, within what
 * the op promises for devices; and by the compiled graph it ran there.
 *
 * Run by `deno task vectors:gpu`.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";
import { raise } from "../../core/errors.ts";
import { areas, folder } from "./vector_areas.ts";

type Variable = theano.tensor.TensorVariable;

/** The precision of all floats of a case. */
type Float = "float32" | "float64";

/** An array of the files: floats that JSON lacks are texts. */
interface Given {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
  readonly bc?: readonly boolean[];
}

/** A case of the files; their README tells what the fields mean. */
interface VectorCase {
  readonly id: string;
  readonly kind?: string;
  readonly op: string;
  readonly args: readonly unknown[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly ctor?: unknown;
  readonly inputs: readonly Given[];
  readonly pick?: number;
  readonly post?: string;
}

type Dictionary = Readonly<Record<string, unknown>>;

function isDictionary(x: unknown): x is Dictionary {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

function numberOf(x: number | string): number {
  const known: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  return typeof x === "number" ? x : known[x] ?? Number(x);
}

/** An array in one of two precisions; floats are rounded to single in both. */
function arrayOf({ dtype, shape, data }: Given, float: Float): theano.NDArray {
  const isFloat = dtype.startsWith("float");
  const values = data.map((x) => isFloat ? Math.fround(numberOf(x)) : numberOf(x));
  const flat = theano.array(values, { dtype: isFloat ? float : dtype as theano.DType });
  return flat.reshape([...shape]);
}

/** Builds the graph of a case. */
class Reader {
  readonly #inputs: readonly Variable[];
  readonly #float: Float;

  constructor(inputs: readonly Variable[], float: Float) {
    this.#inputs = inputs;
    this.#float = float;
  }

  value(x: unknown): unknown {
    if (x === "float64") return this.#float;
    if (Array.isArray(x)) return x.map((one) => this.value(one));
    if (!isDictionary(x)) return x;
    if ("in" in x) return this.#inputs[x["in"] as number];
    if ("const" in x) return arrayOf(x["const"] as Given, this.#float);
    if ("list" in x) return this.value(x["list"]);
    if ("slice" in x) return theano.tensor.slice(...this.value(x["slice"]) as [number, number]);
    if ("call" in x) {
      const { call, args, options } = x as unknown as Dictionary & {
        call: string;
        args: unknown[];
      };
      return this.call(call, args, options);
    }
    const of = this.value("get" in x ? x["get"] : x["of"]) as Dictionary;
    if ("get" in x) {
      return (of["get"] as (...items: unknown[]) => unknown).call(
        of,
        ...this.value(x["items"]) as [],
      );
    }
    return of[(x["attr"] ?? x["item"]) as string];
  }

  call(op: string, args: readonly unknown[], options: unknown): unknown {
    const given = args.map((arg) => this.value(arg));
    const named = isDictionary(options) && Object.keys(options).length > 0
      ? [Object.fromEntries(Object.entries(options).map(([k, v]) => [k, this.value(v)]))]
      : [];
    if (op.startsWith(".")) {
      const [self, ...rest] = given as [Dictionary, ...unknown[]];
      const member = self[op.slice(1)];
      return typeof member === "function" ? member.call(self, ...rest, ...named) : member;
    }
    const f = functionOf(op);
    return f(...given, ...named);
  }
}

function functionOf(op: string): (...args: unknown[]) => unknown {
  let found: unknown = theano;
  for (const name of op.split(".")) found = (found as Dictionary)?.[name];
  return typeof found === "function"
    ? found as (...args: unknown[]) => unknown
    : raise("AttributeError", `there is no function ${op}`);
}

/** The case as a function, and its values, in one of two precisions. */
function built(
  { inputs, op, args, options, pick }: VectorCase,
  float: Float,
): { f: theano.CompiledFunction<theano.NDArray[]>; values: theano.NDArray[]; outputs: Variable[] } {
  const variables = inputs.map(({ dtype, shape, bc }, k) =>
    theano.tensor.tensor(
      dtype.startsWith("float") ? float : dtype as theano.DType,
      bc ?? shape.map(() => false),
      { name: `x${k}` },
    )
  );
  const made = new Reader(variables, float).call(op, args, options);
  const chosen = pick === undefined ? made : (made as unknown[])[pick];
  const outputs = (Array.isArray(chosen) ? chosen : [chosen]).map((x) =>
    theano.tensor.asTensorVariable(x as Variable)
  );
  const f = theano.function(variables, outputs, { onUnusedInput: "ignore" });
  return { f, values: inputs.map((x) => arrayOf(x, float)), outputs };
}

const deviceDTypes = /"dtype":"(?!float64|float32|int32|uint32|bool)/;

/** Whether a case is about arrays of what a device has. */
function fits(line: string, { kind, ctor, post, inputs }: VectorCase): boolean {
  return kind === undefined && ctor === undefined && post === undefined &&
    !deviceDTypes.test(line) &&
    inputs.some(({ dtype, shape }) => dtype.startsWith("float") && shape.length > 0);
}

/** Bound of an error, in units of the last place: of the op, for each number, or of the largest. */
function boundOf({ op }: VectorCase): { readonly ulps: number; readonly ofEach: boolean } {
  const name = op.split(".").at(-1)!;
  const found = (theano.tensor as Dictionary)[name] as
    | { readonly record?: { readonly ulp?: { readonly wgsl?: number } } }
    | undefined;
  const own = found?.record?.ulp?.wgsl;
  return own === undefined ? { ulps: 64, ofEach: false } : { ulps: own + 1, ofEach: true };
}

/** Whether a result is within the bound, or as close as what the host makes of it in single. */
function isClose(
  [got, wanted, onHost]: readonly [theano.NDArray, theano.NDArray, theano.NDArray],
  one: VectorCase,
): boolean {
  const { ulps, ofEach } = boundOf(one);
  const expected = Array.from(wanted.data as ArrayLike<number>, Number);
  const largest = Math.max(0, ...expected.filter(Number.isFinite).map(Math.abs));
  return expected.every((x, k) => {
    const y = Number(got.data[k]);
    const single = Math.fround(x);
    const usual = 2 * Math.abs(Number(onHost.data[k]) - x);
    const promised = ulps * 2 ** -23 * (ofEach ? Math.abs(x) : largest) + 2 ** -126;
    const bound = Math.max(promised, usual);
    return Object.is(y, single) || y === single || (Number.isNaN(y) && Number.isNaN(x)) ||
      Math.abs(y - x) <= bound;
  });
}

const lines = areas.filter((area) => area !== "expr").flatMap((area) =>
  Deno.readTextFileSync(new URL(`${area}.jsonl`, folder)).trim().split("\n")
);
/** Functions of which a case may stay on the host, by their names, and why. */
const stays: Readonly<Record<string, string>> = {
  astype: "there is nothing to compute, or only numbers to repeat",
  cast: "there is nothing to compute, or only numbers to repeat",
  copy: "there is nothing to compute, or only numbers to repeat",
  fill: "there is nothing to compute, or only numbers to repeat",
  flatten: "there is nothing to compute, or only numbers to repeat",
  get: "there is nothing to compute, or only numbers to repeat",
  identityLike: "there is nothing to compute, or only numbers to repeat",
  onesLike: "there is nothing to compute, or only numbers to repeat",
  second: "there is nothing to compute, or only numbers to repeat",
  sum: "there is nothing to compute, or only numbers to repeat",
  tensorCopy: "there is nothing to compute, or only numbers to repeat",
  zerosLike: "there is nothing to compute, or only numbers to repeat",
  diag: "diagonals are the host's",
  diagonal: "diagonals are the host's",
  trace: "diagonals are the host's",
  gammainc: "its formula is the host's alone",
  gammaincc: "its formula is the host's alone",
  gammal: "its formula is the host's alone",
  gammau: "its formula is the host's alone",
  iv: "its formula is the host's alone",
  jv: "its formula is the host's alone",
};

const failures: string[] = [];
let [passed, stayed] = [0, 0];
for (const line of lines) {
  const one = JSON.parse(line) as VectorCase;
  if (!fits(line, one)) continue;
  try {
    await theano.gpu.use("cpu");
    const exact = built(one, "float64");
    const wanted = exact.f(...exact.values);
    const host = built(one, "float32");
    const onHost = host.f(...host.values);
    await theano.gpu.use("webgpu", { force: true });
    const single = built(one, "float32");
    const isSame = single.outputs.every(({ dtype }, k) =>
      dtype === exact.outputs[k]!.dtype.replace("float64", "float32")
    );
    const names = single.f.maker.fgraph.toposort().map(({ op }) => op.name);
    const got = single.f(...single.values);
    const isThere = names.some((name) => /^(Inplace)?Gpu(?!FromHost)|\{gpu[,}]/.test(name));
    // Numbers of 64 bits among the inputs make the result one of double.
    if (!isSame) continue;
    const mayStay = one.op.split(".").at(-1)! in stays;
    if (!isThere && mayStay) stayed++;
    else if (!isThere) failures.push(`${one.id}: ${one.op} stayed on the host: ${names}`);
    else if (wanted.every((value, k) => isClose([got[k]!, value, onHost[k]!], one))) passed++;
    else failures.push(`${one.id}: ${got} is not ${wanted}`);
  } catch (error) {
    failures.push(`${one.id}: ${(error as Error).message.split("\n")[0]}`);
  }
}
for (const failure of failures) console.log(failure.slice(0, 300));
console.log(`${stayed} of functions that may stay on the host did`);
console.log(`${passed} passed, ${failures.length} failed`);
if (failures.length > 0) Deno.exit(1);
