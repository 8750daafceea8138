#!/usr/bin/env python3
"""The room `stat` against R's numbers (the shared vectors), exact rational arithmetic, and SciPy where there is one."""
import ctypes
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
DOUBLE, INT64, NAN = ctypes.c_double, ctypes.c_int64, float('nan')


class Interval(ctypes.Structure):
    _fields_ = [('estimate', DOUBLE), ('low', DOUBLE), ('high', DOUBLE)]

    def ends(self):
        return [self.low, self.high]


class Test(ctypes.Structure):
    _fields_ = [(name, DOUBLE) for name in ('difference', 'se', 'z', 'p', 'p_yates')]


class Counts(ctypes.Structure):
    _fields_ = [(name, INT64) for name in ('detractors', 'passives', 'promoters')]


class Nps(ctypes.Structure):
    _fields_ = [('n', INT64), ('score', DOUBLE), ('se', DOUBLE), ('wald', Interval), ('adjusted', Interval)]


class Ranks(ctypes.Structure):
    _fields_ = [('low', INT64), ('high', INT64), ('coverage', DOUBLE)]


class Sum(ctypes.Structure):
    _fields_ = [('part', INT64 * 70)]


SUM, ARRAY = ctypes.POINTER(Sum), ctypes.c_void_p
PROTOTYPES = {
    'normal_cdf': (DOUBLE, DOUBLE), 'normal_quantile': (DOUBLE, DOUBLE),
    'student_cdf': (DOUBLE, DOUBLE, DOUBLE), 'student_quantile': (DOUBLE, DOUBLE, DOUBLE),
    'gamma_p': (DOUBLE, DOUBLE, DOUBLE), 'gamma_q': (DOUBLE, DOUBLE, DOUBLE), 'beta': (DOUBLE, DOUBLE, DOUBLE, DOUBLE),
    'binomial_cdf': (DOUBLE, INT64, INT64, DOUBLE), 'quantile_ranks': (Ranks, INT64, DOUBLE, DOUBLE),
    'wilson': (Interval, INT64, INT64, DOUBLE), 'clopper_pearson': (Interval, INT64, INT64, DOUBLE),
    'newcombe': (Interval, INT64, INT64, INT64, INT64, DOUBLE), 'mean_t': (Interval, INT64, DOUBLE, DOUBLE, DOUBLE),
    'two_proportion_z': (Test, INT64, INT64, INT64, INT64), 'nps': (Nps, Counts, DOUBLE),
    'nps_difference': (Test, Counts, Counts),
    'sum_add': (None, SUM, DOUBLE), 'sum_merge': (None, SUM, SUM), 'sum_round': (DOUBLE, SUM),
    'sum_add_values': (INT64, SUM, SUM, ARRAY, ctypes.c_size_t), 'mean': (DOUBLE, INT64, SUM),
    'variance': (DOUBLE, INT64, SUM, SUM), 'quantile_double': (DOUBLE, ARRAY, ctypes.c_size_t, DOUBLE),
}


def load_room(folder):
    """The room built as a library of its own, with its internal functions in sight."""
    sources = sorted(str(path) for path in TOP.glob('lib/stat/*.c') if path.name != 'public.c')
    target = f'{folder}/stat.so'
    command = os.environ.get('CC', 'cc').split() + ['-std=c11', '-D_GNU_SOURCE', f'-I{TOP}/include', f'-I{TOP}/lib', '-O2',
                                                    '-fPIC', '-shared', '-o', target, *sources, '-lm']
    subprocess.run(command, check=True)
    library, room = ctypes.CDLL(target), {}
    for name, (result, *arguments) in PROTOTYPES.items():
        room[name] = getattr(library, f'jn_stat_{name}')
        room[name].restype, room[name].argtypes = result, arguments
    return type('Room', (), {name: staticmethod(function) for name, function in room.items()})


def same(seen, wanted, digits, what):
    """Relative to the wanted value; near 0 absolute."""
    seen, wanted = (x if isinstance(x, (list, tuple)) else [x] for x in (seen, wanted))
    for a, b in zip(seen, wanted, strict=True):
        close = a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= digits * max(abs(b), 1e-300)
        assert close, f'{what}: {a!r}, expected {b!r} (off by {abs(a - b) / max(abs(b), 1e-300):.1e})'


