/**
 * @file What NumPy 2.4.6 draws with `numpy.random.RandomState`, in the order of the calls.
 *
 * Source: printed by NumPy itself; each number is the shortest text that reads as the same double.
 */

/** One call and what it gave. */
export interface Draw {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly dtype: string;
  /** Empty for a single number. */
  readonly shape: readonly number[];
  readonly values: readonly (number | bigint | boolean)[];
}

/** Calls of one generator, and where they left it. */
export interface NumpyCase {
  readonly name: string;
  readonly seed: number | readonly number[];
  /** How many of the 624 words are used up. */
  readonly position: number;
  /** 1 if a normal number is kept. */
  readonly hasNormal: number;
  readonly draws: readonly Draw[];
}

/** Each method of the generator in each of its ways. */
// deno-fmt-ignore
export const numpyCases: readonly NumpyCase[] = [
  {
    name: "seed 123", seed: 123, position: 37, hasNormal: 1,
    draws: [
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.6964691855978616] },
    { method: "rand", args: [3], dtype: "float64", shape: [3], values: [0.28613933495037946, 0.2268514535642031, 0.5513147690828912] },
    { method: "randn", args: [], dtype: "float64", shape: [], values: [-0.5786002519685364] },
    { method: "randn", args: [2, 3], dtype: "float64", shape: [2, 3], values: [1.651436537097151, -2.426679243393074, -0.42891262885617726, 1.265936258705534, -0.8667404022651017, -0.6788861516220543] },
    { method: "randint", args: [1073741824], dtype: "int64", shape: [], values: [635845216] },
    { method: "uniform", args: [-1, 2, [2, 2]], dtype: "float64", shape: [2, 2], values: [0.7817071990220712, 0.8953760530611512, 0.3207715341922288, -0.748820546309247] },
    ],
  },
  {
    name: "seed 987", seed: 987, position: 34, hasNormal: 0,
    draws: [
    { method: "uniform", args: [], dtype: "float64", shape: [], values: [0.4059691262491566] },
    { method: "normal", args: [1.5, 2.5, [5]], dtype: "float64", shape: [5], values: [3.8488055433868356, 0.8319290408463484, 4.45036454187252, 1.1544046191770558, -0.8980432143946935] },
    { method: "normal", args: [], dtype: "float64", shape: [], values: [1.1047540782999075] },
    { method: "rand", args: [2], dtype: "float64", shape: [2], values: [0.25451793387011246, 0.7630302305520719] },
    ],
  },
  {
    name: "seed 0", seed: 0, position: 3, hasNormal: 0,
    draws: [
    { method: "randint", args: [1073741824], dtype: "int64", shape: [], values: [209652396] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.5928446182250183] },
    ],
  },
  {
    name: "the largest seed", seed: 4294967295, position: 3, hasNormal: 0,
    draws: [
    { method: "randint", args: [1073741824], dtype: "int64", shape: [], values: [419326371] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.11160667175339789] },
    ],
  },
  {
    name: "a vector as seed", seed: [1, 2, 3], position: 16, hasNormal: 1,
    draws: [
    { method: "rand", args: [2], dtype: "float64", shape: [2], values: [0.6098612722867289, 0.8866970434146851] },
    { method: "randn", args: [3], dtype: "float64", shape: [3], values: [0.9517262521759671, -0.056633916373920894, 0.5472155512682099] },
    ],
  },
  {
    name: "a vector of one as seed", seed: [42], position: 4, hasNormal: 0,
    draws: [
    { method: "rand", args: [2], dtype: "float64", shape: [2], values: [0.6394267984578837, 0.025010755222666936] },
    ],
  },
  {
    name: "randint of bool in [0, 2)", seed: 17, position: 4, hasNormal: 0,
    draws: [
    { method: "randint", args: [0, 2, [5], "bool"], dtype: "bool", shape: [5], values: [true, true, true, true, false] },
    { method: "randint", args: [0, 2, null, "bool"], dtype: "bool", shape: [], values: [true] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.5305867556052941] },
    ],
  },
  {
    name: "randint of int8 in [-128, 128)", seed: 17, position: 5, hasNormal: 0,
    draws: [
    { method: "randint", args: [-128, 128, [5], "int8"], dtype: "int8", shape: [5], values: [-17, -86, -17, -53, 113] },
    { method: "randint", args: [-128, 128, null, "int8"], dtype: "int8", shape: [], values: [15] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.8442338421309052] },
    ],
  },
  {
    name: "randint of uint8 in [3, 250)", seed: 17, position: 5, hasNormal: 0,
    draws: [
    { method: "randint", args: [3, 250, [5], "uint8"], dtype: "uint8", shape: [5], values: [114, 45, 114, 78, 244] },
    { method: "randint", args: [3, 250, null, "uint8"], dtype: "uint8", shape: [], values: [146] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.8442338421309052] },
    ],
  },
  {
    name: "randint of int16 in [-300, 1000)", seed: 17, position: 7, hasNormal: 0,
    draws: [
    { method: "randint", args: [-300, 1000, [5], "int16"], dtype: "int16", shape: [5], values: [323, 579, 965, -157, -269] },
    { method: "randint", args: [-300, 1000, null, "int16"], dtype: "int16", shape: [], values: [106] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.8888648231916155] },
    ],
  },
  {
    name: "randint of uint16 in [0, 65536)", seed: 17, position: 6, hasNormal: 0,
    draws: [
    { method: "randint", args: [0, 65536, [5], "uint16"], dtype: "uint16", shape: [5], values: [10863, 19311, 64753, 11912, 34959] },
    { method: "randint", args: [0, 65536, null, "uint16"], dtype: "uint16", shape: [], values: [46470] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.19152078694749486] },
    ],
  },
  {
    name: "randint of int32 in [-2147483648, 2147483648)", seed: 17, position: 8, hasNormal: 0,
    draws: [
    { method: "randint", args: [-2147483648, 2147483648, [5], "int32"], dtype: "int32", shape: [5], values: [-881907089, -1366754063, 131369103, 1478473094, -1324908138] },
    { method: "randint", args: [-2147483648, 2147483648, null, "int32"], dtype: "int32", shape: [], values: [1670161721] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.06790035819129137] },
    ],
  },
  {
    name: "randint of uint32 in [7, 4000000000)", seed: 17, position: 8, hasNormal: 0,
    draws: [
    { method: "randint", args: [7, 4000000000, [5], "uint32"], dtype: "uint32", shape: [5], values: [1265576566, 780729592, 2278852758, 3625956749, 822575517] },
    { method: "randint", args: [7, 4000000000, null, "uint32"], dtype: "uint32", shape: [], values: [3817645376] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.06790035819129137] },
    ],
  },
  {
    name: "randint of int64 in [-5, 5)", seed: 17, position: 11, hasNormal: 0,
    draws: [
    { method: "randint", args: [-5, 5, [5], "int64"], dtype: "int64", shape: [5], values: [-4, 1, 1, 4, -5] },
    { method: "randint", args: [-5, 5, null, "int64"], dtype: "int64", shape: [], values: [1] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.41022325051079334] },
    ],
  },
  {
    name: "randint of int64 in [-1152921504606846976, 2305843009213693952)", seed: 17, position: 16, hasNormal: 0,
    draws: [
    { method: "randint", args: [-1152921504606846976n, 2305843009213693952n, [5], "int64"], dtype: "int64", shape: [5], values: [-328997590764290831n, -588695499891034746n, 99618986757183405n, -470660149669501921n, 1730922965200916007n] },
    { method: "randint", args: [-1152921504606846976n, 2305843009213693952n, null, "int64"], dtype: "int64", shape: [], values: [1383891326171428780n] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.575602893753034] },
    ],
  },
  {
    name: "randint of uint64 in [9223372036854775808, 18446744073709551616)", seed: 17, position: 14, hasNormal: 0,
    draws: [
    { method: "randint", args: [9223372036854775808n, 18446744073709551616n, [5], "uint64"], dtype: "uint64", shape: [5], values: [14658981969124719857n, 9787598041570588038n, 12756306954612942137n, 10475912528218806189n, 14517319410219508767n] },
    { method: "randint", args: [9223372036854775808n, 18446744073709551616n, null, "uint64"], dtype: "uint64", shape: [], values: [12107216506662538791n] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.6375208960436358] },
    ],
  },
  {
    name: "whole numbers", seed: 3, position: 23, hasNormal: 0,
    draws: [
    { method: "randint", args: [5], dtype: "int64", shape: [], values: [2] },
    { method: "randint", args: [7, 8, [2]], dtype: "int64", shape: [2], values: [7, 7] },
    { method: "randint", args: [0, 1099511627776, [3]], dtype: "int64", shape: [3], values: [655876500729, 563890142136, 861187447040] },
    { method: "randomIntegers", args: [5], dtype: "int64", shape: [], values: [4] },
    { method: "randomIntegers", args: [-3, 4, [5]], dtype: "int64", shape: [5], values: [-1, 0, -2, -2, -1] },
    { method: "randint", args: [[1, 2, 3], [[4], [9]]], dtype: "int64", shape: [2, 3], values: [2, 3, 3, 7, 2, 7] },
    { method: "randint", args: [[0, 5], [100, 6], [3, 2], "uint8"], dtype: "uint8", shape: [3, 2], values: [44, 5, 37, 5, 7, 5] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.14537014407540272] },
    ],
  },
  {
    name: "orders", seed: 8, position: 18, hasNormal: 0,
    draws: [
    { method: "permutation", args: [10], dtype: "int64", shape: [10], values: [8, 6, 9, 0, 2, 5, 7, 1, 4, 3] },
    { method: "permutation", args: [[3, 1, 4, 1, 5]], dtype: "int64", shape: [5], values: [4, 5, 1, 1, 3] },
    { method: "permutation", args: [[[1, 2], [3, 4], [5, 6]]], dtype: "int64", shape: [3, 2], values: [1, 2, 5, 6, 3, 4] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.5226746713525696] },
    ],
  },
  {
    name: "choices", seed: 9, position: 60, hasNormal: 0,
    draws: [
    { method: "choice", args: [5], dtype: "int64", shape: [], values: [4] },
    { method: "choice", args: [5, 4], dtype: "int64", shape: [4], values: [0, 3, 1, 4] },
    { method: "choice", args: [[1.5, 2.5, 3.5], [2, 2]], dtype: "float64", shape: [2, 2], values: [1.5, 3.5, 2.5, 1.5] },
    { method: "choice", args: [10, [6], false], dtype: "int64", shape: [6], values: [8, 3, 7, 2, 6, 0] },
    { method: "choice", args: [4, [9], true, [0.1, 0.2, 0.3, 0.4]], dtype: "int64", shape: [9], values: [3, 2, 3, 3, 2, 3, 2, 3, 3] },
    { method: "choice", args: [6, [4], false, [0.1, 0.2, 0.3, 0.2, 0.15, 0.05]], dtype: "int64", shape: [4], values: [2, 4, 5, 0] },
    { method: "choice", args: [3, null, true, [0.2, 0.3, 0.5]], dtype: "int64", shape: [], values: [2] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.9455174169762407] },
    ],
  },
  {
    name: "binomial by inversion", seed: 10, position: 36, hasNormal: 0,
    draws: [
    { method: "binomial", args: [10, 0.5], dtype: "int64", shape: [], values: [6] },
    { method: "binomial", args: [1, 0.3, [6]], dtype: "int64", shape: [6], values: [0, 0, 1, 0, 0, 0] },
    { method: "binomial", args: [100, 0.9, [5]], dtype: "int64", shape: [5], values: [88, 93, 94, 89, 85] },
    { method: "binomial", args: [0, 0.3], dtype: "int64", shape: [], values: [0] },
    { method: "binomial", args: [5, 0.0, [2]], dtype: "int64", shape: [2], values: [0, 0] },
    { method: "binomial", args: [5, 1.0, [2]], dtype: "int64", shape: [2], values: [5, 5] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.29187606817063316] },
    ],
  },
  {
    name: "binomial by rejection", seed: 11, position: 238, hasNormal: 0,
    draws: [
    { method: "binomial", args: [100, 0.6, [12]], dtype: "int64", shape: [12], values: [57, 67, 63, 52, 56, 62, 60, 55, 56, 59, 63, 59] },
    { method: "binomial", args: [1000, 0.4, [12]], dtype: "int64", shape: [12], values: [395, 440, 386, 391, 393, 394, 395, 417, 394, 380, 377, 392] },
    { method: "binomial", args: [100000, 0.03, [12]], dtype: "int64", shape: [12], values: [3006, 3020, 3008, 2989, 2967, 3110, 3052, 3062, 2917, 2998, 3065, 3037] },
    { method: "binomial", args: [1000000000, 0.6, [12]], dtype: "int64", shape: [12], values: [599996718, 599994501, 600017414, 599999856, 600004972, 599989925, 599993092, 600003962, 599983385, 599989368, 600008649, 600010209] },
    { method: "binomial", args: [[10, 100], [[0.1], [0.9]]], dtype: "int64", shape: [2, 2], values: [1, 13, 9, 86] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.4155036692248403] },
    ],
  },
  {
    name: "poisson", seed: 12, position: 220, hasNormal: 0,
    draws: [
    { method: "poisson", args: [], dtype: "int64", shape: [], values: [0] },
    { method: "poisson", args: [0.3, [5]], dtype: "int64", shape: [5], values: [0, 0, 0, 0, 2] },
    { method: "poisson", args: [9.9, [5]], dtype: "int64", shape: [5], values: [6, 7, 15, 10, 6] },
    { method: "poisson", args: [10.0, [8]], dtype: "int64", shape: [8], values: [10, 13, 8, 10, 10, 11, 9, 15] },
    { method: "poisson", args: [1000.0, [8]], dtype: "int64", shape: [8], values: [1067, 1009, 1015, 995, 1056, 983, 991, 1039] },
    { method: "poisson", args: [0.0, [2]], dtype: "int64", shape: [2], values: [0, 0] },
    { method: "poisson", args: [[1.0, 50.0, 100000000.0], [2, 3]], dtype: "int64", shape: [2, 3], values: [0, 48, 100003161, 0, 37, 100016246] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.21060763885288392] },
    ],
  },
  {
    name: "multinomial", seed: 13, position: 42, hasNormal: 0,
    draws: [
    { method: "multinomial", args: [20, [0.2, 0.3, 0.5]], dtype: "int64", shape: [3], values: [5, 4, 11] },
    { method: "multinomial", args: [200, [0.15, 0.2, 0.05, 0.6], [3]], dtype: "int64", shape: [3, 4], values: [35, 43, 8, 114, 22, 30, 13, 135, 27, 47, 8, 118] },
    { method: "multinomial", args: [5, [0.0, 1.0], 2], dtype: "int64", shape: [2, 2], values: [0, 5, 0, 5] },
    { method: "multinomial", args: [5, [1.0]], dtype: "int64", shape: [1], values: [5] },
    { method: "multinomial", args: [0, [0.5, 0.5]], dtype: "int64", shape: [2], values: [0, 0] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.9490941816782104] },
    ],
  },
  {
    name: "parameters that are arrays", seed: 14, position: 26, hasNormal: 1,
    draws: [
    { method: "uniform", args: [[0, 10], [[1], [20]]], dtype: "float64", shape: [2, 2], values: [0.5139433437726902, 3.041514531286329, 17.408553714496254, 10.08046948529818] },
    { method: "normal", args: [[0, 100], [1, 2], [2, 2]], dtype: "float64", shape: [2, 2], values: [0.17397652845616982, 99.85532686766764, -2.0043294001721854, 100.28935562638063] },
    { method: "normal", args: [0, [1, 2, 3]], dtype: "float64", shape: [3], values: [-1.5011686222970952, 0.42221890190208605, -1.6746151661282282] },
    { method: "rand", args: [], dtype: "float64", shape: [], values: [0.5388888490671446] },
    ],
  },
];
