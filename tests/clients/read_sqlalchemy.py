"""Reflect the marts through SQLAlchemy, as Superset does, and answer a query: file, query."""

import json
import sys
from pathlib import Path

import sqlalchemy

path, query = sys.argv[1:]
engine = sqlalchemy.create_engine(f"duckdb:///{path}", connect_args={"read_only": True})
inspector = sqlalchemy.inspect(engine)
comments = {
    table: {
        "": inspector.get_table_comment(table, schema="marts")["text"],
        **{
            column["name"]: column["comment"]
            for column in inspector.get_columns(table, schema="marts")
        },
    }
    for table in inspector.get_table_names(schema="marts")
}
with engine.connect() as connection:
    row = connection.execute(sqlalchemy.text(Path(query).read_text(encoding="utf-8"))).one()
answer = dict(row._mapping)
print(json.dumps({"version": sqlalchemy.__version__, "comments": comments, **answer}))
