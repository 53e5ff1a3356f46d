"""The first plan of every root module, by real Terraform in three accounts.

environment: as of story.py; with TFKEYLESS_PLUGIN_DIR the provider says in which account it acts, and
init writes a lock file.
"""

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from one_world import CONFIGURATION, HAS_PROVIDER, TERRAFORM, TFKEYLESS, InOneWorld
from repository import Repository
from world import DEV, LIVE, PORTAL, REGION, SHARED, STATES, TABLE

WITH_ROOTS = (
    CONFIGURATION
    + """
root "dev" { account = "dev" }
root "live" { account = "live" }
"""
)
MAIN = """
terraform {{
  backend "s3" {{
    bucket         = "{STATES}"
    key            = "{name}.tfstate"
    region         = "{REGION}"
    dynamodb_table = "{TABLE}"{profile}
  }}
}}

resource "terraform_data" "here" {{
  input = "{value}"
}}
"""
# Without a role: before the migration it acts in the account of the keys, which its guard forbids.
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
  region              = "{REGION}"
  allowed_account_ids = ["{account}"]
}}

data "aws_caller_identity" "here" {{
}}
"""
WORKFLOW = """
on:
  push:
jobs:
  plan:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        workspace: [blue, gone]
    steps:
      - run: |
          terraform -chdir=live init -input=false
          terraform -chdir=live workspace select ${{ matrix.workspace }}
          terraform -chdir=live plan -input=false
