"""steps.py ACTION INPUT=VALUE...: runs the steps of a composite action as a runner does.

Of expressions it knows the inputs; others are an error. What the runner sets is taken from the
environment: GITHUB_ACTION_PATH, RUNNER_TEMP; the working directory is the workspace. Steps that use an
action, the cache, are named and left out. Ends with the exit code of the step that failed.
"""

import os
import re
import subprocess
import sys
import tempfile

import yaml

ALLOWED = {"name", "shell", "env", "run"}


def main(path, *given):
    with open(os.path.join(path, "action.yml"), encoding="utf-8") as file:
        action = yaml.safe_load(file)
    inputs = {name: described["default"] for name, described in action["inputs"].items()}
    for name, _, value in (pair.partition("=") for pair in given):
        assert name in inputs, f"the action has no input {name}"
        inputs[name] = value

    def evaluated(text):
        name = re.compile(r"\$\{\{ inputs\.(\w+) \}\}")
        text, rest = name.sub(lambda found: inputs[found[1]], text), name.sub("", text)
        assert "${{" not in rest, f"not known here: {rest}"
        return text

    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        if "uses" in step:
            print(f"skipped: {step['uses']}", file=sys.stderr)
            continue
        assert step["shell"] == "bash" and step.keys() <= ALLOWED, step
        env = {name: evaluated(value) for name, value in step.get("env", {}).items()}
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
            script.write(evaluated(step["run"]))
            script.flush()
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", script.name]
            code = subprocess.run(command, env={**os.environ, **env}, check=False).returncode
        if code:
            sys.exit(code)


main(*sys.argv[1:])
