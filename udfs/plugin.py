"""The dbt-duckdb plugin: `module: udfs.plugin` in profiles.yml registers the SQL functions."""

from __future__ import annotations

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from udfs.registry import register


class Plugin(BasePlugin):
    """Registers the functions when dbt opens its database; cursors share them."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register every function.

        Parameters
        ----------
        conn : duckdb.DuckDBPyConnection
            The connection dbt-duckdb has opened.
        """
        register(conn)
