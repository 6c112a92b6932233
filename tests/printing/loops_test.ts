/** @file How loops and choices look in printed graphs and pictures. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T, printing } = theano;

const [x, u] = T.dvectors("x", "u") as [
  theano.tensor.TensorVariable,
  theano.tensor.TensorVariable,
];
const [h0, w] = T.dscalars("h0", "w") as [
  theano.tensor.TensorVariable,
  theano.tensor.TensorVariable,
];

function text(obj: Parameters<typeof printing.debugprint>[0]): string[] {
  return String(printing.debugprint(obj, { file: "str" })).split("\n");
}

Deno.test("debugprint() links what a turn reads to what the loop is given", () => {
  const [results] = theano.scan(
    (now, before, two, one, factor) => [now!.add(one!.mul(factor!)), before!.add(two!)],
    {
      sequences: { input: x, taps: [0, -1] },
      outputsInfo: [{ initial: u, taps: [-2, -1] }, null],
      nonSequences: w,
    },
  );
  const lines = text(results[0]!);
  assertEquals(lines.slice(lines.indexOf("Inner graphs of the scan ops:")), [
    "Inner graphs of the scan ops:",
    "",
    "for{cpu,scan_fn}.0 [id B] ''   ",
    " >Elemwise{add,no_inplace} [id T] ''   ",
    " > |x[t] [id U] -> [id L]",
    " > |Elemwise{mul,no_inplace} [id V] ''   ",
    " >   |u[t-1] [id W] -> [id N]",
    " >   |w_copy [id X] -> [id R]",
    " >Elemwise{add,no_inplace} [id Y] ''   ",
    " > |x[t-1] [id Z] -> [id M]",
    " > |u[t-2] [id BA] -> [id N]",
    "",
  ]);
});

Deno.test("debugprint() prints loops that are inside of loops after these", () => {
  const m = T.dmatrix("m");
  const [sums] = theano.scan((row) => {
    const [powers] = theano.scan((v, h) => v.mul(h), { sequences: row, outputsInfo: h0 });
    return powers.get(-1);
  }, { sequences: m });
  const lines = text(sums);
  assertEquals(lines.slice(lines.indexOf("Inner graphs of the scan ops:")), [
    "Inner graphs of the scan ops:",
    "",
    "for{cpu,scan_fn} [id A] ''   ",
    " >Subtensor{int64} [id E] ''   ",
    " > |Subtensor{int64::} [id F] ''   ",
    " > | |for{cpu,scan_fn} [id G] ''   ",
    " > | | |Shape_i{0} [id H] ''   ",
    " > | | | |m[t] [id I] -> [id C]",
    " > | | |m[t] [id I] -> [id C]",
    " > | | |InplaceDimShuffle{x} [id J] ''   ",
    " > | |   |h0_copy [id K] -> [id D]",
    " > | |Constant{1} [id L]",
    " > |Constant{-1} [id M]",
    "",
    "for{cpu,scan_fn} [id G] ''   ",
    " >Elemwise{mul,no_inplace} [id N] ''   ",
    " > |m[t][t] [id O] -> [id I]",
    " > |h0[t-1] [id P] -> [id J]",
    "",
  ]);
});

Deno.test("debugprint() says what a loop ends by, and what choices are called", () => {
  const [grown] = theano.scan((h) => ({ outputs: h.mul(2), until: h.gt(5) }), {
    outputsInfo: h0,
    nSteps: 10,
    name: "grow",
  });
  assertEquals(text(grown).slice(-10), [
    "Inner graphs of the scan ops:",
    "",
    "do_while{cpu,grow} [id B] ''   ",
    " >Elemwise{mul,no_inplace} [id G] ''   ",
    " > |h0[t-1] [id H] -> [id D]",
    " > |TensorConstant{2} [id I]",
    " >Elemwise{gt,no_inplace} [id J] ''   ",
    " > |h0[t-1] [id H] -> [id D]",
    " > |TensorConstant{5} [id K]",
    "",
  ]);
  assertEquals(text(theano.ifelse(h0.gt(0), w, h0, { name: "pick" })), [
    "if{pick} [id A] ''   ",
    " |Elemwise{gt,no_inplace} [id B] ''   ",
    " | |h0 [id C]",
    " | |TensorConstant{0} [id D]",
    " |w [id E]",
    " |h0 [id C]",
    "",
  ]);
});

Deno.test("a compiled loop is called as one that overwrites nothing it is given", () => {
  const [powers] = theano.scan((h) => h.mul(2), { outputsInfo: h0, nSteps: 4 });
  const f = theano.function([h0], powers, { mode: "FAST_RUN" });
  const [loop] = f.maker.fgraph.toposort().filter(({ op }) => op.name.startsWith("for"));
  assertEquals([loop!.op.name, loop!.op.destroyMap], ["for{cpu,scan_fn}", undefined]);
});

Deno.test("pydotprint() colours loops and choices, and draws the graphs inside loops", () => {
  const [sums] = theano.scan((v, h) => v.add(h), { sequences: x, outputsInfo: h0, name: "sums" });
  const chosen = theano.ifelse(h0.gt(0), sums.sum(), T.exp(u).sum());
  const folder = Deno.makeTempDirSync();
  try {
    const f = theano.function([h0, x, u], chosen);
    const outfile = `${folder}/graph.dot`;
    printing.pydotprint(f, { outfile, format: "dot", scanGraphs: true, printOutputFile: false });
    const outside = Deno.readTextFileSync(outfile);
    const at = f.maker.fgraph.toposort().findIndex(({ op }) => op.name === "for{cpu,sums}");
    const inside = Deno.readTextFileSync(`${folder}/graph_sums_${at}.dot`);
    const yellow = 'shape="ellipse", style="filled", fillcolor="yellow"';
    assertStringIncludes(outside, `[label="for{cpu,sums}", ${yellow}]`);
    assertStringIncludes(outside, `[label="if{}", ${yellow.replace("yellow", "magenta")}]`);
    for (const name of ["x[t]", "h0[t-1]"]) assertStringIncludes(inside, `label="name=${name} `);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
