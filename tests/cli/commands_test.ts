import { assert, assertEquals } from "@std/assert";
import { CacheStore } from "../../core/cache/store.ts";
import type { JsonValue } from "../../core/cache/entry.ts";
import { profileName } from "../../core/cache/directory.ts";
import { cacheKey } from "../../core/cache/key.ts";
import { commandLine, commands, runCommand } from "../../core/cli/commands.ts";
import { tuneLines } from "../../core/cli/tune.ts";
import { FlagStore } from "../../core/config/flag_store.ts";
import { builtinFlags } from "../../core/config/flags.ts";
import { version } from "../../core/config/version.ts";
import { type Files, files } from "../../core/host/files.ts";
import { choiceLines, choiceOf } from "../../gpu/candidates.ts";
import { defaultSchedules } from "../../gpu/schedules.ts";
import { dayMs, fault, faulty, inFolder, namesIn, treeOf, warningsOf } from "../cache/helpers.ts";

interface Ran {
  readonly status: number;
  readonly lines: readonly string[];
}

/** Runs a command with a base directory of its own, on the cache below it. */
function run(
  base: string,
  words: string,
  flagsText: string = `base_compiledir=${base},compiledir_format=cache`,
  fileOps: Files = files,
): Ran {
  const flags = new FlagStore(
    builtinFlags(),
    () => ({ flagsText, rcFiles: [], variables: {} }),
  );
  const store = (): CacheStore =>
    new CacheStore({
      directory: String(flags.state("compiledir").value),
      maxAgeMs: 24 * dayMs,
      lockWaitMs: 1,
      lockTimeoutMs: 20,
      files: fileOps,
    });
  const lines: string[] = [];
  const argv = words === "" ? [] : words.split(" ");
  const out = (line: string): void => void lines.push(line);
  const status = runCommand(argv, { flags, store, files: fileOps, out });
  return { status, lines };
}

function put(
  base: string,
  name: string,
  meta: JsonValue,
  sizeBytes = 10,
  others: readonly string[] = [],
): void {
  const rest = Object.fromEntries(others.map((section) => [section, new Uint8Array(1)]));
  new CacheStore({ directory: `${base}/cache`, maxAgeMs: dayMs })
    .put(cacheKey(name), { meta, sections: { wasm: new Uint8Array(sizeBytes), ...rest } });
}

function fileOf(name: string): string {
  return `${cacheKey(name).slice(0, 32)}.entry`;
}

const usageLines = [
  'Type "theano-cache" to print the cache location',
  'Type "theano-cache help" to print this help',
  'Type "theano-cache clear" to erase the cache',
  'Type "theano-cache list" to print the cache content',
  'Type "theano-cache unlock" to unlock the cache directory',
  'Type "theano-cache cleanup" to delete entries that are old, of another version or cannot be read',
  'Type "theano-cache purge" to force deletion of the cache directory',
  'Type "theano-cache basecompiledir" to print the parent of the cache directory',
  'Type "theano-cache basecompiledir list" to print the content of the base compile dir',
  'Type "theano-cache basecompiledir purge" to remove everything this library made in the base ' +
  "compile dir, that is, erase ALL cache directories",
  'Type "theano-cache config" to print all flags, their values and where these come from',
];

Deno.test("runCommand() without a command prints the compile directory", () =>
  inFolder((base) => assertEquals(run(base, ""), { status: 0, lines: [`${base}/cache`] })));

Deno.test("runCommand() help prints a line for each command", () => {
  assertEquals(run("/b", "help"), { status: 0, lines: usageLines });
  assertEquals(usageLines.length, commands.length);
  for (const { words } of commands) {
    const wanted = `Type "${commandLine(words)}" to `;
    assertEquals(usageLines.filter((line) => line.startsWith(wanted)).length, 1);
  }
});

