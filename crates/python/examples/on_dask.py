"""A run on a Dask cluster, with the bytes of one machine: `python on_dask.py SCENARIO FOLDER [ADDRESS]`.

Dask runs each shard in a process of a worker, and again if that is lost.
"""

import sys

from dask.distributed import Client, as_completed
from restock.cluster import Shards


def main(scenario: str, folder: str, address: str | None = None) -> None:
    shards = Shards(scenario, of=8, keep=f"{folder}.parts", own_policies_only=True)
    with Client(address) if address else Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        task = client.scatter(shards.task, broadcast=True)
        waiting = {client.submit(lambda task, i: task(i), task, i, retries=3): i for i in shards.missing}
        for future in as_completed(waiting):
            shards.keep(waiting[future], future.result())
    print(shards.gather(out=folder).verdict)
    shards.clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
