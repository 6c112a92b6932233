import { assertEquals } from "@std/assert";
import { cacheKey } from "../../core/cache/key.ts";
import type { CacheStore } from "../../core/cache/store.ts";
import { type Fault, type Files, files } from "../../core/host/files.ts";
import {
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

/** Stores an entry, does something to its file, and gets it with a new store. */
function afterDamage(
  damage: (path: string, folder: string) => void,
  check: (
    store: CacheStore,
    folder: string,
    warnings: readonly string[],
  ) => void,
): void {
  inFolder((folder) => {
    const path = `${folder}/${fileName}`;
    storeIn(folder).put(key, entryOf(1));
    damage(path, folder);
    const store = storeIn(folder);
    const warnings = warningsOf(() => {
      assertEquals(store.get(key), undefined);
      assertEquals(store.get(key), undefined);
    });
    check(store, folder, warnings.map((text) => text.replace(path, "FILE")));
    // The process stays usable: the entry is made again and found.
    assertEquals(warningsOf(() => store.put(key, entryOf(5))), []);
    assertEquals(storeIn(folder).get(key), entryOf(5));
  });
}

const damages:
  readonly (readonly [what: string, problem: string, damage: (path: string) => void])[] = [
    ["truncated file", "truncated", (path) => Deno.truncateSync(path, 60)],
    ["file cut to nothing", "truncated", (path) => Deno.truncateSync(path, 0)],
    ["change in the magic", "corrupted", (path) => flip(path, 0)],
    ["foreign version", "of another version", (path) => flip(path, 8)],
    ["change in the length of the header", "corrupted", (path) => flip(path, 12)],
    ["change in the digest", "corrupted", (path) => flip(path, 20)],
    ["change in the header", "corrupted", (path) => flip(path, 40)],
    ["change in the last section", "corrupted", (path) => flip(path, -20)],
    ["file with more at its end", "corrupted", (path) => append(path)],
  ];

function flip(path: string, at: number): void {
  const bytes = Deno.readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 0x10;
  Deno.writeFileSync(path, bytes);
}

function append(path: string): void {
  Deno.writeFileSync(path, new Uint8Array(3), { append: true });
}

for (const [what, problem, damage] of damages) {
  Deno.test(`get() treats a ${what} as a miss, warns once and removes it`, () =>
    afterDamage(damage, (_store, folder, warnings) => {
      assertEquals(warnings, [
        `UserWarning: Cannot use the compiled function "FILE": it is ${problem}; compiling again`,
      ]);
      assertEquals(namesIn(folder), [marker]);
    }));
}

Deno.test("get() says nothing about an entry that vanished", () =>
  afterDamage((path) => Deno.removeSync(path), (_store, _folder, warnings) => {
    assertEquals(warnings, []);
  }));

Deno.test("get() warns once of many damaged entries", () =>
  inFolder((folder) => {
    const keys = ["1", "2", "3", "4"].map(cacheKey);
    for (const key of keys) storeIn(folder).put(key, entryOf(1));
    for (const name of namesIn(folder)) if (name !== marker) flip(`${folder}/${name}`, 45);
    const store = storeIn(folder);
    const warnings = warningsOf(() => {
      for (const key of keys) assertEquals(store.get(key), undefined);
    });
    assertEquals(warnings.length, 1);
    assertEquals(namesIn(folder), [marker]);
  }));

Deno.test("get() survives a file that vanishes between looking and reading", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    const vanishing = faulty({
      stat: (path) => {
        const looked = files.stat(path);
        if (path.endsWith(fileName) && looked.ok) Deno.removeSync(path);
        return looked;
      },
    });
    const store = storeIn(folder, { files: vanishing });
    assertEquals(warningsOf(() => assertEquals(store.get(key), undefined)), []);
  }));

Deno.test("get() warns once of an entry the system does not let it read", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    const store = storeIn(folder, { files: faulty({ read: () => fault("denied", "EACCES") }) });
    const warnings = warningsOf(() => {
      assertEquals(store.get(key), undefined);
      assertEquals(store.get(key), undefined);
    });
    assertEquals(warnings, [
      `UserWarning: Cannot read the compiled function "${folder}/${fileName}": EACCES`,
    ]);
  }));

