/** @file How tests start another Deno, with the permission `--allow-run=deno` or more. */

/** The command that starts Deno: this very one if that is permitted, else `deno`. */
export function denoCommand(): string {
  const command = Deno.execPath();
  const { state } = Deno.permissions.querySync({ name: "run", command });
  return state === "granted" ? command : "deno";
}
