"""Writes the catalogue by which reading is measured, to standard output: a row an item and day, 400 days from 2024-01-01.

    python3 benches/catalogue.py 100000 > catalogue.csv        40 million rows, 0.96 GB
    /usr/bin/time -v restock describe catalogue.csv

Recipe: item i is called SKU-000000 + i; its mean a day is 10 to a power that is uniform from -1.5 to 1; its units are geometric with that
mean, drawn from Python's Mersenne Twister with seed 1, item by item, day by day. With `--by-day` the same rows stand in the order of days.
"""

import datetime
import math
import random
import sys

DAYS = [(datetime.date(2024, 1, 1) + datetime.timedelta(k)).isoformat() for k in range(400)]


def units(draw):
    """400 days of one item."""
    mean = 10 ** draw.uniform(-1.5, 1)
    scale = math.log(mean / (1 + mean))
    return [int(math.log(1 - draw.random()) / scale) for _ in DAYS]


def main():
    items, by_day = int(sys.argv[1]), "--by-day" in sys.argv
    draw = random.Random(1)
    out = sys.stdout
    out.write("date,sku,units\n")
    if not by_day:
        for i in range(items):
            out.write("".join(f"{day},SKU-{i:06d},{u}\n" for day, u in zip(DAYS, units(draw))))
        return
    drawn = [bytes(min(u, 255) for u in units(draw)) for _ in range(items)]
    for k, day in enumerate(DAYS):
        out.write("".join(f"{day},SKU-{i:06d},{of[k]}\n" for i, of in enumerate(drawn)))


main()