Deno.test("runCommand() prints the usage and fails for what is no command", () => {
  for (const words of ["nonsense", "clear now", "basecompiledir clear", "List"]) {
    assertEquals(run("/b", words), {
      status: 1,
      lines: [`command "theano-cache ${words}" not recognized`, ...usageLines],
    });
  }
});

Deno.test("runCommand() list reports entries by op, sets of ops and classes", () =>
  inFolder((base) => {
    put(base, "a", { compileSeconds: 0.1234, ops: ["Elemwise{add}"], types: ["float64 vector"] });
    put(base, "b", { compileSeconds: 2, ops: ["dot", "Elemwise{mul}"], types: ["y", "x", "x"] });
    put(base, "c", { ops: ["Dot22"], opClasses: ["Dot22"] });
    put(base, "d", { compileSeconds: 1, ops: [] });
    put(base, "e", null);
    assertEquals(run(base, "list"), {
      status: 0,
      lines: [
        "=".repeat(`Theano cache: ${base}/cache`.length),
        `Theano cache: ${base}/cache`,
        "=".repeat(`Theano cache: ${base}/cache`.length),
        "",
        "List of 2 compiled individual ops",
        "+++++++++++++++++++++++++++++++++",
        "entry/compiletime/Op/set of different associated Theano types",
        "-------------------------------------------------------------",
        `${fileOf("c")} nans Dot22 []`,
        `${fileOf("a")} 0.123s Elemwise{add} [float64 vector]`,
        "",
        "List of 1 compiled sets of ops",
        "++++++++++++++++++++++++++++++",
        "entry/compiletime/Set of ops/set of different associated Theano types",
        "---------------------------------------------------------------------",
        `${fileOf("b")} 2.000s [Elemwise{mul}, dot] [x, y]`,
        "",
        "List of 3 compiled Op classes and the number of times they got compiled",
        "+++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++",
        "Dot22 1",
        "dot 1",
        "Elemwise 2",
        "",
        "Number of keys for a compiled module",
        "++++++++++++++++++++++++++++++++++++",
        "number of keys/number of modules with that number of keys",
        "---------------------------------------------------------",
        "1 5",
        "",
        "Skipped 2 files that contained 0 op (are they always theano.scalar ops?)",
      ],
    });
  }));

Deno.test("runCommand() list says which entries are for a device, and how many shaders they hold", () =>
  inFolder((base) => {
    put(base, "a", { compileSeconds: 1, ops: ["GpuDot22"] }, 1, ["gemm_0_0.wgsl", "gemm_0_1.wgsl"]);
    put(base, "b", { compileSeconds: 2, ops: ["GpuElemwise", "sub"] }, 1, ["map_0.wgsl"]);
    put(base, "c", { compileSeconds: 3, ops: ["add"] }, 1, ["program.json"]);
    const { lines } = run(base, "list");
    assertEquals(lines.filter((line) => line.includes(".entry ")), [
      `${fileOf("a")} 1.000s GpuDot22 [] device: 2 shaders`,
      `${fileOf("c")} 3.000s add []`,
      `${fileOf("b")} 2.000s [GpuElemwise, sub] [] device: 1 shader`,
    ]);
  }));

Deno.test("runCommand() list names big entries and counts unreadable ones", () =>
  inFolder((base) => {
    put(base, "small", { ops: ["a"] });
    put(base, "bigger", { ops: ["b"] }, 2_000_000);
    put(base, "big", { ops: ["c"] }, 1_100_000);
    Deno.truncateSync(`${base}/cache/${fileOf("small")}`, 30);
    const { lines } = run(base, "list");
    const sizes = ["big", "bigger"].map((name) =>
      Deno.statSync(`${base}/cache/${fileOf(name)}`).size
    );
    const total = sizes[0]! + sizes[1]!;
    const at = lines.indexOf(
      "There are entries bigger than 1048576 bytes (they probably contain big tensor constants)",
    );
    assertEquals(lines.slice(at + 1, at + 4), [
      `They use ${total} bytes out of ${total} (total size used by all entries)`,
      `${fileOf("big")} ${sizes[0]} [c]`,
      `${fileOf("bigger")} ${sizes[1]} [b]`,
    ]);
    assertEquals(lines.at(-1), "Skipped 1 files that could not be read");
  }));

