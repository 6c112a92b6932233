"""Writes functions.bin, arguments and values of the scalar functions, and its index functions.json.

Run: pip install mpmath==1.3.0 gmpy2 numpy && python generate.py
Source of the values: mpmath 1.3 (https://mpmath.org), evaluated with 200 bits or more.

The index says for each function and dtype how many points there are and at which byte they begin. There
stand, little-endian: the arguments in the dtype (for two arguments first all the first ones), the
values rounded to the dtype, and what is left of each, in hundredths of its last place, as int8. So errors
are measured against more digits than the dtype has. An overflowing value is infinite with a rest of 0.
"""

import json
import math
import os
import random

import mpmath as mp
import numpy as np

mp.mp.prec = 200
PER_KIND = 320
LEAST = 2001
HERE = os.path.dirname(os.path.abspath(__file__))


def erfcx(x):
    return mp.exp(x * x) * mp.erfc(x)


def erfinv(x):
    """Inverse error function by Newton's method on erfc, where mpmath's own loses digits."""
    return erfcinv_of(1 - abs(x), abs(x)) * (1 if x >= 0 else -1) if x != 0 else mp.mpf(0)


def erfcinv(x):
    y = 1 - x
    return erfcinv_of(x if y > 0 else 2 - x, abs(y)) * (1 if y > 0 else -1) if y != 0 else mp.mpf(0)


def erfcinv_of(q, y):
    """The positive number whose erfc is q and erf is y = 1 - q."""
    if y < mp.mpf("0.5"):
        r = y * mp.sqrt(mp.pi) / 2
        for _ in range(30):
            d = (mp.erf(r) - y) * mp.exp(r * r) * mp.sqrt(mp.pi) / 2
            r -= d / (1 + r * d)
            if abs(d) < mp.mpf(2) ** -150 * r:
                break
        return r
    w = -mp.log(q)
    r = mp.sqrt(max(w - mp.log(mp.sqrt(mp.pi * max(w, mp.mpf("0.4")))), mp.mpf("0.2")))
    for _ in range(60):
        d = (q - mp.erfc(r)) * mp.exp(r * r) * mp.sqrt(mp.pi) / 2
        r -= d / (1 + r * d)
        if abs(d) < mp.mpf(2) ** -150 * r:
            break
    return r


