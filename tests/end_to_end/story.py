"""The article's story, lived through: state under the old setup, the migration, a laptop, CI.

environment: TFKEYLESS, the binary; TERRAFORM, the command; TFKEYLESS_PLUGIN_DIR, a mirror of
plugins with the AWS provider, without which the provider has no part in the story.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from actions import JobFailed, Runner
from repository import Repository
from world import DEV, MODULE, REGION, SHARED, STATES, TABLE, VPC, World

TFKEYLESS, TERRAFORM = os.environ["TFKEYLESS"], os.environ["TERRAFORM"]
HAS_PROVIDER = "TFKEYLESS_PLUGIN_DIR" in os.environ

MAIN = f"""
terraform {{
  required_version = ">= 1.7"

  backend "s3" {{
    bucket         = "{STATES}"
    key            = "dev/terraform.tfstate"
    region         = "{REGION}"
    dynamodb_table = "{TABLE}"
    encrypt        = true
  }}
}}

module "service" {{
  source = "s3::/your-org-tf-modules/service/1.0.93.zip"
  name   = "service"
}}

module "vpc" {{
  source  = "{VPC}"
  version = "3.19.0"
  name    = "vpc"
  cidr    = "10.0.0.0/16"
}}

resource "terraform_data" "here" {{
  input = "dev"
}}
"""
PROVIDER = f"""
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = ">= 4.67"
    }}
  }}
}}

provider "aws" {{
  region = "{REGION}"

  assume_role {{
    role_arn = "arn:aws:iam::{DEV}:role/deploy"
  }}
}}

data "aws_caller_identity" "current" {{}}

output "account" {{
  value = data.aws_caller_identity.current.account_id
}}
"""
# The bucket of the old modules cannot be on loopback: Terraform asks Amazon's own address.
STAND_IN = 'module "service" {\n  source = "../../service"\n}\n'
CONFIGURATION = f"""
state_profile = "shared-account"

account "dev" {{ id = "{DEV}" }}
account "shared-account" {{ id = "{SHARED}" }}

sso {{
  start_url = "https://your-org.awsapps.com/start/#/"
  region    = "us-east-1"
  role_name = "SuperAdmin"
}}

module_source "your-org-tf-modules" {{
  repository = "github.com/your-org/your-tf-modules"
  ref        = "v{{version}}"
}}
"""
WORKFLOW = """
name: terraform
on:
  push:
    branches: [main]
jobs:
  dev:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: us-east-1
      - uses: hashicorp/setup-terraform@v3
      - run: terraform -chdir=dev init -input=false
      - run: terraform -chdir=dev plan -input=false -out=plan
      - run: terraform -chdir=dev apply -input=false plan
