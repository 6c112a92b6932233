/**
 * @file Text in the language of Graphviz.
 *
 * Source: https://graphviz.org/doc/info/lang.html
 */

/** Collects the statements of one directed graph. */
export class DotWriter {
  readonly #maxLabelSize: number;
  readonly #isFilled: boolean;
  readonly #ids = new Map<object, string>();
  readonly #shapes = new Set<string>();
  readonly #labels = new Set<string>();
  readonly #statements: string[] = [];

  /**
   * Makes the writer of an empty graph.
   *
   * @param maxLabelSize Longest label, in characters.
   * @param isFilled Whether colours fill shapes rather than draw their border.
   */
  constructor(maxLabelSize: number, isFilled: boolean) {
    this.#maxLabelSize = maxLabelSize;
    this.#isFilled = isFilled;
  }

  /** The id of an item, numbered in the order of asking. */
  id(item: object): string {
    const id = this.#ids.get(item) ?? `n${this.#ids.size}`;
    this.#ids.set(item, id);
    return id;
  }

  /** A label no longer than allowed. */
  cut(label: string): string {
    const max = this.#maxLabelSize;
    const text = label.length > max ? `${label.slice(0, max - 3)}...` : label;
    this.#labels.add(text);
    return text;
  }

  /** A label that no other shape has, with a number where it would be the same or if asked for. */
  uniqueLabel(label: string, number: number, isNumbered: boolean): string {
    const max = this.#maxLabelSize;
    const numbered = (suffix: string, tail: string): string =>
      label.length + suffix.length > max
        ? label.slice(0, max - 3 - suffix.length) + tail
        : label + suffix;
    let text = label.length > max ? `${label.slice(0, max - 3)}...` : label;
    if (isNumbered || this.#labels.has(label)) {
      text = numbered(` id=${number}`, ` id=${number}...`);
    }
    for (let i = 2; this.#labels.has(text); i++) text = numbered(` id=${i}`, `... id=${i}`);
    this.#labels.add(text);
    return text;
  }

  /** Draws a shape, once an id. */
  shape(id: string, shape: "box" | "ellipse", label: string, color?: string): void {
    if (this.#shapes.has(id)) return;
    this.#shapes.add(id);
    const fill = this.#isFilled ? { style: "filled", fillcolor: color } : { color };
    this.#statements.push(`${id} ${attributes({ label, shape, ...(color && fill) })};`);
  }

  /** Draws an arrow. */
  edge(from: string, to: string, label: string, color?: string): void {
    const cut = label.length > this.#maxLabelSize
      ? `${label.slice(0, this.#maxLabelSize - 3)}...`
      : label;
    const given = attributes({ label: cut || undefined, color });
    this.#statements.push(`${from} -> ${to}${given && ` ${given}`};`);
  }

  /** Draws a frame with a title around some shapes. */
  frame(title: string, ids: readonly string[]): void {
    this.#statements.push(
      `subgraph cluster_${title} { label=${quoted(title)}; ${ids.join("; ")} }`,
    );
  }

  /** The whole graph. */
  text(): string {
    return `digraph G {\n${this.#statements.map((line) => `  ${line}\n`).join("")}}\n`;
  }
}

function attributes(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter(([_, value]) => value !== undefined);
  if (given.length === 0) return "";
  return `[${given.map(([name, value]) => `${name}=${quoted(value!)}`).join(", ")}]`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
