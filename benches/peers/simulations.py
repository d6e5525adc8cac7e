"""W1 and W2 as they are written in NumPy, Numba and SimPy, for benches/peers/run.

    python simulations.py NAME REPLICATIONS SEED

prints one line of JSON: fill rate and mean backlog, each with its standard error, and the CPU seconds of the replications alone. Imports and
compilation come before: the same function has run on a few replications when the clock starts. The rules are those of ../w1.toml and ../w2.toml,
the ones by which ../naive.rs goes, too. A function returns units demanded, units filled and unit-days of backlog of each replication. All of it
was written for this repository, from the rules, and is under its licence.
"""

import json
import math
import resource
import sys

import numba
import numpy as np

DAYS = 365
# W1: order up to 1,000 every evening, lead times of 30 to 60 days that may cross.
LEVEL, SHORTEST, LONGEST, MEAN = 1000, 30, 60, 20
# W2: gamma mixture of Poissons, surges that decay, four stages.
DISPERSION, DECAY, PEAK_MEAN, PEAK_CV = 6.666667, math.exp(-0.1), 2.796, 0.4229
OPENING, FACTOR, COVERED, STAGE_VARIANCE, WEIGHT = 1240, 1.6396, 49.0, 44.0, 0.05
# Orders lie in a ring of days; nobody has waited as long as this.
RING, WINDOW = 256, 90


def lognormal(mean, cv):
    """Mean and standard deviation of the logarithm."""
    variance = math.log(1 + cv * cv)
    return math.log(mean) - variance / 2, math.sqrt(variance)


PEAK, PRODUCTION, RECEIVING = lognormal(PEAK_MEAN, PEAK_CV), lognormal(15.5, 0.19355), lognormal(2.5, 0.4)
OCEAN, PORT = (16.81, 20.5 / 16.81), (2.25, 2.0)
_patience = (np.arange(DAYS + 1) / 13.5) ** 1.9
HAZARD = np.concatenate([[0.0], -np.expm1(_patience[:-1] - _patience[1:])])


# W1


@numba.njit(cache=True)
def w1_numba(replications, seed):
    """The plain loop with Numba's own samplers."""
    np.random.seed(seed)
    found = np.empty((replications, 3))
    due = np.zeros(DAYS + LONGEST + 1, np.int64)
    for k in range(replications):
        due[:] = 0
        on_hand, backlog, on_order = LEVEL, 0, 0
        demanded = filled = waited = 0
        for t in range(DAYS):
            on_order -= due[t]
            on_hand += due[t]
            served = min(on_hand, backlog)
            on_hand -= served
            backlog -= served
            d = np.random.poisson(MEAN)
            sold = min(d, on_hand)
            on_hand -= sold
            backlog += d - sold
            position = on_hand - backlog + on_order
            if position < LEVEL:
                due[t + np.random.randint(SHORTEST, LONGEST + 1)] += LEVEL - position
                on_order += LEVEL - position
            demanded += d
            filled += sold
            waited += backlog
        found[k] = demanded, filled, waited
    return found


def alias_table(n):
    """Poisson demand as `n` equal slices, each of at most two values: the share of the first, and the second (Walker; Vose)."""
    share = np.array([n * math.exp(k * math.log(MEAN) - MEAN - math.lgamma(k + 1)) for k in range(n)])
    share *= n / share.sum()
    other = np.arange(n)
    poor = [k for k in range(n) if share[k] < 1]
    rich = [k for k in range(n) if share[k] >= 1]
    while poor and rich:
        low, high = poor.pop(), rich.pop()
        other[low] = high
        share[high] -= 1 - share[low]
        (poor if share[high] < 1 else rich).append(high)
    share[poor + rich] = 1.0
    return np.minimum(share * 2.0**26, 2.0**26).astype(np.uint64), other


