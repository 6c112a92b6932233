import { assertEquals } from "@std/assert";
import { Complex } from "../../core/dtype/dtype.ts";
import { arange, array, eye, full, ones, zeros } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import { arrayRepr } from "../../core/array/text.ts";

// Printed by NumPy: str() and repr() of the same array.
// deno-fmt-ignore
const printed: readonly (readonly [array: () => NDArray, str: string, repr: string])[] = [
  [() => array([[0.5, 0.7310585786300049], [0.2689414213699951, 0.11920292202211755]], { dtype: "float64" }), `[[0.5        0.73105858]
 [0.26894142 0.11920292]]`, `array([[0.5       , 0.73105858],
       [0.26894142, 0.11920292]])`],
  [() => array([0.1, 0.3333333333333333, 0.6666666666666666, 1, -2.5], { dtype: "float64" }), "[ 0.1         0.33333333  0.66666667  1.         -2.5       ]", "array([ 0.1       ,  0.33333333,  0.66666667,  1.        , -2.5       ])"],
  [() => array([1e-05, 1.5, 1000], { dtype: "float64" }), "[1.0e-05 1.5e+00 1.0e+03]", "array([1.0e-05, 1.5e+00, 1.0e+03])"],
  [() => array([1, 2, 3], { dtype: "float64" }), "[1. 2. 3.]", "array([1., 2., 3.])"],
  [() => array([NaN, 1.5, -Infinity], { dtype: "float64" }), "[ nan  1.5 -inf]", "array([ nan,  1.5, -inf])"],
  [() => array([NaN, NaN], { dtype: "float64" }), "[nan nan]", "array([nan, nan])"],
  [() => array([Infinity, -Infinity], { dtype: "float64" }), "[ inf -inf]", "array([ inf, -inf])"],
  [() => array([0, -0], { dtype: "float64" }), "[ 0. -0.]", "array([ 0., -0.])"],
  [() => array([[1, 20], [-300, 0.5]], { dtype: "float64" }), `[[   1.    20. ]
 [-300.     0.5]]`, `array([[   1. ,   20. ],
       [-300. ,    0.5]])`],
  [() => array(0.1, { dtype: "float64" }), "0.1", "array(0.1)"],
  [() => array(0.3333333333333333, { dtype: "float64" }), "0.3333333333333333", "array(0.33333333)"],
  [() => array(1e-07, { dtype: "float64" }), "1e-07", "array(1.e-07)"],
  [() => array(2, { dtype: "float64" }), "2.0", "array(2.)"],
  [() => array(NaN, { dtype: "float64" }), "nan", "array(nan)"],
  [() => array([0.10000000149011612, 0.3333333432674408, 0.6666666865348816, 1, -2.5], { dtype: "float32" }), "[ 0.1         0.33333334  0.6666667   1.         -2.5       ]", `array([ 0.1       ,  0.33333334,  0.6666667 ,  1.        , -2.5       ],
      dtype=float32)`],
  [() => array([9.999999747378752e-06, 1.5, 1000], { dtype: "float32" }), "[1.0e-05 1.5e+00 1.0e+03]", "array([1.0e-05, 1.5e+00, 1.0e+03], dtype=float32)"],
  [() => array([1, 2, 3], { dtype: "float32" }), "[1. 2. 3.]", "array([1., 2., 3.], dtype=float32)"],
  [() => array([NaN, 1.5, -Infinity], { dtype: "float32" }), "[ nan  1.5 -inf]", "array([ nan,  1.5, -inf], dtype=float32)"],
  [() => array([NaN, NaN], { dtype: "float32" }), "[nan nan]", "array([nan, nan], dtype=float32)"],
  [() => array([Infinity, -Infinity], { dtype: "float32" }), "[ inf -inf]", "array([ inf, -inf], dtype=float32)"],
  [() => array([0, -0], { dtype: "float32" }), "[ 0. -0.]", "array([ 0., -0.], dtype=float32)"],
  [() => array([[1, 20], [-300, 0.5]], { dtype: "float32" }), `[[   1.    20. ]
 [-300.     0.5]]`, `array([[   1. ,   20. ],
       [-300. ,    0.5]], dtype=float32)`],
  [() => array(0.10000000149011612, { dtype: "float32" }), "0.1", "array(0.1, dtype=float32)"],
  [() => array(0.3333333432674408, { dtype: "float32" }), "0.33333334", "array(0.33333334, dtype=float32)"],
  [() => array(1.0000000116860974e-07, { dtype: "float32" }), "1e-07", "array(1.e-07, dtype=float32)"],
  [() => array(2, { dtype: "float32" }), "2.0", "array(2., dtype=float32)"],
  [() => array(NaN, { dtype: "float32" }), "nan", "array(nan, dtype=float32)"],
  [() => array([0.0999755859375, 0.333251953125, 0.66650390625, 1, -2.5], { dtype: "float16" }), "[ 0.1     0.3333  0.6665  1.     -2.5   ]", "array([ 0.1   ,  0.3333,  0.6665,  1.    , -2.5   ], dtype=float16)"],
  [() => array([1.0013580322265625e-05, 1.5, 1000], { dtype: "float16" }), "[1.0e-05 1.5e+00 1.0e+03]", "array([1.0e-05, 1.5e+00, 1.0e+03], dtype=float16)"],
  [() => array([1, 2, 3], { dtype: "float16" }), "[1. 2. 3.]", "array([1., 2., 3.], dtype=float16)"],
  [() => array([NaN, 1.5, -Infinity], { dtype: "float16" }), "[ nan  1.5 -inf]", "array([ nan,  1.5, -inf], dtype=float16)"],
  [() => array([NaN, NaN], { dtype: "float16" }), "[nan nan]", "array([nan, nan], dtype=float16)"],
  [() => array([Infinity, -Infinity], { dtype: "float16" }), "[ inf -inf]", "array([ inf, -inf], dtype=float16)"],
  [() => array([0, -0], { dtype: "float16" }), "[ 0. -0.]", "array([ 0., -0.], dtype=float16)"],
  [() => array([[1, 20], [-300, 0.5]], { dtype: "float16" }), `[[   1.    20. ]
 [-300.     0.5]]`, `array([[   1. ,   20. ],
       [-300. ,    0.5]], dtype=float16)`],
  [() => array(0.0999755859375, { dtype: "float16" }), "0.1", "array(0.1, dtype=float16)"],
  [() => array(0.333251953125, { dtype: "float16" }), "0.3333", "array(0.3333, dtype=float16)"],
  [() => array(1.1920928955078125e-07, { dtype: "float16" }), "1e-07", "array(1.e-07, dtype=float16)"],
  [() => array(2, { dtype: "float16" }), "2.0", "array(2., dtype=float16)"],
  [() => array(NaN, { dtype: "float16" }), "nan", "array(nan, dtype=float16)"],
  [() => array([100000000, 1], { dtype: "float64" }), "[1.e+08 1.e+00]", "array([1.e+08, 1.e+00])"],
  [() => array([99999999, 1], { dtype: "float64" }), "[9.9999999e+07 1.0000000e+00]", "array([9.9999999e+07, 1.0000000e+00])"],
  [() => array([0.0001, 1], { dtype: "float64" }), "[1.e-04 1.e+00]", "array([1.e-04, 1.e+00])"],
  [() => array([9.9e-05, 1], { dtype: "float64" }), "[9.9e-05 1.0e+00]", "array([9.9e-05, 1.0e+00])"],
  [() => array([1e+300, 1e-300], { dtype: "float64" }), "[1.e+300 1.e-300]", "array([1.e+300, 1.e-300])"],
  [() => array([5e-324], { dtype: "float64" }), "[5.e-324]", "array([5.e-324])"],
  [() => array([123456.789012345, 0.5], { dtype: "float64" }), "[1.23456789e+05 5.00000000e-01]", "array([1.23456789e+05, 5.00000000e-01])"],
  [() => array([0.001953125, 1], { dtype: "float64" }), "[0.00195312 1.        ]", "array([0.00195312, 1.        ])"],
  [() => array([1e+16], { dtype: "float64" }), "[1.e+16]", "array([1.e+16])"],
  [() => array(1e+16, { dtype: "float64" }), "1e+16", "array(1.e+16)"],
  [() => array(123456789.123, { dtype: "float64" }), "123456789.123", "array(1.23456789e+08)"],
  [() => array([16777216, 0.10000000149011612], { dtype: "float32" }), "[1.6777216e+07 1.0000000e-01]", "array([1.6777216e+07, 1.0000000e-01], dtype=float32)"],
  [() => array([123456792, 0.10000000149011612], { dtype: "float32" }), "[1.2345679e+08 1.0000000e-01]", "array([1.2345679e+08, 1.0000000e-01], dtype=float32)"],
  [() => array([0.7310585975646973, 0.2689414322376251], { dtype: "float32" }), "[0.7310586  0.26894143]", "array([0.7310586 , 0.26894143], dtype=float32)"],
  [() => array([32928], { dtype: "float16" }), "[32928.]", "array([32928.], dtype=float16)"],
  [() => array([[1, 2], [3, 40]], { dtype: "int8" }), `[[ 1  2]
 [ 3 40]]`, `array([[ 1,  2],
       [ 3, 40]], dtype=int8)`],
  [() => array(7, { dtype: "int8" }), "7", "array(7, dtype=int8)"],
  [() => array([[1, 2], [3, 40]], { dtype: "uint8" }), `[[ 1  2]
 [ 3 40]]`, `array([[ 1,  2],
       [ 3, 40]], dtype=uint8)`],
  [() => array(7, { dtype: "uint8" }), "7", "array(7, dtype=uint8)"],
  [() => array([[1, 2], [3, 40]], { dtype: "int32" }), `[[ 1  2]
 [ 3 40]]`, `array([[ 1,  2],
       [ 3, 40]], dtype=int32)`],
  [() => array(7, { dtype: "int32" }), "7", "array(7, dtype=int32)"],
  [() => array([[1, 2], [3, 40]], { dtype: "int64" }), `[[ 1  2]
 [ 3 40]]`, `array([[ 1,  2],
       [ 3, 40]])`],
  [() => array(7, { dtype: "int64" }), "7", "array(7)"],
  [() => array([[1, 2], [3, 40]], { dtype: "uint64" }), `[[ 1  2]
 [ 3 40]]`, `array([[ 1,  2],
       [ 3, 40]], dtype=uint64)`],
  [() => array(7, { dtype: "uint64" }), "7", "array(7, dtype=uint64)"],
  [() => array([-128, 127], { dtype: "int8" }), "[-128  127]", "array([-128,  127], dtype=int8)"],
  [() => array([9223372036854775807n, -9223372036854775808n], { dtype: "int64" }), "[ 9223372036854775807 -9223372036854775808]", "array([ 9223372036854775807, -9223372036854775808])"],
  [() => array([18446744073709551615n, 0], { dtype: "uint64" }), "[18446744073709551615                    0]", "array([18446744073709551615,                    0], dtype=uint64)"],
  [() => array([true, false], { dtype: "bool" }), "[ True False]", "array([ True, False])"],
  [() => array([[true, true], [false, true]], { dtype: "bool" }), `[[ True  True]
 [False  True]]`, `array([[ True,  True],
       [False,  True]])`],
  [() => array(true, { dtype: "bool" }), "True", "array(True)"],
  [() => array(false, { dtype: "bool" }), "False", "array(False)"],
  [() => array([new Complex(1, 2), new Complex(-0, -0.5), new Complex(3, 0)], { dtype: "complex128" }), "[ 1.+2.j  -0.-0.5j  3.+0.j ]", "array([ 1.+2.j , -0.-0.5j,  3.+0.j ])"],
  [() => array([[new Complex(1.25, -2)], [new Complex(10000000000, 1)]], { dtype: "complex128" }), `[[1.25e+00-2.j]
 [1.00e+10+1.j]]`, `array([[1.25e+00-2.j],
       [1.00e+10+1.j]])`],
  [() => array([new Complex(1, 2)], { dtype: "complex64" }), "[1.+2.j]", "array([1.+2.j], dtype=complex64)"],
  [() => array(new Complex(1, 2), { dtype: "complex128" }), "(1+2j)", "array(1.+2.j)"],
  [() => array(new Complex(0.10000000149011612, 0.20000000298023224), { dtype: "complex64" }), "(0.1+0.2j)", "array(0.1+0.2j, dtype=complex64)"],
  [() => array([new Complex(NaN, 1), new Complex(1, -Infinity)], { dtype: "complex128" }), "[nan +1.j  1.-infj]", "array([nan +1.j,  1.-infj])"],
  [() => array([new Complex(0, 1)], { dtype: "complex128" }), "[0.+1.j]", "array([0.+1.j])"],
  [() => array([], { dtype: "float64", shape: [0] }), "[]", "array([], dtype=float64)"],
  [() => array([], { dtype: "float64", shape: [0, 3] }), "[]", "array([], shape=(0, 3), dtype=float64)"],
  [() => array([[], []], { dtype: "float64", shape: [2, 0] }), "[]", "array([], shape=(2, 0), dtype=float64)"],
  [() => array([], { dtype: "int64", shape: [0] }), "[]", "array([], dtype=int64)"],
  [() => arange(60), `[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47
 48 49 50 51 52 53 54 55 56 57 58 59]`, `array([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16,
       17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
       34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
       51, 52, 53, 54, 55, 56, 57, 58, 59])`],
  [() => arange(1001), "[   0    1    2 ...  998  999 1000]", "array([   0,    1,    2, ...,  998,  999, 1000])"],
  [() => arange(30).reshape(2, 3, 5), `[[[ 0  1  2  3  4]
  [ 5  6  7  8  9]
  [10 11 12 13 14]]

 [[15 16 17 18 19]
  [20 21 22 23 24]
  [25 26 27 28 29]]]`, `array([[[ 0,  1,  2,  3,  4],
        [ 5,  6,  7,  8,  9],
        [10, 11, 12, 13, 14]],

       [[15, 16, 17, 18, 19],
        [20, 21, 22, 23, 24],
        [25, 26, 27, 28, 29]]])`],
  [() => arange(16).reshape(2, 2, 2, 2), `[[[[ 0  1]
   [ 2  3]]

  [[ 4  5]
   [ 6  7]]]


 [[[ 8  9]
   [10 11]]

  [[12 13]
   [14 15]]]]`, `array([[[[ 0,  1],
         [ 2,  3]],

        [[ 4,  5],
         [ 6,  7]]],


       [[[ 8,  9],
         [10, 11]],

        [[12, 13],
         [14, 15]]]])`],
  [() => arange(10000).reshape(100, 100), `[[   0    1    2 ...   97   98   99]
 [ 100  101  102 ...  197  198  199]
 [ 200  201  202 ...  297  298  299]
 ...
 [9700 9701 9702 ... 9797 9798 9799]
 [9800 9801 9802 ... 9897 9898 9899]
 [9900 9901 9902 ... 9997 9998 9999]]`, `array([[   0,    1,    2, ...,   97,   98,   99],
       [ 100,  101,  102, ...,  197,  198,  199],
       [ 200,  201,  202, ...,  297,  298,  299],
       ...,
       [9700, 9701, 9702, ..., 9797, 9798, 9799],
       [9800, 9801, 9802, ..., 9897, 9898, 9899],
       [9900, 9901, 9902, ..., 9997, 9998, 9999]])`],
  [() => arange(2000).reshape(2, 1000).astype("float32"), `[[0.000e+00 1.000e+00 2.000e+00 ... 9.970e+02 9.980e+02 9.990e+02]
 [1.000e+03 1.001e+03 1.002e+03 ... 1.997e+03 1.998e+03 1.999e+03]]`, `array([[0.000e+00, 1.000e+00, 2.000e+00, ..., 9.970e+02, 9.980e+02,
        9.990e+02],
       [1.000e+03, 1.001e+03, 1.002e+03, ..., 1.997e+03, 1.998e+03,
        1.999e+03]], dtype=float32)`],
  [() => arange(1008).reshape(2, 2, 7, 36), `[[[[   0    1    2 ...   33   34   35]
   [  36   37   38 ...   69   70   71]
   [  72   73   74 ...  105  106  107]
   ...
   [ 144  145  146 ...  177  178  179]
   [ 180  181  182 ...  213  214  215]
   [ 216  217  218 ...  249  250  251]]

  [[ 252  253  254 ...  285  286  287]
   [ 288  289  290 ...  321  322  323]
   [ 324  325  326 ...  357  358  359]
   ...
   [ 396  397  398 ...  429  430  431]
   [ 432  433  434 ...  465  466  467]
   [ 468  469  470 ...  501  502  503]]]


 [[[ 504  505  506 ...  537  538  539]
   [ 540  541  542 ...  573  574  575]
   [ 576  577  578 ...  609  610  611]
   ...
   [ 648  649  650 ...  681  682  683]
   [ 684  685  686 ...  717  718  719]
   [ 720  721  722 ...  753  754  755]]

  [[ 756  757  758 ...  789  790  791]
   [ 792  793  794 ...  825  826  827]
   [ 828  829  830 ...  861  862  863]
   ...
   [ 900  901  902 ...  933  934  935]
   [ 936  937  938 ...  969  970  971]
   [ 972  973  974 ... 1005 1006 1007]]]]`, `array([[[[   0,    1,    2, ...,   33,   34,   35],
         [  36,   37,   38, ...,   69,   70,   71],
         [  72,   73,   74, ...,  105,  106,  107],
         ...,
         [ 144,  145,  146, ...,  177,  178,  179],
         [ 180,  181,  182, ...,  213,  214,  215],
         [ 216,  217,  218, ...,  249,  250,  251]],

        [[ 252,  253,  254, ...,  285,  286,  287],
         [ 288,  289,  290, ...,  321,  322,  323],
         [ 324,  325,  326, ...,  357,  358,  359],
         ...,
         [ 396,  397,  398, ...,  429,  430,  431],
         [ 432,  433,  434, ...,  465,  466,  467],
         [ 468,  469,  470, ...,  501,  502,  503]]],


       [[[ 504,  505,  506, ...,  537,  538,  539],
         [ 540,  541,  542, ...,  573,  574,  575],
         [ 576,  577,  578, ...,  609,  610,  611],
         ...,
         [ 648,  649,  650, ...,  681,  682,  683],
         [ 684,  685,  686, ...,  717,  718,  719],
         [ 720,  721,  722, ...,  753,  754,  755]],

        [[ 756,  757,  758, ...,  789,  790,  791],
         [ 792,  793,  794, ...,  825,  826,  827],
         [ 828,  829,  830, ...,  861,  862,  863],
         ...,
         [ 900,  901,  902, ...,  933,  934,  935],
         [ 936,  937,  938, ...,  969,  970,  971],
         [ 972,  973,  974, ..., 1005, 1006, 1007]]]])`],
  [() => arange(0, 3, 0.1), `[0.  0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.  1.1 1.2 1.3 1.4 1.5 1.6 1.7
 1.8 1.9 2.  2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9]`, `array([0. , 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1. , 1.1, 1.2,
       1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2. , 2.1, 2.2, 2.3, 2.4, 2.5,
       2.6, 2.7, 2.8, 2.9])`],
  [() => ones([3, 30], "float32"), `[[1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1.
  1. 1. 1. 1. 1. 1.]
 [1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1.
  1. 1. 1. 1. 1. 1.]
 [1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1.
  1. 1. 1. 1. 1. 1.]]`, `array([[1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,
        1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.],
       [1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,
        1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.],
       [1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,
        1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.]],
      dtype=float32)`],
  [() => zeros([1, 1, 3]), "[[[0. 0. 0.]]]", "array([[[0., 0., 0.]]])"],
  [() => arange(12).reshape(3, 4).T, `[[ 0  4  8]
 [ 1  5  9]
 [ 2  6 10]
 [ 3  7 11]]`, `array([[ 0,  4,  8],
       [ 1,  5,  9],
       [ 2,  6, 10],
       [ 3,  7, 11]])`],
  [() => full([2, 26], true), `[[ True  True  True  True  True  True  True  True  True  True  True  True
   True  True  True  True  True  True  True  True  True  True  True  True
   True  True]
 [ True  True  True  True  True  True  True  True  True  True  True  True
   True  True  True  True  True  True  True  True  True  True  True  True
   True  True]]`, `array([[ True,  True,  True,  True,  True,  True,  True,  True,  True,
         True,  True,  True,  True,  True,  True,  True,  True,  True,
         True,  True,  True,  True,  True,  True,  True,  True],
       [ True,  True,  True,  True,  True,  True,  True,  True,  True,
         True,  True,  True,  True,  True,  True,  True,  True,  True,
         True,  True,  True,  True,  True,  True,  True,  True]])`],
  [() => arange(25).astype("int8"), `[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
 24]`, `array([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16,
       17, 18, 19, 20, 21, 22, 23, 24], dtype=int8)`],
  [() => eye(3), `[[1. 0. 0.]
 [0. 1. 0.]
 [0. 0. 1.]]`, `array([[1., 0., 0.],
       [0., 1., 0.],
       [0., 0., 1.]])`],
];

Deno.test("NDArray.toString() prints as NumPy's str", () => {
  for (const [make, str] of printed) assertEquals(make().toString(), str);
});

Deno.test("arrayRepr() prints as NumPy's repr", () => {
  for (const [make, , repr] of printed) assertEquals(arrayRepr(make().memory()), repr);
});

Deno.test("NDArray is shown as its repr by Deno, Node and notebooks", () => {
  const small = array([0.5, 1]);
  const text = "array([0.5, 1. ])";
  assertEquals(Deno.inspect(small), text);
  const hooks = small as unknown as Record<symbol, () => unknown>;
  assertEquals(hooks[Symbol.for("nodejs.util.inspect.custom")]!(), text);
  assertEquals(hooks[Symbol.for("Jupyter.display")]!(), { "text/plain": text });
});

Deno.test("NDArray prints a strided view as what it shows", () => {
  const view = arange(6).reshape(2, 3).get("::-1", "::2");
  assertEquals(view.toString(), "[[3 5]\n [0 2]]");
});
