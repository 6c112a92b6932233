import { assert, assertEquals } from "@std/assert";
import { cacheKey } from "../../core/cache/key.ts";
import { files } from "../../core/host/files.ts";
import {
  dayMs,
  entryOf,
  fault,
  faulty,
  inFolder,
  namesIn,
  storeIn,
  treeOf,
  warningsOf,
} from "./helpers.ts";

const key = cacheKey("one");
const fileName = `${key.slice(0, 32)}.entry`;
const marker = "theano_deno_cache.txt";

Deno.test("CacheStore gives back what another store in the same folder was given", () =>
  inFolder((folder) => {
    storeIn(`${folder}/a/b`).put(key, entryOf(1, { ops: ["add"] }));
    const store = storeIn(`${folder}/a/b`);
    assertEquals(store.get(key), entryOf(1, { ops: ["add"] }));
    assertEquals(store.get(cacheKey("two")), undefined);
    assertEquals(namesIn(`${folder}/a/b`), [fileName, marker]);
  }));

Deno.test("CacheStore keeps entries in memory, so a second get() reads no file", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    let reads = 0;
    const counting = faulty({ read: (path) => (reads++, files.read(path)) });
    const store = storeIn(folder, { files: counting });
    assert(store.get(key) === store.get(key));
    assertEquals(reads, 1);
  }));

Deno.test("CacheStore replaces an entry", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    storeIn(folder).put(key, entryOf(2));
    assertEquals(storeIn(folder).get(key), entryOf(2));
    assertEquals(namesIn(folder), [fileName, marker]);
  }));

Deno.test("CacheStore takes keys of one digest for different ones", () =>
  inFolder((folder) => {
    const other = `${key.slice(0, 32)}-00000000-99`;
    storeIn(folder).put(other, entryOf(1));
    assertEquals(warningsOf(() => assertEquals(storeIn(folder).get(key), undefined)), []);
    storeIn(folder).put(key, entryOf(2));
    assertEquals(storeIn(folder).get(key), entryOf(2));
    assertEquals(storeIn(folder).get(other), undefined);
  }));

Deno.test("CacheStore without a directory keeps entries in memory and says nothing", () => {
  const store = storeIn("");
  const warnings = warningsOf(() => store.put(key, entryOf(1)));
  assertEquals([store.get(key), warnings], [entryOf(1), []]);
  assertEquals([store.describe().entries, store.clear()], [[], undefined]);
  assertEquals(store.get(key), undefined);
});

Deno.test("CacheStore compiles again what was not used for the time limit", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    const after = (days: number) => storeIn(folder, { now: () => Date.now() + days * dayMs });
    assertEquals(after(25).get(key), undefined);
    assertEquals(after(23).get(key), entryOf(1));
    // That use renewed the entry.
    assertEquals(after(46).get(key), entryOf(1));
  }));

Deno.test("CacheStore notes a use at most once a day", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    let touches = 0;
    const counting = faulty({
      touch: (path, timeMs) => (touches++, files.touch(path, timeMs)),
    });
    const now = Date.now();
    const getAt = (hours: number): void => {
      const store = storeIn(folder, { files: counting, now: () => now + hours * 3_600_000 });
      assertEquals(store.get(key), entryOf(1));
    };
    getAt(1);
    getAt(23);
    assertEquals(touches, 0);
    getAt(25);
    getAt(26);
    getAt(48);
    assertEquals(touches, 1);
    getAt(50);
    assertEquals(touches, 2);
  }));

Deno.test("CacheStore puts times of use right that a clock set back left in the future", () =>
  inFolder((folder) => {
    const now = Date.now();
    storeIn(folder).put(key, entryOf(1));
    Deno.utimeSync(`${folder}/${fileName}`, new Date(now), new Date(now + 400 * dayMs));
    assertEquals(storeIn(folder, { now: () => now }).get(key), entryOf(1));
    const { mtime } = Deno.statSync(`${folder}/${fileName}`);
    assert(Math.abs(mtime!.getTime() - now) < 1000);
  }));

Deno.test("cleanup() removes entries a week after their limit and dead writers' files", () =>
  inFolder((folder) => {
    const store = storeIn(folder);
    for (let i = 0; i < 4; i++) store.put(cacheKey(`${i}`), entryOf(i));
    const names = namesIn(folder).filter((name) => name.endsWith(".entry"));
    const age = (name: string, days: number): void => {
      const time = new Date(Date.now() - days * dayMs);
      Deno.utimeSync(`${folder}/${name}`, time, time);
    };
    [30, 32, 0, 400].forEach((days, i) => age(names[i]!, days));
    for (const name of ["old.part", "new.part"]) Deno.writeTextFileSync(`${folder}/${name}`, "x");
    age("old.part", 2);
    assertEquals(store.cleanup({ isReadingAll: false, isWaiting: true }), 3);
    assertEquals(namesIn(folder), [names[0]!, names[2]!, "new.part", marker].sort());
  }));

