"""Compares repositories with what they should have become: check.py EXPECTED BRANCH DIRECTORY [SUFFIX]

EXPECTED is what generate.py wrote. Prints the tree of each branch; says what is wrong and exits
with 1. In DIRECTORY lie the repositories, or with `clone` as SUFFIX, clones of them.
"""

import json
import subprocess
import sys
from pathlib import Path


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wrong(repository: Path, branch: str, expected: dict) -> str | None:
    """What is wrong with a repository."""
    refs = dict(line.split() for line in git(repository, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads").splitlines())
    if refs.pop("refs/heads/main") != expected["main"]:
        return "main has moved"
    if not expected["changed"]:
        return f"there are branches: {refs}" if refs else None
    if list(refs) != [f"refs/heads/{branch}"]:
        return f"the branch is not there: {refs}"
    if git(repository, "rev-list", f"{branch}~1..{branch}", "--parents") != f"{refs.popitem()[1]} {expected['main']}":
        return "the branch is not one commit upon main"
    changed = git(repository, "diff", "--name-only", "main", branch).splitlines()
    if changed != expected["changed"]:
        return f"other files changed: {changed}"
    if "secrets.AWS_SECRET_ACCESS_KEY" in git(repository, "grep", "-h", "-e", "", branch):
        return "there are keys yet"
    return None


def main(expected: Path, branch: str, directory: Path) -> None:
    faults = 0
    for name, each in json.loads(expected.read_text()).items():
        repository = directory / name
        fault = wrong(repository, branch, each)
        if fault:
            faults += 1
            print(f"{name} ({each['shape']}): {fault}", file=sys.stderr)
        elif each["changed"]:
            print(name, git(repository, "rev-parse", f"{branch}^{{tree}}"))
    sys.exit(faults > 0)


main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
