"""Publish a build file again and again, each time with other figures: build file, count.

Each time dbt runs the project's own publishing step, in one process, because starting dbt takes
longer than the step. It prints the number of each build once that is published, and goes on when
a line comes in: whoever started it looks at the build before the next one.
"""

from __future__ import annotations

import sys

from dbt.cli.main import dbtRunner

#: What makes a build tell itself from the one before: its title, and emissions everywhere.
CHANGES = (
    "update meta.build set title = 'build {number}'",
    *(
        f"update marts.fct_{level}_carbon_budgets set ce_tgco2 = ce_tgco2 * (1 + 1e-6)"
        for level in ("city", "province", "national")
    ),
)


def main(count: int) -> None:
    """Change the figures and publish them, ``count`` times."""
    runner = dbtRunner()
    for number in range(1, count + 1):
        changes = "".join(
            f'{{% do run_query("{change.format(number=number)}") %}}' for change in CHANGES
        )
        invoke(runner, "compile", "--inline", changes)
        invoke(runner, "run-operation", "publish_database")
        print(f"published {number}", flush=True)
        sys.stdin.readline()


def invoke(runner: dbtRunner, *arguments: str) -> None:
    """Run one dbt command in this process; it must succeed."""
    result = runner.invoke(["--quiet", *arguments, "--profiles-dir", "."])
    if not result.success:
        raise SystemExit(f"dbt {arguments[0]}: {result.exception or result.result}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
