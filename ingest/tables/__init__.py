"""Statistics in; typed and checked tables out."""
