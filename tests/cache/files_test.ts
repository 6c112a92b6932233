import { assert, assertEquals } from "@std/assert";
import { files, joinPath } from "../../core/host/files.ts";
import { denoCommand } from "./deno_command.ts";
import { inFolder, namesIn } from "./helpers.ts";

const bytes = Uint8Array.of(1, 2, 3);

Deno.test("files writes, reads, renames, lists and removes", () =>
  inFolder((folder) => {
    const [a, b] = [joinPath(folder, "a"), joinPath(`${folder}/`, "b")];
    assert(files.write(a, bytes).ok);
    assert(files.create(b, Uint8Array.of(9)).ok);
    assert(files.makeFolder(joinPath(folder, "c")).ok);
    assertEquals(files.list(folder), {
      ok: true,
      value: [
        { name: "a", isDirectory: false },
        { name: "b", isDirectory: false },
        { name: "c", isDirectory: true },
      ],
    });
    assert(files.rename(a, b).ok);
    assertEquals(files.read(b), { ok: true, value: bytes });
    assert(files.touch(b, 1_600_000_000_000).ok);
    assertEquals(files.stat(b), {
      ok: true,
      value: { isDirectory: false, sizeBytes: 3, modifiedMs: 1_600_000_000_000 },
    });
    assert(files.remove(b).ok);
    assert(files.makeFolders(joinPath(folder, "c", "d")).ok);
    assert(files.makeFolders(joinPath(folder, "c", "d")).ok);
    assert(files.removeTree(joinPath(folder, "c")).ok);
    assertEquals(namesIn(folder), []);
  }));

Deno.test("files says which fault it met", () =>
  inFolder((folder) => {
    const faultOf = (outcome: { ok: boolean; fault?: string }): string =>
      outcome.ok ? "none" : outcome.fault!;
    const path = joinPath(folder, "a");
    assertEquals(faultOf(files.read(path)), "missing");
    assertEquals(faultOf(files.stat(path)), "missing");
    assertEquals(faultOf(files.rename(path, `${path}b`)), "missing");
    assertEquals(faultOf(files.list(path)), "missing");
    assertEquals(faultOf(files.write(joinPath(folder, "no", "a"), bytes)), "missing");
    files.write(path, bytes);
    assertEquals(faultOf(files.create(path, bytes)), "exists");
    assertEquals(faultOf(files.makeFolder(path)), "exists");
    assertEquals(faultOf(files.remove(folder)), "exists");
    assertEquals(faultOf(files.read(folder)), "other");
    assertEquals(faultOf(files.write(joinPath(path, "below"), bytes)), "other");
  }));

/** What a program prints that writes to a path with these permissions. */
function writeElsewhere(path: string, ...permissions: readonly string[]): string {
  const module = new URL("../../core/host/files.ts", import.meta.url).href;
  const program = `import { files } from ${JSON.stringify(module)};
    console.log(JSON.stringify(files.write(${JSON.stringify(path)}, new Uint8Array(9))));`;
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      ...permissions,
      `data:text/javascript,${encodeURIComponent(program)}`,
    ],
    stdin: "null",
  }).outputSync();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("files tells a full disk from one it may not write to", () => {
  if (Deno.build.os !== "linux") return;
  assertEquals(
    writeElsewhere("/dev/full", "-A"),
    `{"ok":false,"fault":"full","text":"No space left on device (os error 28): ` +
      `writefile '/dev/full'"}`,
  );
  assertEquals(
    writeElsewhere("/tmp/x", "--allow-import"),
    '{"ok":false,"fault":"denied","text":"not permitted"}',
  );
});
