"""Runs a job of a GitHub Actions workflow: `run:` lines as written, actions imitated."""

import re
import subprocess
from pathlib import Path

import yaml
from configure import configure, release_of
from sts import Sts

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class JobFailed(Exception):
    """A step failed; the text is what it printed."""


class Runner:
    """A fresh runner: an empty home, a checkout, OIDC where the job may ask for a token."""

    def __init__(self, checkout: Path, environment: dict, variables: dict):
        """`variables` answers `vars.*` and `secrets.*`."""
        self.checkout, self.environment, self.variables = checkout, environment, variables

    def run(self, workflow: str, name: str, without=lambda step: False) -> str:
        """Runs a job, but for the steps that are left out; what its scripts printed."""
        document = yaml.safe_load((self.checkout / ".github/workflows" / workflow).read_text())
        job = document["jobs"][name]
        permissions = job.get("permissions", document.get("permissions", {}))
        env = self.environment | self.filled(document.get("env")) | self.filled(job.get("env"))
        with Sts(self.environment["AWS_ENDPOINT_URL_STS"]) as sts:
            if permissions.get("id-token") == "write":
                env |= sts.may_sign_in()
            return self.steps([step for step in job["steps"] if not without(step)], env, sts.url)

    def steps(self, steps: list, env: dict, sts: str) -> str:
        """Runs steps; what their scripts printed."""
        printed = ""
        for step in steps:
            own = {**env, **self.filled(step.get("env"))}
            if "run" in step:
                printed += self.script(step, own)
                continue
            action, _, ref = step["uses"].partition("@")
            if action == "aws-actions/configure-aws-credentials":
                inputs = self.filled(step["with"])
                exported, failure = configure(release_of(ref), inputs, own, sts)
                if failure:
                    raise JobFailed(failure)
                env |= exported
            elif action not in ("actions/checkout", "hashicorp/setup-terraform"):
                raise JobFailed(f"nobody imitates {step['uses']}")
        return printed

    def script(self, step: dict, env: dict) -> str:
        """Runs a script as the runner does."""
        directory = self.checkout / step.get("working-directory", ".")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
        script = self.value(step["run"])
        ended = subprocess.run(
            [*command, script], cwd=directory, env=env, capture_output=True, text=True
        )
        if ended.returncode:
            raise JobFailed(ended.stdout + ended.stderr)
        return ended.stdout

    def filled(self, values) -> dict:
        """A mapping with its expressions filled in."""
        text = lambda value: str(value).lower() if isinstance(value, bool) else str(value)
        return {key: self.value(text(value)) for key, value in (values or {}).items()}

    def value(self, text: str) -> str:
        """A text with its expressions filled in; what is not set is empty, as on GitHub."""
        return EXPRESSION.sub(lambda found: self.variables.get(found[1], ""), text)
