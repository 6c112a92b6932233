import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  clone,
  cloneGetEquiv,
  cloneReplace,
  enterGivens,
  rebuild,
} from "../../core/graph/clone.ts";
import { equalComputations } from "../../core/graph/equal.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { apply, chain, fixed, PlainShared, real, roots, whole } from "./helpers.ts";

Deno.test("clone() copies inputs, nodes and orphans, with names and tags", () => {
  const [x, y] = roots("x", "y");
  const sum = apply("add", x!, apply("mul", y!, fixed(2)));
  sum.name = "sum";
  sum.tag.testValue = 3;
  const [ins, [out]] = clone([x!, y!], [sum]);
  assertEquals(out!.name, "sum");
  assertEquals(out!.tag.testValue, 3);
  assertEquals(ins.map(String), ["x", "y"]);
  assertNotStrictEquals(ins[0], x);
  assertNotStrictEquals(
    out!.owner!.inputs[1]!.owner!.inputs[1],
    sum.owner!.inputs[1]!.owner!.inputs[1],
  );
  assert(equalComputations([sum], [out!], [[x!, ins[0]!], [y!, ins[1]!]]));
});

Deno.test("clone() keeps inputs and orphans when told to", () => {
  const [x] = roots("x");
  const two = fixed(2);
  const y = apply("mul", x!, two);
  const [[sameX], [shared]] = clone([x!], [y], { copyInputs: false });
  assertStrictEquals(sameX, x);
  assertStrictEquals(shared!.owner!.inputs[1], two);
  const [[otherX], [mixed]] = clone([x!], [y], { copyOrphans: false });
  assertNotStrictEquals(otherX, x);
  assertStrictEquals(mixed!.owner!.inputs[1], two);
});

Deno.test("cloneGetEquiv() gives what became of each variable and node", () => {
  const [x] = roots("x");
  const y = apply("a", x!);
  const { variables, nodes } = cloneGetEquiv([x!], [y, x!]);
  assertStrictEquals(variables.get(y)!.owner, nodes.get(y.owner!));
  assertStrictEquals(variables.get(y)!.owner!.inputs[0], variables.get(x!));
  assertEquals(variables.size, 2);
});

Deno.test("clone() of a graph of 20,000 levels does not exhaust the stack", () => {
  const [x] = roots("x");
  const [[copy], [end]] = clone([x!], [chain(x!, 20_000)]);
  let v: Variable = end!;
  let depth = 0;
  for (; v.owner !== null; v = v.owner.inputs[0]!) depth++;
  assertStrictEquals(v, copy);
  assertEquals(depth, 20_000);
});

Deno.test("cloneReplace() replaces at once and does not search what replaces", () => {
  const [x, y] = roots("x", "y");
  const sum = apply("add", x!, y!);
  const swapped = cloneReplace(sum, [[x!, y!], [y!, x!]]);
  assertEquals(String(swapped.owner), "add(y, x)");
  const grown = cloneReplace(sum, new Map([[x!, sum]]));
  assertStrictEquals(grown.owner!.inputs[0], sum);
  assertEquals(cloneReplace([sum, x!], [[sum, x!]]), [x!, x!]);
});

Deno.test("cloneReplace() shares what does not change", () => {
  const [x, y, z] = roots("x", "y", "z");
  const kept = apply("kept", y!);
  const both = apply("both", apply("changed", x!), kept);
  const copy = cloneReplace(both, [[x!, z!]]);
  assertStrictEquals(copy.owner!.inputs[1], kept);
  assertNotStrictEquals(copy, both);
  assertStrictEquals(cloneReplace(both, []), both);
});

Deno.test("cloneReplace() with shareInputs false copies the roots, each once", () => {
  const [x] = roots("x");
  const sum = apply("add", x!, x!);
  const copy = cloneReplace(sum, [], { shareInputs: false });
  const [a, b] = copy.owner!.inputs;
  assertStrictEquals(a, b);
  assertNotStrictEquals(a, x);
  assertEquals(a!.name, "x");
});

Deno.test("cloneReplace() converts what can be and refuses the rest when strict", () => {
  const x = real.makeVariable("x");
  const i = whole.makeVariable("i");
  assertEquals(String(cloneReplace(apply("f", x), [[x, i]]).owner), "f(convert.0)");
  assertThrows(
    () => cloneReplace(apply("f", i), [[i, x]]),
    TypeError,
    "Cannot convert Type real (of Variable x) into Type whole. You can try to manually convert x " +
      "into a whole.",
  );
  const remade = cloneReplace(apply("f", i), [[i, x]], { strict: false });
  assertStrictEquals(remade.owner!.inputs[0], x);
});

Deno.test("rebuild() notes every variable it met", () => {
  const [x, y] = roots("x", "y");
  const sum = apply("add", x!, y!);
  const memo = new Map<Variable, Variable>([[x!, y!]]);
  const [out] = rebuild([sum], memo);
  assertEquals(new Set(memo.keys()), new Set([x, y, sum]));
  assertStrictEquals(memo.get(y!), y);
  assertStrictEquals(memo.get(sum), out);
});

Deno.test("enterGivens() lets later replacements use earlier ones and refuses the reverse", () => {
  const [a, b, c] = roots("a", "b", "c");
  const memo = new Map<Variable, Variable>();
  enterGivens([[a!, b!], [c!, apply("f", a!)]], memo);
  assertEquals(String(memo.get(c!)!.owner), "f(b)");
  assertThrows(
    () => enterGivens([[a!, b!], [b!, apply("inc", a!)]], new Map()),
    Error,
    "When using 'givens' or 'replace' with several (old_v, new_v) replacement pairs, you can not " +
      "have a new_v variable depend on an old_v one. For instance, givens = {a:b, b:(a+1)} is not " +
      "allowed. Here, the old_v b is used to compute other new_v's, but it is scheduled to be " +
      "replaced by inc.0.",
  );
});

Deno.test("clone() of a shared variable stays one", () => {
  const w = new PlainShared(real, "w");
  const [[copy]] = clone([w], [apply("f", w)]);
  assertEquals(copy!.kind, "shared");
});