/** Stores two entries with files that fail, and gives the warnings. */
function putWith(folder: string, replaced: Partial<Files>): string[] {
  const store = storeIn(folder, { files: faulty(replaced) });
  return warningsOf(() => {
    store.put(key, entryOf(1));
    store.put(cacheKey("two"), entryOf(2));
    assertEquals(store.get(key), entryOf(1));
    assertEquals(store.get(cacheKey("two")), entryOf(2));
  });
}

function memoryOnly(folder: string, why: string): string[] {
  return [
    `UserWarning: Cannot store compiled functions in "${folder}": ${why}\n` +
    "  They are kept in memory only; set the flag compiledir to another folder to keep them",
  ];
}

const refusals: readonly (readonly [what: string, kind: Fault, text: string])[] = [
  ["full disk", "full", "No space left on device (os error 28)"],
  ["read-only disk", "denied", "Read-only file system (os error 30)"],
  ["broken disk", "other", "Input/output error (os error 5)"],
];

for (const [what, kind, text] of refusals) {
  Deno.test(`put() on a ${what} warns once and keeps entries in memory`, () =>
    inFolder((folder) => {
      const write = () => fault(kind, text);
      assertEquals(putWith(folder, { write }), memoryOnly(folder, text));
      assertEquals(namesIn(folder), [marker]);
    }));

  Deno.test(`put() into a folder that cannot be made on a ${what} warns once`, () =>
    inFolder((folder) => {
      const path = `${folder}/new`;
      const makeFolders = () => fault(kind, text);
      assertEquals(putWith(path, { makeFolders }), memoryOnly(path, text));
      assertEquals(namesIn(folder), []);
    }));
}

Deno.test("put() on a disk that fills up while writing leaves no part behind", () =>
  inFolder((folder) => {
    const write = (path: string, bytes: Uint8Array) => {
      files.write(path, bytes.subarray(0, 20));
      return fault("full", "No space left on device (os error 28)");
    };
    putWith(folder, { write });
    assertEquals(namesIn(folder), [marker]);
  }));

Deno.test("put() below a file warns once and keeps entries in memory", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    const store = storeIn(`${folder}/file/cache`);
    const warnings = warningsOf(() => {
      store.put(key, entryOf(1));
      store.put(key, entryOf(2));
    });
    assertEquals([warnings.length, store.get(key)], [1, entryOf(2)]);
  }));

Deno.test("put() makes the folder again when somebody removed it", () =>
  inFolder((folder) => {
    const path = `${folder}/cache`;
    const store = storeIn(path);
    store.put(key, entryOf(1));
    Deno.removeSync(path, { recursive: true });
    assertEquals(warningsOf(() => store.put(cacheKey("two"), entryOf(2))), []);
    assertEquals(storeIn(path).get(cacheKey("two")), entryOf(2));
    assertEquals(namesIn(path).includes(marker), true);
  }));

Deno.test("put() that dies between writing and renaming leaves the old entry", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    const rename = (): never => {
      throw new DOMException("killed");
    };
    try {
      storeIn(folder, { files: faulty({ rename }) }).put(key, entryOf(2));
    } catch (error) {
      assertEquals((error as Error).message, "killed");
    }
    assertEquals(namesIn(folder).filter((name) => name.endsWith(".part")).length, 1);
    assertEquals(storeIn(folder).get(key), entryOf(1));
    assertEquals(storeIn(folder).clear(), []);
    assertEquals(namesIn(folder), [marker]);
  }));

Deno.test("a folder without permission is neither read nor written, without a word", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    const before = treeOf(folder);
    const none = faulty({ canRead: () => false, canWrite: () => false });
    const store = storeIn(folder, { files: none });
    const warnings = warningsOf(() => {
      assertEquals(store.get(key), undefined);
      store.put(key, entryOf(2));
    });
    assertEquals([warnings, store.get(key), treeOf(folder)], [[], entryOf(2), before]);
  }));

Deno.test("a folder that may only be read is read", () =>
  inFolder((folder) => {
    storeIn(folder).put(key, entryOf(1));
    const store = storeIn(folder, { files: faulty({ canWrite: () => false }) });
    const warnings = warningsOf(() => {
      assertEquals(store.get(key), entryOf(1));
      store.put(cacheKey("two"), entryOf(2));
    });
    assertEquals([warnings, namesIn(folder)], [[], [fileName, marker].sort()]);
  }));
