"""Runs a job of a GitHub Actions workflow: `run:` lines as written, actions imitated."""

import re
import subprocess
from pathlib import Path

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class JobFailed(Exception):
    """A step failed; the text is what it printed."""


class Runner:
    """A fresh runner: an empty home, a checkout, OIDC where the job may ask for a token."""

    def __init__(self, checkout: Path, environment: dict, variables: dict, sessions):
        """`variables` answers `vars.*`; `sessions` gives the credentials of a role's account."""
        self.checkout, self.environment = checkout, environment
        self.variables, self.sessions = variables, sessions

    def run(self, workflow: str, name: str, without=lambda step: False) -> str:
        """Runs a job, but for the steps that are left out; what its scripts printed."""
        document = yaml.safe_load((self.checkout / ".github/workflows" / workflow).read_text())
        job = document["jobs"][name]
        permissions = job.get("permissions", document.get("permissions", {}))
        may_sign_in = permissions.get("id-token") == "write"
        env = {**self.environment, **self.filled(document.get("env")), **self.filled(job.get("env"))}
        printed = ""
        for step in job["steps"]:
            if without(step):
                continue
            own = {**env, **self.filled(step.get("env"))}
            if "run" in step:
                printed += self.script(step, own)
            elif step["uses"].startswith("aws-actions/configure-aws-credentials@"):
                env.update(self.credentials(self.filled(step["with"]), may_sign_in))
            elif not step["uses"].startswith(("actions/checkout@", "hashicorp/setup-terraform@")):
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

    def credentials(self, inputs: dict, may_sign_in: bool) -> dict:
        """What the configure action leaves in the environment."""
        for key in ("aws-access-key-id", "aws-secret-access-key"):
            if key in inputs:
                raise JobFailed(f"still has {key}")
        if not may_sign_in or not inputs.get("role-to-assume"):
            raise JobFailed("Credentials could not be loaded, please check your action inputs")
        session = self.sessions(inputs["role-to-assume"].split(":")[4])
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
            "AWS_REGION": inputs["aws-region"],
            "AWS_DEFAULT_REGION": inputs["aws-region"],
        }

    def filled(self, values) -> dict:
        """A mapping with its expressions filled in."""
        return {key: self.value(str(value)) for key, value in (values or {}).items()}

    def value(self, text: str) -> str:
        """A text with its expressions filled in; what is not set is empty, as on GitHub."""
        return EXPRESSION.sub(lambda found: self.variables.get(found[1], ""), text)
