/**
 * @file The constructors that users call, by name: a letter for the dtype and a word for the shape,
 * Theano's plurals, and those whose dtype is given or configured. One line a name.
 */

import type { DType } from "../dtype/dtype.ts";
import {
  type FloatingConstructor,
  floatingConstructor,
  type PluralConstructor,
  pluralConstructor,
  shapeNames,
  type TypedConstructor,
  typedConstructor,
} from "./constructors.ts";

function typed(dtype: DType, shape: string): TypedConstructor {
  return typedConstructor(dtype, shapeNames[shape]!);
}

function several(one: FloatingConstructor): PluralConstructor {
  return pluralConstructor((name) => name === undefined ? one() : one(name));
}

/** A scalar of floatX, or of the dtype given. */
export const scalar: FloatingConstructor = floatingConstructor("scalar");
/** A vector of floatX, or of the dtype given. */
export const vector: FloatingConstructor = floatingConstructor("vector");
/** A row of floatX, or of the dtype given. */
export const row: FloatingConstructor = floatingConstructor("row");
/** A column of floatX, or of the dtype given. */
export const col: FloatingConstructor = floatingConstructor("col");
/** A matrix of floatX, or of the dtype given. */
export const matrix: FloatingConstructor = floatingConstructor("matrix");
/** A tensor with 3 axes of floatX, or of the dtype given. */
export const tensor3: FloatingConstructor = floatingConstructor("tensor3");
/** A tensor with 4 axes of floatX, or of the dtype given. */
export const tensor4: FloatingConstructor = floatingConstructor("tensor4");
/** A tensor with 5 axes of floatX, or of the dtype given. */
export const tensor5: FloatingConstructor = floatingConstructor("tensor5");
/** A tensor with 6 axes of floatX, or of the dtype given. */
export const tensor6: FloatingConstructor = floatingConstructor("tensor6");
/** A tensor with 7 axes of floatX, or of the dtype given. */
export const tensor7: FloatingConstructor = floatingConstructor("tensor7");
/** Several scalars of floatX. */
export const scalars: PluralConstructor = several(scalar);
/** Several vectors of floatX. */
export const vectors: PluralConstructor = several(vector);
/** Several rows of floatX. */
export const rows: PluralConstructor = several(row);
/** Several columns of floatX. */
export const cols: PluralConstructor = several(col);
/** Several matrices of floatX. */
export const matrices: PluralConstructor = several(matrix);
/** Several tensors with 3 axes of floatX. */
export const tensor3s: PluralConstructor = several(tensor3);
/** Several tensors with 4 axes of floatX. */
export const tensor4s: PluralConstructor = several(tensor4);
/** Several tensors with 5 axes of floatX. */
export const tensor5s: PluralConstructor = several(tensor5);
/** Several tensors with 6 axes of floatX. */
export const tensor6s: PluralConstructor = several(tensor6);
/** Several tensors with 7 axes of floatX. */
export const tensor7s: PluralConstructor = several(tensor7);
/** A scalar of int8. */
export const bscalar: TypedConstructor = typed("int8", "scalar");
/** A vector of int8. */
export const bvector: TypedConstructor = typed("int8", "vector");
/** A row of int8. */
export const brow: TypedConstructor = typed("int8", "row");
/** A column of int8. */
export const bcol: TypedConstructor = typed("int8", "col");
/** A matrix of int8. */
export const bmatrix: TypedConstructor = typed("int8", "matrix");
/** A tensor with 3 axes of int8. */
export const btensor3: TypedConstructor = typed("int8", "tensor3");
/** A tensor with 4 axes of int8. */
export const btensor4: TypedConstructor = typed("int8", "tensor4");
/** A tensor with 5 axes of int8. */
export const btensor5: TypedConstructor = typed("int8", "tensor5");
/** A tensor with 6 axes of int8. */
export const btensor6: TypedConstructor = typed("int8", "tensor6");
/** A tensor with 7 axes of int8. */
export const btensor7: TypedConstructor = typed("int8", "tensor7");
/** A scalar of int16. */
export const wscalar: TypedConstructor = typed("int16", "scalar");
/** A vector of int16. */
export const wvector: TypedConstructor = typed("int16", "vector");
/** A row of int16. */
export const wrow: TypedConstructor = typed("int16", "row");
/** A column of int16. */
export const wcol: TypedConstructor = typed("int16", "col");
/** A matrix of int16. */
export const wmatrix: TypedConstructor = typed("int16", "matrix");
/** A tensor with 3 axes of int16. */
export const wtensor3: TypedConstructor = typed("int16", "tensor3");
/** A tensor with 4 axes of int16. */
export const wtensor4: TypedConstructor = typed("int16", "tensor4");
/** A tensor with 5 axes of int16. */
export const wtensor5: TypedConstructor = typed("int16", "tensor5");
/** A tensor with 6 axes of int16. */
export const wtensor6: TypedConstructor = typed("int16", "tensor6");
/** A tensor with 7 axes of int16. */
export const wtensor7: TypedConstructor = typed("int16", "tensor7");
/** A scalar of int32. */
export const iscalar: TypedConstructor = typed("int32", "scalar");
/** A vector of int32. */
export const ivector: TypedConstructor = typed("int32", "vector");
/** A row of int32. */
export const irow: TypedConstructor = typed("int32", "row");
/** A column of int32. */
export const icol: TypedConstructor = typed("int32", "col");
/** A matrix of int32. */
export const imatrix: TypedConstructor = typed("int32", "matrix");
/** A tensor with 3 axes of int32. */
export const itensor3: TypedConstructor = typed("int32", "tensor3");
/** A tensor with 4 axes of int32. */
export const itensor4: TypedConstructor = typed("int32", "tensor4");
/** A tensor with 5 axes of int32. */
export const itensor5: TypedConstructor = typed("int32", "tensor5");
/** A tensor with 6 axes of int32. */
export const itensor6: TypedConstructor = typed("int32", "tensor6");
/** A tensor with 7 axes of int32. */
export const itensor7: TypedConstructor = typed("int32", "tensor7");
/** A scalar of int64. */
export const lscalar: TypedConstructor = typed("int64", "scalar");
/** A vector of int64. */
export const lvector: TypedConstructor = typed("int64", "vector");
/** A row of int64. */
export const lrow: TypedConstructor = typed("int64", "row");
/** A column of int64. */
export const lcol: TypedConstructor = typed("int64", "col");
/** A matrix of int64. */
export const lmatrix: TypedConstructor = typed("int64", "matrix");
/** A tensor with 3 axes of int64. */
export const ltensor3: TypedConstructor = typed("int64", "tensor3");
/** A tensor with 4 axes of int64. */
export const ltensor4: TypedConstructor = typed("int64", "tensor4");
/** A tensor with 5 axes of int64. */
export const ltensor5: TypedConstructor = typed("int64", "tensor5");
/** A tensor with 6 axes of int64. */
export const ltensor6: TypedConstructor = typed("int64", "tensor6");
/** A tensor with 7 axes of int64. */
export const ltensor7: TypedConstructor = typed("int64", "tensor7");
/** A scalar of float32. */
export const fscalar: TypedConstructor = typed("float32", "scalar");
/** A vector of float32. */
export const fvector: TypedConstructor = typed("float32", "vector");
/** A row of float32. */
export const frow: TypedConstructor = typed("float32", "row");
/** A column of float32. */
export const fcol: TypedConstructor = typed("float32", "col");
/** A matrix of float32. */
export const fmatrix: TypedConstructor = typed("float32", "matrix");
/** A tensor with 3 axes of float32. */
export const ftensor3: TypedConstructor = typed("float32", "tensor3");
/** A tensor with 4 axes of float32. */
export const ftensor4: TypedConstructor = typed("float32", "tensor4");
/** A tensor with 5 axes of float32. */
export const ftensor5: TypedConstructor = typed("float32", "tensor5");
/** A tensor with 6 axes of float32. */
export const ftensor6: TypedConstructor = typed("float32", "tensor6");
/** A tensor with 7 axes of float32. */
export const ftensor7: TypedConstructor = typed("float32", "tensor7");
/** A scalar of float64. */
export const dscalar: TypedConstructor = typed("float64", "scalar");
/** A vector of float64. */
export const dvector: TypedConstructor = typed("float64", "vector");
/** A row of float64. */
export const drow: TypedConstructor = typed("float64", "row");
/** A column of float64. */
export const dcol: TypedConstructor = typed("float64", "col");
/** A matrix of float64. */
export const dmatrix: TypedConstructor = typed("float64", "matrix");
/** A tensor with 3 axes of float64. */
export const dtensor3: TypedConstructor = typed("float64", "tensor3");
/** A tensor with 4 axes of float64. */
export const dtensor4: TypedConstructor = typed("float64", "tensor4");
/** A tensor with 5 axes of float64. */
export const dtensor5: TypedConstructor = typed("float64", "tensor5");
/** A tensor with 6 axes of float64. */
export const dtensor6: TypedConstructor = typed("float64", "tensor6");
/** A tensor with 7 axes of float64. */
export const dtensor7: TypedConstructor = typed("float64", "tensor7");
/** A scalar of complex64. */
export const cscalar: TypedConstructor = typed("complex64", "scalar");
/** A vector of complex64. */
export const cvector: TypedConstructor = typed("complex64", "vector");
/** A row of complex64. */
export const crow: TypedConstructor = typed("complex64", "row");
/** A column of complex64. */
export const ccol: TypedConstructor = typed("complex64", "col");
/** A matrix of complex64. */
export const cmatrix: TypedConstructor = typed("complex64", "matrix");
/** A tensor with 3 axes of complex64. */
export const ctensor3: TypedConstructor = typed("complex64", "tensor3");
/** A tensor with 4 axes of complex64. */
export const ctensor4: TypedConstructor = typed("complex64", "tensor4");
/** A tensor with 5 axes of complex64. */
export const ctensor5: TypedConstructor = typed("complex64", "tensor5");
/** A tensor with 6 axes of complex64. */
export const ctensor6: TypedConstructor = typed("complex64", "tensor6");
/** A tensor with 7 axes of complex64. */
export const ctensor7: TypedConstructor = typed("complex64", "tensor7");
/** A scalar of complex128. */
export const zscalar: TypedConstructor = typed("complex128", "scalar");
/** A vector of complex128. */
export const zvector: TypedConstructor = typed("complex128", "vector");
/** A row of complex128. */
export const zrow: TypedConstructor = typed("complex128", "row");
/** A column of complex128. */
export const zcol: TypedConstructor = typed("complex128", "col");
/** A matrix of complex128. */
export const zmatrix: TypedConstructor = typed("complex128", "matrix");
/** A tensor with 3 axes of complex128. */
export const ztensor3: TypedConstructor = typed("complex128", "tensor3");
/** A tensor with 4 axes of complex128. */
export const ztensor4: TypedConstructor = typed("complex128", "tensor4");
/** A tensor with 5 axes of complex128. */
export const ztensor5: TypedConstructor = typed("complex128", "tensor5");
/** A tensor with 6 axes of complex128. */
export const ztensor6: TypedConstructor = typed("complex128", "tensor6");
/** A tensor with 7 axes of complex128. */
export const ztensor7: TypedConstructor = typed("complex128", "tensor7");
/** Several scalars of int32. */
export const iscalars: PluralConstructor = pluralConstructor(iscalar);
/** Several vectors of int32. */
export const ivectors: PluralConstructor = pluralConstructor(ivector);
/** Several rows of int32. */
export const irows: PluralConstructor = pluralConstructor(irow);
/** Several columns of int32. */
export const icols: PluralConstructor = pluralConstructor(icol);
/** Several matrices of int32. */
export const imatrices: PluralConstructor = pluralConstructor(imatrix);
/** Several tensors with 3 axes of int32. */
export const itensor3s: PluralConstructor = pluralConstructor(itensor3);
/** Several tensors with 4 axes of int32. */
export const itensor4s: PluralConstructor = pluralConstructor(itensor4);
/** Several tensors with 5 axes of int32. */
export const itensor5s: PluralConstructor = pluralConstructor(itensor5);
/** Several tensors with 6 axes of int32. */
export const itensor6s: PluralConstructor = pluralConstructor(itensor6);
/** Several tensors with 7 axes of int32. */
export const itensor7s: PluralConstructor = pluralConstructor(itensor7);
/** Several scalars of int64. */
export const lscalars: PluralConstructor = pluralConstructor(lscalar);
/** Several vectors of int64. */
export const lvectors: PluralConstructor = pluralConstructor(lvector);
/** Several rows of int64. */
export const lrows: PluralConstructor = pluralConstructor(lrow);
/** Several columns of int64. */
export const lcols: PluralConstructor = pluralConstructor(lcol);
/** Several matrices of int64. */
export const lmatrices: PluralConstructor = pluralConstructor(lmatrix);
/** Several tensors with 3 axes of int64. */
export const ltensor3s: PluralConstructor = pluralConstructor(ltensor3);
/** Several tensors with 4 axes of int64. */
export const ltensor4s: PluralConstructor = pluralConstructor(ltensor4);
/** Several tensors with 5 axes of int64. */
export const ltensor5s: PluralConstructor = pluralConstructor(ltensor5);
/** Several tensors with 6 axes of int64. */
export const ltensor6s: PluralConstructor = pluralConstructor(ltensor6);
/** Several tensors with 7 axes of int64. */
export const ltensor7s: PluralConstructor = pluralConstructor(ltensor7);
/** Several scalars of float32. */
export const fscalars: PluralConstructor = pluralConstructor(fscalar);
/** Several vectors of float32. */
export const fvectors: PluralConstructor = pluralConstructor(fvector);
/** Several rows of float32. */
export const frows: PluralConstructor = pluralConstructor(frow);
/** Several columns of float32. */
export const fcols: PluralConstructor = pluralConstructor(fcol);
/** Several matrices of float32. */
export const fmatrices: PluralConstructor = pluralConstructor(fmatrix);
/** Several tensors with 3 axes of float32. */
export const ftensor3s: PluralConstructor = pluralConstructor(ftensor3);
/** Several tensors with 4 axes of float32. */
export const ftensor4s: PluralConstructor = pluralConstructor(ftensor4);
/** Several tensors with 5 axes of float32. */
export const ftensor5s: PluralConstructor = pluralConstructor(ftensor5);
/** Several tensors with 6 axes of float32. */
export const ftensor6s: PluralConstructor = pluralConstructor(ftensor6);
/** Several tensors with 7 axes of float32. */
export const ftensor7s: PluralConstructor = pluralConstructor(ftensor7);
/** Several scalars of float64. */
export const dscalars: PluralConstructor = pluralConstructor(dscalar);
/** Several vectors of float64. */
export const dvectors: PluralConstructor = pluralConstructor(dvector);
/** Several rows of float64. */
export const drows: PluralConstructor = pluralConstructor(drow);
/** Several columns of float64. */
export const dcols: PluralConstructor = pluralConstructor(dcol);
/** Several matrices of float64. */
export const dmatrices: PluralConstructor = pluralConstructor(dmatrix);
/** Several tensors with 3 axes of float64. */
export const dtensor3s: PluralConstructor = pluralConstructor(dtensor3);
/** Several tensors with 4 axes of float64. */
export const dtensor4s: PluralConstructor = pluralConstructor(dtensor4);
/** Several tensors with 5 axes of float64. */
export const dtensor5s: PluralConstructor = pluralConstructor(dtensor5);
/** Several tensors with 6 axes of float64. */
export const dtensor6s: PluralConstructor = pluralConstructor(dtensor6);
/** Several tensors with 7 axes of float64. */
export const dtensor7s: PluralConstructor = pluralConstructor(dtensor7);
