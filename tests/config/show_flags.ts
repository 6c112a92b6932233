/** @file Prints some flags; `permissions_test.ts` runs it with permissions of every kind. */

import { config } from "../../core/config/config.ts";
import { writeStdout } from "../../core/host/host.ts";

writeStdout(
  `${config.floatX} ${config.origin("floatX")} ${config.device} [${config.compiledir}]\n`,
);
