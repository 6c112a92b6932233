/** The version of this library, as in `deno.json`. */
export const version = "0.1.0";
