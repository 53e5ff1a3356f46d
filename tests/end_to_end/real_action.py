"""The configure action itself: a release's `dist/index.js`, run by node as GitHub's runner runs it."""

import os
import re
import subprocess
from pathlib import Path

import yaml

HERE = Path(__file__).parent
FAILURE = re.compile(r"^::error::(.*)$", re.MULTILINE)
# A line of `NAME<<DELIMITER`, the value, and the delimiter again.
EXPORT = re.compile(r"^(\w+)<<(\S+)\n(.*?)\n?\2$", re.MULTILINE | re.DOTALL)


def configure(release: Path, inputs: dict, env: dict, sts: str) -> tuple:
    """What a step exports whose action is `release`, a folder, and why it failed."""
    home = Path(env["HOME"])
    files = {name: home / name.lower() for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
    for path in files.values():
        path.touch()
    declared = yaml.safe_load((release / "action.yml").read_text())["inputs"]
    defaults = {name: str(of["default"]) for name, of in declared.items() if "default" in of}
    ended = subprocess.run(
        ["node", "--require", str(HERE / "loopback.cjs"), str(release / "dist/index.js")],
        env={
            **env,
            "PATH": os.environ["PATH"],
            "TFKEYLESS_STS": sts,
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(home),
            "GITHUB_REPOSITORY": "your-org/infra",
            "GITHUB_WORKFLOW": "terraform",
            "GITHUB_ACTION": "configure",
            "GITHUB_ACTOR": "nobody",
            "GITHUB_SHA": "0" * 40,
            **{name: str(path) for name, path in files.items()},
            **{f"INPUT_{name.upper()}": text for name, text in {**defaults, **inputs}.items()},
        },
        capture_output=True,
        text=True,
    )
    failed = FAILURE.search(ended.stdout)
    assert bool(failed) == bool(ended.returncode), ended.stdout + ended.stderr
    exported = EXPORT.findall(files["GITHUB_ENV"].read_text())
    return {name: value for name, _, value in exported}, failed and failed[1]
