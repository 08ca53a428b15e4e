"""Fail when the tests cover fewer lines or branches than required: coverage_gate.py REPORT.json"""

import json
import pathlib
import sys

# Percentages. coverage's own `fail_under` mixes lines and branches into one figure.
REQUIRED = {"lines": 97.6, "branches": 92.7}


def main(report):
    totals = json.loads(pathlib.Path(report).read_text())["totals"]
    measured = {
        "lines": 100 * totals["covered_lines"] / totals["num_statements"],
        "branches": 100 * totals["covered_branches"] / totals["num_branches"],
    }
    for name, required in REQUIRED.items():
        print(f"coverage of {name}: {measured[name]:.2f} % (required: {required} %)")  # noqa: T201
    return 1 if any(measured[name] < required for name, required in REQUIRED.items()) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
