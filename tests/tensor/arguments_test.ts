import { assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { optional } from "../../core/tensor/arguments.ts";

interface Options {
  readonly axis?: number;
  readonly keepdims?: boolean;
}

const names = ["axis", "keepdims"] as const;

function read(...given: readonly unknown[]): Options {
  return optional<Options>("f", names, given);
}

function messageOf(run: () => unknown): string {
  return assertThrows(run, TypeError).message;
}

Deno.test("optional() takes positions, an options object, or both", () => {
  assertEquals(read(), {});
  assertEquals(read(1), { axis: 1 });
  assertEquals(read(1, true), { axis: 1, keepdims: true });
  assertEquals(read({ keepdims: true }), { keepdims: true });
  assertEquals(read(1, { keepdims: true }), { axis: 1, keepdims: true });
});

Deno.test("optional() counts undefined as absent", () => {
  assertEquals(read(undefined, true), { keepdims: true });
  assertEquals(read({ axis: undefined }), {});
});

Deno.test("optional() refuses what it does not know, twice the same, and too much", () => {
  assertEquals(
    messageOf(() => read({ axs: 1 })),
    'f() got an unknown option "axs": the known ones are axis, keepdims',
  );
  assertEquals(
    messageOf(() => read(1, { axis: 2 })),
    'f() got "axis" both by position and by name',
  );
  assertEquals(
    messageOf(() => read(1, true, 3)),
    "f() got 1 surplus argument(s): the optional ones are axis, keepdims",
  );
});

Deno.test("optional() refuses a kind that an option of that name never has", () => {
  assertEquals(messageOf(() => read(1, [2])), "keepdims must be true or false! (got: 2)");
});

Deno.test("functions given to Array.map fail instead of taking the index for an axis", () => {
  const T = theano.tensor;
  const xs = [T.dmatrix("x"), T.dmatrix("y")];
  for (const f of [T.sum, T.max, T.mean, T.exp, T.flatten, T.constant]) {
    assertThrows(() => xs.map(f as (x: unknown) => unknown), TypeError);
  }
});
