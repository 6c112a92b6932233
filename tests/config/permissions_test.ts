import { assertEquals } from "@std/assert";
import { denoCommand } from "../cache/deno_command.ts";

const program = new URL("./show_flags.ts", import.meta.url).pathname;

interface Shown {
  readonly output: string;
  readonly errors: string;
}

/** Runs a program that prints some flags, with these permissions and this environment only. */
function show(permissions: readonly string[], env: Record<string, string>): Shown {
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["run", "--quiet", "--no-check", ...permissions, program],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { output: text(stdout), errors: text(stderr) };
}

function inFolder(action: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    action(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("flags are defaults without permissions, and nothing is asked or said", () => {
  const env = { THEANO_FLAGS: "floatX=float32", HOME: "/home/me" };
  assertEquals(show([], env), { output: "float64 default cpu []\n", errors: "" });
  assertEquals(show(["--no-prompt"], env), { output: "float64 default cpu []\n", errors: "" });
});

Deno.test("THEANO_FLAGS is read where just that variable is permitted", () => {
  const env = { THEANO_FLAGS: "floatX=float32,device=webgpu", HOME: "/home/me" };
  const shown = show(["--allow-env=THEANO_FLAGS"], env);
  assertEquals(shown, { output: "float32 environment webgpu []\n", errors: "" });
});

Deno.test("~/.theanorc is read where home folder and file are permitted", () =>
  inFolder((home) => {
    Deno.writeTextFileSync(
      `${home}/.theanorc`,
      "[global]\nfloatX = float16\nbase_compiledir = ~/%(USER)s\ncompiledir_format = x\n",
    );
    const env = { HOME: home, USER: "someone" };
    assertEquals(show(["--allow-env", `--allow-read=${home}`], env), {
      output: `float16 ${home}/.theanorc cpu [${home}/someone/x]\n`,
      errors: "",
    });
    assertEquals(show(["--allow-env=HOME"], env).output.split(" ")[0], "float64");
  }));

Deno.test("THEANORC lists files, of which later ones win and missing ones are ignored", () =>
  inFolder((home) => {
    Deno.writeTextFileSync(`${home}/one`, "[global]\nfloatX = float16\ndevice = cuda0\n");
    Deno.writeTextFileSync(`${home}/two`, "[global]\nfloatX = float32\n");
    const env = { HOME: home, THEANORC: `~/one:${home}/missing:${home}/two` };
    const shown = show(["--allow-env", `--allow-read=${home}`], env);
    assertEquals(shown.output.split(" [")[0], `float32 ${home}/two cuda0`);
    assertEquals(shown.errors, "");
  }));

Deno.test("an rc file that is a folder is ignored like one that is missing", () =>
  inFolder((home) => {
    Deno.mkdirSync(`${home}/.theanorc`);
    const shown = show(["--allow-env", `--allow-read=${home}`], { HOME: home });
    assertEquals([shown.output.split(" ")[0], shown.errors], ["float64", ""]);
  }));

Deno.test("a key without a value is warned of on standard error", () => {
  const shown = show(["--allow-env=THEANO_FLAGS"], { THEANO_FLAGS: "profile,floatX=float32" });
  assertEquals(shown, {
    output: "float32 environment cpu []\n",
    errors: "TheanoConfigWarning: Config key 'profile' has no value, ignoring it\n",
  });
});
