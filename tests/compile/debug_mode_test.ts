import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import type { FunctionGraph } from "../../core/graph/function_graph.ts";
import { applyOp } from "../../core/graph/op.ts";
import { Apply, type Variable } from "../../core/graph/variable.ts";
import type { Lowered, Target } from "../../core/kernel/target.ts";
import type { Kernel } from "../../core/kernel/kernel.ts";
import { DebugExecutable } from "../../core/compile/debug_run.ts";
import { RewriteRecorder } from "../../core/compile/debug_rewrites.ts";
import { Rounding } from "../../core/compile/debug_rounding.ts";
import { difference } from "../../core/compile/numbers.ts";
import type { Expr } from "../../core/scalar/expr.ts";
import type { TensorOp } from "../../core/ops/kind.ts";
import { wasmTarget } from "../helpers/targets.ts";

const { tensor: T, errors } = theano;
const { DebugMode, getMode } = theano.compile;

/** An op of one vector that computes what it is told, and says of memory what it is told. */
function vectorOp(
  key: string,
  compute: (x: theano.NDArray) => theano.NDArray,
  says: Pick<TensorOp, "viewMap" | "destroyMap"> = {},
): TensorOp {
  const op: TensorOp = {
    kind: "custom",
    name: key,
    key,
    ...says,
    makeNode: (...inputs: Variable[]) => new Apply(op, inputs, [inputs[0]!.type.makeVariable()]),
    inferShape: (_, shapes) => [shapes[0]!],
    perform: (_, [x]) => [compute(x!)],
  };
  return op;
}

function tensor(variable: Variable | undefined): theano.tensor.TensorVariable {
  return variable as theano.tensor.TensorVariable;
}

function apply(op: TensorOp, x: Variable): Variable {
  return applyOp(op, [x]).outputs[0]!;
}

Deno.test("DebugMode computes what other modes compute, updates included", () => {
  const [x, y] = T.dmatrices("x", "y");
  const w = theano.shared(theano.array([[0.5, 1], [2, 4]]), "w");
  const outputs = [T.dot(x!, y!).add(w).sum(1), T.nnet.softmax(x!)];
  const updates = [[w, w.add(T.dot(x!, y!))]] as const;
  for (const name of ["DebugMode", "DEBUG_MODE"]) {
    w.setValue(theano.array([[0.5, 1], [2, 4]]));
    const f = theano.function([x!, y!], outputs, { updates: [...updates], mode: name });
    const [sums, rows] = f([[1, 2], [3, 4]], [[1, 0], [0, 1]]);
    assertEquals(sums!.toArray(), [4.5, 13]);
    assert(Math.abs(rows!.get(0, 1).item() - 1 / (1 + Math.exp(-1))) < 1e-15);
    assertEquals(w.getValue().toArray(), [[1.5, 3], [5, 8]]);
  }
  assert(getMode("DebugMode") instanceof DebugMode);
});

/** Replaces every exponential by its argument plus one. */
const wrongOptimizer = {
  text: () => "wrong",
  optimize(graph: FunctionGraph): void {
    for (const node of graph.toposort()) {
      const [x] = node.inputs;
      if (!node.op.name.includes("exp")) continue;
      graph.replace(node.outputs[0]!, T.add(tensor(x), 1), "exp_to_line");
    }
  },
};

Deno.test("a rewrite that changes a value is a BadOptimization that names it", () => {
  const x = T.dvector("x");
  const y = T.exp(x).mul(2);
  const mode = new DebugMode({ optimizer: wrongOptimizer });
  const f = theano.function([x], y, { mode });
  assertEquals(f([0]).toArray(), [2]);
  const error = assertThrows(() => f([0, 1]), errors.BadOptimization);
  assert(error.message.includes("Reason: exp_to_line"), error.message);
  assert(error.message.includes("1 of 2 elements differ"), error.message);
  assert(error.message.includes("element 1 in C order: 2.718281828459045 and 2"), error.message);
  assert(error.message.includes("Old Variable: Elemwise{exp,no_inplace}.0"), error.message);
});

Deno.test("a refused edit is no rewrite", () => {
  const refusing = {
    text: () => "refusing",
    optimize(graph: FunctionGraph): void {
      const [node] = graph.toposort();
      const checkpoint = graph.checkpoint();
      graph.replace(node!.outputs[0]!, T.add(tensor(node!.inputs[0]), 1), "tried");
      graph.revert(checkpoint);
    },
  };
  const x = T.dvector("x");
  const f = theano.function([x], T.exp(x), { mode: new DebugMode({ optimizer: refusing }) });
  assertEquals(f([0]).toArray(), [1]);
});

