"""Writes a catalogue of any size, and a scenario for it, into a folder: by it the memory of a catalogue is measured.

    python3 benches/products.py 10000 /tmp/large
    /usr/bin/time -v restock run /tmp/large/large.toml --own-policies-only --no-charts

Recipe: product i, from 1 on, is called SKU-000001 and so on; its mean a day is 60 / i^0.7, but at least 0.05, its dispersion 3. Price, cost, weight and volume are those
of six kinds of goods in turn. The factory wants 200 units by sea and 10 for parcels.
"""

import pathlib
import sys

KINDS = [
    (18, 3.2, 0.12, 0.8),
    (30, 6.5, 0.25, 1.8),
    (22, 4.2, 0.45, 2.2),
    (68, 16, 0.75, 6),
    (95, 24, 1.1, 18),
    (120, 34, 2.8, 24),
]

HEAD = (
    "sku,price,unit-cost,weight-kg,volume-litres,mean-per-day,dispersion,minimum-order,"
    "minimum-order @ Direct from manufacturer\n"
)

SCENARIO = """\
name = "A large catalogue"

[horizon]
start = 2027-01-01
days = 365
warmup-days = 270

[monte-carlo]
replications = 64
seed = 5

[catalogue]
file = "products.csv"

[[supply]]
name = "Ocean freight + 3PL"
preset = "ocean-3pl"

[[supply]]
name = "Direct from manufacturer"
preset = "direct"
"""


def row(i):
    price, cost, weight, volume = KINDS[i % len(KINDS)]
    mean = max(60 / i**0.7, 0.05)
    return f"SKU-{i:06d},{price},{cost},{weight},{volume},{mean:.3f},3,200,10\n"


def main():
    products, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "products.csv").write_text(HEAD + "".join(map(row, range(1, products + 1))))
    (folder / "large.toml").write_text(SCENARIO)


main()
