"""What a reader of the published file is given beside the file: ad-hoc SQL, and an export.

Nothing here writes to the published file or knows how it is built.
"""
