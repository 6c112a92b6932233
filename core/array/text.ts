/**
 * @file An array as text, in NumPy's format: `str` with {@linkcode arrayText}, `repr` with
 * {@linkcode arrayRepr}.
 *
 * Lines are at most 75 columns wide, and of an array of more than 1000 elements three are shown at
 * each end of an axis.
 */

import {
  Complex,
  type DType,
  dtypes,
  type Element,
  getElement,
  type TypedArray,
} from "../dtype/dtype.ts";
import { complexText, type FloatName, scalarText } from "../dtype/number_text.ts";
import type { Layout } from "./convert.ts";
import { type ElementFormat, elementFormat } from "./element_text.ts";
import { shapeText, sizeOf } from "./shape.ts";

/** An array to print: where its elements lie, and in what. */
export interface Printable extends Layout {
  /** The dtype. */
  readonly dtype: DType;
  /** Storage the layout refers to. */
  readonly storage: TypedArray;
}

const lineWidth = 75;
const threshold = 1000;
const edgeItems = 3;

/**
 * A single element as NumPy prints a scalar: floats with all their digits.
 *
 * @param element The element.
 * @param dtype Its dtype.
 */
export function elementText(element: Element, dtype: DType): string {
  if (element instanceof Complex) {
    return complexText(element.re, element.im, dtype === "complex64" ? "float32" : "float64");
  }
  if (dtypes[dtype].kind === "float") return scalarText(Number(element), dtype as FloatName);
  return dtype === "bool" ? (element ? "True" : "False") : String(element);
}

/**
 * NumPy's `str` of an array with one axis or more: `[[0.5 1. ]\n [2.  3. ]]`.
 *
 * @param array What to print.
 */
export function arrayText(array: Printable): string {
  return bracketed(array, { separator: " ", indent: " ", width: lineWidth });
}

/**
 * NumPy's `repr`: `array([1., 2.], dtype=float32)`; the dtype is left out where the elements tell it.
 *
 * @param array What to print.
 */
export function arrayRepr(array: Printable): string {
  const prefix = "array(";
  const size = sizeOf(array.shape);
  const indent = " ".repeat(prefix.length);
  const text = bracketed(array, {
    separator: ", ",
    indent: `${indent} `,
    width: lineWidth - 1,
  });
  const extras: string[] = [];
  if (size === 0 && array.shape.length > 1) extras.push(`shape=${shapeText(array.shape)}`);
  if (size === 0 || !toldByElements.has(array.dtype)) extras.push(`dtype=${array.dtype}`);
  if (extras.length === 0) return `${prefix}${text})`;
  const head = `${prefix}${text},`;
  const tail = `${extras.join(", ")})`;
  const lastLine = head.length - (head.lastIndexOf("\n") + 1);
  return head + (lastLine + tail.length + 1 > lineWidth ? `\n${indent}` : " ") + tail;
}

const toldByElements: ReadonlySet<DType> = new Set(["bool", "int64", "float64", "complex128"]);

interface Style {
  readonly separator: string;
  /** What stands before the elements of a continued line. */
  readonly indent: string;
  readonly width: number;
}

/** Ranks along one axis that are shown; −1 stands for what is left out. */
function shownRanks(length: number, summarised: boolean): number[] {
  const all = Array.from({ length: Math.min(length, summarised ? 2 * edgeItems + 1 : length) });
  if (!summarised || length <= 2 * edgeItems) return all.map((_, i) => i);
  return all.map((_, i) => i < edgeItems ? i : i === edgeItems ? -1 : length - all.length + i);
}

function bracketed(array: Printable, style: Style): string {
  const size = sizeOf(array.shape);
  if (size === 0) return "[]";
  const ranks = array.shape.map((length) => shownRanks(length, size > threshold));
  const shown: Element[] = [];
  const collect = (axis: number, at: number): void => {
    if (axis === ranks.length) shown.push(getElement(array.storage, at, array.dtype));
    else {
      for (const i of ranks[axis]!) if (i >= 0) collect(axis + 1, at + i * array.strides[axis]!);
    }
  };
  collect(0, array.offset);
  const format = elementFormat(shown, array.dtype, ranks.length === 0);
  return new Writer(array, style, ranks, format).write(0, array.offset, style.indent, style.width);
}

class Writer {
  readonly #array: Printable;
  readonly #style: Style;
  readonly #ranks: readonly (readonly number[])[];
  readonly #format: ElementFormat;

  constructor(
    array: Printable,
    style: Style,
    ranks: readonly (readonly number[])[],
    format: ElementFormat,
  ) {
    this.#array = array;
    this.#style = style;
    this.#ranks = ranks;
    this.#format = format;
  }

  /** The text from one axis on, starting at a position; `indent` is what its lines begin with. */
  write(axis: number, at: number, indent: string, width: number): string {
    const left = this.#ranks.length - axis;
    if (left === 0) return this.#format(getElement(this.#array.storage, at, this.#array.dtype));
    const words = this.#ranks[axis]!.map((i) =>
      i < 0
        ? "..."
        : this.write(axis + 1, at + i * this.#array.strides[axis]!, `${indent} `, width - 1)
    );
    const separator = this.#style.separator;
    return left === 1
      ? `[${wrap(words, separator, indent, width)}]`
      : `[${words.join(separator.trimEnd() + "\n".repeat(left - 1) + indent)}]`;
  }
}

/** Words in lines that leave room for a bracket or the separator, whichever is longer. */
function wrap(words: readonly string[], separator: string, indent: string, width: number): string {
  const room = width - Math.max(separator.trimEnd().length, 1);
  let text = "";
  let line = indent;
  words.forEach((word, i) => {
    if (line.length + word.length > room && line.length > indent.length) {
      text += `${line.trimEnd()}\n`;
      line = indent;
    }
    line += i < words.length - 1 ? word + separator : word;
  });
  return (text + line).slice(indent.length);
}
