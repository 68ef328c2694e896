"""Rasters, polygons and statistics in; the ``raw`` schema and the lake of annual cell terms out.

`ingestion` and `rezoning` are the two ways through. Both stand on seven rooms, each of which uses
only what comes before it: ``catalogue`` (what the user declares), ``zones`` (polygons to weights),
``rasters`` (files to annual terms), ``tables`` (statistics), ``workers`` (where units run),
``years`` (one year, planned, computed and kept whole) and ``raw`` (the schema that dbt reads).
"""
