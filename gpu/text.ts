/**
 * @file WGSL as trees of lines: a generator reads like the shader it makes.
 */

/** Lines of code, nested as the generator likes. */
export type Code = string | readonly Code[];

/** `let name = value;`. */
export function letLine(name: string, value: string): Code {
  return `let ${name} = ${bare(value)};`;
}

/** `var name = value;`. */
export function varLine(name: string, value: string): Code {
  return `var ${name} = ${bare(value)};`;
}

/** `name = value;`. */
export function setLine(name: string, value: string): Code {
  return `${name} = ${bare(value)};`;
}

/** A head, if there is one, and a body in braces, one step to the right. */
export function block(head: string, body: Code): Code {
  return [
    head === "" ? "{" : `${head} {`,
    linesOf(body).map((line) => line === "" ? "" : `  ${line}`),
    "}",
  ];
}

/** Code as text, each line ended. */
export function codeText(code: Code): string {
  return linesOf(code).map((line) => `${line}\n`).join("");
}

function linesOf(code: Code): string[] {
  return typeof code === "string" ? code.split("\n") : code.flatMap(linesOf);
}

/** `name(args…)`. */
export function callText(name: string, args: readonly string[]): string {
  return `${name}(${args.map(bare).join(", ")})`;
}

/** A value without parentheses around all of it. */
export function bare(value: string): string {
  if (!value.startsWith("(") || !value.endsWith(")")) return value;
  let depth = 0;
  for (let at = 0; at < value.length - 1; at++) {
    if (value[at] === "(") depth++;
    if (value[at] === ")") depth--;
    if (depth === 0) return value;
  }
  return value.slice(1, -1);
}

/** An array of elements that a shader sees. */
export interface Binding {
  readonly name: string;
  /** `u32`, `i32`, `f32`, `f16` or a vector of these. */
  readonly type: string;
  readonly isWritten: boolean;
}

/** What a compute shader is made of. */
export interface ShaderParts {
  /** What the first line says. */
  readonly title: string;
  /** Fields of the uniform `params` in order, u32 or f32; some with a remark. */
  readonly params: readonly {
    readonly name: string;
    readonly type: string;
    readonly remark: string | undefined;
  }[];
  /** Binding 0 is `params`; these follow. */
  readonly bindings: readonly Binding[];
  /** Functions that the body calls. */
  readonly helpers: Code;
  /** Threads in a workgroup. */
  readonly threads: number;
  /** What a thread knows of itself: its number as `id`, or its workgroup and its number in it. */
  readonly knows: keyof typeof builtins;
  /** What one thread does. */
  readonly body: Code;
}

/** The arguments of `main`. */
const builtins = {
  id: "@builtin(global_invocation_id) id: vec3<u32>",
  group: "@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32",
} as const;

/** The text of a compute shader with the entry point `main`. */
export function shaderText(parts: ShaderParts): string {
  const { title, params, bindings, helpers, threads, knows, body } = parts;
  return codeText([
    `// ${title}`,
    bindings.some(({ type }) => type === "f16") ? "enable f16;" : [],
    block(
      "struct Params",
      params.map(({ name, type, remark }) => `${name}: ${type},${remark ? ` // ${remark}` : ""}`),
    ),
    "@group(0) @binding(0) var<uniform> params: Params;",
    bindings.map(({ name, type, isWritten }, k) => {
      const access = isWritten ? "read_write" : "read";
      return `@group(0) @binding(${k + 1}) var<storage, ${access}> ${name}: array<${type}>;`;
    }),
    helpers,
    `@compute @workgroup_size(${threads})`,
    block(`fn main(${builtins[knows]})`, body),
  ]);
}
