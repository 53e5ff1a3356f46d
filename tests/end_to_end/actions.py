"""Runs a job of a GitHub Actions workflow: `run:` lines as written, actions imitated."""

import re
import subprocess
from pathlib import Path

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class JobFailed(Exception):
    """A step failed; the text is what it printed."""


class Runner:
    """A fresh runner: an empty home, a checkout, OIDC where the job may ask for a token."""

    def __init__(self, checkout: Path, environment: dict, variables: dict, sessions):
        """`variables` answers `vars.*` and `secrets.*`; `sessions` gives the credentials of an
        account's role."""
        self.checkout, self.environment = checkout, environment
        self.variables, self.sessions = variables, sessions

    def run(self, workflow: str, name: str, without=lambda step: False) -> str:
        """Runs a job, but for the steps that are left out; what its scripts printed."""
        document = yaml.safe_load((self.checkout / ".github/workflows" / workflow).read_text())
        job = document["jobs"][name]
        permissions = job.get("permissions", document.get("permissions", {}))
        may_sign_in = permissions.get("id-token") == "write"
        env = self.environment | self.filled(document.get("env")) | self.filled(job.get("env"))
        printed = ""
        for step in job["steps"]:
            if without(step):
                continue
            own = {**env, **self.filled(step.get("env"))}
            if "run" in step:
                printed += self.script(step, own)
            elif step["uses"].startswith("aws-actions/configure-aws-credentials@"):
                env = self.configured(self.filled(step["with"]), env, may_sign_in)
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

    def configured(self, inputs: dict, env: dict, may_sign_in: bool) -> dict:
        """The environment after the configure action, which goes on with the credentials that are
        there where it is given no role and no key (v4.3.1 and v6.2.3)."""
        region = inputs["aws-region"]
        env = {**env, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        role, key = inputs.get("role-to-assume"), inputs.get("aws-access-key-id")
        if inputs.get("unset-current-credentials") == "true":
            env = {name: value for name, value in env.items() if name not in CREDENTIALS}
        if key:
            values = (key, inputs["aws-secret-access-key"], inputs.get("aws-session-token", ""))
            env.update(zip(CREDENTIALS, values))
        elif not (role and may_sign_in) and not env.get("AWS_ACCESS_KEY_ID"):
            raise JobFailed("Credentials could not be loaded, please check your action inputs")
        if role:
            session = self.sessions(role.split(":")[4])
            names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
            env.update(zip(CREDENTIALS, (session[name] for name in names)))
        return env

    def filled(self, values) -> dict:
        """A mapping with its expressions filled in."""
        text = lambda value: str(value).lower() if isinstance(value, bool) else str(value)
        return {key: self.value(text(value)) for key, value in (values or {}).items()}

    def value(self, text: str) -> str:
        """A text with its expressions filled in; what is not set is empty, as on GitHub."""
        return EXPRESSION.sub(lambda found: self.variables.get(found[1], ""), text)
