"""Raster files in; annual terms of cells out, one window at a time."""