# ---- R's numbers -----------------------------------------------------------------------------------------------------

def clamp(ends):
    return [max(ends[0], -100), min(ends[1], 100)]


def vector_nps(room, v):
    result = room.nps(Counts(v['detractors'], v['passives'], v['promoters']), 0.95)
    return ([result.score, result.se, *result.wald.ends(), *result.adjusted.ends()],
            [v['nps'], v['se'], *v['wald'], *clamp(v['adj_wald'])])


def vector_nps_difference(room, v):
    result = room.nps_difference(Counts(*v['a']), Counts(*v['b']))
    return [result.difference, result.se, result.z, result.p], [v['diff'], v['se'], v['z'], v['p']]


def vector_newcombe(room, v):
    result = room.newcombe(*v['a'], *v['b'], 0.95)
    return [result.estimate, *result.ends()], [v['diff'], *v['ci']]


def vector_z(room, v):
    result = room.two_proportion_z(*v['a'], *v['b'])
    return [result.z, result.p, result.p_yates], [v['z'], v['p'], v['p_yates']]


VECTORS = {
    'wilson': lambda room, v: (room.wilson(v['x'], v['n'], v['conf']).ends(), v['ci']),
    'clopper_pearson': lambda room, v: (room.clopper_pearson(v['x'], v['n'], v['conf']).ends(), v['ci']),
    'newcombe_diff': vector_newcombe, 'two_prop_z_pooled': vector_z, 'nps': vector_nps, 'nps_diff': vector_nps_difference,
    'mean_t': lambda room, v: (room.mean_t(v['n'], v['mean'], v['sd'], 0.95).ends(), v['ci']),
    'top2box': lambda room, v: ([100 * x for x in room.wilson(v['x'], v['n'], 0.95).ends()], v['wilson_pct']),
}


def check_vectors(room):
    path = Path(os.environ.get('JOURNEY_SHARED', TOP.parent / 'shared')) / 'vectors/statistics.json'
    if not path.exists():
        print(f'SKIP: {path} is not there (JOURNEY_SHARED names the folder)')
        return
    done = set()
    for vector in json.loads(path.read_text())['vectors']:
        if vector['fn'] in VECTORS:
            same(*VECTORS[vector['fn']](room, vector), 2e-12, vector)
            done.add(vector['fn'])
    assert done == set(VECTORS), f'no vectors for {set(VECTORS) - done}'


# ---- exact sums ------------------------------------------------------------------------------------------------------

def nearest(fraction):
    try:
        return float(fraction)
    except OverflowError:
        return math.inf if fraction > 0 else -math.inf


def any_double(rnd):
    while True:
        x = struct.unpack('<d', struct.pack('<Q', rnd.getrandbits(64)))[0]
        if math.isfinite(x):
            return x


KINDS = [
    any_double,
    lambda rnd: rnd.uniform(-1, 1) * 10 ** rnd.randint(-20, 20),
    lambda rnd: rnd.choice([1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308, 1, 5e-324, -5e-324]),
    lambda rnd: rnd.choice([-1, 1]) * rnd.getrandbits(40) * 5e-324,
    lambda rnd: rnd.choice([1, -1]) * math.ldexp(1 + rnd.choice([0, 2 ** -52]), rnd.choice([0, -53, -54, 52])),
    lambda rnd: rnd.gauss(1.7e15, 1e6),
]


def add_all(room, values):
    sums = (Sum(), Sum())
    array = (DOUBLE * len(values))(*values)
    assert room.sum_add_values(sums[0], sums[1], array, len(values)) == len(values)
    return sums


def shuffled_sum(room, rnd, values):
    """The same sum in another order, cut at random and merged in a random order."""
    values = rnd.sample(values, len(values))
    cuts = sorted(rnd.choices(range(len(values) + 1), k=3))
    parts = [add_all(room, part)[0] for part in (values[a:b] for a, b in zip([0, *cuts], [*cuts, len(values)]))]
    rnd.shuffle(parts)
    for part in parts[1:]:
        room.sum_merge(parts[0], part)
    return parts[0]


def exact_variance(values):
    mean = sum(map(Fraction, values)) / len(values)
    return sum((Fraction(x) - mean) ** 2 for x in values) / (len(values) - 1)


