/** @file `formatAs`: derivatives in an array, or alone. */

import { assertEquals } from "@std/assert";
import { formatAs } from "../../core/gradient/format_as.ts";
import { messageOf } from "./helpers.ts";

Deno.test("formatAs() puts results in an array, or takes the only one out of it", () => {
  assertEquals(formatAs(true, false, 1), [1]);
  assertEquals(formatAs(false, true, [1, 2]), [1, 2]);
  assertEquals(formatAs(false, false, [1]), 1);
  assertEquals(formatAs(false, false, 1), 1);
  assertEquals(
    [messageOf(() => formatAs(true, true, 1)), messageOf(() => formatAs(false, false, [1, 2]))],
    [
      "Both flags cannot be simultaneously True",
      "Wrong arguments. Expected a one element list",
    ],
  );
});
