/**
 * @file Functions and modules as text: WebAssembly's text format, folded.
 *
 * Source: WebAssembly core specification 3.0, "Text Format".
 */

import type { Module } from "./encode.ts";
import type { Func } from "./func.ts";
import type { Callee, Label, Local, Node, Signature, VectorValue } from "./node.ts";

const width = 80;

/**
 * A function as text.
 *
 * @param func The function.
 * @returns Lines without a last newline.
 */
export function funcToWat(func: Func): string {
  return new FuncPrinter(func, (callee) => `$${identifier(callee.name)}`).print();
}

/**
 * A module as text.
 *
 * @param module The module.
 * @returns Lines without a last newline.
 */
export function moduleToWat(module: Module): string {
  const { memory, imports, globals, table, exports, funcs, data } = module;
  const names = new Map<Callee, string>();
  const callees = [...imports, ...funcs];
  distinct(callees).forEach((name, i) => names.set(callees[i]!, `$${name || i}`));
  const funcName = (callee: Callee): string => names.get(callee) ?? "$missing";
  const parts: string[] = [];
  if (memory !== undefined) {
    const limits = memory.shared ? `${memory.initial} 65536 shared` : `${memory.initial}`;
    parts.push(`(import "${memory.module}" "${memory.name}" (memory ${limits}))`);
  }
  for (const callee of imports) {
    const type = signatureText(callee);
    parts.push(`(import "${callee.module}" "${callee.name}" (func ${funcName(callee)}${type}))`);
  }
  if (table.length > 0) parts.push(`(table ${table.length} ${table.length} funcref)`);
  for (const [{ name, type, mutable }, initial] of globals) {
    const typeText = mutable ? `(mut ${type})` : type;
    parts.push(`(global $${identifier(name)} ${typeText} (${type}.const ${number(initial)}))`);
  }
  for (const [name, func] of exports) parts.push(`(export "${name}" (func ${funcName(func)}))`);
  if (table.length > 0) parts.push(`(elem (i32.const 0) ${table.map(funcName).join(" ")})`);
  for (const func of funcs) parts.push(new FuncPrinter(func, funcName).print());
  for (const [address, bytes] of data) {
    parts.push(`(data (i32.const ${address}) "${Array.from(bytes, escaped).join("")}")`);
  }
  return stacked(`module $${identifier(module.name)}`, parts);
}

/** Prints one function; names labels in the order it meets them. */
class FuncPrinter {
  readonly #func: Func;
  readonly #funcName: (callee: Callee) => string;
  readonly #names: readonly string[];
  readonly #labels = new Map<Label, string>();

  constructor(func: Func, funcName: (callee: Callee) => string) {
    this.#func = func;
    this.#funcName = funcName;
    this.#names = distinct(func.locals).map((name, i) => name === "" ? `${i}` : `$${name}`);
  }

  print(): string {
    const { locals, params, results } = this.#func;
    const declared = locals.map((local, i) => {
      const named = this.#local(local).startsWith("$") ? ` ${this.#local(local)}` : "";
      return `(${i < params.length ? "param" : "local"}${named} ${local.type})`;
    });
    const head = [
      `func ${this.#funcName(this.#func)}`,
      ...declared.slice(0, params.length),
      ...results.map((type) => `(result ${type})`),
    ].join(" ");
    return stacked(head, [
      ...filled(declared.slice(params.length)),
      ...this.#body(this.#func.code),
    ]);
  }

