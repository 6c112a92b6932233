import { assertEquals, assertThrows } from "@std/assert";
import { InconsistencyError } from "../../core/errors.ts";
import { DestroyHandler, Supervisor } from "../../core/graph/destroy.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { apply, call, fixed, overwrite, plain, roots, viewing } from "./helpers.ts";

const view = (x: Variable): Variable => call(plain("view", viewing), x);
const destroy = (...xs: Variable[]): Variable => call(plain("destroy", overwrite), ...xs);

interface Watched {
  readonly graph: FunctionGraph;
  readonly handler: DestroyHandler;
}

/** A graph that is watched for overwriting, its inputs kept. */
function watched(inputs: Variable[], outputs: Variable[], kept: Variable[] = inputs): Watched {
  const handler = new DestroyHandler();
  const graph = new FunctionGraph(inputs, outputs, {
    clone: false,
    features: [handler, new Supervisor(kept)],
  });
  return { graph, handler };
}

function refused(outputs: Variable[], inputs: Variable[], why: string, kept?: Variable[]): void {
  const { graph } = watched(inputs, outputs, kept);
  assertThrows(() => graph.validate(), InconsistencyError, why);
}

Deno.test("DestroyHandler lets an intermediate result be overwritten once", () => {
  const [x] = roots("x");
  const { graph } = watched([x!], [destroy(destroy(apply("f", x!)))]);
  graph.validate();
  assertEquals(graph.orderings().size, 0);
});

Deno.test("DestroyHandler puts every other reader before the destroyer, through views", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  const read = apply("read", view(f));
  const d = destroy(f);
  const { graph } = watched([x!], [read, d]);
  graph.validate();
  assertEquals(
    graph.toposort().map(String),
    ["f(x)", "view(f.0)", "read(view.0)", "destroy(f.0)"],
  );
});

Deno.test("DestroyHandler refuses two destroyers of one storage", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  refused([destroy(f), destroy(view(f))], [x!], "Multiple destroyers of f.0");
});

Deno.test("DestroyHandler refuses to overwrite constants", () => {
  refused([destroy(view(fixed(1)))], [], "Attempting to destroy indestructible variables");
});

Deno.test("DestroyHandler refuses cycles with the order that overwriting demands", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  const d = destroy(f);
  refused([apply("late", f, d)], [x!], "Dependency graph contains cycles");
});

Deno.test("DestroyHandler refuses that two destroyers wait for each other", () => {
  const [x] = roots("x");
  const [a, b] = [apply("a", x!), apply("b", x!)];
  refused([destroy(a, b), destroy(b, a)], [x!], "Dependency graph contains cycles");
});

Deno.test("DestroyHandler refuses that another input lies in what is overwritten, unless tolerated", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  refused([destroy(f, view(f))], [x!], "Input aliasing: destroy(f.0, view.0) (0, 1)");
  const e = apply("e", x!);
  refused([destroy(e, e)], [x!], "Input aliasing: destroy(e.0, e.0) (0, 1)");
  const tolerant = plain("add", { ...overwrite, toleratesSame: [[0, 1]] });
  const g = apply("g", x!);
  watched([x!], [call(tolerant, g, g)]).graph.validate();
  const h = apply("h", x!);
  refused([call(tolerant, h, view(h))], [x!], "Input aliasing");
});

Deno.test("Supervisor keeps inputs, views of them and outputs, but not what may go", () => {
  const [x] = roots("x");
  const why = "Trying to destroy a protected Variable. x";
  refused([destroy(x!)], [x!], why);
  refused([destroy(view(x!))], [x!], why);
  watched([x!], [destroy(x!)], []).graph.validate();
  const f = apply("f", x!);
  refused([destroy(f), view(f)], [x!], "Trying to destroy a protected Variable. view.0");
});

