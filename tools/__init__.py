"""Builders and generators that are run from a clone and never installed."""
