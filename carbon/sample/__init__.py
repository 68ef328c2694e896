"""The embedded sample: small sources in git, expanded to a full default data set on demand.

`carbon.sample.expand` writes the files that `carbon/sample/sample.yml` describes;
`tools.sample.build` (never installed) is the maintainer's script that makes the embedded sources;
`carbon.sample.fields` holds the recipes of the synthetic fields, shared by both;
`carbon.sample.miniature` writes a country of four cities, for the tutorial and the tests.
"""
