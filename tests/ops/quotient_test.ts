import { assertEquals } from "@std/assert";
import { ceilIntdiv, divmod, modCheck } from "../../core/ops/quotient.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { check } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const pairs = [[7, 2], [-7, 2], [7, -2], [-7, -2], [6, 3], [0, 5]] as const;

Deno.test("divmod() and ceilIntdiv() round as Python does", () => {
  const bench = new Bench();
  const x = bench.input(pairs.map(([a]) => a), "int32");
  const y = bench.input(pairs.map(([, b]) => b), "int32");
  const [quotient, remainder] = divmod(x, y);
  check(bench, quotient, pairs.map(([a, b]) => Math.floor(a / b)), "int32");
  check(bench, remainder, pairs.map(([a, b]) => a - Math.floor(a / b) * b + 0), "int32");
  check(bench, ceilIntdiv(x, y), pairs.map(([a, b]) => Math.ceil(a / b) + 0), "int32");
});

Deno.test("modCheck() refuses complex numbers", () => {
  assertEquals(
    messageOf(() => modCheck(tensor("complex64", []), 2)),
    "ComplexError: Theano does not support the mod operator (%) on complex numbers",
  );
});
