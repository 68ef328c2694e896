"""The builder of the embedded sample's sources."""
