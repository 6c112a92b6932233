import { assertAlmostEquals, assertEquals } from "@std/assert";
import { denoCommand } from "../cache/deno_command.ts";

/** What the program prints in a process of its own, with a compile directory. */
async function run(folder: string): Promise<{ result: number[]; graphs: number }> {
  const command = new Deno.Command(denoCommand(), {
    args: ["run", "-A", new URL("cached_program.ts", import.meta.url).pathname],
    env: { THEANO_FLAGS: `base_compiledir=${folder}` },
  });
  const { stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  if (text === "") throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

Deno.test("a second process finds on disk what the first one compiled", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const first = await run(folder);
    const second = await run(folder);
    assertEquals(first.graphs, 1);
    assertEquals(second.graphs, 0);
    assertEquals(second.result, first.result);
    assertAlmostEquals(first.result[0]!, 2 * (Math.tanh(1.5) + Math.tanh(3)), 1e-14);
    assertAlmostEquals(first.result[1]!, 2 * (Math.tanh(2) + Math.tanh(4)), 1e-14);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