Deno.test("an op that changes its input without saying so is a BadDestroyMap", () => {
  const x = T.dvector("x");
  const doubling = (value: theano.NDArray): theano.NDArray => {
    const { data } = value;
    for (let k = 0; k < data.length; k++) data[k] = (data[k] as number) * 2;
    return value.copy();
  };
  const compile = (op: TensorOp): theano.CompiledFunction<theano.NDArray> =>
    theano.function([x], apply(op, T.exp(x)), {
      mode: new DebugMode({ optimizer: null }),
      acceptInplace: true,
    });
  const error = assertThrows(
    () => compile(vectorOp("doubling", doubling))([0]),
    errors.BadDestroyMap,
  );
  assert(error.message.includes("Input 0 was changed"), error.message);
  assert(error.message.includes("Value before: [1.]"), error.message);
  assert(error.message.includes("Value after: [2.]"), error.message);
  const saying = vectorOp("saying", doubling, { destroyMap: new Map([[0, 0]]) });
  assertEquals(compile(saying)([0]).toArray(), [2]);
});

Deno.test("an op that returns its input without saying so is a BadViewMap", () => {
  const x = T.dvector("x");
  const same = (value: theano.NDArray): theano.NDArray => value;
  const compile = (op: TensorOp): theano.CompiledFunction<theano.NDArray> =>
    theano.function([x], apply(op, T.exp(x)), { mode: new DebugMode({ optimizer: null }) });
  const error = assertThrows(() => compile(vectorOp("same", same))([0]), errors.BadViewMap);
  assert(error.message.includes("Output 0 shares memory with input 0"), error.message);
  const saying = vectorOp("said", same, { viewMap: new Map([[0, 0]]) });
  assertEquals(compile(saying)([0]).toArray(), [1]);
});

Deno.test("NaN and infinities are InvalidValueErrors, unless they may be", () => {
  const x = T.dvector("x");
  const f = theano.function([x], T.log(x), { mode: "DebugMode" });
  const input = assertThrows(() => f([NaN]), errors.InvalidValueError);
  assert(input.message.includes("hint: it is the input x of the graph"), input.message);
  const result = assertThrows(() => f([0]), errors.InvalidValueError);
  assert(result.message.includes("It contains infinity"), result.message);
  const lenient = new DebugMode({ checkIsfinite: false });
  assertEquals(theano.function([x], T.log(x), { mode: lenient })([0]).toArray(), [-Infinity]);
});

/** What the outermost primitive of an expression is applied to. */
function argumentOf(body: Expr): Expr {
  return "args" in body ? body.args[0]! : body;
}

/** A target whose kernels lack something. */
function brokenTarget(broken: (kernel: Kernel) => Kernel): Target {
  const wasm = wasmTarget();
  const worse = (lowered: Lowered): Lowered => ({
    ...lowered,
    program: {
      ...lowered.program,
      steps: lowered.program.steps.map((step) =>
        step.kind === "run" ? { ...step, kernel: broken(step.kernel) } : step
      ),
    },
  });
  return {
    name: "broken",
    features: wasm.features,
    customForms: [],
    productScratch: wasm.productScratch,
    sortScratch: wasm.sortScratch,
    build: (lowered) => wasm.build(worse(lowered)),
    restore: (stored) => wasm.restore(stored),
  };
}

Deno.test("a kernel that is built wrongly is a BadThunkOutput that says whose fault it is", () => {
  const x = T.dvector("x");
  const plain = theano.function([x], x.neg(), { mode: new theano.Mode({ optimizer: null }) });
  const target = brokenTarget((kernel) =>
    kernel.kind === "map" ? { ...kernel, bodies: kernel.bodies.map(argumentOf) } : kernel
  );
  const parts = {
    graph: plain.maker.fgraph,
    spec: {
      inputs: [{ role: "argument" as const, index: 0 }],
      outputs: [{ borrow: false }],
      updates: [],
    },
    target,
    linker: "vm" as const,
  };
  const checks = { kernels: true, perform: true, finite: true };
  const executable = new DebugExecutable(parts, checks, new RewriteRecorder());
  const error = assertThrows(
    () => executable.run([theano.array([1.5])], []),
    errors.BadThunkOutput,
  );
  assert(error.message.includes("Apply   : Elemwise{neg,no_inplace}(x)"), error.message);
  assert(error.message.includes("Value of the kernel: [1.5]"), error.message);
  assert(error.message.includes("the target builds them wrongly"), error.message);
});

