import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { builtinFlags } from "../../core/config/flags.ts";
import { pipeline } from "../../optimize/pipeline.ts";
import type { Rule } from "../../optimize/rule.ts";
import { filesBelow } from "./helpers.ts";

/** Names that occur more than once. */
function repeated(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) !== at);
}

Deno.test("passes and flags have names of their own", () => {
  assertEquals(repeated(pipeline.map(({ name }) => name)), []);
  assertEquals(repeated(builtinFlags().map(({ name }) => name)), []);
});

Deno.test("rules of one pass have names of their own, and one name means one rule", () => {
  const byName = new Map<string, Rule["apply"]>();
  const wrong: string[] = [];
  for (const { name, rules } of pipeline) {
    wrong.push(...repeated(rules.map((rule) => rule.name)).map((rule) => `${name}: ${rule}`));
    for (const rule of rules) {
      const known = byName.get(rule.name) ?? rule.apply;
      if (known !== rule.apply) wrong.push(`${name}: another ${rule.name}`);
      byName.set(rule.name, known);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("files have names of lower case words, tests end in _test", () => {
  const files = ["core", "gpu", "optimize", "tests", "examples"]
    .flatMap((folder) => filesBelow(folder, ".ts"));
  assertEquals(files.filter((file) => !/^[a-z0-9_/]+\.ts$/.test(file)), []);
});

/** Theano's names, by the namespace they are found in here. */
const theanoNames: Readonly<Record<string, string>> = {
  "":
    "function shared In Out Param Mode grad Lop Rop clone pp config dot version scan map reduce " +
    "foldl foldr scan_checkpoints OrderedUpdates",
  scanModule: "scan map reduce foldl foldr scan_checkpoints until",
  "scan_module.scan_utils": "clone equal_computations expand_empty infer_shape reconstruct_graph " +
    "safe_new",
  gof: "Apply Variable FunctionGraph MissingInputError InconsistencyError",
  gradient: "grad Rop Lop verify_grad numeric_grad disconnected_grad zero_grad grad_clip " +
    "grad_scale consider_constant DisconnectedType subgraph_grad",
  printing: "debugprint pp pydotprint pprint min_informative_str",
  compile: "In Out Mode shared get_mode get_default_mode register_mode",
  tensor:
    "TensorType TensorVariable TensorConstant TensorSharedVariable as_tensor_variable constant " +
    "scalar vector matrix row col tensor tensor3 tensor4 tensor5 tensor6 tensor7 " +
    "scalars vectors matrices rows cols dscalars dmatrices cast shape specify_shape reshape " +
    "transpose swapaxes shape_padleft shape_padright shape_padaxis addbroadcast unbroadcast " +
    "patternbroadcast flatten is_flat alloc zeros ones zeros_like ones_like fill second eye " +
    "identity_like tri tril triu arange mgrid ogrid diag diagonal join concatenate stack stacklists " +
    "horizontal_stack vertical_stack split tile repeat roll squeeze tensor_copy get_vector_length " +
    "get_scalar_constant_value extract_constant makeKeepDims sum prod mean var std max min argmax " +
    "argmin max_and_argmax any all ptp cumsum cumprod smallest largest set_subtensor inc_subtensor " +
    "take choose nonzero flatnonzero nonzero_values permute_row_elements inverse_permutation add sub " +
    "mul true_div int_div floor_div mod pow power neg inv abs_ sgn sqr square sqrt divmod mod_check " +
    "ceil_intdiv exp exp2 expm1 log log2 log10 log1p cos sin tan arccos arcsin arctan arctan2 cosh " +
    "sinh tanh arccosh arcsinh arctanh deg2rad rad2deg ceil floor trunc round iround " +
    "round_half_to_even round_half_away_from_zero lt gt le ge eq neq isnan isinf isclose allclose " +
    "and_ or_ xor invert bitwise_and bitwise_or bitwise_xor bitwise_not switch where maximum minimum " +
    "clip erf erfc erfcx erfinv erfcinv gamma gammaln psi tri_gamma chi2sf gammainc gammaincc gammau " +
    "gammal j0 j1 jv i0 i1 iv real imag angle complex complex_from_polar conj dot tensordot outer " +
    "batched_dot batched_tensordot sort argsort topk argtopk topk_and_argtopk searchsorted cov grad " +
    "Rop Lop verify_grad numeric_grad consider_constant",
  "tensor.extra_ops": "searchsorted diff bincount compress bartlett fill_diagonal " +
    "fill_diagonal_offset to_one_hot unravel_index ravel_multi_index squeeze repeat cumsum cumprod",
  "tensor.nnet":
    "sigmoid ultra_fast_sigmoid hard_sigmoid softplus softsign relu elu selu softmax " +
    "softmax_graph logsoftmax softmax_with_bias crossentropy_softmax_argmax_1hot_with_bias " +
    "crossentropy_softmax_1hot_with_bias crossentropy_softmax_1hot crossentropy_categorical_1hot " +
    "binary_crossentropy sigmoid_binary_crossentropy categorical_crossentropy h_softmax " +
    "confusion_matrix prepend_scalar_to_each_row prepend_0_to_each_row prepend_1_to_each_row " +
    "sparse_block_dot",
};

/** A name of Theano's as it is here: no trailing underscore, and camelCase. */
function nameHere(name: string): string {
  return name.replace(/_$/, "").replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/_(?=\d)/g, "");
}

Deno.test("names of Theano's are exported in camelCase where Theano has them", () => {
  const missing = Object.entries(theanoNames).flatMap(([path, names]) => {
    let place: Readonly<Record<string, unknown>> = theano;
    for (const part of path === "" ? [] : path.split(".")) {
      place = (place[nameHere(part)] ?? {}) as Readonly<Record<string, unknown>>;
    }
    return names.split(" ").filter((name) => place[nameHere(name)] === undefined)
      .map((name) => `${path}.${nameHere(name)}`);
  });
  assertEquals(missing, []);
});

Deno.test("every dtype has its constructors in every number of axes", () => {
  const names = [..."bwilfdcz"].flatMap((letter) =>
    [
      "scalar",
      "vector",
      "matrix",
      "row",
      "col",
      "tensor3",
      "tensor4",
      "tensor5",
      "tensor6",
      "tensor7",
    ]
      .map((form) => `${letter}${form}`)
  );
  const made = theano.tensor as Readonly<Record<string, unknown>>;
  assertEquals(names.filter((name) => typeof made[name] !== "function"), []);
});
