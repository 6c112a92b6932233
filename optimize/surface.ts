/**
 * @file The namespace `opt`: rewrites of a user's own, the passes that apply them, and where they are
 * registered.
 *
 * Theano has these in `theano.gof`, `theano.gof.opt`, `theano.tensor.opt` and `theano.compile.optdb`.
 */

export {
  constant,
  type Hole,
  hole,
  on,
  type OpPattern,
  type Pattern,
  type Track,
  type Tracked,
  type TrackedClass,
} from "./pattern.ts";
export {
  type Match,
  type Replacement,
  rewrite,
  type Rule,
  rule,
  type RuleOptions,
  rules,
  type RuleSample,
  type RuleTable,
  tagged,
} from "./rule.ts";
export { localOptimizer, opRemove, opSub, type Transform } from "./local_optimizer.ts";
export { equilibriumPass, graphPass, type Pass, type PassContext, sweepPass } from "./pass.ts";
export {
  type EquilibriumOptions,
  type Rewriter,
  type RewriteSettings,
  type RuleIndex,
  type SweepOrder,
} from "./engine.ts";
export type { Query } from "./selection.ts";
export {
  optdb,
  type OptimizerDatabase,
  type QueryResult,
  registerCanonicalize,
  registerSpecialize,
  registerSpecializeDevice,
  registerStabilize,
  registerUncanonicalize,
  registerUseless,
} from "./optdb.ts";
