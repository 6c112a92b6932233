/**
 * @file Which rules of loops are on in which pass. Theano's names switch here what they switch there:
 *
 * | name                                      | what becomes of a loop                              |
 * | ----------------------------------------- | --------------------------------------------------- |
 * | `remove_constants_and_unused_inputs_scan` | constants are inside, and nothing passed in vain    |
 * | `scanOp_pushout_nonseqs_ops`              | what is the same at each turn is done before        |
 * | `scanOp_pushout_seqs_ops`                 | what needs rows alone is done on sequences          |
 * | `scan_pushout_dot1`                       | sums over turns are done once, afterwards           |
 * | `scanOp_pushout_output`                   | products that turns do not need are, too            |
 * | `scanOp_merge`                            | loops side by side are one                          |
 * | `scan_merge_inouts`                       | equal states, results and inputs are one            |
 * | `scanOp_save_mem`                         | rows that nobody reads are not kept, or not made    |
 *
 * The last one keeps as many of the last rows as are read, which go round in the same memory; it asks
 * for fewer turns where first rows alone are read. All are kept where half of a known number is read,
 * and where a condition ends the loop and what is read may be among the first values, as for `x[-2]`.
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
