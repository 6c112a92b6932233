import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { cacheKey, digestBytes, fnv32, murmur128 } from "../../core/cache/key.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("murmur128() has the verification value of MurmurHash3_x86_128", () => {
  // Source: SMHasher, KeysetTest.cpp and main.cpp: keys 0, 01, 012, … with seeds 256 - length.
  const digests = new Uint8Array(256 * 16);
  for (let length = 0; length < 256; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i);
    digests.set(new Uint8Array(murmur128(bytes, 256 - length).buffer), length * 16);
  }
  assertEquals(murmur128(digests)[0]! >>> 0, 0xb3ece62a);
});

Deno.test("fnv32() has the published values of FNV-1a", () => {
  // Source: draft-eastlake-fnv, test vectors.
  assertEquals(fnv32(encode("")), 0x811c9dc5);
  assertEquals(fnv32(encode("a")), 0xe40c292c);
  assertEquals(fnv32(encode("foobar")), 0xbf9cf968);
});

Deno.test("cacheKey() holds two hashes and the length in bytes, and is a file name", () => {
  assertMatch(cacheKey("add(x, y)"), /^[0-9a-f]{32}-[0-9a-f]{8}-9$/);
  assert(cacheKey("é").endsWith("-2"));
  assertEquals(cacheKey("same"), cacheKey("same"));
});

Deno.test("cacheKey() differs for every one of many similar texts", () => {
  const keys = new Set<string>();
  for (let i = 0; i < 20000; i++) keys.add(cacheKey(`mul(x, ${i})`).slice(0, 32));
  assertEquals(keys.size, 20000);
});

Deno.test("digestBytes() depends on every bit and on nothing around the bytes", () => {
  const bytes = Uint8Array.from({ length: 37 }, (_, i) => i * 31);
  const digest = digestBytes(bytes);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const other = bytes.slice();
    other[bit >> 3]! ^= 1 << (bit & 7);
    assertNotEquals(digestBytes(other), digest);
  }
  const around = new Uint8Array(50).fill(255);
  around.set(bytes, 5);
  assertEquals(digestBytes(around.subarray(5, 42)), digest);
});
