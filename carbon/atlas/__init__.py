"""The static web atlas: it reads the published file and nothing else.

``site.build_atlas`` writes a folder of pages that open from disk, with no server and no network.
"""
