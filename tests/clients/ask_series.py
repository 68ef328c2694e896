"""Ask this DuckDB what the functions of a file say of series: file, JSON of series."""

import json
import sys
from pathlib import Path

import duckdb

path, series = sys.argv[1:]
connection = duckdb.connect(path, read_only=True)
connection.execute("create temp table given (id integer, series double[])")
rows = list(enumerate(json.loads(Path(series).read_text(encoding="utf-8"))))
connection.executemany("insert into given values (?, ?)", rows)
answers = connection.execute(
    "select mann_kendall(series), sequential_mann_kendall(series), hurst_exponent(series, 5),"
    " gini(series), detrend(series) from given order by id"
).fetchall()
print(json.dumps({"version": duckdb.__version__, "answers": answers}))
