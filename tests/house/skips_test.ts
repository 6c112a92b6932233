import { assertEquals } from "@std/assert";
import { skips } from "../helpers/skips.ts";
import { filesBelow, read } from "./helpers.ts";

/** The most skips there may be: lower it when one goes. */
const limit = 2;

Deno.test("tests that may be left out are listed with a reason, and are few", () => {
  const skipping = filesBelow("tests", ".ts").flatMap((file) => {
    const count = read(file).match(/\bignore: (?!false)/g)?.length ?? 0;
    return file === "tests/house/skips_test.ts" ? [] : Array<string>(count).fill(file);
  });
  assertEquals(skipping, skips.map(({ file }) => file));
  assertEquals(skips.length <= limit, true);
  assertEquals(skips.filter(({ reason }) => reason.length < 20), []);
});
