/**
 * @file The namespace `tensor.nnet`.
 */

export { softsign, ultraFastSigmoid } from "../ops/softsign.ts";
export { sigmoid, softplus } from "../ops/transcendental.ts";
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  elu,
  hardSigmoid,
  relu,
  selu,
  sigmoidBinaryCrossentropy,
} from "../ops/nnet.ts";
export {
  LogSoftmax,
  logsoftmax,
  Softmax,
  softmax,
  SoftmaxGrad,
  softmaxGraph,
  SoftmaxWithBias,
  softmaxWithBias,
} from "../ops/softmax.ts";
export {
  CrossentropyCategorical1Hot,
  crossentropyCategorical1hot,
  crossentropySoftmax1hot,
  crossentropySoftmax1hotWithBias,
  CrossentropySoftmax1HotWithBiasDx,
  CrossentropySoftmaxArgmax1HotWithBias,
  crossentropySoftmaxArgmax1hotWithBias,
  crossentropySoftmaxMaxAndArgmax1hot,
  crossentropySoftmaxMaxAndArgmax1hotWithBias,
} from "../ops/crossentropy.ts";
export {
  confusionMatrix,
  prepend0ToEachRow,
  prepend1ToEachRow,
  prependScalarToEachRow,
} from "../ops/confusion_matrix.ts";
export { hSoftmax, sparseBlockDot } from "../ops/block_dot.ts";
