/** @file Functions on a device that another process has compiled. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { denoCommand } from "../cache/deno_command.ts";
import { functionTest } from "./compiled.ts";

const program = new URL("cached_program.ts", import.meta.url).pathname;
const commands = new URL("../../core/cli/main.ts", import.meta.url).pathname;

/** Runs a script in a process of its own with a compile directory; gives what it printed. */
function run(folder: string, ...args: readonly string[]): { out: string; err: string } {
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["run", "-A", ...args],
    env: {
      THEANO_FLAGS: `device=webgpu,print_active_device=False,base_compiledir=${folder}`,
      NO_COLOR: "1",
      XDG_RUNTIME_DIR: "/tmp",
    },
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { out: text(stdout), err: text(stderr) };
}

/** The file of the only entry below a folder. */
function entryIn(folder: string): string {
  const [directory] = [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory);
  const path = `${folder}/${directory!.name}`;
  const entries = [...Deno.readDirSync(path)].filter(({ name }) => name.endsWith(".entry"));
  assertEquals(entries.length, 1);
  return `${path}/${entries[0]!.name}`;
}

functionTest(
  "a function for a device is found on disk, listed, and compiled again if damaged",
  () => {
    const folder = Deno.makeTempDirSync();
    try {
      const results = [[5, 7, 9], 32];
      const printed = (graphs: number): string => `${JSON.stringify({ results, graphs })}\n`;
      assertEquals(run(folder, program), { out: printed(1), err: "" });
      assertEquals(run(folder, program), { out: printed(0), err: "" });
      assertMatch(run(folder, commands, "list").out, /GpuElemwise.* device: \d+ shaders\n/);
      const file = entryIn(folder);
      const bytes = Deno.readFileSync(file);
      bytes[bytes.length - 40]! ^= 1;
      Deno.writeFileSync(file, bytes);
      const again = run(folder, program);
      assertEquals(again.out, printed(1));
      assert(again.err.includes("it is corrupted; compiling again"), again.err);
      assertEquals(run(folder, program), { out: printed(0), err: "" });
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
