"""Rasters, polygons and statistics in; the ``raw`` schema and the lake of annual cell terms out.

`ingestion` and `rezoning` are the two ways through. Both stand on seven rooms, each of which uses
only what comes before it: ``catalogue`` (what the user declares), ``zones`` (polygons to weights),
``rasters`` (files to annual terms), ``tables`` (statistics), ``workers`` (where units run),
``years`` (one year, planned, computed and kept whole) and ``raw`` (the schema that dbt reads).

One word for each thing:

part       of a partition: one file of it, such as the cells of one block
partition  a folder of the lake or of the zonal sums: one collection, year and recipe, kept whole
unit       of work: one block of one year, computed by one worker; of a file: g C m-2 or mm
block      rows of the grid that are read, computed and written at once
strip      rows of a block whose terms fit into the cache while they are summed
run        cells side by side in a row that have one zone and one weight
segment    neighbouring cells of a strip that are alike for every weight and group
group      cells of a zone that share rock and validity: they are summed together
"""