Deno.test("runCommand() list shows machine profiles beside the entries", () =>
  inFolder((base) => {
    put(base, "a", { ops: ["add"] });
    const { profiles } = new CacheStore({ directory: `${base}/cache`, maxAgeMs: dayMs });
    profiles.write("Card 1", choiceOf(defaultSchedules));
    profiles.write("Card 2", "of another time");
    const { lines } = run(base, "list");
    assert(lines.includes("List of 1 compiled individual ops"));
    const at = lines.indexOf("List of 2 machine profiles");
    assertEquals(lines.slice(at + 1, at + 10), [
      "++++++++++++++++++++++++++",
      "file/adapter/what is the fastest there",
      "--------------------------------------",
      `${profileName("Card 1")} Card 1`,
      ...choiceLines(choiceOf(defaultSchedules)).map((line) => `    ${line}`),
      `${profileName("Card 2")} Card 2`,
      "    nothing that this version knows: the defaults are used",
      "",
    ]);
  }));

Deno.test("runCommand() clear and purge remove machine profiles, too", () =>
  inFolder((base) => {
    const write = (): void =>
      new CacheStore({ directory: `${base}/cache`, maxAgeMs: dayMs }).profiles.write("Card", {});
    write();
    assertEquals(run(base, "clear"), { status: 0, lines: [] });
    assertEquals(namesIn(`${base}/cache`), ["theano_deno_cache.txt"]);
    write();
    assertEquals(run(base, "purge"), { status: 0, lines: [] });
    assertEquals(namesIn(base), []);
  }));

Deno.test("tuneLines() is a table of what was tried", () => {
  const table = {
    title: "Sums",
    probes: [{ name: "rows of 3 × 4", seconds: 0.00123 }, { name: "columns", seconds: 0.5 }],
    rows: [{ name: "wide", ratios: [1, 1] }, { name: "narrow", ratios: [0.504, Infinity] }],
    chosen: "wide",
    ratio: 1,
  };
  assertEquals(tuneLines("Card", { tables: [table] }), [
    "Machine profile of Card",
    "",
    "Sums, by the defaults",
    "  rows of 3 × 4      1     1.23 ms",
    "  columns            2      500 ms",
    "What was tried, as ratios to these times",
    "                     1      2",
    "  wide            1.00   1.00",
    "  narrow          0.50     no",
    "Chosen: wide; in all 1.00 of the default's time",
  ]);
});

Deno.test("runCommand() clear empties the cache and keeps what is not its own", () =>
  inFolder((base) => {
    put(base, "a", null);
    Deno.writeTextFileSync(`${base}/cache/notes.txt`, "mine");
    assertEquals(run(base, "clear"), { status: 0, lines: [] });
    assertEquals(namesIn(`${base}/cache`), ["notes.txt", "theano_deno_cache.txt"]);
  }));

Deno.test("runCommand() clear warns of what it could not remove", () =>
  inFolder((base) => {
    put(base, "a", null);
    const stuck = faulty({
      remove: (path) => path.endsWith(".entry") ? fault("denied", "no") : files.remove(path),
    });
    const warnings = warningsOf(() =>
      assertEquals(run(base, "clear", undefined, stuck), { status: 0, lines: [] })
    );
    assertEquals(warnings, [
      "UserWarning: There remain elements in the cache dir that you may need to erase manually. " +
      `The cache dir is:\n  ${base}/cache\nYou can also call "theano-cache purge" to remove ` +
      "everything from that directory.",
    ]);
  }));

