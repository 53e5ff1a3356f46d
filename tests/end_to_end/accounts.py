"""Jobs of several accounts on one key pair: each acts after the move where it acted before.

environment: as of story.py; without TFKEYLESS_PLUGIN_DIR there is no provider, and only the
credentials that Terraform ran with say in which account it acted.
"""

import re
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from actions import JobFailed, Runner
from one_world import CONFIGURATION, HAS_PROVIDER, TERRAFORM, TFKEYLESS, InOneWorld
from repository import Repository
from world import DEV, LIVE, REGION, SHARED, STATES, TABLE

PAGES = "example-pages"

MAIN = """
terraform {{
  required_version = ">= 1.7"

  backend "s3" {{
    bucket         = "{STATES}"
    key            = "{name}.tfstate"
    region         = "{REGION}"
    dynamodb_table = "{TABLE}"
  }}
}}

resource "terraform_data" "here" {{
  input = "{name}"
}}
"""
# It has a file of its own because Terraform cannot run it without the plugin.
PROVIDER = """
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }}
  }}
}}

provider "aws" {{
  region = "{REGION}"

  assume_role {{
    role_arn = "arn:aws:iam::{account}:role/terraform"
  }}
}}

resource "aws_ssm_parameter" "here" {{
  name  = "/{name}"
  type  = "String"
  value = "here"
}}
"""
JOB = """
  {name}:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}
          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}
          aws-region: {REGION}
      - uses: hashicorp/setup-terraform@v3
"""
# A line with the credentials and the words of every call, for `Move.calls`.
RECORDER = """#!/bin/sh
echo "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY ${AWS_SESSION_TOKEN:--} $NAME $*" >>"$HOME/calls"
exec "$COMMAND" "$@"
"""


def root_module(directory: str, name: str, account: str) -> dict:
    """A root module whose provider assumes a role in an account; `name` is that of its state."""
    words = {**globals(), "name": name, "account": account}
    return {
        f"{directory}/main.tf": MAIN.format(**words),
        f"{directory}/provider.tf": PROVIDER.format(**words),
    }


def job(name: str, *scripts: str) -> str:
    """A job that signs in with the one key pair and runs scripts."""
    head = JOB.format(name=name, REGION=REGION).lstrip("\n")
    return head + "".join(f"      - run: {script}\n" for script in scripts)


def apply(directory: str) -> str:
    """The script that initializes and applies a root module."""
    terraform = f"terraform -chdir={directory}"
    return f"{terraform} init -input=false && {terraform} apply -input=false -auto-approve"


