/**
 * @file What calls do on a device, added up for profiles.
 */

import { GpuArray } from "../array/gpu_array.ts";
import type { NDArray } from "../array/ndarray.ts";
import { dtypes } from "../dtype/dtype.ts";
import type { DeviceUse, TransferUse } from "../kernel/target.ts";

const noTransfer: TransferUse = { bytes: 0, seconds: 0 };

/** What was done in all; undefined for nothing. */
export function sumOfUses(uses: Iterable<DeviceUse>): DeviceUse | undefined {
  let sum: DeviceUse | undefined;
  for (const use of uses) sum = sum ? added(sum, use) : use;
  return sum;
}

function added(x: DeviceUse, y: DeviceUse): DeviceUse {
  const both = (a: TransferUse, b: TransferUse): TransferUse => ({
    bytes: a.bytes + b.bytes,
    seconds: a.seconds + b.seconds,
  });
  return {
    submits: x.submits + y.submits,
    kernelSeconds: x.kernelSeconds + y.kernelSeconds,
    isByDeviceClock: x.isByDeviceClock && y.isByDeviceClock,
    toDevice: both(x.toDevice, y.toDevice),
    fromDevice: both(x.fromDevice, y.fromDevice),
  };
}

/** Time of values that went there or came back. Units: seconds. */
export function transferSeconds({ toDevice, fromDevice }: DeviceUse): number {
  return toDevice.seconds + fromDevice.seconds;
}

/** The arrays among some that are on a device only. */
export function awayOf(values: readonly NDArray[]): GpuArray[] {
  return values.filter((value) => value instanceof GpuArray).filter((value) => !value.isHere);
}

/**
 * What the host did that looked at arrays on a device: each was read from there.
 *
 * @param away The arrays that were there before.
 * @param seconds The time of looking.
 * @returns What was done; undefined if none was looked at.
 */
export function useOfLooking(away: readonly GpuArray[], seconds: number): DeviceUse | undefined {
  const read = away.filter((value) => value.isHere);
  if (read.length === 0) return undefined;
  const bytes = read.reduce((sum, { size, dtype }) => sum + size * dtypes[dtype].bytes, 0);
  return {
    submits: read.length,
    kernelSeconds: 0,
    isByDeviceClock: true,
    toDevice: noTransfer,
    fromDevice: { bytes, seconds },
  };
}