Deno.test("runCommand() clear waits for the lock and takes it from an owner that is gone", () =>
  inFolder((base) => {
    put(base, "a", null);
    Deno.mkdirSync(`${base}/cache/lock_dir`);
    Deno.writeTextFileSync(`${base}/cache/lock_dir/lock`, "77_0000000001_elsewhere\n");
    const warnings = warningsOf(() => assertEquals(run(base, "clear").status, 0));
    assertEquals(warnings, [
      `UserWarning: Overriding existing lock by process '77' (I am process '${Deno.pid}')`,
    ]);
    assertEquals(namesIn(`${base}/cache`), ["theano_deno_cache.txt"]);
  }));

Deno.test("runCommand() clear says what to do when the lock cannot be had", () =>
  inFolder((base) => {
    put(base, "a", null);
    const locked = faulty({ makeFolder: () => fault("denied", "no") });
    assertEquals(run(base, "clear", undefined, locked), {
      status: 1,
      lines: [
        `Cannot clear "${base}/cache": its lock cannot be had\n` +
        '  Type "theano-cache unlock" to remove the lock, if no other program uses the cache',
      ],
    });
  }));

Deno.test("runCommand() cleanup removes old and unreadable entries", () =>
  inFolder((base) => {
    for (const name of ["old", "bad", "good"]) put(base, name, null);
    const old = new Date(Date.now() - 32 * dayMs);
    Deno.utimeSync(`${base}/cache/${fileOf("old")}`, old, old);
    Deno.truncateSync(`${base}/cache/${fileOf("bad")}`, 40);
    assertEquals(run(base, "cleanup"), { status: 0, lines: [] });
    assertEquals(namesIn(`${base}/cache`), [fileOf("good"), "theano_deno_cache.txt"].sort());
  }));

Deno.test("runCommand() unlock removes the lock by force", () =>
  inFolder((base) => {
    put(base, "a", null);
    Deno.mkdirSync(`${base}/cache/lock_dir`);
    Deno.writeTextFileSync(`${base}/cache/lock_dir/lock`, "77_0000000001_elsewhere\n");
    const wanted = { status: 0, lines: ["Lock successfully removed!"] };
    assertEquals(run(base, "unlock"), wanted);
    assertEquals(namesIn(`${base}/cache`).includes("lock_dir"), false);
    assertEquals(run(base, "unlock"), wanted);
  }));

Deno.test("runCommand() purge removes the compile directory, locked or not", () =>
  inFolder((base) => {
    put(base, "a", null);
    Deno.mkdirSync(`${base}/cache/lock_dir`);
    assertEquals(run(base, "purge"), { status: 0, lines: [] });
    assertEquals(namesIn(base), []);
    assertEquals(run(base, "purge"), { status: 0, lines: [] });
  }));

Deno.test("runCommand() changes nothing in a directory that it did not make", () =>
  inFolder((base) => {
    Deno.mkdirSync(`${base}/cache/tmpX`, { recursive: true });
    Deno.writeTextFileSync(`${base}/cache/tmpX/key.pkl`, "theirs");
    Deno.writeTextFileSync(`${base}/cache/${fileOf("a")}`, "theirs");
    Deno.mkdirSync(`${base}/cache/lock_dir`);
    Deno.writeTextFileSync(`${base}/cache/lock_dir/lock`, "theirs");
    const before = treeOf(base);
    for (
      const [words, action] of [
        ["clear", "clear"],
        ["cleanup", "clean up"],
        ["unlock", "unlock"],
        ["purge", "purge"],
      ]
    ) {
      assertEquals(run(base, words!), {
        status: 1,
        lines: [
          `Cannot ${action} "${base}/cache": it was not made by this library\n` +
          "  Set the flag compiledir to the right folder, or remove it yourself",
        ],
      });
    }
    assertEquals(treeOf(base), before);
  }));

