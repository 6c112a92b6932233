/**
 * @file The package as one file, for scripts that must start quickly and for browsers: 300 modules take
 * longer to open than to run.
 *
 * `deno task bundle` writes `dist/theano.js`; other programs call {@linkcode bundle}.
 */

// deno-lint-ignore-file no-console
import { build, stop } from "esbuild";

/**
 * Bundles `mod.ts`.
 *
 * @param path Where to, as a path of a file.
 * @returns Bytes written.
 */
export async function bundle(path: string): Promise<number> {
  const result = await build({
    entryPoints: [new URL("../../mod.ts", import.meta.url).pathname],
    bundle: true,
    // Names stay: messages and the cache's report show those of classes.
    minifySyntax: true,
    minifyWhitespace: true,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    outfile: path,
    logLevel: "error",
    banner: { js: '// @ts-self-types="../mod.ts"' },
    metafile: true,
  });
  await stop();
  return Object.values(result.metafile.outputs)[0]!.bytes;
}

if (import.meta.main) {
  const path = new URL("../../dist/theano.js", import.meta.url).pathname;
  console.log(`dist/theano.js: ${((await bundle(path)) / 1000).toFixed(0)} kB`);
}
