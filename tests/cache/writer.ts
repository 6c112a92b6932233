/**
 * @file Writes and reads entries of a shared folder; `two_processes_test.ts` runs several of it.
 *
 * Arguments: the folder, a number for this process, how many rounds, what to do: `write`, `clear`,
 * or `die` between writing and renaming.
 */

import { cacheKey } from "../../core/cache/key.ts";
import { files } from "../../core/host/files.ts";
import { faulty, storeIn } from "./helpers.ts";

const [folder = "", id = "0", rounds = "1", action = "write"] = Deno.args;

/** Every byte of an entry says who wrote it and when; a mixture of two is found out. */
function check(meta: unknown, bytes: Uint8Array): boolean {
  const { fill, length } = meta as { readonly fill: number; readonly length: number };
  return bytes.length === length && bytes.every((byte) => byte === fill);
}

let found = 0;
let mixed = 0;
for (let round = 0; round < Number(rounds); round++) {
  if (action === "clear") storeIn(folder).clear();
  for (let k = 0; k < 3 && action !== "clear"; k++) {
    const key = cacheKey(`entry ${k}`);
    const fill = (Number(id) * 50 + round) % 256;
    const length = 1000 + fill * 400;
    const dying = faulty({ rename: () => Deno.exit(7) });
    const store = storeIn(folder, { files: action === "die" ? dying : files });
    store.put(key, {
      meta: { fill, length },
      sections: { body: new Uint8Array(length).fill(fill) },
    });
    const read = storeIn(folder).get(key);
    if (read === undefined) continue;
    found++;
    if (!check(read.meta, read.sections["body"]!)) mixed++;
  }
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ found, mixed })));
