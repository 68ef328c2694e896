"""The embedded sample: small sources in git, expanded to a full default data set on demand.

`ingest.sample.expand` writes the files that `ingest/catalogs/sample.yml` describes;
`ingest.sample.build` is the maintainer's script that makes the embedded sources;
`ingest.sample.emissions` fills Table 1 of the study between its years and shares it out;
`ingest.sample.fields` holds the recipes of the synthetic fields, shared by both;
`ingest.sample.miniature` writes a country of four cities, for the tutorial and the tests.
"""
