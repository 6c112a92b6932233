/**
 * @file All passes in one list, the facts about their order, and how a graph goes through them.
 *
 * To add rules: put their table into the pass they belong to. To add a pass: put a row where it runs,
 * and say in {@linkcode order} what must come before and after it, and why.
 */

import { config } from "../core/config/config.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { withoutTraces } from "../core/graph/trace.ts";
import { blasPass } from "./blas_rules.ts";
import { failed, Rewriter, RuleIndex } from "./engine.ts";
import { constantFolding } from "./fold.ts";
import { fusionPass } from "./fuse.ts";
import { inplacePasses } from "./inplace.ts";
import { inlining, optimizeInside } from "./inline.ts";
import { mergeEqual } from "./merge.ts";
import { equilibriumPass, graphPass, type Pass, sweepPass } from "./pass.ts";
import { placePass, placingTags } from "./place.ts";
import { registeredPasses, registryEdition, withRegistered } from "./registry.ts";
import { rules, type RuleTable, tagged } from "./rule.ts";
import {
  elementwiseCanonical,
  elementwiseDevice,
  elementwiseSpecial,
  elementwiseStable,
  elementwiseUncanonical,
  elementwiseUseless,
  logSums,
  softmaxLosses,
  softmaxSpecial,
  softmaxStable,
} from "./elementwise_tables.ts";
import { scanEarly, scanLate, scanSaving } from "./scan_tables.ts";
import { type Query, queryOf, type Selection, selectionText } from "./selection.ts";
import { ShapeFeature } from "./shape_feature.ts";
import {
  fills,
  repetitions,
  serializing,
  structuralCanonical,
  structuralSpecial,
  structuralStable,
  structuralUncanonical,
  structuralUseless,
} from "./structural_tables.ts";

const folding = rules("folding", [tagged(constantFolding, "fast_compile")]);

const merging = { cleanup: (rewriter: Rewriter): void => mergeEqual(rewriter.graph, rewriter) };

function merge(position: number, name: string, ...tags: readonly string[]): Pass {
  return graphPass(
    position,
    name,
    ["fast_run", "merge", ...tags],
    (graph, { rewriter }) => mergeEqual(graph, rewriter),
  );
}

function useless(position: number, name: string, tables: readonly RuleTable[]): Pass {
  return equilibriumPass(position, name, [...both], tables);
}

const both = ["fast_run", "fast_compile"] as const;

/** The passes, in the order in which they run. */
// deno-fmt-ignore
export const pipeline: readonly Pass[] = [
  sweepPass(-0.01, "inline_ofg_expansion", [...both], [inlining]),
  merge(0, "merge1", "fast_compile"),
  equilibriumPass(0.05, "scan_eqopt1", ["fast_run", "scan"], [scanEarly]),
  graphPass(0.1, "ShapeOpt", [...both], (graph) => graph.attachFeature(new ShapeFeature())),
  useless(0.6, "useless", [elementwiseUseless, structuralUseless]),
  merge(0.65, "merge1.1", "fast_compile"),
  sweepPass(0.99, "pre_local_IncSubtensor_serialize", ["fast_run"], [serializing]),
  equilibriumPass(1, "canonicalize", [...both, "canonicalize_db"], [elementwiseCanonical, structuralCanonical, folding], merging),
  merge(1.2, "merge1.2", "fast_compile"),
  equilibriumPass(1.5, "stabilize", ["fast_run"], [softmaxStable, elementwiseStable, structuralStable, folding]),
  sweepPass(1.51, "local_fill_to_alloc", ["fast_run"], [fills]),
  sweepPass(1.52, "local_elemwise_alloc", ["fast_run", "local_alloc_elemwise"], [repetitions]),
  sweepPass(1.6, "local_log_sum_exp", ["fast_run"], [logSums], "in2out old"),
  equilibriumPass(1.6, "scan_eqopt2", ["fast_run", "scan"], [scanLate, folding], merging),
  sweepPass(1.61, "scanOp_save_mem", ["fast_run", "scan"], [scanSaving]),
  blasPass,
  equilibriumPass(2, "specialize", ["fast_run", "fast_compile_gpu"], [softmaxSpecial, elementwiseSpecial, structuralSpecial, folding]),
  sweepPass(2.01, "crossentropy_to_crossentropy_with_softmax", ["fast_run", "xent", "fast_compile_gpu"], [softmaxLosses]),
  equilibriumPass(3, "uncanonicalize", ["fast_run"], [elementwiseUncanonical, structuralUncanonical, folding]),
  equilibriumPass(48.6, "specialize_device", [...both], [elementwiseDevice]),
  graphPass(48.7, "optimize_inside", [...both], optimizeInside),
  fusionPass,
  merge(49, "merge2"),
  ...inplacePasses,
  placePass,
  merge(100, "merge3"),
];

