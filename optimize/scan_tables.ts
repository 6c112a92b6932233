/**
 * @file Which rules of loops are on in which pass.
 */

import { rules, type RuleTable } from "./rule.ts";
import { mergeInside, mergeLoops } from "./scan_merge.ts";
import { pushOutNonSeq, pushOutSeq } from "./scan_push.ts";
import { saveMemory } from "./scan_save.ts";
import { pushOutDot, pushOutOutput } from "./scan_sum.ts";
import { removeDead, removeUnused } from "./scan_tidy.ts";

/** Before anything else: work leaves the loop, where the rest of the pipeline sees it. */
export const scanEarly: RuleTable = rules("scan_eqopt1", [
  removeUnused,
  removeDead,
  pushOutNonSeq,
  pushOutSeq,
  pushOutDot,
  pushOutOutput,
]);

/** After the graph around is in its canonical form. */
export const scanLate: RuleTable = rules("scan_eqopt2", [
  removeUnused,
  removeDead,
  mergeLoops,
  mergeInside,
]);

/** Memory for what is read only. */
export const scanSaving: RuleTable = rules("scanOp_save_mem", [saveMemory]);
