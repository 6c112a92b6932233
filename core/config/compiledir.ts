// deno-lint-ignore-file camelcase -- keys keep the names that Theano's users type
/**
 * @file Where the compile cache lies by default.
 */

import { fail } from "../errors.ts";
import { joinPath } from "../host/files.ts";
import { homeDir, isWindows, platform, readEnv } from "../host/host.ts";
import type { FlagReader } from "./flag.ts";
import { version } from "./version.ts";

/** What each key of the flag `compiledir_format` stands for. */
const keyTexts: Readonly<Record<string, (get: FlagReader) => string>> = {
  deno_version: () => platform().denoVersion,
  device: (get) => String(get("device")),
  gxx_version: () => "none",
  hostname: () => platform().hostname ?? "localhost",
  numpy_version: () => "none",
  platform: () => `${platform().os}-${platform().arch}`,
  processor: () => platform().arch,
  python_bitwidth: () => "64",
  python_int_bitwidth: () => "64",
  python_version: () => platform().denoVersion,
  short_platform: () => platform().os,
  theano_version: () => version,
  v8_version: () => platform().v8Version,
};

/** The keys the flag `compiledir_format` may use. */
export const compiledirKeys: readonly string[] = Object.keys(keyTexts);

/**
 * The name of the compile directory: `compiledir_format` with its keys filled in.
 *
 * @param get Reads other flags.
 * @throws {ValueError} If the format names a key there is not.
 */
export function compiledirName(get: FlagReader): string {
  const format = String(get("compiledir_format"));
  const name = format.replace(/%%|%\((\w*)\)s/g, (whole, key: string | undefined) => {
    if (whole === "%%") return "%";
    const keyText = keyTexts[key!];
    if (keyText === undefined) {
      fail("ValueError", `name the compile directory by "${format}"`, `there is no key "${key}"`, [
        `The keys are ${compiledirKeys.join(", ")}`,
      ]);
    }
    return keyText(get);
  });
  return name.replace(/[()\s,]+/g, "_");
}

/** The default of `base_compiledir`: `~/.theano`, or nothing where there is no home folder. */
export function defaultBaseCompiledir(): string {
  const local = isWindows() ? readEnv("LOCALAPPDATA") : undefined;
  if (local !== undefined) return joinPath(local, "Theano");
  const home = homeDir();
  return home === undefined ? "" : joinPath(home, ".theano");
}