Deno.test("errors of a node are the user's, with the node's text", () => {
  const [x, y] = T.dvectors("x", "y");
  const f = theano.function([x!, y!], x!.add(y!), { mode: "DebugMode" });
  const error = assertThrows(() => f([1, 2], [1, 2, 3]), errors.ValueError);
  assert(error.message.includes("Apply node that caused the error: Elemwise{add,no_inplace}"));
});

Deno.test("DebugMode refuses to check nothing", () => {
  assertThrows(
    () => new DebugMode({ checkCCode: false, checkPyCode: false }),
    errors.ValueError,
    "DebugMode has to check at least one of c and py code",
  );
});

Deno.test("rewriting that goes two ways is a StochasticOrder", () => {
  let round = 0;
  const fickle = {
    text: () => "fickle",
    optimize(graph: FunctionGraph): void {
      const [node] = graph.toposort();
      graph.replace(node!.outputs[0]!, T.exp(tensor(node!.inputs[0])), `round_${round++}`);
    },
  };
  const x = T.dvector("x");
  const compile = (patience: number): unknown =>
    theano.function([x], T.exp(x), {
      mode: new DebugMode({ optimizer: fickle, stabilityPatience: patience }),
    });
  compile(1);
  assertThrows(() => compile(2), errors.StochasticOrder, "step 0 was once round_1");
});

Deno.test("an op that is rewritten inside, and has no stable key, is no StochasticOrder", () => {
  const x = T.dscalar("x");
  const host = theano.asOp(T.dscalar, T.dscalar, (value) => value);
  const op = new theano.OpFromGraph([x], [host(x).mul(1)]);
  const f = theano.function([x], op.call(x).add(1), { mode: "DebugMode" });
  assertEquals(f(4).item(), 5);
});

Deno.test("difference() follows Theano's tolerances", () => {
  const pair = (dtype: theano.DType, x: number, y: number): string | undefined =>
    difference(theano.array([x], { dtype }), theano.array([y], { dtype }));
  assertEquals(pair("float64", 1, 1 + 9e-6), undefined);
  assert(pair("float64", 1, 1 + 2e-5) !== undefined);
  assertEquals(pair("float32", 0, 9e-6), undefined);
  assert(pair("float64", 0, 9e-6) !== undefined);
  assertEquals([pair("float64", NaN, NaN), pair("float64", Infinity, Infinity)], [
    undefined,
    undefined,
  ]);
  assert(pair("float64", Infinity, -Infinity) !== undefined);
  assert(pair("float64", NaN, 1) !== undefined);
  assertEquals(pair("int64", 3, 4), "element 0 in C order is 3 and 4");
});

Deno.test("difference() lets a number take the place of NaN only where that is allowed", () => {
  const [nan, one] = [theano.array([NaN]), theano.array([1.5])];
  assertEquals(difference(nan, one, { mayRecover: true }), undefined);
  assert(difference(one, nan, { mayRecover: true }) !== undefined);
});

Deno.test("Rounding finds what cancellation loses, and nothing where nothing is lost", () => {
  const x = T.dvector("x");
  const sigmoid = T.nnet.sigmoid(x);
  const lost = T.log1p(sigmoid.neg()) as theano.tensor.TensorVariable;
  const values = new Map<Variable, theano.NDArray>([[x, theano.array([34, 0.5])]]);
  const valueOf = (variable: Variable): theano.NDArray | undefined => {
    const { owner } = variable;
    if (owner === null) return values.get(variable);
    const inputs = owner.inputs.map((input) => valueOf(input)!);
    return (owner.op as TensorOp).perform(owner, inputs)[variable.index];
  };
  const [far, near] = new Rounding(valueOf).slack(lost)!;
  // Near 1 a sigmoid has a unit of 2**-53, and exp(-34) is 15 of them.
  assert(far! > 0.1 && far! < 2, String(far));
  assert(near! < 1e-14, String(near));
  assertEquals(new Rounding(valueOf).slack(x), undefined);
});