@numba.njit(inline="always")
def mixed(z):
    """The finalizer of SplitMix64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@numba.njit(inline="always")
def rotated(x, by):
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@numba.njit(cache=True)
def w1_expert_loop(replications, seed, share, other):
    """All registers: xoshiro256++ in the loop, one number a day for demand (an alias table of 64) and lead time, a ring of 64 days."""
    found = np.empty((replications, 3))
    due = np.zeros(64, np.int64)
    step = np.uint64(0x9E3779B97F4A7C15)
    for k in range(replications):
        z = mixed(np.uint64(seed)) + np.uint64(4 * k) * step
        a, b, c, d = mixed(z + step), mixed(z + step + step), mixed(z + step * np.uint64(3)), mixed(z + step * np.uint64(4))
        due[:] = 0
        on_hand, backlog, on_order = LEVEL, 0, 0
        demanded = filled = waited = 0
        for t in range(DAYS):
            came = due[t & 63]
            due[t & 63] = 0
            on_order -= came
            on_hand += came
            served = min(on_hand, backlog)
            on_hand -= served
            backlog -= served
            number = rotated(a + d, 23) + a
            kept = b << np.uint64(17)
            c ^= a
            d ^= b
            b ^= c
            a ^= d
            c ^= kept
            d = rotated(d, 45)
            slice_ = number >> np.uint64(58)
            first = (number >> np.uint64(32)) & np.uint64(0x3FFFFFF)
            units = np.int64(slice_) if first < share[slice_] else other[slice_]
            sold = min(units, on_hand)
            on_hand -= sold
            backlog += units - sold
            position = on_hand - backlog + on_order
            if position < LEVEL:
                days = SHORTEST + np.int64(((number & np.uint64(0xFFFFFFFF)) * np.uint64(31)) >> np.uint64(32))
                due[(t + days) & 63] += LEVEL - position
                on_order += LEVEL - position
            demanded += units
            filled += sold
            waited += backlog
        found[k, 0] = demanded
        found[k, 1] = filled
        found[k, 2] = waited
    return found


SHARE, OTHER = alias_table(64)


def w1_expert(replications, seed):
    return w1_expert_loop(replications, seed, SHARE, OTHER)


def w1_numpy(replications, seed):
    """A day at a time of all replications."""
    rng = np.random.default_rng(seed)
    on_hand = np.full(replications, LEVEL)
    backlog, on_order, demanded, filled, waited = np.zeros((5, replications), np.int64)
    due = np.zeros((64, replications), np.int64)
    every = np.arange(replications)
    for t in range(DAYS):
        came = due[t % 64]
        on_order -= came
        on_hand += came
        came[:] = 0
        served = np.minimum(on_hand, backlog)
        on_hand -= served
        backlog -= served
        d = rng.poisson(MEAN, replications)
        sold = np.minimum(d, on_hand)
        on_hand -= sold
        backlog += d - sold
        wanted = np.maximum(LEVEL - (on_hand - backlog + on_order), 0)
        due[(t + rng.integers(SHORTEST, LONGEST + 1, replications)) % 64, every] += wanted
        on_order += wanted
        demanded += d
        filled += sold
        waited += backlog
    return np.stack([demanded, filled, waited], 1)


class Shop:
    """W1 in SimPy: a process for the days, and one for each order on its way."""

    def __init__(self, env, rng):
        self.env, self.rng = env, rng
        self.on_hand, self.backlog, self.on_order = LEVEL, 0, 0
        self.demanded = self.filled = self.waited = 0
        env.process(self.days())

    def order(self, units, days):
        # It was made before the process of that day's evening goes on, so it is there in the morning.
        yield self.env.timeout(days)
        self.on_order -= units
        self.on_hand += units
        served = min(self.on_hand, self.backlog)
        self.on_hand -= served
        self.backlog -= served

    def days(self):
        while True:
            d = int(self.rng.poisson(MEAN))
            sold = min(d, self.on_hand)
            self.on_hand -= sold
            self.backlog += d - sold
            wanted = LEVEL - (self.on_hand - self.backlog + self.on_order)
            if wanted > 0:
                self.on_order += wanted
                self.env.process(self.order(wanted, int(self.rng.integers(SHORTEST, LONGEST + 1))))
            self.demanded += d
            self.filled += sold
            self.waited += self.backlog
            yield self.env.timeout(1)


def w1_simpy(replications, seed):
    import simpy

    rng = np.random.default_rng(seed)
    found = []
    for _ in range(replications):
        env = simpy.Environment()
        shop = Shop(env, rng)
        env.run(until=DAYS)
        found.append((shop.demanded, shop.filled, shop.waited))
    return np.array(found)


# W2: on hand, backlog and capital of every day and replication are kept for the bands.


@numba.njit(cache=True)
def w2_numba_loop(replications, seed, hazard, series):
    np.random.seed(seed)
    found = np.empty((replications, 3))
    due = np.zeros(DAYS + RING, np.int64)
    ships = np.zeros(DAYS + RING, np.int64)
    waiting = np.zeros(DAYS, np.int64)
    for k in range(replications):
        due[:] = 0
        ships[:] = 0
        on_hand, unshipped, transit, backlog = OPENING, 0, 0, 0
        level, variance, excess = 20.0, 80.0, 0.0
        oldest = 0
        demanded = filled = waited = 0
        for t in range(DAYS):
            unshipped -= ships[t]
            transit += ships[t] - due[t]
            on_hand += due[t]
            while on_hand > 0 and backlog > 0:
                served = min(waiting[oldest], on_hand)
                waiting[oldest] -= served
                on_hand -= served
                backlog -= served
                if waiting[oldest] == 0:
                    oldest += 1
            if backlog == 0:
                oldest = t
            for _ in range(np.random.poisson(4.0 / 365.0)):
                excess += np.random.lognormal(PEAK[0], PEAK[1]) - 1.0
            mean = 20.0 * max(1.0 + excess, 1e-9)
            d = np.random.poisson(np.random.gamma(DISPERSION, mean / DISPERSION))
            excess *= DECAY
            sold = min(d, on_hand)
            on_hand -= sold
            for born in range(oldest, t):
                if waiting[born] > 0:
                    left = np.random.binomial(waiting[born], hazard[t - born])
                    waiting[born] -= left
                    backlog -= left
            waiting[t] = d - sold
            backlog += d - sold
            error = d - level
            level += WEIGHT * error
            variance += WEIGHT * (error * error - variance)
            if t % 7 == 0:
                target = level * COVERED + FACTOR * math.sqrt(variance * COVERED + level * level * STAGE_VARIANCE)
                wanted = int(math.floor(target + 0.5)) - (on_hand - backlog + unshipped + transit)
                if wanted > 0:
                    made = np.random.lognormal(PRODUCTION[0], PRODUCTION[1])
                    there = made + np.random.gamma(OCEAN[0], OCEAN[1]) + np.random.gamma(PORT[0], PORT[1])
                    there += np.random.lognormal(RECEIVING[0], RECEIVING[1])
                    unshipped += wanted
                    ships[t + min(int(made + 0.5), RING - 1)] += wanted
                    due[t + min(int(there + 0.5), RING - 1)] += wanted
            demanded += d
            filled += sold
            waited += backlog
            series[0, t, k] = on_hand
            series[1, t, k] = backlog
            series[2, t, k] = 10 * (on_hand + transit) + 3 * unshipped
        found[k] = demanded, filled, waited
    return found


def bands(series):
    """Mean, 5 %, 50 % and 95 % of each series and day, exact."""
    return series.mean(2), np.quantile(series, [0.05, 0.5, 0.95], axis=2, method="inverted_cdf")


def w2_numba(replications, seed):
    series = np.zeros((3, DAYS, replications), np.float32)
    found = w2_numba_loop(replications, seed, HAZARD, series)
    bands(series)
    return found


def w2_numpy(replications, seed):
    """A day at a time of all replications."""
    rng = np.random.default_rng(seed)
    every = np.arange(replications)
    series = np.zeros((3, DAYS, replications), np.float32)
    waiting = np.zeros((DAYS, replications), np.int64)
    due, ships = np.zeros((2, RING, replications), np.int64)
    on_hand = np.full(replications, OPENING)
    unshipped, transit, backlog, demanded, filled, waited = np.zeros((6, replications), np.int64)
    level, variance, excess = np.full(replications, 20.0), np.full(replications, 80.0), np.zeros(replications)
    for t in range(DAYS):
        shipped, came, first = ships[t % RING], due[t % RING], max(0, t - WINDOW)
        unshipped -= shipped
        transit += shipped - came
        on_hand += came
        shipped[:] = 0
        came[:] = 0
        some = np.flatnonzero((on_hand > 0) & (backlog > 0))
        if some.size:
            queue = waiting[first:t, some]
            served = np.clip(on_hand[some] - (np.cumsum(queue, 0) - queue), 0, queue)
            waiting[first:t, some] = queue - served
            served = served.sum(0)
            on_hand[some] -= served
            backlog[some] -= served
        peaks = rng.poisson(4 / 365, replications)
        hit = np.repeat(every, peaks)
        np.add.at(excess, hit, rng.lognormal(*PEAK, hit.size) - 1)
        mean = 20 * np.maximum(1 + excess, 1e-9)
        d = rng.poisson(rng.gamma(DISPERSION, mean / DISPERSION))
        excess *= DECAY
        sold = np.minimum(d, on_hand)
        on_hand -= sold
        some = np.flatnonzero(backlog > 0)
        if some.size:
            queue = waiting[first:t, some]
            day, column = np.nonzero(queue)
            units = queue[day, column]
            left = rng.binomial(units, HAZARD[t - first - day])
            waiting[first + day, some[column]] = units - left
            backlog[some] -= np.bincount(column, left, some.size).astype(np.int64)
        waiting[t] = d - sold
        backlog += d - sold
        error = d - level
        level += WEIGHT * error
        variance += WEIGHT * (error * error - variance)
        if t % 7 == 0:
            target = level * COVERED + FACTOR * np.sqrt(variance * COVERED + level * level * STAGE_VARIANCE)
            wanted = np.floor(target + 0.5).astype(np.int64) - (on_hand - backlog + unshipped + transit)
            wanted = np.maximum(wanted, 0)
            made = rng.lognormal(*PRODUCTION, replications)
            there = made + rng.gamma(*OCEAN, replications) + rng.gamma(*PORT, replications)
            there += rng.lognormal(*RECEIVING, replications)
            unshipped += wanted
            ships[(t + np.minimum(made + 0.5, RING - 1).astype(np.int64)) % RING, every] += wanted
            due[(t + np.minimum(there + 0.5, RING - 1).astype(np.int64)) % RING, every] += wanted
        demanded += d
        filled += sold
        waited += backlog
        series[0, t], series[1, t], series[2, t] = on_hand, backlog, 10 * (on_hand + transit) + 3 * unshipped
    bands(series)
    return np.stack([demanded, filled, waited], 1)


def ratio(x, y):
    """A ratio of sums and its standard error, by the linear terms."""
    r = x.sum() / y.sum()
    residual = x - r * y
    return [r, math.sqrt((residual**2).sum() / (len(x) - 1) * len(x)) / y.sum()]


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


PEERS = {f.__name__: f for f in (w1_numba, w1_expert, w1_numpy, w1_simpy, w2_numba, w2_numpy)}


def main(name, replications, seed):
    simulate = PEERS[name]
    simulate(3, seed)
    begun = cpu()
    demanded, filled, waited = simulate(replications, seed).astype(float).T
    spent = cpu() - begun
    backlog = ratio(waited, np.full(replications, float(DAYS)))
    print(json.dumps({"fill": ratio(filled, demanded), "backlog": backlog, "cpu": spent}))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in PEERS:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
