/**
 * @file The text of THEANO_FLAGS and of rc files, to names and values.
 *
 * THEANO_FLAGS is split as Python's `shlex` does it with commas for spaces: quotes protect commas,
 * a backslash protects the next character, `#` starts a comment that ends with the line.
 *
 * Rc files are read as Python's `configparser` does it: sections, `key = value` or `key: value`,
 * whole-line comments after `#` or `;`, indented lines continue a value, names of options ignore
 * case, a section `DEFAULT` serves all others. Differences: a section or an option may come twice,
 * as in Python 2, and the later one wins.
 *
 * Source: the Python Library Reference, "shlex" and "configparser".
 */

import { fail } from "../errors.ts";

type Warn = (text: string) => void;

/**
 * Splits text at commas, minding quotes, backslashes and comments.
 *
 * @param text The text.
 * @returns The pieces; empty ones only where quotes make them.
 * @throws {SyntaxError} If a quote is not closed or nothing follows a backslash.
 */
export function splitFlags(text: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  let isQuoted = false;
  const finish = (): void => {
    if (piece !== "" || isQuoted) pieces.push(piece);
    piece = "";
    isQuoted = false;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === ",") finish();
    else if (char === "#") {
      const end = text.indexOf("\n", at);
      finish();
      at = end < 0 ? text.length : end;
    } else if (char === "\\") {
      if (++at >= text.length) failSplit("No escaped character", text);
      piece += text[at];
    } else if (char === '"' || char === "'") {
      const [inside, end] = quoted(text, at);
      piece += inside;
      isQuoted = true;
      at = end;
    } else piece += char;
  }
  finish();
  return pieces;
}

/** What stands between the quote at `start` and its partner, and where that one is. */
function quoted(text: string, start: number): readonly [inside: string, end: number] {
  const quote = text[start];
  let inside = "";
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === quote) return [inside, at];
    const next = text[at + 1];
    if (char === "\\" && quote === '"' && next === undefined) {
      failSplit("No escaped character", text);
    }
    const isEscape = char === "\\" && quote === '"' && (next === '"' || next === "\\");
    inside += isEscape ? next : char;
    if (isEscape) at++;
  }
  failSplit("No closing quotation", text);
}

function failSplit(why: string, text: string): never {
  fail("SyntaxError", "read THEANO_FLAGS", why, [
    `THEANO_FLAGS=${text}`,
    "Close each quote, or write a lone quote or backslash with a backslash before it",
  ]);
}

/**
 * Names and values of a list `key=value,key=value`. The rightmost of equal keys wins.
 *
 * @param text The list, as in THEANO_FLAGS.
 * @param warn Gets a warning for each key without a value.
 * @throws {SyntaxError} If quotes do not match.
 */
export function parseFlags(text: string, warn: Warn): Map<string, string> {
  const values = new Map<string, string>();
  for (const piece of splitFlags(text)) {
    const pair = piece.trim();
    if (pair === "") continue;
    const at = pair.indexOf("=");
    if (at < 0) warn(`Config key '${pair}' has no value, ignoring it`);
    else values.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return values;
}

/** The name under which options that serve every section are kept. */
const defaultSection = "DEFAULT";

/** The deepest `%(…)s` in a value that comes out of another `%(…)s`. */
const maxInterpolationDepth = 10;

/** The text of an option and the rc file it stands in. */
export interface RcValue {
  /** The text, interpolated where it comes from {@linkcode RcValues.get}. */
  readonly text: string;
  /** The file's name; empty for what `%(NAME)s` stands for outside. */
  readonly file: string;
}

type RcSection = Map<string, RcValue>;

/** What rc files say, later files over earlier ones. */
export class RcValues {
  readonly #sections = new Map<string, RcSection>([[defaultSection, new Map()]]);

  /**
   * No file is read yet.
   *
   * @param variables What `%(NAME)s` stands for when no option has that name.
   */
  constructor(variables: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(variables)) {
      this.#sections.get(defaultSection)!.set(name.toLowerCase(), { text, file: "" });
    }
  }

  /**
   * Reads one more file.
   *
   * @param text What is in it.
   * @param file Its name, for errors.
   * @throws {SyntaxError} If a line is neither a section, an option, a comment nor a continuation.
   */
  read(text: string, file: string): void {
    let section: RcSection | undefined;
    let name: string | undefined;
    let indent = 0;
    let blankLines = 0;
    for (const [index, line] of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).entries()) {
      const content = line.trim();
      if (content === "") blankLines++;
      if (content === "" || content.startsWith("#") || content.startsWith(";")) continue;
      const lineIndent = line.search(/\S/);
      const before = section !== undefined && name !== undefined ? section.get(name) : undefined;
      if (before !== undefined && lineIndent > indent) {
        const continued = before.text + "\n".repeat(blankLines + 1) + content;
        section!.set(name!, { text: continued, file });
        blankLines = 0;
        continue;
      }
      indent = lineIndent;
      blankLines = 0;
      const header = /^\[(.+)\]/.exec(content);
      if (header !== null) {
        section = this.#section(header[1]!);
        name = undefined;
        continue;
      }
      const option = /^(.*?)\s*[=:]\s*(.*)$/.exec(content);
      if (section === undefined) failLine(file, index, content, "there is no [section] above it");
      if (option === null || option[1] === "") {
        failLine(file, index, content, "it is neither a [section] nor a key = value");
      }
      name = option[1]!.toLowerCase();
      section.set(name, { text: option[2]!, file });
    }
  }

  #section(name: string): RcSection {
    let section = this.#sections.get(name);
    if (section === undefined) this.#sections.set(name, section = new Map());
    return section;
  }

  /**
   * The value of a flag, or `undefined` where no file has one. Of `a.b.c`, the section is `a.b`; a
   * name without a dot stands in the section `global`. What cannot be interpolated stays as it is.
   *
   * @param flag Full name of the flag.
   */
  get(flag: string): RcValue | undefined {
    const dot = flag.lastIndexOf(".");
    const section = this.#sections.get(dot < 0 ? "global" : flag.slice(0, dot));
    if (section === undefined) return undefined;
    const raw = this.#raw(section, flag.slice(dot + 1));
    return raw && { ...raw, text: this.#interpolated(section, raw.text, 1) ?? raw.text };
  }

  #raw(section: RcSection, option: string): RcValue | undefined {
    const name = option.toLowerCase();
    return section.get(name) ?? this.#sections.get(defaultSection)!.get(name);
  }

  /** The text with each `%(name)s` replaced and `%%` for `%`, or `undefined` if one cannot be. */
  #interpolated(
    section: RcSection,
    text: string,
    depth: number,
  ): string | undefined {
    if (!text.includes("%")) return text;
    if (depth > maxInterpolationDepth) return undefined;
    const parts: string[] = [];
    let rest = text;
    while (rest !== "") {
      const [whole, plain = "", name] = /^([^%]+)|^%%|^%\(([^)]+)\)s/.exec(rest) ?? [];
      if (whole === undefined) return undefined;
      rest = rest.slice(whole.length);
      if (name === undefined) {
        parts.push(whole === "%%" ? "%" : plain);
        continue;
      }
      const raw = this.#raw(section, name);
      const value = raw && this.#interpolated(section, raw.text, depth + 1);
      if (value === undefined) return undefined;
      parts.push(value);
    }
    return parts.join("");
  }
}

function failLine(file: string, index: number, content: string, why: string): never {
  fail("SyntaxError", `read line ${index + 1} of "${file}"`, why, [content]);
}