class Move:
    """A repository whose jobs ran on keys, and were moved to what the next steps say."""

    def __init__(self, story: "Accounts", name: str, modules: list, jobs: dict):
        self.story, self.name = story, name
        workflow = "on:\n  push:\n    branches: [main]\njobs:\n"
        workflow += "".join(job(of, *scripts) for of, scripts in jobs.items())
        files = {"tfkeyless.hcl": CONFIGURATION, ".github/workflows/tf.yml": workflow}
        files["pages/index.html"] = "Hello\n"
        for directory, account in modules:
            files |= root_module(directory, f"{name}/{directory}", account)
        self.repository = Repository(story.directory / name, story.world, files)
        self.variables = {f"secrets.{part}": value for part, value in story.key.items()}
        self.run_all(jobs, "before")
        printed = subprocess.run(
            [TFKEYLESS, "apply", "--yes"],
            cwd=self.repository.path,
            env=story.world.environment(story.directory / "laptop"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        ).stdout
        # The keys are in the shared account, which only their owner knows.
        self.variables = {
            f"vars.{variable}": arn.replace("<ACCOUNT>", SHARED)
            for variable, arn in re.findall(r"gh variable set (\S+) --body '?([^\s']+)", printed)
        }
        self.repository.commit("Off static keys")

    def read(self, path: str) -> str:
        return (self.repository.path / path).read_text()

    def run_all(self, jobs, when: str) -> list:
        """Runs jobs at the same time, as GitHub does; what each printed."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda of: self.run(of, when), jobs))

    def run(self, of: str, when: str, edit=lambda workflow: workflow, **options) -> str:
        """Runs a job on a fresh runner, with its workflow edited; what it printed."""
        checkout = self.repository.clone(self.story.directory / f"{self.name}-{when}-{of}")
        workflow = checkout / ".github/workflows/tf.yml"
        workflow.write_text(edit(workflow.read_text()))
        if not HAS_PROVIDER:
            for provider in checkout.glob("*/provider.tf"):
                provider.unlink()
        environment = self.story.world.environment(self.home(of, when))
        runner = Runner(checkout, environment, self.variables)
        return runner.run("tf.yml", of, **options)

    def home(self, of: str, when: str) -> Path:
        return self.story.directory / f"home-{self.name}-{when}-{of}"

    def calls(self, of: str, when: str) -> list:
        """The account and the first words of each call of a job that does more than prepare."""
        calls = []
        for line in (self.home(of, when) / "calls").read_text().splitlines():
            key, secret, token, command, *words = line.split()
            if {"init", "configure"}.isdisjoint(words):
                account = self.story.account(key, secret, token)
                calls.append((account, " ".join([command, *words[:2]])))
        return calls


class Accounts(InOneWorld):
    """One world; each test has a repository of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world.client("s3", SHARED).create_bucket(Bucket=PAGES)
        for name, command in ("terraform", TERRAFORM), ("aws", Path(sys.executable).parent / "aws"):
            recorder = cls.binaries / name
            recorder.write_text(RECORDER.replace("$NAME", name).replace("$COMMAND", str(command)))
            recorder.chmod(0o755)

    @classmethod
    def account(cls, key: str, secret: str, token: str) -> str:
        """The account of credentials; a `-` is no token."""
        sts = boto3.client(
            "sts",
            endpoint_url=cls.world.aws,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=None if token == "-" else token,
        )
        return sts.get_caller_identity()["Account"]

    def assert_only_in(self, account: str, name: str):
        """What a root module made is in an account and in no other, its state in the shared one."""
        states = self.world.client("s3", SHARED)
        states.head_object(Bucket=STATES, Key=f"{name}.tfstate")
        locks = [item["LockID"]["S"] for item in self.world.lock_items(SHARED)]
        self.assertIn(f"{STATES}/{name}.tfstate-md5", locks)
        if HAS_PROVIDER:
            for candidate in (DEV, LIVE, SHARED):
                found = self.world.client("ssm", candidate).get_parameters(Names=[f"/{name}"])
                self.assertEqual(len(found["Parameters"]), candidate == account, candidate)

    def test_a_call_that_is_sent_again_is_run_once(self):
        client = self.world.client("dynamodb", SHARED)
        same = lambda request, **_: request.headers.update({"amz-sdk-invocation-id": self.id()})
        lock = {"TableName": TABLE, "Item": {"LockID": {"S": self.id()}}}
        lock["ConditionExpression"] = "attribute_not_exists(LockID)"
        client.meta.events.register("before-send.dynamodb.PutItem", same)
        first, again = client.put_item(**lock), client.put_item(**lock)
        ids = [it["ResponseMetadata"]["RequestId"] for it in (first, again)]
        self.assertEqual(*ids)
        client.meta.events.unregister("before-send.dynamodb.PutItem", same)
        with self.assertRaises(client.exceptions.ConditionalCheckFailedException):
            client.put_item(**lock)

    def assert_off_keys(self, move: Move):
        self.assertNotIn("ACCESS_KEY", move.read(".github/workflows/tf.yml"))

    def test_two_jobs_of_one_key_pair_end_in_two_accounts(self):
        jobs = {"dev": [apply("dev")], "live": [apply("live")]}
        move = Move(self, "jobs", [("dev", DEV), ("live", LIVE)], jobs)
        self.assert_off_keys(move)
        for printed in move.run_all(jobs, "after"):
            self.assertIn("No changes", printed)
        for of, account in ("dev", DEV), ("live", LIVE):
            call = f"terraform -chdir={of} apply"
            self.assertEqual(move.calls(of, "before"), [(SHARED, call)])
            self.assertEqual(move.calls(of, "after"), [(account, call)])
            self.assert_only_in(account, f"jobs/{of}")

    def test_two_groups_of_one_job_end_in_two_accounts(self):
        jobs = {"both": [apply("dev"), apply("live")]}
        move = Move(self, "groups", [("dev", DEV), ("live", LIVE)], jobs)
        self.assert_off_keys(move)
        self.assertEqual(move.run("both", "after").count("No changes"), 2)
        dev, live = "terraform -chdir=dev apply", "terraform -chdir=live apply"
        self.assertEqual(move.calls("both", "before"), [(SHARED, dev), (SHARED, live)])
        self.assertEqual(move.calls("both", "after"), [(DEV, dev), (LIVE, live)])
        self.assert_only_in(DEV, "groups/dev")
        self.assert_only_in(LIVE, "groups/live")

        # Nobody has set the variable of the second group.
        move.variables["vars.LIVE_AWS_OIDC_ROLE_ARN"] = ""
        is_dev = lambda step: "-chdir=dev" in step.get("run", "")
        with self.assertRaisesRegex(JobFailed, "Could not load credentials from any providers"):
            move.run("both", "empty", without=is_dev)
        self.assertEqual(move.calls("both", "empty"), [])

        # What the action does without the line: `live` runs as dev, and only the provider's guard,
        # where there is a provider, is left.
        bare = lambda workflow: workflow.replace("unset-current-credentials: true", "")
        if HAS_PROVIDER:
            with self.assertRaisesRegex(JobFailed, f"AWS account ID not allowed: {DEV}"):
                move.run("both", "bare", bare, without=is_dev)
        else:
            move.run("both", "bare", bare, without=is_dev)
        self.assertEqual(move.calls("both", "bare"), [(DEV, live)])

    def test_a_job_that_also_uses_its_keys_signs_in_as_they_did(self):
        jobs = {"publish": [apply("dev"), f"aws s3 sync pages s3://{PAGES}"]}
        move = Move(self, "pages", [("dev", DEV)], jobs)
        self.assert_off_keys(move)
        self.assertIn(f"arn:aws:iam::{DEV}:role/terraform", move.read("dev/provider.tf"))
        self.assertIn("No changes", move.run("publish", "after"))
        calls = [(SHARED, "terraform -chdir=dev apply"), (SHARED, "aws s3 sync")]
        self.assertEqual(move.calls("publish", "before"), calls)
        self.assertEqual(move.calls("publish", "after"), calls)
        self.assert_only_in(DEV, "pages/dev")


if __name__ == "__main__":
    unittest.main(verbosity=2)