def check_sums(room):
    rnd = random.Random(7)
    for kind in KINDS:
        for _ in range(60):
            values = [kind(rnd) for _ in range(rnd.choice([0, 1, 2, 3, 10, 100, 2500]))]
            total, squares = add_all(room, values)
            exact = sum(map(Fraction, values), Fraction(0))
            assert room.sum_round(total) == nearest(exact), f'sum of {values[:5]}...'
            assert room.sum_round(shuffled_sum(room, rnd, values)) == nearest(exact)
            if not values:
                continue
            same(room.mean(len(values), total), float(exact / len(values)), 3e-16, 'mean')
            if len(values) > 1 and all(1e-140 < abs(x) < 1e140 for x in values):
                same(room.variance(len(values), total, squares), float(exact_variance(values)), 1e-15, 'variance')


# ---- quantiles -------------------------------------------------------------------------------------------------------

def type_7(values, p):
    values, h = sorted(map(Fraction, values)), (len(values) - 1) * Fraction(p)
    low = math.floor(h)
    return float(values[low] + (h - low) * (values[min(low + 1, len(values) - 1)] - values[low]))


def check_quantiles(room):
    rnd = random.Random(8)
    for kind in KINDS:
        for n in [1, 2, 3, 4, 5, 64, 65, 66, 500, 3000]:
            values = [kind(rnd) for _ in range(n)]
            array = (DOUBLE * n)(*values)
            for p in (0.5, 0.9, 0, 1, rnd.random()):
                exact, scale = type_7(values, p), max(map(abs, values))
                seen = room.quantile_double(array, n, p)
                assert abs(seen - exact) <= 1e-13 * scale + 1e-322, f'quantile {p} of {n}: {seen}, expected {exact}'
            assert sorted(array) == sorted(values), 'values were only to be reordered'


# ---- SciPy -----------------------------------------------------------------------------------------------------------

def check_scipy(room):
    try:
        from scipy import special, stats
    except ImportError:
        print('SKIP: SciPy is not installed; distributions are not compared with it')
        return
    rnd = random.Random(9)
    for _ in range(500):
        n, p, x = rnd.randint(1, 2000), rnd.uniform(0.01, 0.99), rnd.uniform(-6, 6)
        k, df, a, b = rnd.randint(0, n), rnd.choice([1, 2, 5, 30, 1000, rnd.uniform(1, 50)]), *rnd.choices(range(1, 60), k=2)
        same(room.normal_cdf(x), stats.norm.cdf(x), 1e-13, f'normal_cdf {x}')
        same(room.normal_quantile(p), stats.norm.ppf(p), 1e-13, f'normal_quantile {p}')
        same(room.student_cdf(x, df), special.stdtr(df, x), 1e-10, f'student_cdf {x} {df}')
        same(room.student_quantile(p, df), stats.t.ppf(p, df), 1e-9, f'student_quantile {p} {df}')
        same(room.gamma_p(a, b), special.gammainc(a, b), 1e-12, f'gamma_p {a} {b}')
        same(room.gamma_q(a, b), special.gammaincc(a, b), 1e-12, f'gamma_q {a} {b}')
        same(room.beta(a, b, p), special.betainc(a, b, p), 1e-11, f'beta {a} {b} {p}')
        if stats.binom.cdf(k, n, p) > 1e-200:
            same(room.binomial_cdf(k, n, p), stats.binom.cdf(k, n, p), 1e-10, f'binomial_cdf {k} {n} {p}')
        exact = stats.binomtest(k, n).proportion_ci(0.95, 'exact')
        same(room.clopper_pearson(k, n, 0.95).ends(), [exact.low, exact.high], 1e-9, f'clopper_pearson {k} {n}')
        score = stats.binomtest(k, n).proportion_ci(0.95, 'wilson')
        same(room.wilson(k, n, 0.95).ends(), [max(score.low, 0), score.high], 1e-11, f'wilson {k} {n}')


def main():
    with tempfile.TemporaryDirectory() as folder:
        room = load_room(folder)
        for check in (check_vectors, check_sums, check_quantiles, check_scipy):
            check(room)
            print(f'{check.__name__}: ok')


if __name__ == '__main__':
    sys.exit(main())