"""
PROFILE = f"""
[profile {{name}}]
sso_start_url = {PORTAL}
sso_region = {REGION}
sso_account_id = {{account}}
sso_role_name = Admin
region = {REGION}
"""
ACCOUNTS = {"dev": DEV, "live": LIVE, "shared-account": SHARED}


class Verify(InOneWorld):
    """One world; each test has a repository of its own, whose `live` is run in workspaces."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.binaries / "terraform").symlink_to(TERRAFORM)
        (cls.binaries / "aws").symlink_to(Path(sys.executable).parent / "aws")

    def setUp(self):
        self.name = self.id().rsplit(".", 1)[1]
        files = {"tfkeyless.hcl": WITH_ROOTS, ".github/workflows/tf.yml": WORKFLOW}
        files |= {f"{name}/main.tf": self.main(name, "old") for name in ("dev", "live")}
        self.repository = Repository(self.directory / self.name, self.world, files)
        self.home = self.directory / f"home-{self.name}"
        self.world.sign_in(self.home)
        self.write_profiles(ACCOUNTS)
        for name, workspace in ("dev", "default"), ("live", "blue"):
            self.apply(name, workspace)

    def main(self, name: str, value: str, profile: str = "") -> str:
        """A root module with one resource; its state is that of this test."""
        profile = profile and f'\n    profile        = "{profile}"'
        words = {**globals(), "name": f"{self.name}/{name}", "value": value, "profile": profile}
        return MAIN.format(**words)

    def write_profiles(self, accounts: dict):
        text = "".join(PROFILE.format(name=name, account=of) for name, of in accounts.items())
        (self.home / ".aws/config").write_text(text)

    def apply(self, name: str, workspace: str):
        """What a person did with the keys, before all this."""
        place = self.repository.path / name
        data = self.directory / f"data-{self.name}-{name}"
        environment = self.world.environment(self.home, TF_DATA_DIR=str(data), **self.key)
        commands = [["init"], ["apply", "-auto-approve"]]
        if workspace != "default":
            commands.insert(1, ["workspace", "new", workspace])
        for words in commands:
            run = subprocess.run(
                ["terraform", *words], cwd=place, env=environment, capture_output=True, text=True
            )
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def migrate(self):
        """The root modules as the migration leaves them."""
        for name, account in ("dev", DEV), ("live", LIVE):
            path = self.repository.path / name
            text = (path / "main.tf").read_text()
            text = text.replace(f'"{TABLE}"', f'"{TABLE}"\n    profile        = "shared-account"')
            (path / "main.tf").write_text(text)
            if HAS_PROVIDER:
                (path / "provider.tf").write_text(PROVIDER.format(REGION=REGION, account=account))

    def outside(self) -> tuple:
        """What a plan must not change: the states, the locks, the tree."""
        s3 = self.world.client("s3", SHARED)
        states = [(it["Key"], it["ETag"]) for it in s3.list_objects_v2(Bucket=STATES)["Contents"]]
        files = {
            str(path): path.read_bytes()
            for path in self.repository.path.rglob("*")
            if path.is_file() and ".git/" not in str(path)
        }
        return states, self.world.lock_items(SHARED), files

    def verify(self, *arguments: str, code: int = 0, **environment: str) -> dict:
        """The results of a run by root module and workspace."""
        before = self.outside()
        words = [TFKEYLESS, "verify", "--yes", "--format", "json", *arguments]
        environment = self.world.environment(self.home, **environment)
        ended = subprocess.run(
            words, cwd=self.repository.path, env=environment, capture_output=True, text=True
        )
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        self.assertEqual(self.outside(), before)
        results = json.loads(ended.stdout)["results"]
        return {(it["root_module"], it["workspace"]): it for it in results}

    def test_only_new_changes_count_and_nothing_is_written(self):
        self.repository.write({"live/main.tf": self.main("live", "drifted")})
        # `gone` is in a job, and in no backend.
        before = self.verify("--before", code=2, **self.key)
        self.assertEqual(before["dev", None]["result"], "no_changes")
        self.assertEqual(before["live", "blue"]["counts"], {"update": 1})
        self.assertEqual(before["live", "blue"]["account"]["found"], SHARED)
        self.assertEqual(before["live", "gone"]["result"], "not_verified")

        self.migrate()
        after = self.verify(code=2, **self.key)
        for key, account in (("dev", None), DEV), (("live", "blue"), LIVE):
            self.assertEqual(after[key]["account"], {"expected": account, "found": account})
            self.assertEqual(after[key]["reached"], "plan")
        self.assertEqual(after["dev", None]["result"], "no_changes")
        known = [change["known"] for change in after["live", "blue"]["changes"]]
        self.assertEqual(known, ["before"])
        self.assertIn("does not exist", after["live", "gone"]["reason"])

        dev = self.main("dev", "new", "shared-account")
        self.repository.write({"dev/main.tf": dev + '\noutput "o" {\n  value = "s3cr3t"\n}\n'})
        changed = self.verify("dev", code=1)["dev", None]
        changes = {(it["action"], it["address"]) for it in changed["changes"]}
        self.assertEqual(changes, {("update", "terraform_data.here"), ("create", "output.o")})
        self.assertNotIn("s3cr3t", json.dumps(changed))
        listed = self.directory / "known"
        listed.write_text("dev: update terraform_data.here\ndev: create output.o\n")
        self.verify("dev", "--expect", str(listed))

    def test_what_keeps_an_init_from_working_is_named(self):
        self.migrate()
        self.write_profiles({name: ACCOUNTS[name] for name in ("dev", "live")})
        failed = self.verify("dev", code=1)["dev", None]
        self.assertEqual((failed["result"], failed["reached"]), ("failed", "identity"))
        self.assertIn("no profile `shared-account`", failed["reason"])

        self.write_profiles(ACCOUNTS | {"dev": LIVE})
        failed = self.verify("dev", code=1)["dev", None]
        self.assertEqual(failed["reached"], "nothing")
        self.assertIn(f"of account {LIVE} (live), not of {DEV} (dev)", failed["reason"])

        shutil.rmtree(self.home / ".aws/sso")
        self.write_profiles(ACCOUNTS)
        failed = self.verify("dev", code=1)["dev", None]
        self.assertEqual(failed["cure"], "aws sso login --profile dev")


if __name__ == "__main__":
    unittest.main(verbosity=2)
