import { assertEquals } from "@std/assert";
import { entries, type Import, importsFrom, sourceFiles } from "./helpers.ts";

/** A layer: its folders or files, and the layers it may know besides itself. */
interface Layer {
  readonly places: readonly string[];
  readonly knows: readonly string[];
}

const base = ["errors", "host", "config", "arguments"];
const symbols = [...base, "graph", "values", "random", "scalar", "tensor", "ops"];
const stages = [...symbols, "gradient", "kernel"];

// deno-fmt-ignore
const layers: Readonly<Record<string, Layer>> = {
  errors:   { places: ["core/errors.ts"],            knows: [] },
  host:     { places: ["core/host/"],                knows: ["errors"] },
  config:   { places: ["core/config/"],              knows: ["errors", "host"] },
  arguments: { places: ["core/tensor/arguments.ts"], knows: ["errors"] },
  graph:    { places: ["core/graph/"],               knows: base },
  values:   { places: ["core/dtype/", "core/array/"], knows: base },
  random:   { places: ["core/random/"],              knows: [...base, "values"] },
  formats:  { places: ["core/formats/"],             knows: [...base, "values"] },
  scalar:   { places: ["core/scalar/"],              knows: [...base, "values"] },
  tensor:   { places: ["core/tensor/"],              knows: [...base, "graph", "values", "random", "scalar"] },
  ops:      { places: ["core/ops/"],                 knows: symbols },
  gradient: { places: ["core/gradient/"],            knows: symbols },
  printing: { places: ["core/printing/"],            knows: [...symbols, "gradient"] },
  kernel:   { places: ["core/kernel/"],              knows: [...symbols, "gradient"] },
  optimize: { places: ["optimize/"],                 knows: stages },
  wasm:     { places: ["core/wasm/"],                knows: [...base, "values", "random", "scalar", "kernel"] },
  gpu:      { places: ["gpu/"],                      knows: [...base, "values", "random", "scalar", "kernel"] },
  cache:    { places: ["core/cache/"],               knows: base },
  compile:  { places: ["core/compile/"],             knows: [...stages, "printing", "cache"] },
  cli:      { places: ["core/cli/"],                 knows: [...stages, "gpu", "cache", "compile"] },
  formula:  { places: ["core/formula/"],             knows: symbols },
  surface:  { places: ["core/surface/"],             knows: [...stages, "printing", "cache", "compile",
                                                              "formats", "formula"] },
  mod:      { places: ["mod.ts"],                    knows: [...stages, "printing", "optimize", "wasm", "gpu",
                                                              "cache", "compile", "cli", "surface", "formats",
                                                              "formula"] },
};

function layerOf(path: string): string {
  for (const [name, { places }] of Object.entries(layers)) {
    if (places.some((place) => path === place || path.startsWith(place))) return name;
  }
  return "none";
}

/** Cycles of imports that hold at run time: each as its files, ending where it began. */
function cyclesOf(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, isValue } of imports) {
    if (isValue) next.set(from, [...next.get(from) ?? [], to]);
  }
  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(" → "));
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    next.get(file)?.forEach(visit);
    path.pop();
    done.add(file);
  };
  for (const file of next.keys()) visit(file);
  return cycles;
}

const { reached, imports } = importsFrom(entries);

Deno.test("layers are a list, and imports go down it", () => {
  const wrong = imports.flatMap(({ from, to }) => {
    const [upper, lower] = [layerOf(from), layerOf(to)];
    return upper === lower || layers[upper]?.knows.includes(lower)
      ? []
      : [`${from} (${upper}) imports ${to} (${lower})`];
  });
  assertEquals(wrong, []);
});

Deno.test("files do not import each other in a circle", () => {
  assertEquals(cyclesOf(imports), []);
});

Deno.test("every source file is reached from what the package exports", () => {
  assertEquals(sourceFiles().filter((file) => !reached.has(file)), []);
});

Deno.test("cyclesOf finds a circle, and only among imports of values", () => {
  const link = (from: string, to: string, isValue = true): Import => ({ from, to, isValue });
  assertEquals(cyclesOf([link("a", "b"), link("b", "c"), link("c", "b")]), ["b → c → b"]);
  assertEquals(cyclesOf([link("a", "b"), link("b", "a", false)]), []);
});