# name: (function, domain, intervals where more points are wanted, special points)
INF = math.inf
FUNCTIONS = {
    "exp": (mp.exp, (-INF, INF), [(-1, 1), (-745.5, -700), (-104, -86), (85, 90), (700, 710)]),
    "exp2": (lambda x: mp.mpf(2) ** x, (-INF, INF), [(-1, 1), (-1075, -1020), (-150, -124), (120, 129)]),
    "expm1": (mp.expm1, (-INF, INF), [(-1, 1), (0.3, 0.5), (-40, -10), (85, 90), (700, 710)]),
    "log": (mp.log, (0, INF), [(0.5, 2), (0.99, 1.01), (0, 1e-300), (0, 1e-38)]),
    "log2": (lambda x: mp.log(x) / mp.ln2, (0, INF), [(0.5, 2), (0.99, 1.01), (0, 1e-300)]),
    "log10": (lambda x: mp.log(x) / mp.ln10, (0, INF), [(0.5, 2), (0.99, 1.01), (0, 1e-300)]),
    "log1p": (mp.log1p, (-1, INF), [(-0.5, 1), (-1, -0.9), (-1e-5, 1e-5), (0.4, 0.45)]),
    "sin": (mp.sin, (-INF, INF), [(-7, 7), (-200, 200), (-30000, 30000), (3.14159, 3.1416)]),
    "cos": (mp.cos, (-INF, INF), [(-7, 7), (-200, 200), (-30000, 30000), (1.5707, 1.5709)]),
    "tan": (mp.tan, (-INF, INF), [(-7, 7), (-200, 200), (-30000, 30000), (1.5707, 1.5709)]),
    "arcsin": (mp.asin, (-1, 1), [(-1, 1), (0.49, 0.51), (0.99, 1), (0.8, 0.9)]),
    "arccos": (mp.acos, (-1, 1), [(-1, 1), (0.49, 0.6), (0.99, 1), (-1, -0.99)]),
    "arctan": (mp.atan, (-INF, INF), [(-2, 2), (0.41, 0.45), (2.3, 2.5), (-100, 100)]),
    "sinh": (mp.sinh, (-INF, INF), [(-2, 2), (0.9, 1.1), (85, 90), (700, 711)]),
    "cosh": (mp.cosh, (-INF, INF), [(-2, 2), (-20, 20), (85, 90), (700, 711)]),
    "tanh": (mp.tanh, (-INF, INF), [(-2, 2), (0.5, 0.6), (-10, 10), (-25, 25)]),
    "arcsinh": (mp.asinh, (-INF, INF), [(-2, 2), (0.3, 0.4), (-1e3, 1e3)]),
    "arccosh": (mp.acosh, (1, INF), [(1, 2), (1, 1.02), (1, 1e3)]),
    "arctanh": (mp.atanh, (-1, 1), [(-1, 1), (0.1, 0.25), (0.99, 1)]),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), (-INF, INF), [(-2, 2), (-8, 8), (-104, -80), (-745, -700)]),
    "softplus": (lambda x: mp.log1p(mp.exp(x)) if x < 300 else x + mp.exp(-x), (-INF, INF), [(-2, 2), (-40, 40), (-104, -80), (-745, -700)]),
    "erf": (mp.erf, (-INF, INF), [(-2, 2), (0.85, 1.1), (-6, 6)]),
    "erfc": (mp.erfc, (-30, 30), [(-2, 2), (-0.1, 0.1), (0, 10.1), (10, 27.3)]),
    "erfcx": (erfcx, (-26.7, INF), [(-2, 2), (-9.4, 10), (-26, 0), (0, 100)]),
    "erfinv": (erfinv, (-1, 1), [(-1, 1), (0.45, 0.55), (0.95, 1), (0.9999, 1)]),
    "erfcinv": (erfcinv, (0, 2), [(0, 2), (0.45, 0.55), (0.9, 1.1), (0, 0.01), (1.99, 2)]),
    "gamma": (mp.gamma, (-185, 172), [(-3, 9), (1, 3), (-42, 36), (-180, 172)]),
    "gammaln": (mp.loggamma, (0, INF), [(0, 3), (0.9, 1.1), (1.9, 2.1), (0, 40), (1.99, 8.1)]),
    "psi": (mp.digamma, (0, INF), [(0, 3), (1.4, 1.5), (0, 40), (1.99, 8.1)]),
    "triGamma": (lambda x: mp.polygamma(1, x), (-100, INF), [(-3, 9), (0, 3), (0, 40)]),
    "j0": (lambda x: mp.besselj(0, x), (-1e4, 1e4), [(-9, 9), (7.9, 8.1), (-60, 60)]),
    "j1": (lambda x: mp.besselj(1, x), (-1e4, 1e4), [(-9, 9), (7.9, 8.1), (-60, 60)]),
    "i0": (lambda x: mp.besseli(0, x), (-713, 713), [(-9, 9), (7.9, 8.1), (-92, 92), (700, 713)]),
    "i1": (lambda x: mp.besseli(1, x), (-713, 713), [(-9, 9), (7.9, 8.1), (-92, 92), (700, 713)]),
}
POINTS = [1.0, 0.5, 2.0, 3.0, 10.0, 100.0, 1e3, 1.5, 0.25, 0.75, 5.0, 7.0, 8.0, 1e-10, 1e10, 1e22]
WORST_ANGLES = [6381956970095103.0 * 2.0**797, 16367173.0 * 2.0**72, 5.5, 1e15, 1.6e16, 2.0**60]


def rounded(x, dtype):
    return float(np.float32(x)) if dtype == "float32" else float(x)


def limits(dtype):
    return (-149, 127) if dtype == "float32" else (-1074, 1023)


def arguments(name, dtype, rng):
    _, (low, high), near = FUNCTIONS[name]
    small, large = limits(dtype)
    xs = [s * p for p in POINTS for s in (1, -1)] + [2.0**small, -(2.0**small), 1.75 * 2.0**large]
    if name in ("sin", "cos", "tan"):
        xs += WORST_ANGLES + [k * math.pi / 2 for k in range(1, 60)]
    for _ in range(PER_KIND * 2):
        xs.append(rng.choice((1, -1)) * rng.uniform(1, 2) * 2.0 ** rng.randint(small, large))
    for _ in range(PER_KIND):
        xs.append(rng.choice((1, -1)) * rng.uniform(1, 2) * 2.0 ** rng.randint(-20, 10))
    each = (2000 - PER_KIND * 3) // len(near)
    for a, b in near:
        xs += [rng.uniform(a, b) for _ in range(each)]
    poles = name in ("gamma", "triGamma")
    points = set()
    while True:
        with np.errstate(over="ignore"):
            xs = [rounded(x, dtype) for x in xs]
        xs = [x for x in xs if math.isfinite(x) and low < x < high and x != 0]
        points.update(x for x in xs if not (poles and x < 0 and x == math.floor(x)))
        if len(points) >= LEAST:
            return sorted(points)
        a, b = rng.choice(near)
        small_size = rng.choice((1, -1)) * rng.uniform(1, 2) * 2.0 ** rng.randint(small, 0)
        xs = [rng.uniform(a, b), small_size]


def reduced_precision(name, x):
    """Bits that the value needs: huge angles and sums near 1 cancel many."""
    if name in ("sin", "cos", "tan"):
        return 1400
    if name in ("erfcx", "erfc"):
        return 200 + int(2.9 * min(x * x, 1e9)) if x > 3 and x < 60 else 200
    if name in ("erfinv", "erfcinv"):
        return 1300
    return 220 + (1100 if abs(x) < 1e-15 else 0)