Deno.test("replaceValidate() reverts a replacement that overwrites too much", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  const first = apply("g", f);
  const { graph } = watched([x!], [first, apply("late", f, first)]);
  assertThrows(() => graph.replaceValidate(first, destroy(f)), InconsistencyError);
  assertEquals(String(graph), "[*2 -> g(*1 -> f(x)), late(*1, *2)]");
  graph.validate();
});

Deno.test("destroyers() and hasDestroyers() see through views", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  const d = destroy(view(f));
  const { handler } = watched([x!], [d]);
  assertEquals(handler.destroyers(f), [d.owner!]);
  assertEquals(handler.hasDestroyers([x!, d]), false);
  assertEquals(handler.hasDestroyers([x!, f]), true);
});

Deno.test("refusal() says why a node may not overwrite an input", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  const one = fixed(1);
  const g = apply("g", f, x!, one);
  const late = apply("late", f, g);
  const { handler, graph } = watched([x!], [late]);
  const supervisor = graph.features.find((p) => p instanceof Supervisor)!;
  const refusal = (v: Variable, index: number): string | undefined =>
    handler.refusal(v.owner!, index, (root) => supervisor.isProtected(root));
  assertEquals(refusal(g, 0), "late(f.0, g.0) reads it later");
  assertEquals(refusal(g, 1), "x is protected");
  assertEquals(refusal(g, 2), `${one} is a constant`);
  assertEquals(refusal(late, 0), undefined);
  assertEquals(refusal(late, 1), undefined);
  assertEquals(handler.canDestroy(late.owner!, 0), true);
  assertEquals(handler.canDestroy(f.owner!, 0), false, "g reads x after f");
});

Deno.test("refusal() knows outputs, aliases and other destroyers", () => {
  const [x] = roots("x");
  const f = apply("f", x!);
  const g = apply("g", f, view(f));
  const { handler } = watched([x!], [g, apply("h", g)]);
  assertEquals(handler.refusal(g.owner!, 0), "input 1 is stored in it too");
  const h = handler.refusal(g.owner!, 1);
  assertEquals(h, "input 0 is stored in it too");
  const k = apply("k", x!);
  const d = destroy(k);
  const reader = apply("reader", k);
  const second = watched([x!], [apply("both", d, reader)]).handler;
  assertEquals(second.refusal(reader.owner!, 0), "destroy(k.0) overwrites it already");
  const p = apply("p", x!);
  const third = watched([x!], [view(p), apply("q", p)]);
  const q = third.graph.outputs[1]!.owner!;
  assertEquals(third.handler.refusal(q, 0), "an output of the graph is stored in it");
});

Deno.test("refusal() counts the order that other destroyers demand", () => {
  const [x] = roots("x");
  const [a, b] = [apply("a", x!), apply("b", x!)];
  const first = destroy(a, b);
  const second = apply("second", b, a);
  const { handler } = watched([x!], [first, second]);
  assertEquals(handler.refusal(second.owner!, 0), "destroy(a.0, b.0) reads it later");
});

Deno.test("refusal() agrees with validate() on random graphs", () => {
  let state = 7;
  const roll = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
  let allowed = 0;
  for (let round = 0; round < 300; round++) {
    const [x] = roots("x");
    const known = [x!];
    const pick = (): Variable => known[roll(known.length)]!;
    for (let i = 0; i < 8; i++) {
      known.push(roll(4) === 0 ? view(pick()) : apply(`f${i}`, pick(), pick()));
    }
    const { graph, handler } = watched([x!], [known.at(-1)!, pick()]);
    const candidates = graph.toposort().filter((node) => node.inputs.length === 2);
    for (const node of candidates) {
      const legal = handler.canDestroy(node, 0, (root) => root === x);
      const inplace = call(plain(`${node.op.name}!`, overwrite), ...node.inputs);
      let valid = true;
      try {
        graph.replaceValidate(node.outputs[0]!, inplace);
      } catch {
        valid = false;
      }
      assertEquals(legal, valid, `${graph} ${node}`);
      if (valid) allowed++;
    }
  }
  assertEquals(allowed > 100, true);
});
