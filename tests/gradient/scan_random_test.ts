/** @file Derivatives of loops that seeds draw, against those of the same turns written out. */

import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { Random } from "../helpers/random.ts";
import { derivatives, draw } from "./scan_draw.ts";
import { loop, writtenOut } from "./scan_loops.ts";

Deno.test("derivatives of loops are those of their turns written out", () => {
  for (let seed = 0; seed < 120; seed++) {
    const drawn = draw(seed);
    const givens = new Map<Variable, NDArray>(drawn.givens);
    const looped = loop(drawn.description);
    const turns = evaluate([looped.maps[0]!], givens)[0]!.shape[0]!;
    const [got, wanted] = [looped, writtenOut(drawn.description, turns)].map((outputs) =>
      evaluate(derivatives(outputs, drawn, new Random(seed)), givens)
    );
    wanted!.forEach((w, k) => {
      const what = `seed ${seed}, derivative ${k}`;
      assertEquals(got![k]!.shape, w.shape, what);
      w.data.forEach((x, n) => {
        const error = Math.abs(Number(got![k]!.data[n]) - Number(x));
        assert(error <= 1e-9 * Math.max(1, Math.abs(Number(x))), `${what} at ${n}`);
      });
    });
  }
});
