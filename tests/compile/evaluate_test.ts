import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { messageOf } from "./helpers.ts";

const { tensor: T } = theano;

const x = T.dscalar("x");
const y = T.dscalar("y");
const z = x.add(y);

Deno.test("eval() takes pairs, a map, or values by name, again and again", () => {
  assertEquals(z.eval([[x, 16.3], [y, 12.1]]).item(), 16.3 + 12.1);
  assertEquals(z.eval(new Map([[y, 1], [x, 2]])).item(), 3);
  assertEquals(z.eval({ x: 1, y: 2 }).item(), 3);
  assertEquals(z.eval({ y: 5, x: 2 }).item(), 7);
});

Deno.test("eval() of what depends on nothing needs nothing", () => {
  assertEquals(T.constant(2).add(theano.shared(3)).eval().item(), 5);
});

Deno.test("eval() refuses names that no input has, and misses values", () => {
  assertEquals(
    messageOf(() => z.eval({ x: 1, w: 2 })),
    "TypeError: Unknown input: w. The variable depends on x, y",
  );
  assertEquals(
    messageOf(() => T.dscalar("a").add(T.dscalar("a")).eval({ a: 1 })),
    "TypeError: Ambiguous name: a - several inputs have it",
  );
  assertEquals(messageOf(() => z.eval({ x: 1 })).startsWith("MissingInputError: Input 1"), true);
});
