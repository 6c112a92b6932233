import { assert, assertEquals } from "@std/assert";
import {
  isEnvPermitted,
  isMainRuntime,
  isProcessAlive,
  platform,
  readEnv,
} from "../../core/host/host.ts";
import { setWarningListener, warn } from "../../core/host/warn.ts";
import { denoCommand } from "../cache/deno_command.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("platform() says what Deno says", () => {
  const { os, arch, denoVersion, v8Version, pid } = platform();
  assertEquals([os, arch], [Deno.build.os, Deno.build.arch]);
  assertEquals([denoVersion, v8Version, pid], [Deno.version.deno, Deno.version.v8, Deno.pid]);
  assert(isMainRuntime());
});

Deno.test("readEnv() reads what is set", () => {
  if (!isEnvPermitted()) return;
  Deno.env.set("THEANO_TEST_VARIABLE", "x");
  assertEquals(readEnv("THEANO_TEST_VARIABLE"), "x");
  Deno.env.delete("THEANO_TEST_VARIABLE");
  assertEquals(readEnv("THEANO_TEST_VARIABLE"), undefined);
});

Deno.test("isProcessAlive() knows this process, and dead ones where signals are permitted", async () => {
  assertEquals(isProcessAlive(Deno.pid), true);
  const child = new Deno.Command(denoCommand(), { args: ["--version"], stdout: "null" }).spawn();
  await child.status;
  const mayAsk = Deno.permissions.querySync({ name: "run" }).state === "granted";
  assertEquals(
    isProcessAlive(child.pid),
    mayAsk && Deno.build.os !== "windows" ? false : undefined,
  );
});

Deno.test("warn() hands warnings to the listener in place of standard error", () => {
  const seen: string[] = [];
  const before = setWarningListener((category, text) => seen.push(`${category}|${text}`));
  warn("UserWarning", "one");
  const mine = setWarningListener(before);
  assert(mine !== undefined);
  assertEquals(seen, ["UserWarning|one"]);
});

Deno.test("flags and cache work in a browser, which has no Deno", () => {
  const urlOf = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    delete globalThis.Deno;
    const { config } = await import(${urlOf("../../core/config/config.ts")});
    const { defaultStore } = await import(${urlOf("../../core/cache/store.ts")});
    const { main } = await import(${urlOf("../../core/cli/main.ts")});
    const { warn } = await import(${urlOf("../../core/host/warn.ts")});
    config.floatX = "float32";
    const entry = { meta: null, sections: {} };
    defaultStore().put("key", entry);
    const isKept = defaultStore().get("key") === entry;
    console.log(config.floatX, config.device, config.compiledir === "", isKept, main([]));
    warn("UserWarning", "to the console");`;
  const { stdout, stderr, code } = new Deno.Command(denoCommand(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      `data:text/javascript,${encodeURIComponent(program)}`,
    ],
    env: { NO_COLOR: "1", THEANO_FLAGS: "device=webgpu" },
    stdin: "null",
  }).outputSync();
  assertEquals([code, text(stdout), text(stderr)], [
    0,
    "(none: the home folder is not known, so the cache is in memory)\n" +
    "float32 cpu true true 0\n",
    "UserWarning: to the console\n",
  ]);
});
