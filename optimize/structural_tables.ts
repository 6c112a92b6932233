/**
 * @file Which rules of shapes, layouts, repetitions and indices are on in which phase.
 */

import * as allocs from "./alloc_rules.ts";
import * as choices from "./if_else_rules.ts";
import * as increments from "./increment_rules.ts";
import * as joins from "./join_rules.ts";
import * as layout from "./layout_rules.ts";
import * as products from "./product_rules.ts";
import { rules, type RuleTable, tagged } from "./rule.ts";
import { shapeToShapeI, trackShapeI } from "./shape_rules.ts";
import * as parts from "./subtensor_rules.ts";

const early = "fast_compile";

/** What is on before anything else is known. */
export const structuralUseless: RuleTable = rules("useless", [
  allocs.uselessAlloc,
  allocs.mergeAlloc,
  parts.subtensorOfAlloc,
  parts.subtensorMakeVector,
  parts.uselessSlice,
  parts.uselessSubtensor,
  increments.uselessIncSubtensor,
  increments.uselessIncAlloc,
  joins.joinOne,
  joins.joinEmpty,
  joins.joinMakeVector,
  joins.uselessSplit,
  tagged(joins.uselessTopk, early),
  layout.uselessReshape,
  layout.uselessRebroadcast,
]);

/** One form for equal things. */
export const structuralCanonical: RuleTable = rules("canonicalize", [
  shapeToShapeI,
  trackShapeI,
  allocs.mergeAlloc,
  allocs.canonicalizeAlloc,
  products.zeroDot,
  products.sumsqrToDot,
  tagged(choices.removeIdentical, early),
  choices.liftChoice,
  layout.uselessDimshuffleInReshape,
  layout.liftTranspose,
  layout.uselessRebroadcast,
  layout.rebroadcastLift,
  layout.reshapeChain,
  layout.uselessReshape,
  layout.reshapeToDimshuffle,
  layout.reshapeLift,
  tagged(parts.subtensorLift, early),
  parts.subtensorMerge,
  parts.subtensorOfDot,
  parts.subtensorOfAlloc,
  tagged(parts.subtensorMakeVector, "fast_compile_gpu"),
  parts.subtensorIncSubtensor,
  parts.subtensorRemoveBroadcastableIndex,
  parts.uselessSlice,
  parts.uselessSubtensor,
  increments.uselessIncSubtensor,
  increments.setToInc,
  increments.incOfZeros,
  increments.incOfZerosToSet,
  increments.setOfConstants,
  increments.advSub1AdvIncSub1,
  increments.uselessIncAlloc,
  increments.serialize,
  joins.joinOne,
  joins.joinEmpty,
  joins.joinMakeVector,
  joins.reduceJoin,
  joins.uselessSplit,
  tagged(joins.uselessTopk, early),
]);

/** What makes later rewrites possible. */
export const structuralStable: RuleTable = rules("stabilize", [
  allocs.fillToAlloc,
  allocs.mergeAlloc,
  allocs.canonicalizeAlloc,
  products.zeroDot,
  layout.uselessReshape,
  layout.reshapeLift,
  parts.subtensorOfDot,
  increments.incOfZeros,
  increments.setOfConstants,
  increments.advSub1AdvIncSub1,
  increments.uselessIncAlloc,
]);

/** Faster equal forms. */
export const structuralSpecial: RuleTable = rules("specialize", [
  shapeToShapeI,
  trackShapeI,
  allocs.fillToAlloc,
  allocs.mergeAlloc,
  allocs.canonicalizeAlloc,
  allocs.allocUnary,
  allocs.elemwiseAlloc,
  allocs.optAlloc,
  products.sumsqrToDot,
  layout.uselessRebroadcast,
  layout.rebroadcastLift,
  parts.subtensorMerge,
  parts.subtensorOfDot,
  parts.subtensorOfAlloc,
  parts.subtensorMakeVector,
  parts.subtensorIncSubtensor,
  parts.subtensorRemoveBroadcastableIndex,
  parts.uselessSlice,
  parts.uselessSubtensor,
  increments.uselessIncSubtensor,
  increments.incOfZerosToSet,
  increments.uselessIncAlloc,
  joins.joinOne,
  joins.joinEmpty,
  joins.joinMakeVector,
  joins.uselessSplit,
]);

/** What canonical forms cost is taken back. */
export const structuralUncanonical: RuleTable = rules("uncanonicalize", [
  allocs.allocDimshuffle,
  allocs.dimshuffleAlloc,
  layout.reshapeDimshuffle,
  layout.dimshuffleSubtensor,
  joins.reduceJoin,
]);

/** Increments of one tensor in a row, before anything else looks at sums. */
export const serializing: RuleTable = rules("pre_local_IncSubtensor_serialize", [
  increments.serialize,
]);

/** Fills that are left become allocations. */
export const fills: RuleTable = rules("local_fill_to_alloc", [allocs.fillToAlloc]);

/** Allocations that elementwise ops do not need. */
export const repetitions: RuleTable = rules("local_elemwise_alloc", [allocs.elemwiseAlloc]);
