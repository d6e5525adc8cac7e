"""A run on a Spark cluster, with the bytes of one machine: `python on_spark.py SCENARIO FOLDER [MASTER]`.

Spark runs each shard as a task of its own, and again if its executor is lost.
"""

import os
import sys
from collections.abc import Iterator

import pyarrow
from pyspark.sql import SparkSession
from restock.cluster import Shards


def main(scenario: str, folder: str, master: str = "local[2]") -> None:
    shards = Shards(scenario, of=8, keep=f"{folder}.parts", own_policies_only=True)
    task, missing = shards.task, shards.missing

    def run(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        for batch in batches:
            for index in batch["index"].to_pylist():
                yield pyarrow.RecordBatch.from_pydict({"index": [index], "part": [task(index)]})

    # Executors have the Python that is named here; it has this package.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.master(master).appName("restock").getOrCreate()
    try:
        frame = spark.createDataFrame([(index,) for index in missing], "index long").repartition(max(len(missing), 1))
        for row in frame.mapInArrow(run, "index long, part binary").toLocalIterator():
            shards.keep(row["index"], bytes(row["part"]))
    finally:
        spark.stop()
    print(shards.gather(out=folder).verdict)
    shards.clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
