/**
 * @file Every flag: the tables of the sections, joined.
 *
 * A flag is one record in one table: name, type, default, doc, whether it enters the cache key and
 * whether a program may set it. Checking, `config`, `print(theano.config)`, the command `config`
 * and the tests follow from it. The sections' types have no docs of their own: a flag's doc stands in
 * its record only.
 */

import * as compile from "./compile_flags.ts";
import * as debug from "./debug_flags.ts";
import type { Flag, Row } from "./flag.ts";
import { type GeneralFlags, generalRows } from "./general_flags.ts";
import * as gpu from "./gpu_flags.ts";

/** The section `dnn` with the section `dnn.conv` in it. */
export type DnnSection = gpu.DnnFlags & {
  readonly conv: gpu.DnnConvFlags;
};

/** The values of all flags: those without a section, and one object for each section. */
export type FlagValues = GeneralFlags & compile.CompiledirFlags & {
  readonly tensor: compile.TensorFlags;
  readonly scan: compile.ScanFlags;
  readonly conv: compile.ConvFlags;
  readonly experimental: compile.ExperimentalFlags;
  readonly optdb: compile.OptdbFlags;
  readonly metaopt: compile.MetaoptFlags;
  readonly vm: compile.VmFlags;
  readonly numpy: compile.NumpyFlags;
  readonly blas: compile.BlasFlags;
  readonly compile: compile.CompileFlags;
  readonly cmodule: compile.CmoduleFlags;
  readonly gcc: compile.GccFlags;
  readonly lib: compile.LibFlags;
  readonly ctc: compile.CtcFlags;
  readonly gpu: gpu.GpuFlags;
  readonly gpuarray: gpu.GpuarrayFlags;
  readonly gpuelemwise: gpu.GpuelemwiseFlags;
  readonly cuda: gpu.CudaFlags;
  readonly magma: gpu.MagmaFlags;
  readonly dnn: DnnSection;
  readonly DebugMode: debug.DebugModeFlags;
  readonly NanGuardMode: debug.NanGuardModeFlags;
  readonly profiling: debug.ProfilingFlags;
  readonly traceback: debug.TracebackFlags;
  readonly unittests: debug.UnittestsFlags;
  readonly warn: debug.WarnFlags;
  readonly check: debug.CheckFlags;
  readonly dump: debug.DumpFlags;
};

// deno-fmt-ignore
const sections: readonly (readonly [section: string, rows: object])[] = [
  ["",             generalRows],
  ["",             compile.compiledirRows],
  ["tensor",       compile.tensorRows],
  ["scan",         compile.scanRows],
  ["conv",         compile.convRows],
  ["experimental", compile.experimentalRows],
  ["optdb",        compile.optdbRows],
  ["metaopt",      compile.metaoptRows],
  ["vm",           compile.vmRows],
  ["numpy",        compile.numpyRows],
  ["blas",         compile.blasRows],
  ["compile",      compile.compileRows],
  ["cmodule",      compile.cmoduleRows],
  ["gcc",          compile.gccRows],
  ["lib",          compile.libRows],
  ["ctc",          compile.ctcRows],
  ["gpu",          gpu.gpuRows],
  ["gpuarray",     gpu.gpuarrayRows],
  ["gpuelemwise",  gpu.gpuelemwiseRows],
  ["cuda",         gpu.cudaRows],
  ["magma",        gpu.magmaRows],
  ["dnn",          gpu.dnnRows],
  ["dnn.conv",     gpu.dnnConvRows],
  ["DebugMode",    debug.debugModeRows],
  ["NanGuardMode", debug.nanGuardModeRows],
  ["profiling",    debug.profilingRows],
  ["traceback",    debug.tracebackRows],
  ["unittests",    debug.unittestsRows],
  ["warn",         debug.warnRows],
  ["check",        debug.checkRows],
  ["dump",         debug.dumpRows],
];

/** Every flag the library defines, in the order in which they are printed. */
export function builtinFlags(): Flag[] {
  return sections.flatMap(([section, rows]) =>
    Object.entries(rows as Readonly<Record<string, Row>>).map(([name, row]) => ({
      ...row,
      name: section === "" ? name : `${section}.${name}`,
    }))
  );
}
