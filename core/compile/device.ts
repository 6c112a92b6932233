/**
 * @file What the flag `device` asks for, and what is there: this version computes on the CPU.
 */

import { config } from "../config/config.ts";
import { fail } from "../errors.ts";
import { warn } from "../host/warn.ts";

let warned = false;

/**
 * Looks whether the device that the flags ask for can be had, once for each process.
 *
 * @throws {RuntimeError} If `force_device` is set and it cannot.
 */
export function checkDevice(): void {
  const { device } = config;
  if (device === "cpu") return;
  const action = `use the device "${device}"`;
  const why = "this version has no target but the CPU";
  if (config.force_device) {
    fail("RuntimeError", action, why, ["Set device=cpu, or leave force_device out"]);
  }
  if (warned) return;
  warned = true;
  warn("RuntimeWarning", `Cannot ${action}: ${why}, which is used instead`);
}
