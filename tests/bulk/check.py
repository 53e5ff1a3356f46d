"""Compares repositories with what they should have become: check.py EXPECTED BRANCH DIRECTORY

EXPECTED is what generate.py wrote of them. Prints the tree of each branch; says what is wrong and
exits with 1.
"""

import json
import subprocess
import sys
from pathlib import Path

AFTER = Path(__file__).parents[2] / "examples" / "legacy-stack.after"


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def fault(repository: Path, branch: str, expected: dict) -> str | None:
    """What is wrong with a repository."""
    heads = git(repository, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads")
    heads = dict(line.split() for line in heads.splitlines())
    if heads["main"] != expected["main"]:
        return "main has moved"
    branches = sorted(heads.keys() - {"main"})
    if branches != ([branch] if expected["changed"] else []):
        return f"branches: {branches}"
    if not branches:
        return None
    if git(repository, "rev-list", "--parents", "-1", branch).split() != [heads[branch], heads["main"]]:
        return "the branch is not one commit upon main"
    changed = git(repository, "diff", "--name-only", "main", branch).splitlines()
    if changed != expected["changed"]:
        return f"files changed: {changed}"
    other = [path for path in changed if git(repository, "show", f"{branch}:{path}") != (AFTER / path).read_text()]
    return f"not as in the example: {other}" if other else None


def main(expected: Path, branch: str, directory: Path) -> None:
    faults = 0
    for name, each in json.loads(expected.read_text()).items():
        if wrong := fault(directory / name, branch, each):
            faults += 1
            print(f"{name} ({each['shape']}): {wrong}", file=sys.stderr)
        elif each["changed"]:
            print(name, git(directory / name, "rev-parse", f"{branch}^{{tree}}"), end="")
    sys.exit(faults > 0)


main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
