/**
 * @file Rules and passes of a user's own, by the names that the package exports.
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { cacheText } from "../../optimize/pipeline.ts";

const { tensor: T, opt, Apply, NDArray } = theano;

/** The names of the ops of a function, in order. */
function opsOf(f: theano.CompiledFunction): string[] {
  return f.maker.fgraph.toposort().map(({ op }) => op.name);
}

const [x, y] = [opt.hole("x"), opt.hole("y")];

/** The manual's first example: `x · y / y` is `x`. */
const simplify = opt.rule(
  "local_simplify",
  opt.on(T.trueDiv, opt.on(T.mul, x, y), y),
  ({ x }) => x,
);

/** What a function of a node gives. */
type Changed = theano.Variable | false;

/** Without what the library itself would do. */
const plain = new theano.Mode({ optimizer: null });

Deno.test("a mode runs a pass that is registered with it, and no other mode does", () => {
  const [a, b, c] = [T.dvector("a"), T.dvector("b"), T.dvector("c")];
  const e = c.add(T.trueDiv(b.mul(a), b).mul(T.trueDiv(c, a)));
  const pass = opt.sweepPass(1.5, "simplify", [], [opt.rules("simplify", [simplify])]);
  const count = (mode: theano.Mode): number =>
    opsOf(theano.function([a, b, c], e, { mode })).filter((name) => /true_div/.test(name)).length;
  assertEquals(count(plain), 2);
  assertEquals(count(plain.register(pass)), 1);
  assertEquals(count(plain.register([pass, 99])), 1);
  assertEquals(count(plain.register(pass).excluding("local_simplify")), 2);
  assertEquals(count(plain.register(pass).excluding("simplify")), 2);
  assertThrows(
    () => plain.register(null as never),
    TypeError,
    "Mode.register takes passes, not null",
  );
  const f = theano.function([a, b, c], e, {
    mode: theano.compile.getMode("FAST_RUN").register(pass),
  });
  assertEquals(f([2], [4], [6]).toArray(), [12]);
});

Deno.test("what users' rules may have changed is not stored", () => {
  const pass = opt.graphPass(60, "mine", [], () => {});
  assert(cacheText(plain.selection) !== undefined);
  assertEquals(cacheText(plain.register(pass).selection), undefined);
});

/** Fibonacci's recurrence with products. */
class Fibby extends theano.Op {
  override readonly props = [];
  override makeNode(x: theano.Variable): theano.Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }
  perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
    const y = Float64Array.from(x!.data as Float64Array);
    for (let i = 2; i < y.length; i++) y[i] = y[i - 1]! * y[i - 2]! + y[i]!;
    return [NDArray.of(y, x!.shape, "float64")];
  }
}

const fibby = new Fibby();

Deno.test("rules track ops of users by op, by class and in patterns", () => {
  const v = T.dvector("v");
  const other = new (class Other extends theano.Op {
    override readonly props = [];
    override makeNode(x: theano.Variable): theano.Apply {
      return new Apply(this, [x], [x.type.makeVariable()]);
    }
    perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
      return [x!];
    }
  })();
  const counted = (rule: theano.opt.Rule): number => {
    const pass = opt.sweepPass(1, "mine", [], [opt.rules("mine", [rule])]);
    const graph = other.call(fibby.call(fibby.call(v)));
    const { fgraph } = theano.function([v], graph, { mode: plain.register(pass) }).maker;
    return fgraph.toposort().filter(({ op }) => op instanceof theano.Op).length;
  };
  assertEquals(counted(opt.rewrite("none", ["dot"], ({ inputs }) => inputs[0])), 3);
  assertEquals(counted(opt.opRemove("by_op", new Fibby())), 1);
  assertEquals(counted(opt.opRemove("by_class", Fibby)), 1);
  assertEquals(counted(opt.opRemove("by_base", theano.Op)), 0);
  assertEquals(counted(opt.rule("nested", opt.on(other, opt.on(Fibby, x)), ({ x }) => x)), 1);
  assertEquals(counted(opt.opSub("instead", fibby, other)), 3);
  const byClass = opt.localOptimizer([Fibby, theano.compile.ViewOp]);
  assertEquals(
    counted(byClass(function local({ inputs }): Changed {
      return inputs[0]!.owner?.op instanceof Fibby && inputs[0]!;
    })),
    2,
  );
});