Deno.test("cleanup() that reads all removes what cannot be read", () =>
  inFolder((folder) => {
    const store = storeIn(folder);
    for (let i = 0; i < 3; i++) store.put(cacheKey(`${i}`), entryOf(i));
    const names = namesIn(folder).filter((name) => name.endsWith(".entry"));
    const bytes = Deno.readFileSync(`${folder}/${names[0]}`);
    bytes[8] = 99;
    Deno.writeFileSync(`${folder}/${names[0]}`, bytes);
    Deno.truncateSync(`${folder}/${names[1]}`, 50);
    assertEquals(store.describe().unreadable, 2);
    assertEquals(store.cleanup({ isReadingAll: false, isWaiting: true }), 0);
    assertEquals(store.cleanup({ isReadingAll: true, isWaiting: true }), 2);
    assertEquals(namesIn(folder), [names[2]!, marker].sort());
  }));

Deno.test("CacheStore cleans up by itself, at its first put() and once a day", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    const at = (days: number) => storeIn(folder, { now: () => Date.now() + days * dayMs });
    at(0.5).put(cacheKey("two"), entryOf(2));
    const old = new Date(Date.now() - 40 * dayMs);
    Deno.utimeSync(`${folder}/${fileName}`, old, old);
    at(0.9).put(cacheKey("two"), entryOf(2));
    assert(namesIn(folder).includes(fileName));
    at(1.5).put(cacheKey("two"), entryOf(2));
    assert(!namesIn(folder).includes(fileName));
  }));

Deno.test("clear() removes entries and writers' files, and nothing else", () =>
  inFolder((folder) => {
    const store = storeIn(folder);
    for (let i = 0; i < 3; i++) store.put(cacheKey(`${i}`), entryOf(i));
    Deno.writeTextFileSync(`${folder}/x.part`, "x");
    Deno.writeTextFileSync(`${folder}/notes.txt`, "mine");
    assertEquals(store.clear(), []);
    assertEquals(namesIn(folder), ["notes.txt", marker]);
    assertEquals(store.get(cacheKey("0")), undefined);
    store.put(key, entryOf(1));
    assertEquals(storeIn(folder).get(key), entryOf(1));
  }));

Deno.test("clear() names what it could not remove", () =>
  inFolder((folder) => {
    const files = faulty({ remove: () => fault("denied", "no") });
    storeIn(folder).put(key, entryOf(1));
    assertEquals(storeIn(folder, { files }).clear(), [fileName]);
  }));

Deno.test("describe() lists entries with size, last use and facts", () =>
  inFolder((folder) => {
    const store = storeIn(folder);
    store.put(key, entryOf(1, { ops: ["add"] }));
    const { entries, unreadable } = storeIn(folder).describe();
    const { size, mtime } = Deno.statSync(`${folder}/${fileName}`);
    const usedMs = mtime!.getTime();
    assertEquals(unreadable, 0);
    assertEquals(entries, [{
      name: fileName,
      sizeBytes: size,
      usedMs,
      meta: { ops: ["add"] },
      sections: ["wasm", "empty", "text"],
    }]);
  }));

Deno.test("CacheStore never touches a folder that it did not make", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/tmpXYZ`);
    Deno.writeTextFileSync(`${folder}/tmpXYZ/key.pkl`, "theirs");
    Deno.writeTextFileSync(`${folder}/__init__.py`, "");
    Deno.writeTextFileSync(`${folder}/${fileName}`, "theirs too");
    Deno.writeTextFileSync(`${folder}/x.part`, "theirs as well");
    const before = treeOf(folder);
    const store = storeIn(folder, { now: () => Date.now() + 1000 * dayMs, maxAgeMs: 1e15 });
    const warnings = warningsOf(() => {
      assertEquals(store.get(key), undefined);
      store.put(key, entryOf(1));
      store.put(cacheKey("two"), entryOf(2));
    });
    assertEquals(warnings, [
      `UserWarning: Cannot use the compiled function "${folder}/${fileName}": ` +
      "it is corrupted; compiling again",
      `UserWarning: Cannot store compiled functions in "${folder}": ` +
      "it holds files that are no compile cache\n" +
      "  They are kept in memory only; set the flag compiledir to another folder to keep them",
    ]);
    assertEquals(store.get(key), entryOf(1));
    assertEquals(store.clear(), undefined);
    assertEquals(store.cleanup({ isReadingAll: true, isWaiting: true }), undefined);
    assertEquals(treeOf(folder), before);
  }));
