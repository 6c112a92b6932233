import { assertEquals } from "@std/assert";
import { denoCommand } from "../cache/deno_command.ts";
import { inFolder } from "../cache/helpers.ts";

const program = new URL("../../core/cli/main.ts", import.meta.url).pathname;

/** Runs the program itself: exit status, standard output, standard error. */
function run(
  permissions: readonly string[],
  env: Record<string, string>,
  ...words: readonly string[]
): readonly [status: number, output: string, errors: string] {
  const { code, stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["run", "--quiet", "--no-check", ...permissions, program, ...words],
    env: { NO_COLOR: "1", THEANO_FLAGS: "", ...env },
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return [code, text(stdout), text(stderr)];
}

Deno.test("theano-cache prints the directory that THEANO_FLAGS names", () =>
  inFolder((folder) => {
    const env = { THEANO_FLAGS: `compiledir=${folder}/c` };
    assertEquals(run(["-A"], env), [0, `${folder}/c\n`, ""]);
  }));

Deno.test("theano-cache ends with status 1 for what is no command", () => {
  const [status, output, errors] = run(["-A"], {}, "nonsense");
  assertEquals([status, output.split("\n")[0], errors], [
    1,
    'command "theano-cache nonsense" not recognized',
    "",
  ]);
});

Deno.test("theano-cache config says that the environment is not permitted", () => {
  const [status, output, errors] = run([], { THEANO_FLAGS: "floatX=float32" }, "config");
  assertEquals([status, errors], [0, ""]);
  assertEquals(output.split("\n").slice(0, 3), [
    "environment: not permitted",
    "rc file: ~/.theanorc (not permitted)",
    "",
  ]);
});

Deno.test("theano-cache config shows THEANO_FLAGS and the rc files", () =>
  inFolder((home) => {
    Deno.writeTextFileSync(`${home}/rc`, "[global]\nlinker = py\n");
    const env = {
      HOME: home,
      THEANO_FLAGS: "floatX=float32",
      THEANORC: `${home}/rc:${home}/missing`,
    };
    const [status, output, errors] = run(["--allow-env", "--allow-read"], env, "config");
    assertEquals([status, errors], [0, ""]);
    assertEquals(output.split("\n").slice(0, 4), [
      "environment: THEANO_FLAGS=floatX=float32",
      `rc file: ${home}/rc (found)`,
      `rc file: ${home}/missing (missing)`,
      "",
    ]);
    assertEquals(output.includes(`    Value:  py\n    Origin:  ${home}/rc\n`), true);
    assertEquals(output.includes("    Value:  float32\n    Origin:  environment\n"), true);
  }));
