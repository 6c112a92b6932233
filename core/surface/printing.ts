/**
 * @file The namespace `printing`.
 */

export { debugprint } from "../printing/debugprint.ts";
export { minInformativeStr, varDescriptor } from "../printing/informative.ts";
export { pp, pprint, PPrinter } from "../printing/pp.ts";
export {
  DefaultPrinter,
  FunctionPrinter,
  IgnorePrinter,
  LeafPrinter,
  OperatorPrinter,
  PatternPrinter,
} from "../printing/printers.ts";
export { pydotprint } from "../printing/pydotprint.ts";