  #local({ index }: Local): string {
    return this.#names[index]!;
  }

  #label(label: Label): string {
    let name = this.#labels.get(label);
    if (name === undefined) {
      name = `$${label.target}${this.#labels.size}`;
      this.#labels.set(label, name);
    }
    return name;
  }

  #body(node: Node): string[] {
    const nodes = node.kind === "sequence" ? node.body : [node];
    return nodes.flatMap((part) =>
      part.kind === "sequence" ? this.#body(part) : [this.#node(part)]
    );
  }

  #nodes(nodes: readonly Node[]): string[] {
    return nodes.flatMap((node) => this.#body(node));
  }

  #node(node: Node): string {
    switch (node.kind) {
      case "op":
        return folded(opHead(node), this.#nodes(node.operands));
      case "const":
        return `(${node.type}.const ${constantText(node.value)})`;
      case "get":
        return `(local.get ${this.#local(node.local)})`;
      case "set":
      case "tee":
        return folded(`local.${node.kind} ${this.#local(node.local)}`, this.#body(node.value));
      case "globalGet":
        return `(global.get $${identifier(node.global.name)})`;
      case "globalSet":
        return folded(`global.set $${identifier(node.global.name)}`, this.#body(node.value));
      case "select":
        return folded("select", this.#nodes(node.operands));
      case "drop":
        return folded("drop", this.#body(node.value));
      case "sequence":
        return this.#body(node).join("\n");
      default:
        return this.#control(node);
    }
  }

  #control(node: ControlNode): string {
    switch (node.kind) {
      case "block":
      case "loop":
        return stacked(
          `${node.kind} ${this.#label(node.label)}${resultText(node)}`,
          this.#body(node.body),
        ) + dead(node);
      case "if":
        return stacked(`if${resultText(node)}`, [
          this.#node(node.condition),
          stacked("then", this.#body(node.then)),
          ...(node.otherwise === null ? [] : [stacked("else", this.#body(node.otherwise))]),
        ]) + dead(node);
      case "br":
        return node.condition === null
          ? `(br ${this.#label(node.label)})`
          : folded(`br_if ${this.#label(node.label)}`, this.#body(node.condition));
      case "switch":
        return folded(
          `br_table ${node.labels.map((label) => this.#label(label)).join(" ")}`,
          this.#body(node.index),
        );
      case "return":
        return folded("return", this.#nodes(node.values));
      case "unreachable":
        return "(unreachable)";
      case "call":
        return folded(`call ${this.#funcName(node.callee)}`, this.#nodes(node.operands));
      case "callIndirect":
        return folded(
          `call_indirect${signatureText(node.signature)}`,
          this.#nodes([...node.operands, node.index]),
        );
    }
  }
}

type ControlNode = Extract<
  Node,
  {
    kind:
      | "block"
      | "loop"
      | "if"
      | "br"
      | "switch"
      | "return"
      | "unreachable"
      | "call"
      | "callIndirect";
  }
>;

/** What the encoder puts behind a structure that control never leaves. */
function dead(node: Node): string {
  return node.type === "never" ? "\n(unreachable)" : "";
}

function folded(head: string, parts: readonly string[]): string {
  const inline = `(${[head, ...parts].join(" ")})`;
  const fits = inline.length <= width && !parts.some((part) => part.includes("\n"));
  return fits ? inline : stacked(head, parts);
}

function stacked(head: string, parts: readonly string[]): string {
  return parts.length === 0 ? `(${head})` : `(${head}\n${parts.map(indented).join("\n")})`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

/** Declarations, as many a line as fit. */
function filled(parts: readonly string[]): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length < width) {
      lines.splice(-1, 1, `${last} ${part}`);
    } else lines.push(part);
  }
  return lines;
}

function opHead({ name, offset, lanes }: Extract<Node, { kind: "op" }>): string {
  const parts: string[] = [name];
  if (offset !== 0) parts.push(`offset=${offset}`);
  return [...parts, ...lanes].join(" ");
}

function constantText(value: Extract<Node, { kind: "const" }>["value"]): string {
  return typeof value === "object" ? vectorText(value) : number(value);
}

function vectorText({ shape, lanes }: VectorValue): string {
  return `${shape} ${lanes.map(number).join(" ")}`;
}

function number(value: number | bigint): string {
  if (Object.is(value, -0)) return "-0";
  if (Number.isNaN(value)) return "nan";
  return value === Infinity ? "inf" : value === -Infinity ? "-inf" : `${value}`;
}

function resultText({ type }: Node): string {
  return type === "none" || type === "never" ? "" : ` (result ${type})`;
}

function signatureText({ params, results }: Signature): string {
  const left = params.length === 0 ? "" : ` (param ${params.join(" ")})`;
  return left + (results.length === 0 ? "" : ` (result ${results.join(" ")})`);
}

/** Identifiers for things with names: those that would be there twice get their number too. */
function distinct(things: readonly { readonly name: string }[]): string[] {
  const taken = new Set<string>();
  return things.map(({ name }, i) => {
    const plain = identifier(name);
    const free = taken.has(plain) && plain !== "" ? `${plain}.${i}` : plain;
    taken.add(free);
    return free;
  });
}

/** A name with what the text format does not allow in identifiers replaced. */
function identifier(name: string): string {
  return name.replaceAll(/[^\w!#$%&'*+\-./:<=>?@\\^`|~]/g, "_");
}

function escaped(byte: number): string {
  return `\\${byte.toString(16).padStart(2, "0")}`;
}
