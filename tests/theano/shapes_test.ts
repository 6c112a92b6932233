/**
 * @file The manual's pages "How shape information is handled" and "Broadcasting".
 */

import { assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { denoCommand } from "../cache/deno_command.ts";
import { numbers, printed } from "./helpers.ts";

const { tensor: T } = theano;

const program = new URL("./joined_shape.ts", import.meta.url).pathname;

Deno.test("shapes 62: the shape of a square asks only for the shape of its input", () => {
  const x = T.matrix("x");
  const f = theano.function([x], x.pow(2).shape);
  assertEquals(printed(f), [
    "MakeVector{dtype='int64'} [id A] '' 2",
    "|Shape_i{0} [id B] '' 1",
    "| |x [id C]",
    "|Shape_i{1} [id D] '' 0",
    "|x [id C]",
  ]);
});

Deno.test("shapes 63 and 64: the shape of a join is computed without joining", () => {
  const x = T.matrix("x");
  const y = T.matrix("y");
  const f = theano.function([x, y], T.join(0, x, y).shape);
  assertEquals(printed(f), [
    "MakeVector{dtype='int64'} [id A] '' 4",
    "|Elemwise{Add}[(0, 0)] [id B] '' 3",
    "| |Shape_i{0} [id C] '' 2",
    "| | |x [id D]",
    "| |Shape_i{0} [id E] '' 1",
    "| |y [id F]",
    "|Shape_i{1} [id G] '' 0",
    "|x [id D]",
  ]);
  const shape = f(theano.ones([5, 4]), theano.ones([3, 3]));
  assertEquals([shape.toArray(), shape.dtype], [[8, 4], "int64"]);
});

Deno.test("shapes 65 and 66: the join itself finds that the shapes differ", () => {
  const x = T.matrix("x");
  const y = T.matrix("y");
  const f = theano.function([x, y], T.join(0, x, y));
  assertEquals(printed(f), [
    "Join [id A] '' 0",
    "|TensorConstant{0} [id B]",
    "|x [id C]",
    "|y [id D]",
  ]);
  assertThrows(() => f(theano.ones([5, 4]), theano.ones([3, 3])), theano.errors.ValueError);
});

Deno.test("shapes 67: without the rewrite the shape finds it too", () => {
  const x = T.matrix("x");
  const y = T.matrix("y");
  const mode = new theano.Mode().excluding("local_shape_to_shape_i");
  for (const option of [mode, "FAST_COMPILE", "DebugMode"]) {
    const f = theano.function([x, y], T.join(0, x, y).shape, { mode: option });
    assertEquals(f(theano.ones([5, 4]), theano.ones([3, 4])).toArray(), [8, 4]);
    assertThrows(() => f(theano.ones([5, 4]), theano.ones([3, 3])), theano.errors.ValueError);
  }
});

Deno.test("shapes 67: the flag optimizer_excluding switches the rewrite off", () => {
  const printedBy = (flags: string): string => {
    const { stdout } = new Deno.Command(denoCommand(), {
      args: ["run", "--quiet", "--no-check", "--allow-env=THEANO_FLAGS", program],
      env: { THEANO_FLAGS: flags, NO_COLOR: "1" },
      stdin: "null",
    }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  };
  assertEquals(printedBy(""), "[8 4]");
  assertEquals(printedBy("optimizer_excluding=local_shape_to_shape_i"), "ValueError");
});

Deno.test("shapes 68: a shape that was stated is a constant", () => {
  const x = T.matrix();
  const square = T.specifyShape(x, [2, 2]).pow(2);
  const f = theano.function([x], square.shape);
  assertEquals(printed(f), ["DeepCopyOp [id A] '' 0", "|TensorConstant{(2,) of 2} [id B]"]);
});

Deno.test("shapes 70: rows, matrices and columns broadcast as they say", () => {
  assertEquals([T.row(), T.matrix(), T.col()].map((v) => v.broadcastable), [
    [true, false],
    [false, false],
    [false, true],
  ]);
});

const counts = [[0, 1, 2], [3, 4, 5], [6, 7, 8]];

Deno.test("shapes 71: a row is added to each row", () => {
  const r = T.row();
  const m = T.matrix();
  const [sum] = theano.function([r, m], [r.add(m)])([[0, 1, 2]], counts);
  assertEquals(sum!.toArray(), [[0, 2, 4], [3, 5, 7], [6, 8, 10]]);
});

Deno.test("shapes 72: a column is added to each column", () => {
  const c = T.col();
  const m = T.matrix();
  const [sum] = theano.function([c, m], [c.add(m)])([[0], [1], [2]], counts);
  assertEquals(sum!.toArray(), [[0, 1, 2], [4, 5, 6], [8, 9, 10]]);
});

Deno.test("shapes 73: a vector broadcasts to the left", () => {
  const v = T.vector();
  const m = T.matrix();
  const sum = theano.function([v, m], v.add(m))([10, 20], [[1, 2], [3, 4], [5, 6]]);
  assertEquals(numbers(sum), [11, 22, 13, 24, 15, 26]);
  assertEquals(v.dimshuffle("x", 0).broadcastable, [true, false]);
});