"""


class Story(unittest.TestCase):
    """One story, told in the order of the methods' names."""

    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp(prefix="tfkeyless-story-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.world = World(cls.directory)
        cls.addClassCleanup(cls.world.close)
        binaries = cls.directory / "bin"
        binaries.mkdir()
        (binaries / "terraform").symlink_to(TERRAFORM)
        (binaries / "aws").symlink_to(Path(sys.executable).parent / "aws")
        files = {"dev/main.tf": MAIN, ".github/workflows/terraform.yml": WORKFLOW}
        files |= {"tfkeyless.hcl": CONFIGURATION, ".gitignore": ".terraform/\n"}
        if HAS_PROVIDER:
            files["dev/provider.tf"] = PROVIDER
        cls.repository = Repository(cls.directory / "repository", cls.world, files)
        cls.dev = cls.repository.path / "dev"
        home = cls.directory / "laptop"
        cls.before = cls.world.environment(home, **cls.world.static_key(SHARED))
        cls.laptop = cls.world.environment(home, AWS_PROFILE="dev")
        cls.apply_under_the_old_setup()

    @classmethod
    def apply_under_the_old_setup(cls):
        """The engineer of before: one static key, of the shared account."""
        service = cls.directory / "service"
        service.mkdir()
        (service / "main.tf").write_text(MODULE)
        stand_in = cls.dev / "stand_in_override.tf"
        stand_in.write_text(STAND_IN)
        for words in (["init"], ["apply", "-auto-approve"]):
            ended = cls.run_in(cls.dev, cls.before, "terraform", *words, "-input=false")
            assert ended.returncode == 0, ended.stdout
        stand_in.unlink()

    @staticmethod
    def run_in(directory: Path, environment: dict, *command: str):
        """Runs a command; what it said, on either stream, is its `stdout`."""
        return subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def passes(self, directory: Path, environment: dict, *command: str) -> str:
        ended = self.run_in(directory, environment, *command)
        self.assertEqual(ended.returncode, 0, ended.stdout)
        return ended.stdout

    def fails(self, directory: Path, environment: dict, *command: str) -> str:
        ended = self.run_in(directory, environment, *command)
        self.assertEqual(ended.returncode, 1, ended.stdout)
        return ended.stdout

    def copy(self, name: str) -> Path:
        """A fresh clone of the repository as it is committed now."""
        return self.repository.clone(self.directory / name)

    def runner(self, name: str, checkout: Path) -> Runner:
        """A runner with the variables that the summary asked for."""
        variables = {
            "vars.AWS_OIDC_ROLE_ARN": self.world.ci_role,
            "vars.TF_STATE_ROLE_ARN": self.world.state_role,
        }
        environment = self.world.environment(self.directory / f"runner-{name}")
        return Runner(checkout, environment, variables)

    def test_1_tfkeyless_migrates_and_asks_for_nothing(self):
        printed = self.passes(self.repository.path, self.laptop, TFKEYLESS, "apply", "--yes")
        self.assertIn("AWS_OIDC_ROLE_ARN", printed)
        self.assertIn("TF_STATE_ROLE_ARN", printed)
        main = (self.dev / "main.tf").read_text()
        self.assertRegex(main, r'profile +\= "shared-account"')
        self.assertIn("github.com/your-org/your-tf-modules//service?ref=v1.0.93", main)
        self.assertRegex(main, r'version += "5.16.0"')
        if HAS_PROVIDER:
            provider = (self.dev / "provider.tf").read_text()
            self.assertNotIn("assume_role", provider)
            self.assertIn('version = "~> 5.0"', provider)
        self.repository.commit("Off static keys")

    def test_2_a_laptop_signs_in_by_sso(self):
        home = Path(self.laptop["HOME"])
        config = self.passes(self.repository.path, self.laptop, TFKEYLESS, "generate", "aws-config")
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text(config)
        self.world.sign_in(home)
        init = ("terraform", "init", "-input=false")
        self.assertIn("Backend configuration changed", self.fails(self.dev, self.laptop, *init))
        self.passes(self.dev, self.laptop, *init, "-reconfigure")
        plan = ("terraform", "plan", "-input=false", "-detailed-exitcode")
        self.assertIn("No changes", self.passes(self.dev, self.laptop, *plan))
        if HAS_PROVIDER:
            account = self.passes(self.dev, self.laptop, "terraform", "output", "-raw", "account")
            self.assertEqual(account, DEV)

    def test_3_the_lock_is_taken_in_shared(self):
        item = {"LockID": f"{STATES}/dev/terraform.tfstate", "Info": '{"ID":"held","Who":"x@y"}'}
        typed = {key: {"S": value} for key, value in item.items()}
        shared = self.world.client("dynamodb", SHARED)
        shared.put_item(TableName=TABLE, Item=typed)
        self.addCleanup(shared.delete_item, TableName=TABLE, Key={"LockID": typed["LockID"]})
        said = self.fails(self.dev, self.laptop, "terraform", "plan", "-input=false")
        self.assertIn("Error acquiring the state lock", said)
        self.assertIn("x@y", said)

    def test_4_the_rewritten_job_passes(self):
        runner = self.runner("good", self.copy("good"))
        printed = runner.run("terraform.yml", "dev")
        self.assertIn("No changes", printed)
        self.assertIn("Apply complete!", printed)

    def test_5_without_the_profiles_step_init_fails(self):
        runner = self.runner("bare", self.copy("bare"))
        is_profile = lambda step: "aws configure set" in step.get("run", "")
        with self.assertRaises(JobFailed) as failed:
            runner.run("terraform.yml", "dev", without=is_profile)
        self.assertIn("failed to get shared config profile, shared-account", str(failed.exception))

    def test_6_without_the_backends_profile_the_lock_is_not_found(self):
        dev = self.copy("unrouted") / "dev"
        main = dev / "main.tf"
        lines = main.read_text().splitlines(keepends=True)
        main.write_text("".join(line for line in lines if "shared-account" not in line))
        self.passes(dev, self.laptop, "terraform", "init", "-input=false")
        said = self.fails(dev, self.laptop, "terraform", "plan", "-input=false")
        self.assertIn("Error acquiring the state lock", said)
        self.assertIn("ResourceNotFoundException", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
