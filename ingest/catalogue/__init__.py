"""What the user declares: the catalogue, quantities, units, grid and source cards."""
