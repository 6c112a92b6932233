/** @file Cases for checks of gradients: softmax and losses on classes. */

import { call } from "../../core/graph/op.ts";
import { grad } from "../../core/gradient/grad.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import {
  crossentropyCategorical1hot,
  CrossentropyCategorical1HotGrad,
  crossentropySoftmax1hot,
  CrossentropySoftmax1HotWithBiasDx,
  crossentropySoftmaxArgmax1hotWithBias,
} from "../../core/ops/crossentropy.ts";
import { sum } from "../../core/ops/reduce.ts";
import {
  logsoftmax,
  softmax,
  SoftmaxGrad,
  softmaxGraph,
  softmaxWithBias,
} from "../../core/ops/softmax.ts";
import { constant } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Case } from "./helpers.ts";

const rows = [[0.5, -1.25, 2], [3, 0.75, -0.5]];
const bias = [0.1, -0.2, 0.3];
const shares = [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]];
const classes = (): TensorVariable => constant([2, 0]);
const losses = (x: TensorVariable, b: TensorVariable): TensorVariable[] =>
  crossentropySoftmaxArgmax1hotWithBias(x, b, classes());

/** The cases. */
export const nnetCases: readonly Case[] = [
  { name: "softmax", of: (x) => softmax(x), at: [rows] },
  { name: "softmax of a vector", of: (x) => softmax(x), at: [bias] },
  { name: "softmaxGraph", of: (x) => softmaxGraph(x), at: [rows] },
  { name: "logsoftmax", of: (x) => logsoftmax(x), at: [rows] },
  { name: "softmaxWithBias", of: (x, b) => softmaxWithBias(x, b), at: [rows, bias] },
  {
    name: "SoftmaxGrad",
    of: (g, s) => call(new SoftmaxGrad(), g, s) as TensorVariable,
    at: [rows, shares],
  },
  { name: "the loss of a softmax", of: (x, b) => losses(x, b)[0]!, at: [rows, bias], rop: false },
  { name: "the softmax of a loss", of: (x, b) => losses(x, b)[1]!, at: [rows, bias], rop: false },
  {
    name: "loss and softmax together",
    of: (x, b) => mul(sum(losses(x, b)[0]!), losses(x, b)[1]!),
    at: [rows, bias],
    rop: false,
  },
  {
    name: "the loss of a softmax without bias",
    of: (x) => crossentropySoftmax1hot(x, classes())[0],
    at: [rows],
    rop: false,
  },
  {
    name: "CrossentropySoftmax1HotWithBiasDx",
    of: (g, s) => call(new CrossentropySoftmax1HotWithBiasDx(), g, s, classes()) as TensorVariable,
    at: [[0.5, -1.5], shares],
    rop: false,
  },
  {
    name: "CrossentropySoftmax1HotWithBiasDx of a scalar",
    of: (g, s) => call(new CrossentropySoftmax1HotWithBiasDx(), g, s, classes()) as TensorVariable,
    at: [0.5, shares],
    rop: false,
  },
  {
    name: "the second derivative of a loss",
    of: (x, b) => grad(sum(losses(x, b)[0]!), x),
    at: [rows, bias],
    rop: false,
  },
  {
    name: "crossentropyCategorical1hot",
    of: (x) => crossentropyCategorical1hot(x, classes()),
    at: [shares],
    rop: false,
  },
  {
    name: "CrossentropyCategorical1HotGrad",
    of: (g, x) => call(new CrossentropyCategorical1HotGrad(), g, x, classes()) as TensorVariable,
    at: [[0.5, -1.5], shares],
    rop: false,
  },
];
