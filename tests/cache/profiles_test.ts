import { assert, assertEquals } from "@std/assert";
import { profileName } from "../../core/cache/directory.ts";
import { cacheKey } from "../../core/cache/key.ts";
import { version } from "../../core/config/version.ts";
import {
  dayMs,
  entryOf,
  fault,
  faulty,
  inFolder,
  namesIn,
  storeIn,
  warningsOf,
} from "./helpers.ts";

const adapter = "Some card (driver 1.2), 8 GB";
const name = profileName(adapter);
const schedules = { gemm: { tiles: [{ rows: 64 }], busy: 96 }, reduce: { threads: 128 } };
const marker = "theano_deno_cache.txt";

Deno.test("profileName() is a legal file name, another one for each adapter", () => {
  assert(/^Some_card_driver_1\.2_8_GB-[0-9a-f]{8}\.profile\.json$/.test(name), name);
  const others = ["", "../..", "…", "Some card [driver 1.2], 8 GB", "x".repeat(300)];
  const names = [name, ...others.map(profileName)];
  for (const one of names) assert(/^[\w.-]{1,100}$/.test(one) && !one.startsWith("."), one);
  assertEquals(new Set(names).size, names.length);
});

Deno.test("a profile comes back in another process, as text that people can read", () =>
  inFolder((folder) => {
    storeIn(folder).profiles.write(adapter, schedules);
    assertEquals(namesIn(folder), [name, marker].sort());
    assertEquals(storeIn(folder).profiles.read(adapter), schedules);
    assertEquals(storeIn(folder).profiles.read("another card"), undefined);
    const text = Deno.readTextFileSync(`${folder}/${name}`);
    assertEquals(text.split("\n").slice(0, 3), [
      "{",
      `  "adapter": "${adapter}",`,
      `  "version": "${version}",`,
    ]);
    storeIn(folder).profiles.write(adapter, { gemm: "anew" });
    assertEquals(storeIn(folder).profiles.read(adapter), { gemm: "anew" });
  }));

Deno.test("a profile that is damaged, of another version or another adapter is none", () =>
  inFolder((folder) => {
    const { profiles } = storeIn(folder);
    profiles.write(adapter, schedules);
    const path = `${folder}/${name}`;
    const text = Deno.readTextFileSync(path);
    const damaged = [
      "",
      text.slice(0, 40),
      "null",
      "[]",
      "7",
      text.replace(version, "0.0.1"),
      text.replace("Some card", "Another"),
      text.replace('"adapter"', '"name"'),
    ];
    for (const wrong of damaged) {
      Deno.writeTextFileSync(path, wrong);
      const store = storeIn(folder);
      const warnings = warningsOf(() => {
        for (let k = 0; k < 2; k++) assertEquals(store.profiles.read(adapter), undefined);
      });
      assertEquals(warnings, [
        `UserWarning: Cannot use the machine profile "${path}": it is damaged, of another version ` +
        "or of another adapter\n" +
        "  Measure again by gpu.use(…, { tune: true }), or remove it",
      ]);
      // What was measured by this process does not depend on files.
      assertEquals(profiles.read(adapter), schedules);
    }
  }));

Deno.test("a profile that cannot be stored is used by the process, and a warning says so", () =>
  inFolder((folder) => {
    const warningOf = (path: string, why: string): string =>
      `UserWarning: Cannot store the machine profile in "${path}": ${why}\n` +
      "  It is used by this process only; set the flag compiledir to another folder to keep it";
    const cases = [
      { path: folder, files: faulty({ canWrite: () => false }), why: "not permitted" },
      { path: folder, files: faulty({ canRead: () => false }), why: "not permitted" },
      { path: folder, files: faulty({ rename: () => fault("full", "no space") }), why: "no space" },
      { path: "", files: faulty({}), why: "the home folder is not known" },
    ];
    for (const { path, files, why } of cases) {
      const { profiles } = storeIn(path, { files });
      const warnings = warningsOf(() => {
        profiles.write(adapter, schedules);
        profiles.write(adapter, schedules);
      });
      assertEquals(warnings, [warningOf(path, why)]);
      assertEquals(profiles.read(adapter), schedules);
    }
    assertEquals(namesIn(folder), [marker]);
    Deno.removeSync(`${folder}/${marker}`);
    Deno.writeTextFileSync(`${folder}/theirs.txt`, "");
    const { profiles } = storeIn(folder);
    assertEquals(warningsOf(() => profiles.write(adapter, schedules)), [
      warningOf(folder, "it holds files that are no compile cache"),
    ]);
  }));

Deno.test("describe() lists profiles, and counts those that are of no use", () =>
  inFolder((folder) => {
    const store = storeIn(folder);
    store.put(cacheKey("one"), entryOf(1));
    store.profiles.write(adapter, schedules);
    Deno.writeTextFileSync(`${folder}/${profileName("old card")}`, "{}");
    const { entries, profiles, unreadable } = storeIn(folder).describe();
    assertEquals(profiles, [{ name, adapter, version, schedules }]);
    assertEquals([entries.length, unreadable], [1, 1]);
  }));

Deno.test("clear() removes profiles, cleanup() those that are of no use, however old the others", () =>
  inFolder((folder) => {
    const store = storeIn(folder);
    store.profiles.write(adapter, schedules);
    Deno.writeTextFileSync(`${folder}/${profileName("old card")}`, "{}");
    const old = new Date(Date.now() - 400 * dayMs);
    Deno.utimeSync(`${folder}/${name}`, old, old);
    assertEquals(store.cleanup({ isReadingAll: false, isWaiting: true }), 0);
    assertEquals(store.cleanup({ isReadingAll: true, isWaiting: true }), 1);
    assertEquals(namesIn(folder), [name, marker].sort());
    assertEquals(store.clear(), []);
    assertEquals(namesIn(folder), [marker]);
    assertEquals(store.profiles.read(adapter), undefined);
  }));
