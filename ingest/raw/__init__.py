"""The ``raw`` schema: replaced in one transaction, with the record of every source."""
