/**
 * @file Which rules of elementwise ops and reductions are on in which phase.
 */

import { addCanonizer, mulCanonizer } from "./canonizer.ts";
import * as canonical from "./canonical_rules.ts";
import * as erf from "./erf_rules.ts";
import { greedyDistributor } from "./distributor.ts";
import * as reduce from "./reduce_rules.ts";
import { rules, type RuleTable, tagged } from "./rule.ts";
import * as softmax from "./softmax_rules.ts";
import * as special from "./special_rules.ts";
import * as stable from "./stable_rules.ts";
import * as switches from "./switch_rules.ts";
import * as useless from "./useless_rules.ts";

const early = "fast_compile";

const errorFunctions = [
  erf.oneMinusErf,
  erf.onePlusErf,
  erf.erfMinusOne,
  erf.oneMinusErfc,
  erf.erfNegMinusOne,
];

/** What is on before anything else is known. */
export const elementwiseUseless: RuleTable = rules("useless", [
  useless.uselessElemwise,
  useless.uselessComparison,
  tagged(useless.uselessFill, early),
  useless.uselessSwitch,
  useless.uselessReduce,
  useless.viewOp,
]);

/** One form for equal things. */
export const elementwiseCanonical: RuleTable = rules("canonicalize", [
  tagged(useless.viewOp, early),
  tagged(useless.uselessFill, early),
  tagged(useless.uselessElemwise, early),
  useless.uselessComparison,
  tagged(useless.uselessSwitch, early),
  tagged(useless.uselessReduce, early),
  canonical.removeTensorCopy,
  canonical.fillSink,
  canonical.mulZero,
  canonical.zeroDiv,
  canonical.intdivByOne,
  canonical.powCanonicalize,
  canonical.castCast,
  canonical.funcInv,
  canonical.upcastConstants,
  canonical.dimshuffleLift,
  stable.expMinusOne,
  ...errorFunctions,
  addCanonizer,
  mulCanonizer(softmax.softmaxSimplifier),
  canonical.negToMul,
  canonical.invCanon,
  canonical.absLift,
  greedyDistributor,
  switches.mergeSwitchSameCondition,
  switches.mulSwitchSink,
  switches.divSwitchSink,
  reduce.opOfOp,
  reduce.sumProdAllToNone,
  reduce.reduceBroadcastable,
  reduce.sumProdDivDimshuffle,
]);

/** The same value with better numbers. */
export const elementwiseStable: RuleTable = rules("stabilize", [
  useless.uselessComparison,
  greedyDistributor,
  stable.expMinusOne,
  ...errorFunctions,
  stable.logOnePlus,
  stable.logAdd,
  erf.logErfc,
  erf.gradLogErfc,
  stable.expOverOnePlusExp,
  stable.invOnePlusExp,
  stable.sigmTimesExp,
  stable.logOnePlusExp,
  stable.logSigmoid,
  stable.logOneMinusSigmoid,
  stable.logOnePlusNegSigmoid,
]);

const onDevice = "fast_compile_gpu";

/** Losses of classes, with better numbers. */
export const softmaxStable: RuleTable = rules("stabilize", [
  softmax.categoricalOfSoftmax,
  softmax.uselessGradAlloc,
]);

/** Softmax and losses of classes as one op each. */
export const softmaxSpecial: RuleTable = rules("specialize", [
  tagged(softmax.indexedLoss, onDevice),
  tagged(softmax.indexedLossGrad, onDevice),
  tagged(softmax.categoricalOfSoftmax, onDevice),
  tagged(softmax.softmaxGradOfCategorical, onDevice),
  tagged(softmax.mergeSoftmaxWithLoss, onDevice),
  tagged(softmax.argmaxPushdown, onDevice),
  tagged(softmax.logSoftmaxGrad, early, "stabilize"),
  tagged(softmax.logSoftmax, early, "stabilize"),
  tagged(softmax.softmaxWithBiasRule, onDevice),
  softmax.uselessGradAlloc,
]);

/** Any loss of classes from a softmax. */
export const softmaxLosses: RuleTable = rules("crossentropy_to_crossentropy_with_softmax", [
  softmax.categoricalOfAnySoftmax,
]);

/** Sums of exponentials. */
export const logSums: RuleTable = rules("local_log_sum_exp", [stable.logSumExp]);

/** Faster equal forms. */
export const elementwiseSpecial: RuleTable = rules("specialize", [
  useless.uselessElemwise,
  useless.uselessComparison,
  useless.uselessSwitch,
  canonical.zeroDiv,
  canonical.castCast,
  canonical.funcInv,
  canonical.dimshuffleLift,
  stable.expMinusOne,
  ...errorFunctions,
  stable.logOnePlus,
  stable.logAdd,
  erf.logErfc,
  erf.gradLogErfc,
  switches.mulSwitchSink,
  special.subZeros,
  special.addSpecialize,
  special.mulSpecialize,
  special.mulToSqr,
  special.powSpecialize,
  special.divToInv,
  special.negNeg,
  special.negDivNeg,
  special.uselessAssert,
  special.removeAllAssert,
  reduce.reduceBroadcastable,
  reduce.sumProdMulByScalar,
  reduce.sumProdDivDimshuffle,
  reduce.absMerge,
]);

/** What canonical forms cost is taken back. */
export const elementwiseUncanonical: RuleTable = rules("uncanonicalize", [
  reduce.reduceBroadcastable,
  reduce.maxAndArgmax,
  reduce.maxToMin,
  special.ultraFast,
  special.hard,
]);

/** What depends on the machine. */
export const elementwiseDevice: RuleTable = rules("specialize_device", [
  special.powSpecializeDevice,
]);

/** All tables of this file. */
export const elementwiseTables: readonly RuleTable[] = [
  elementwiseUseless,
  elementwiseCanonical,
  elementwiseStable,
  softmaxStable,
  logSums,
  elementwiseSpecial,
  softmaxSpecial,
  softmaxLosses,
  elementwiseUncanonical,
  elementwiseDevice,
];
