/**
 * @file Elements at indices on devices, one thread an element.
 *
 * ```text
 * check                                          a reduction, see indices.ts
 * for each thread i < n₀·n₁·…
 *   out[i…] = source[base(i…) + Σ index·stride]
 * ```
 *
 * Where the check finds an index out of range, the elements are of no use.
 */

import type { GatherKernel } from "../core/kernel/kernel.ts";
import { type DeviceLimits, inTurn, type KernelCode, shaderOf } from "./code.ts";
import { countOf, gridOf, indexLines, threads } from "./grid.ts";
import { checkCode, IndexReader, isDeviceIndex } from "./indices.ts";
import { Bindings, indexName, Params, placeOf } from "./operands.ts";
import type { Schedules } from "./schedules.ts";
import { isDeviceDType } from "./spelling.ts";
import { block, type ShaderParts, shaderText } from "./text.ts";

/** The code of a gather; undefined where something in it has no form on devices. */
export function gatherCode(
  kernel: GatherKernel,
  limits: DeviceLimits,
  schedules: Schedules,
): KernelCode | undefined {
  const { dims, source, indices, output } = kernel;
  if (!isDeviceDType(source.dtype) || !indices.every(isDeviceIndex)) return undefined;
  const check = checkCode(dims, indices, limits, schedules);
  if (check === undefined) return undefined;
  const reader = new IndexReader(indices);
  const params = new Params();
  params.planned("stride", "threads in a row of the grid");
  dims.forEach((size, k) => params.size(`n${k}`, size));
  const from = params.walk("source", source);
  const to = params.walk("out", output);
  reader.addTo(params);
  const bindings = new Bindings([source, ...reader.operands], [output]);
  const element = bindings.load(source, `${placeOf(from, indexName)} + shift`);
  const parts: ShaderParts = {
    title: `gather ${source.dtype} by ${indices.map((x) => x.index.dtype).join(", ")}`,
    params: params.fields,
    bindings: bindings.list,
    helpers: [],
    threads,
    knows: "id",
    body: [
      "let thread = id.x + id.y * params.stride;",
      block(`if (thread >= ${dims.map((_, k) => `params.n${k}`).join(" * ") || "1u"})`, "return;"),
      indexLines("thread", [...dims.keys()]),
      reader.lines(bindings),
      bindings.store(output, placeOf(to, indexName), element),
    ],
  };
  const copy: KernelCode = {
    shaders: [shaderOf(bindings.resources, () => shaderText(parts))],
    plan: (sizeOf) => {
      const { groups, stride } = gridOf(countOf(dims, sizeOf), limits.groups);
      return {
        launches: [{ shader: 0, params: params.words(sizeOf, { stride }), groups }],
        workspaces: [],
      };
    },
  };
  return inTurn([check, copy]);
}