def value(name, x):
    if name == "erfcx" and x >= 60:
        u = 1 / (2 * mp.mpf(x) ** 2)
        return (1 - u + 3 * u**2 - 15 * u**3 + 105 * u**4 - 945 * u**5) / (x * mp.sqrt(mp.pi))
    if name == "exp" and abs(x) > 1e4 or name == "exp2" and abs(x) > 1e4:
        return mp.mpf("inf") if x > 0 else mp.mpf(0)
    if name in ("expm1", "sinh", "cosh") and abs(x) > 1e4:
        return mp.mpf(-1) if name == "expm1" and x < 0 else mp.sign(x) ** (name != "cosh") * mp.mpf("inf")
    if name in ("tanh", "erf") and abs(x) > 100:
        return mp.sign(mp.mpf(x))
    if name in ("sigmoid", "softplus") and x < -1e4:
        return mp.mpf(0)
    if name == "triGamma" and x > 1e6:
        return 1 / mp.mpf(x) + 1 / (2 * mp.mpf(x) ** 2) + 1 / (6 * mp.mpf(x) ** 3)
    with mp.workprec(reduced_precision(name, x)):
        return +FUNCTIONS[name][0](mp.mpf(x))


def nearest(v, dtype):
    """The float nearest to a value of more digits, and what is left in hundredths of its last place."""
    digits, smallest, largest = (24, -149, 128) if dtype == "float32" else (53, -1074, 1024)
    if mp.isinf(v) or v == 0:
        return float(v), 0
    _, exponent = mp.frexp(v)
    unit = max(exponent - digits, smallest)
    count = mp.ldexp(v, -unit)
    whole = mp.nint(count)
    if abs(mp.ldexp(whole, unit)) >= mp.mpf(2) ** largest:
        return math.copysign(INF, v), 0
    return math.ldexp(int(whole), unit), int(mp.nint((count - whole) * 100))


index = {}
blob = bytearray()


def store(name, dtype, columns, values):
    """Appends points to the file; its parts are padded to whole numbers of 8 bytes."""
    wide = "<f4" if dtype == "float32" else "<f8"
    rounded_values = [nearest(v, dtype) for v in values]
    index.setdefault(name, {})[dtype] = [len(values), len(blob)]
    parts = [np.array(c, wide) for c in columns]
    parts += [np.array([v for v, _ in rounded_values], wide), np.array([r for _, r in rounded_values], "i1")]
    for part in parts:
        blob.extend(part.tobytes())
        blob.extend(bytes(-len(blob) % 8))
    print(name, dtype, len(values), flush=True)


def unary():
    for name in FUNCTIONS:
        for dtype in ("float32", "float64"):
            xs = arguments(name, dtype, random.Random(f"{name} {dtype}"))
            store(name, dtype, [xs], [value(name, x) for x in xs])


def pair(name, dtype, rng):
    """Arguments of pow or arctan2, of all sizes, with results inside and around the limits."""
    small, large = limits(dtype)
    kind = rng.randint(0, 4)
    signed = lambda low, high: rng.choice((1, -1)) * rng.uniform(1, 2) * 2.0 ** rng.randint(low, high)
    if name == "arctan2":
        span = (small, large) if kind == 0 else (-6, 6)
        return signed(*span), signed(*span)
    if kind == 0:
        return abs(signed(small, large)), signed(-10, 6)
    if kind == 1:
        x = 1 + rng.uniform(-1, 1) * 2.0 ** -rng.randint(1, 30)
    else:
        x = abs(signed(-20, 20)) if kind == 2 else rng.uniform(0.3, 3)
    y = rng.uniform(-1, 1) * (small if kind == 4 else 40) / (math.log2(x) or 1)
    return (-x, round(y)) if kind == 3 and abs(y) < 2**20 else (x, y)


def pairs():
    for name, function in (("pow", lambda x, y: x**y), ("arctan2", mp.atan2)):
        for dtype in ("float32", "float64"):
            rng = random.Random(f"{name} {dtype}")
            with np.errstate(over="ignore"):
                points = [tuple(rounded(v, dtype) for v in pair(name, dtype, rng)) for _ in range(2060)]
            points = [(x, y) for x, y in points if x != 0 and y != 0 and math.isfinite(x + y)]
            with mp.workprec(300):
                values = [+mp.re(function(mp.mpf(x), mp.mpf(y))) for x, y in points]
            store(name, dtype, list(zip(*points)), values)


unary()
pairs()
with open(os.path.join(HERE, "functions.bin"), "wb") as file:
    file.write(blob)
with open(os.path.join(HERE, "functions.json"), "w") as file:
    json.dump(index, file, indent=2)
    file.write("\n")
