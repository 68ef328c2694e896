"""Statistics of the carbon budget as SQL functions for any DuckDB connection.

>>> import duckdb, udfs
>>> connection = duckdb.connect()
>>> udfs.register(connection)
>>> connection.execute("select mann_kendall([1, 3, 2, 4, 5]).s").fetchone()
(8,)
"""

from udfs.registry import FUNCTIONS, SqlFunction, load_for, register

__all__ = ["FUNCTIONS", "SqlFunction", "load_for", "register"]
