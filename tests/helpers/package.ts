/**
 * @file The package as it is published: `theano.js`, which is run, beside the sources, which hold its
 * types and documentation.
 *
 * `deno task bundle` writes it to `dist/`, and `deno task publish` publishes that folder. The
 * checkout itself needs no build: there, the entry is `mod.ts`.
 */

// deno-lint-ignore-file no-console
import { bundled } from "./bundle.ts";

const root = new URL("../../", import.meta.url);

/** What of `deno.json` concerns what is published. */
interface Config {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly publish: { readonly exclude: readonly string[] };
}

/**
 * Writes the package into a folder, in place of what is there.
 *
 * @param folder The folder, with a slash at its end.
 * @returns Bytes of `theano.js`.
 */
export async function writePackage(folder: URL): Promise<number> {
  const code = await bundled();
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  const config: Config = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const ignored = (await Deno.readTextFile(new URL(".gitignore", root))).split("\n");
  for await (const { name } of Deno.readDir(root)) {
    const isLeftOut = name.startsWith(".") || /^deno\./.test(name) || ignored.includes(`${name}/`);
    if (isLeftOut || config.publish.exclude.includes(name)) continue;
    await copy(new URL(name, root), new URL(name, folder));
  }
  await Deno.writeTextFile(new URL("theano.js", folder), code);
  await Deno.writeTextFile(
    new URL("deno.json", folder),
    JSON.stringify(published(config), null, 2),
  );
  return code.length;
}

/** The configuration of the package: that of the checkout with another entry. */
function published(config: Config): Partial<Config> {
  const { name, version, license, exports, imports, compilerOptions } = config;
  const entry = "./theano.js";
  return {
    name,
    version,
    license,
    exports: { ...exports, ".": entry },
    imports: { ...imports, [name]: entry },
    compilerOptions,
    // Everything here: the checkout's .gitignore, which leaves the folder out, does not count.
    publish: { exclude: ["!**"] },
  };
}

async function copy(from: URL, to: URL): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from}/${name}`), new URL(`${to}/${name}`));
  }
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? new URL("dist", root).pathname;
  const bytes = await writePackage(new URL(`file://${folder}/`));
  console.log(`${folder}/theano.js: ${(bytes / 1000).toFixed(0)} kB`);
}
