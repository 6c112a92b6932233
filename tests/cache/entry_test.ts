import { assertEquals } from "@std/assert";
import { decodeEntry, encodeEntry } from "../../core/cache/entry.ts";
import { MemoryLayer } from "../../core/cache/memory.ts";
import { entryOf } from "./helpers.ts";

Deno.test("decodeEntry() gives back what encodeEntry() took", () => {
  for (let seed = 0; seed < 40; seed++) {
    const entry = entryOf(seed, { "ключ": [1.5, null, true, { a: "é" }], seed });
    const decoded = decodeEntry(encodeEntry("key", entry));
    assertEquals(decoded, { key: "key", entry });
  }
  const bare = { meta: null, sections: {} };
  assertEquals(decodeEntry(encodeEntry("", bare)), { key: "", entry: bare });
});

Deno.test("encodeEntry() starts sections at multiples of 16, for views of any type", () => {
  const decoded = decodeEntry(encodeEntry("key", entryOf(3)));
  const sections = "entry" in decoded ? Object.values(decoded.entry.sections) : [];
  assertEquals(sections.map((bytes) => bytes.byteOffset % 16), [0, 0, 0]);
});

Deno.test("decodeEntry() notices a file that ends early, wherever it ends", () => {
  const bytes = encodeEntry("key", entryOf(1));
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(decodeEntry(bytes.slice(0, length)), { problem: "truncated" }, `at ${length}`);
  }
});

Deno.test("decodeEntry() notices a change of any byte", () => {
  const bytes = encodeEntry("key", entryOf(2));
  const problems = new Set<string>();
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [1, 0x80, 0xff]) {
      const changed = bytes.slice();
      changed[at]! ^= change;
      const decoded = decodeEntry(changed);
      problems.add("problem" in decoded ? decoded.problem : `none at byte ${at}`);
    }
  }
  assertEquals([...problems].sort(), ["corrupted", "of another version", "truncated"]);
});

Deno.test("decodeEntry() notices bytes that follow, and files of other programs", () => {
  const bytes = encodeEntry("key", entryOf(2));
  assertEquals(decodeEntry(Uint8Array.of(...bytes, 0)), { problem: "corrupted" });
  assertEquals(decodeEntry(new Uint8Array(1000)), { problem: "corrupted" });
  assertEquals(decodeEntry(new TextEncoder().encode("{}")), { problem: "corrupted" });
});

Deno.test("decodeEntry() tells another version from damage", () => {
  const bytes = encodeEntry("key", entryOf(2));
  bytes[8] = 2;
  assertEquals(decodeEntry(bytes), { problem: "of another version" });
});

Deno.test("MemoryLayer drops what was not used for longest and stays in its bound", () => {
  const sizeBytes = 100;
  const entry = { meta: null, sections: { a: new Uint8Array(sizeBytes - 4) } };
  const memory = new MemoryLayer(3 * sizeBytes);
  for (const key of ["a", "b", "c"]) memory.put(key, entry);
  assertEquals(memory.get("a"), entry);
  memory.put("d", entry);
  assertEquals(["a", "b", "c", "d"].map((key) => memory.get(key) !== undefined), [
    true,
    false,
    true,
    true,
  ]);
  assertEquals(memory.sizeBytes, 3 * sizeBytes);
  memory.put("d", entry);
  assertEquals(memory.sizeBytes, 3 * sizeBytes);
  memory.put("big", { meta: null, sections: { a: new Uint8Array(4 * sizeBytes) } });
  assertEquals(memory.get("big"), undefined);
  assertEquals(memory.get("d"), entry);
  memory.clear();
  assertEquals([memory.sizeBytes, memory.get("d")], [0, undefined]);
});
