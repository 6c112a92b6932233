import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T, Out, In } = theano;

const x = T.dvector("x");
const mode = new theano.Mode({ linker: "vm", optimizer: null });

function outputOps(f: { readonly maker: { readonly fgraph: theano.FunctionGraph } }): string[] {
  return f.maker.fgraph.outputs.map((output) => output.owner?.op.name ?? String(output));
}

Deno.test("an output that is an input, a constant, a shared value or another output is copied", () => {
  const s = theano.shared([1.5]);
  assertEquals(outputOps(theano.function([x], [x, x.mul(2)], { mode })), [
    "DeepCopyOp",
    "Elemwise{mul,no_inplace}",
  ]);
  assertEquals(outputOps(theano.function([], T.constant([1.5, 2]), { mode })), ["DeepCopyOp"]);
  assertEquals(outputOps(theano.function([], s, { mode })), ["DeepCopyOp"]);
  const y = x.mul(2);
  assertEquals(outputOps(theano.function([x], [y, y], { mode })), [
    "DeepCopyOp",
    "Elemwise{mul,no_inplace}",
  ]);
  assertEquals(outputOps(theano.function([x], x.dimshuffle("x", 0), { mode })), ["DeepCopyOp"]);
});

Deno.test("a shared variable that is updated may be an output as it was", () => {
  const s = theano.shared([1.5], "s");
  const f = theano.function([], s, { mode, updates: [[s, s.mul(2)]] });
  assertEquals(outputOps(f), ["s", "Elemwise{mul,no_inplace}"]);
  assertEquals(f().toArray(), [1.5]);
});

Deno.test("where both sides borrow, a view stands in for the copy", () => {
  const y = x.mul(2);
  const both = theano.function([x], [new Out(y, { borrow: true }), new Out(y, { borrow: true })], {
    mode,
  });
  assertEquals(outputOps(both), ["ViewOp", "Elemwise{mul,no_inplace}"]);
  const given = new In(x, { borrow: true, mutable: true });
  const input = theano.function([given], new Out(x, { borrow: true }), { mode });
  assertEquals(outputOps(input), ["ViewOp"]);
  assertEquals(both([1, 2]).map((v) => v.toArray()), [[2, 4], [2, 4]]);
});
