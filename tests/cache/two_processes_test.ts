import { assert, assertEquals } from "@std/assert";
import { cacheKey } from "../../core/cache/key.ts";
import { denoCommand } from "./deno_command.ts";
import { entryOf, namesIn, storeIn } from "./helpers.ts";

const program = new URL("./writer.ts", import.meta.url).pathname;
const marker = "theano_deno_cache.txt";

interface Report {
  readonly code: number;
  readonly errors: string;
  readonly found: number;
  readonly mixed: number;
}

/** Runs `writer.ts` in a process of its own. */
async function runWriter(folder: string, ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await new Deno.Command(denoCommand(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
      program,
      folder,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const counts = text === "" ? { found: 0, mixed: 0 } : JSON.parse(text);
  return { code, errors: new TextDecoder().decode(stderr), ...counts };
}

async function inSharedFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(`${folder}/cache`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("CacheStore: three processes that write the same entries never see a mixture", () =>
  inSharedFolder(async (folder) => {
    await Deno.mkdir(folder);
    const reports = await Promise.all(["1", "2", "3"].map((id) => runWriter(folder, id, "40")));
    for (const { code, errors, found, mixed } of reports) {
      assertEquals([code, errors, found, mixed], [0, "", 120, 0]);
    }
    assertEquals(namesIn(folder).length, 4);
    assert(namesIn(folder).includes(marker));
  }));

Deno.test("CacheStore: processes go on while another one clears the cache", () =>
  inSharedFolder(async (folder) => {
    storeIn(folder).put(cacheKey("x"), entryOf(1));
    const [writer, other, clearing] = await Promise.all([
      runWriter(folder, "1", "40"),
      runWriter(folder, "2", "40"),
      runWriter(folder, "3", "60", "clear"),
    ]);
    for (const { code, errors, mixed } of [writer!, other!, clearing!]) {
      assertEquals([code, errors, mixed], [0, "", 0]);
    }
    assert(writer!.found > 0 && other!.found > 0);
    assertEquals(storeIn(folder).clear(), []);
    assertEquals(namesIn(folder), [marker]);
  }));

Deno.test("CacheStore: a process that dies between writing and renaming harms nobody", () =>
  inSharedFolder(async (folder) => {
    const key = cacheKey("entry 0");
    storeIn(folder).put(key, entryOf(1));
    const { code, errors } = await runWriter(folder, "1", "1", "die");
    assertEquals([code, errors], [7, ""]);
    assertEquals(namesIn(folder).filter((name) => name.endsWith(".part")).length, 1);
    assertEquals(storeIn(folder).get(key), entryOf(1));
    storeIn(folder).put(key, entryOf(2));
    assertEquals(storeIn(folder).get(key), entryOf(2));
  }));

Deno.test("CacheStore: without permission to write, a process computes and says nothing", () =>
  inSharedFolder(async (folder) => {
    const { code, stdout, stderr } = await new Deno.Command(denoCommand(), {
      args: ["run", "--quiet", "--no-check", program, folder, "1", "2"],
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    assertEquals([code, text(stdout), text(stderr)], [0, '{"found":0,"mixed":0}', ""]);
  }));
