"""Import the catalogue as Harlequin shows it beside the editor, and answer a query: file, query."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from harlequin_duckdb import DuckDbAdapter

path, query = sys.argv[1:]
connection = DuckDbAdapter(conn_str=(path,), read_only=True).connect()
(database,) = connection.get_catalog().items
tree = {
    schema.label: {
        table.label: [column.label for column in table.fetch_children()]
        for table in schema.fetch_children()
    }
    for schema in database.fetch_children()
}
cursor = connection.execute(Path(query).read_text(encoding="utf-8"))
names = [name for name, _ in cursor.columns()]
answer = dict(zip(names, cursor.fetchall().to_pylist()[0].values(), strict=True))
print(json.dumps({"version": version("harlequin"), "tree": tree, **answer}))
