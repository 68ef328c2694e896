"""Validate a data package with frictionless: datapackage.json, most rows to read of a table."""

import json
import sys
from importlib.metadata import version

from frictionless import Checklist, Package, system

path, rows = sys.argv[1], int(sys.argv[2])
with system.use_context(trusted=True):
    package = Package(path)
    reports = {
        resource.name: resource.validate(Checklist(), limit_rows=rows)
        for resource in package.resources
    }
faults = {name: report.flatten(["type", "note"]) for name, report in reports.items()}
print(
    json.dumps(
        {
            "version": version("frictionless"),
            "resource_count": len(reports),
            "faults": {name: found for name, found in faults.items() if found},
        }
    )
)