Deno.test("localOptimizer() has the name of its function, and Theano's errors", () => {
  const named = opt.localOptimizer(null)(function anyNode(): false {
    return false;
  });
  assertEquals([named.name, named.tracks], ["anyNode", undefined]);
  const { message } = assertThrows(() => opt.localOptimizer([]), theano.errors.ValueError);
  assertEquals(message, "Use None instead of an empty list to apply to all nodes.");
  const bad = [3 as never];
  assertThrows(() => opt.localOptimizer(bad), theano.errors.ValueError, "Tracks are op classes");
});

Deno.test("optdb.query() says what is on", () => {
  assertEquals(opt.optdb.query("merge").passes.map(({ name }) => name), [
    "merge1",
    "merge1.1",
    "merge1.2",
    "merge2",
    "merge3",
  ]);
  const fast = opt.optdb.query("fast_run", "-canonicalize");
  assert(fast.passes.every(({ name }) => name !== "canonicalize"));
  assertStringIncludes(String(opt.optdb.query("fast_run")), "\n1 canonicalize\n  ");
  assertEquals(opt.optdb.query("+scan", "&fast_run").passes.map(({ name }) => name), [
    "scan_eqopt1",
    "scan_eqopt2",
    "scanOp_save_mem",
  ]);
  assertThrows(() => opt.optdb.query("a", "b"), theano.errors.ValueError, "begin with '+'");
});

Deno.test("what is registered is in every function that is made afterwards", () => {
  const n = T.lscalar("n");
  const zeros = fibby.call(T.zeros([n], "float64"));
  const make = (mode?: string | theano.Mode): string[] =>
    opsOf(theano.function([n], zeros, mode === undefined ? {} : { mode }));
  assert(make("FAST_RUN").includes("Fibby"));
  const fibbyOfZero = opt.localOptimizer([fibby])(function fibbyOfZero(node): Changed {
    const [input] = node.inputs;
    return input!.owner?.op.name === "Alloc" && input!;
  });
  assertEquals(opt.registerSpecialize(fibbyOfZero, "mine"), fibbyOfZero);
  assertEquals(make("FAST_RUN").includes("Fibby"), false);
  assert(make(theano.compile.getMode("FAST_RUN").excluding("fibbyOfZero")).includes("Fibby"));
  assert(make(theano.compile.getMode("FAST_RUN").excluding("mine")).includes("Fibby"));
  assertEquals(theano.function([n], zeros)(5).toArray(), [0, 0, 0, 0, 0]);
  assertEquals(cacheText(new theano.Mode().selection), undefined);
  const again = assertThrows(() => opt.registerSpecialize(fibbyOfZero), theano.errors.ValueError);
  assertStringIncludes(again.message, "Cannot register the rule fibbyOfZero for specialize");
  const seen: string[] = [];
  const watch = opt.graphPass(70, "watch", ["fast_run"], (graph) => {
    seen.push(...graph.toposort().map(({ op }) => op.name));
  });
  opt.optdb.register(watch);
  assertThrows(() => opt.optdb.register(watch), theano.errors.ValueError, "existing object. watch");
  make("FAST_RUN");
  assert(seen.includes("Alloc"));
  assert(opt.optdb.query("fast_run").passes.some(({ name }) => name === "watch"));
});

Deno.test("every phase takes rules", () => {
  const v = T.dvector("v");
  const names: string[] = [];
  const registering = {
    canonicalize: opt.registerCanonicalize,
    stabilize: opt.registerStabilize,
    specialize: opt.registerSpecialize,
    uncanonicalize: opt.registerUncanonicalize,
    useless: opt.registerUseless,
    "specialize_device": opt.registerSpecializeDevice,
  };
  for (const [phase, register] of Object.entries(registering)) {
    register(opt.rewrite(`watch_${phase}`, [Fibby], () => void names.push(phase)));
  }
  theano.function([v], fibby.call(v), { mode: "FAST_RUN" });
  assertEquals(new Set(names), new Set(Object.keys(registering)));
});