/** What must run before what, and why. */
// deno-fmt-ignore
export const order: readonly (readonly [before: string, after: string, why: string])[] = [
  ["inline_ofg_expansion", "merge1",    "what is put in place is merged with what is there"],
  ["merge1",        "canonicalize",       "rules look at equal variables, not at equal graphs"],
  ["scan_eqopt1",   "canonicalize",       "what leaves a loop is simplified with what is around it"],
  ["canonicalize",  "scanOp_save_mem",    "what reads the end of a result is one index by then"],
  ["ShapeOpt",      "useless",            "rules ask for shapes"],
  ["pre_local_IncSubtensor_serialize", "canonicalize", "sums of increments are gone before sums are flattened"],
  ["local_fill_to_alloc", "local_elemwise_alloc", "a fill that became an allocation may go away altogether"],
  ["canonicalize",  "stabilize",          "stable forms are matched on canonical ones"],
  ["stabilize",     "specialize",         "a special form must not hide what is unstable"],
  ["canonicalize",  "BlasOpt",            "sums are read as scaled terms, which are folded by then"],
  ["BlasOpt",       "elemwise_fusion",    "a sum inside a fused node takes no product"],
  ["elemwise_fusion", "inplace_elemwise_opt", "an inner value of a fused node has no memory"],
  ["add_destroy_handler", "inplace_elemwise_opt", "the handler knows what may be overwritten"],
  ["InplaceBlasOpt", "inplace_elemwise_opt", "a product gains more from working in place"],
  ["specialize",    "uncanonicalize",     "what canonical forms cost is taken back at the end"],
  ["inplace_elemwise_opt", "gpuarray_opt", "what may be overwritten is known before names change"],
  ["gpuarray_opt",  "merge3",             "a value is copied once"],
  ["merge2",        "merge3",             "working in place may make nodes equal again"],
];

/** What happened to a graph. */
export interface OptimizeReport {
  /** How often each rule or pass changed something. */
  readonly firings: ReadonlyMap<string, number>;
  /** Each pass that was on, in the order of running. */
  readonly passes: readonly PassReport[];
}

/** What one pass did. */
export interface PassReport {
  readonly name: string;
  /** How many edits it made. */
  readonly changes: number;
  /** How long it took, in ms. */
  readonly timeMs: number;
}

/** Passes of a user's own, run where their position says. */
export type Additions = readonly Pass[];

/** Called after each pass that changed something: for checks, dumps and DebugMode. */
export type PassListener = (pass: string, graph: FunctionGraph, report: PassReport) => void;

/** Options of {@linkcode optimize}. */
export interface OptimizeOptions {
  readonly additions?: Additions;
  readonly onPass?: PassListener;
}

/**
 * Sends a graph through the passes that are on.
 *
 * @param graph The graph; it is changed.
 * @param selection What is on.
 * @param options Passes to add, and who is told of each pass.
 * @returns What happened.
 */
export function optimize(
  graph: FunctionGraph,
  selection: Selection,
  options: OptimizeOptions = {},
): OptimizeReport {
  const { additions = [], onPass } = options;
  const { passes, query } = selectedPasses(selection, additions);
  const rewriter = new Rewriter(graph, selection);
  const reports: PassReport[] = [];
  // What is inside an op runs where the op does: on the host.
  const including = selection.including.filter((tag) => !placingTags.has(tag));
  const optimizeInner = (inner: FunctionGraph): void =>
    void optimize(inner, { ...selection, including }, { additions });
  withoutTraces(() => {
    for (const { pass, index } of passes) {
      const { changes } = rewriter;
      const start = performance.now();
      try {
        pass.run(graph, { rewriter, index, query, optimizeInner });
      } catch (error) {
        failed(pass.name, error);
      }
      const timeMs = performance.now() - start;
      const report = { name: pass.name, changes: rewriter.changes - changes, timeMs };
      reports.push(report);
      onPass?.(pass.name, graph, report);
    }
  });
  return { firings: rewriter.firings, passes: reports };
}

/** The passes and rules that are on. */
export interface Selected {
  readonly query: Query;
  readonly passes: readonly { readonly pass: Pass; readonly index: RuleIndex }[];
}

const known = new Map<string, Selected>();

/** The passes that are on, with those of their rules that are on. */
export function selectedPasses(selection: Selection, more: Additions = []): Selected {
  const cutoff = config.optdb.position_cutoff;
  // What a mode adds was made by this folder: it is a pass.
  const additions = [...selection.additions as Additions, ...more];
  if (additions.length > 0) return select(selection, cutoff, additions);
  const key = `${selectionText(selection)}@${cutoff}#${registryEdition()}`;
  const found = known.get(key) ?? select(selection, cutoff, additions);
  known.set(key, found);
  return found;
}

function select(selection: Selection, cutoff: number, additions: Additions): Selected {
  const query = queryOf(selection);
  const last = Math.min(cutoff, query.cutoff);
  const all = [...pipeline, ...registeredPasses(), ...additions].map(withRegistered)
    .sort((a, b) => a.position - b.position);
  const passes = all
    .filter((pass) => pass.position < last && query.selects(pass.name, pass.tags))
    .map((pass) => ({
      pass,
      index: new RuleIndex(pass.rules.filter((rule) => query.selects(rule.name, rule.tags))),
    }));
  return { query, passes };
}

/**
 * What a selection computes with, as text for the compile-cache key; undefined where users' rules
 * belong to it.
 */
export function cacheText(selection: Selection): string | undefined {
  const isOwn = selection.additions.length > 0 || registryEdition() > 0;
  return isOwn ? undefined : selectionText(selection);
}

let version: string | undefined;

/** A digest of all passes and rules, their code included, for the compile-cache key. */
export function rulesVersion(): string {
  return version ??= digest(
    pipeline.map((pass) => {
      const rules = pass.rules.map(({ name, code }) => name + code.map(codeText));
      return `${pass.name}@${pass.position}:${pass.run}${rules}`;
    }).join("\n"),
  );
}

function codeText(part: unknown): string {
  return typeof part === "object" ? JSON.stringify(part) : String(part);
}

/** FNV-1a, twice with different seeds: 64 bits as hexadecimal text. */
function digest(text: string): string {
  const half = (seed: number): string => {
    let hash = seed;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, "0");
  };
  return half(0x811c9dc5) + half(0x9e3779b9);
}
