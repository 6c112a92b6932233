/**
 * @file The namespace `gpu`: computing on a graphics card. Theano: `theano.gpuarray`.
 */

export { use } from "../compile/device.ts";
export { GpuArray } from "../array/gpu_array.ts";
export { GpuArrayType, GpuVariable } from "../tensor/gpu_type.ts";
export { GpuFromHost, HostFromGpu } from "../ops/transfer.ts";
