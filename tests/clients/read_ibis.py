"""Answer a query through Ibis, as a script of a data scientist would: file, query."""

import json
import sys
from pathlib import Path

import ibis

path, query = sys.argv[1:]
connection = ibis.duckdb.connect(path, read_only=True)
answer = connection.sql(Path(query).read_text(encoding="utf-8")).to_pyarrow().to_pylist()[0]
budgets = connection.table("fct_national_carbon_budgets", database="marts")
answer["cnc_tgco2"] = round(budgets.cnc_tgco2.sum().to_pyarrow().as_py(), 6)
print(json.dumps({"version": ibis.__version__, **answer}))
