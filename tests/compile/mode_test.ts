import { assertEquals, assertStrictEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { messageOf } from "./helpers.ts";

const { tensor: T, Mode } = theano;
const { getMode, registerMode } = theano.compile;

Deno.test("getMode() knows the predefined modes, and takes a mode as it is", () => {
  const facts = (name: string): unknown[] => [getMode(name).linker, getMode(name).level];
  assertEquals(facts("FAST_RUN"), ["cvm", "fast_run"]);
  assertEquals(facts("FAST_COMPILE"), ["vm", "fast_compile"]);
  const mode = new Mode({ linker: "vm" });
  assertStrictEquals(getMode(mode), mode);
  assertEquals(
    messageOf(() => getMode("SLOW")),
    "ValueError: No predefined mode exist for string: SLOW",
  );
});

Deno.test("the default mode follows the flags; only it adds and excludes what flags say", () => {
  theano.config.changeFlags({ linker: "py", optimizer: "fast_compile" }, () => {
    assertEquals([getMode().linker, getMode().level], ["py", "fast_compile"]);
    assertEquals([new Mode().linker, new Mode({ linker: "vm" }).level], ["py", "fast_compile"]);
  });
  theano.config.changeFlags({ mode: "FAST_COMPILE" }, () => {
    assertEquals(getMode().level, "fast_compile");
  });
  assertEquals(getMode("FAST_RUN").selection.excluding, []);
});

Deno.test("including(), excluding(), requiring() and clone() give new modes", () => {
  const mode = new Mode({ linker: "vm", optimizer: "fast_run" });
  const changed = mode.including("a", "b").excluding("c").requiring("d").including("e");
  const { including, excluding, requiring } = changed.selection;
  assertEquals([including, excluding, requiring], [["a", "b", "e"], ["c"], ["d"]]);
  assertEquals(mode.selection.including, []);
  const cloned = changed.clone({ optimizer: "fast_compile" });
  assertEquals([cloned.level, cloned.linker, cloned.selection.excluding], [
    "fast_compile",
    "vm",
    ["c"],
  ]);
  assertEquals(new Mode({ optimizer: null }).level, null);
  assertEquals(new Mode({ optimizer: "None" }).level, null);
});

Deno.test("Mode refuses unknown linkers", () => {
  assertEquals(
    messageOf(() => new Mode({ linker: "gcc" as never })),
    'ValueError: Invalid value for linker: "gcc". Valid values are py, c, c|py, c|py_nogc, vm, cvm, ' +
      "vm_nogc, cvm_nogc",
  );
});

Deno.test("registerMode() names a mode once", () => {
  const mode = new Mode({ linker: "vm", optimizer: "merge" });
  registerMode("MODE_OF_TEST", mode);
  assertStrictEquals(getMode("MODE_OF_TEST"), mode);
  assertEquals(
    messageOf(() => registerMode("FAST_RUN", mode)),
    "ValueError: Mode name already taken: FAST_RUN",
  );
  assertEquals(
    messageOf(() => registerMode("MODE_OF_TEST", mode)),
    "ValueError: Mode name already taken: MODE_OF_TEST",
  );
});

Deno.test("a mode decides how far a graph is rewritten", () => {
  const x = T.dscalar("x");
  const y = T.exp(T.log(x.mul(1)));
  const nodes = (mode: theano.Mode | string): number =>
    theano.function([x], y, { mode }).maker.fgraph.applyNodes.size;
  assertEquals(nodes(new Mode({ optimizer: null })), 3);
  assertEquals(nodes("FAST_RUN") < 3, true);
  assertEquals(nodes(new Mode({ linker: "vm", optimizer: "fast_run" }).requiring("nothing")), 3);
});

Deno.test("a mode may bring its own optimiser", () => {
  const x = T.dscalar("x");
  const seen: number[] = [];
  const optimizer = {
    optimize: (graph: theano.FunctionGraph) => seen.push(graph.applyNodes.size),
    text: () => `own of mode_test ${Math.random()}`,
  };
  const f = theano.function([x], x.mul(2).add(1), { mode: new Mode({ linker: "vm", optimizer }) });
  assertEquals(f(3).item(), 7);
  assertEquals(seen, [2]);
});

Deno.test("modeNotSlow() leaves out what makes a mode slow, and rewrites as it does", () => {
  const { modeNotSlow } = theano.gradient;
  assertEquals(modeNotSlow("FAST_COMPILE"), "FAST_RUN");
  const mode = new Mode({ linker: "vm" });
  assertStrictEquals(modeNotSlow(mode), mode);
  const debugged = new theano.compile.DebugMode({ optimizer: "fast_compile" });
  const fast = getMode(modeNotSlow(debugged));
  assertEquals([fast.runner, fast.level], [undefined, "fast_compile"]);
  theano.config.changeFlags({ mode: "FAST_COMPILE" }, () => {
    assertEquals(getMode(modeNotSlow()).level, "fast_compile");
  });
});
