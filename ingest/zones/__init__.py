"""Polygons in; the weights of every cell in every zone out."""