Deno.test("runCommand() basecompiledir prints, lists and purges the parent", () =>
  inFolder((folder) => {
    const base = `${folder}/base`;
    assertEquals(run(base, "basecompiledir"), { status: 0, lines: [base] });
    assertEquals(run(base, "basecompiledir list"), {
      status: 0,
      lines: [
        `Base compile dir is ${base}`,
        "Sub-directories (possible compile caches):",
        "    (None)",
      ],
    });
    put(base, "a", null);
    Deno.mkdirSync(`${base}/compiledir_Linux`);
    Deno.writeTextFileSync(`${base}/compiledir_Linux/__init__.py`, "");
    Deno.writeTextFileSync(`${base}/b.txt`, "");
    assertEquals(run(base, "basecompiledir list").lines, [
      `Base compile dir is ${base}`,
      "Sub-directories (possible compile caches):",
      "    cache",
      "    compiledir_Linux",
      "",
      "Other files in base_compiledir:",
      "    b.txt",
    ]);
    assertEquals(run(base, "basecompiledir purge"), {
      status: 0,
      lines: [
        `Left in ${base}, since this library did not make them:`,
        "    b.txt",
        "    compiledir_Linux",
      ],
    });
    assertEquals(treeOf(base), { "b.txt": "", "compiledir_Linux/__init__.py": "" });
    Deno.removeSync(base, { recursive: true });
    put(base, "a", null);
    assertEquals(run(base, "basecompiledir purge"), { status: 0, lines: [] });
    assertEquals(namesIn(folder), []);
  }));

Deno.test("runCommand() says which permission is missing", () => {
  const unreadable = faulty({ canRead: () => false, canWrite: () => false });
  assertEquals(run("/b", "list", undefined, unreadable), {
    status: 1,
    lines: ['Cannot list "/b/cache": reading it is not permitted\n  Run with --allow-read'],
  });
  assertEquals(run("/b", "clear", undefined, unreadable), {
    status: 1,
    lines: [
      'Cannot clear "/b/cache": reading it is not permitted\n' +
      "  Run with --allow-read --allow-write",
    ],
  });
  const readOnly = faulty({ canRead: () => true, canWrite: () => false });
  assertEquals(run("/b", "basecompiledir purge", undefined, readOnly), {
    status: 1,
    lines: ['Cannot purge "/b": changing it is not permitted\n  Run with --allow-write'],
  });
});

Deno.test("runCommand() without a home folder says that the cache is in memory", () => {
  const flagsText = "base_compiledir=,compiledir=";
  assertEquals(run("", "", flagsText), {
    status: 0,
    lines: ["(none: the home folder is not known, so the cache is in memory)"],
  });
  assertEquals(run("", "clear", flagsText), {
    status: 1,
    lines: [
      "Cannot clear: the home folder is not known\n" +
      "  Run with --allow-env, or set the flag base_compiledir",
    ],
  });
});

Deno.test("runCommand() says what is wrong with flags, and does nothing", () =>
  assertEquals(run("/b", "purge", "floatX=float80"), {
    status: 1,
    lines: [
      'ValueError: Invalid value ("float80") for configuration variable "floatX". ' +
      "Valid options are ('float64', 'float32', 'float16')",
    ],
  }));

Deno.test("runCommand() config prints every flag with its value and origin", () => {
  const { status, lines } = run("/b", "config", "profile=True,future.flag=1");
  const text = lines.join("\n");
  assertEquals(status, 0);
  assert(/^environment: (not permitted|THEANO_FLAGS=)/.test(lines[0]!));
  assert(lines.includes("unknown flag: future.flag"));
  for (const flag of builtinFlags()) assert(text.includes(`    Doc:  ${flag.doc}\n`), flag.name);
  assert(
    text.includes(
      "profile (<class 'bool'>) \n" +
        "    Doc:  Collect times of every function and print them at the end.\n" +
        "    Value:  True\n    Origin:  environment\n\n",
    ),
  );
  assert(text.endsWith("    Origin:  default"));
});

Deno.test("version is that of deno.json", () => {
  const text = Deno.readTextFileSync(new URL("../../deno.json", import.meta.url));
  assertEquals(JSON.parse(text).version, version);
});
