"""Rasters, polygons and statistics in; the ``raw`` schema and the lake of annual cell terms out."""
