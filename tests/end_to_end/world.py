"""The article's world on loopback: three AWS accounts, a module registry, the SSO portal, git."""

import hashlib
import io
import json
import os
import subprocess
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import boto3
import imitation

DEV, LIVE, SHARED = "111111111111", "222222222222", "333333333333"
STATES, TABLE, REGION = "your-org-tf-states", "terraform-locks", "us-east-1"
PORTAL = "https://your-org.awsapps.com/start/#/"
VPC = "terraform-aws-modules/vpc/aws"
MODULES = "https://github.com/your-org/your-tf-modules"

# The same resources in every release, so that a plan after a move shows what the move does alone.
MODULE = """
terraform {
  required_version = ">= 1.0"
}

variable "name" {
  default = "none"
}

resource "terraform_data" "this" {
  input = var.name
}
"""
VPC_MODULE = MODULE + "".join(
    f'variable "{name}" {{\n  default = null\n}}\n'
    for name in (
        "cidr",
        "enable_dns_hostnames",
        "map_public_ip_on_launch",
        "manage_default_security_group",
        "manage_default_network_acl",
        "manage_default_route_table",
    )
)


class World:
    """Everything there is outside the repository, below `directory`."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.moto = imitation.serve()
        self.aws = f"http://127.0.0.1:{self.moto.server_port}"
        self.stub = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.stub.serve_forever, daemon=True).start()
        self.loopback = f"http://127.0.0.1:{self.stub.server_port}"
        self.client("s3", SHARED).create_bucket(Bucket=STATES)
        self.client("dynamodb", SHARED).create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.state_role = self.create_role(SHARED, "terraform-state")
        self.ci_role = self.create_role(DEV, "github-ci")
        self.create_role(DEV, "deploy")
        self.write_module_repository()

    def close(self):
        """Ends the servers."""
        self.stub.shutdown()
        self.moto.shutdown()

    def session(self, account: str) -> dict:
        """Temporary credentials of an account, as STS, SSO and OIDC give them."""
        sts = boto3.client(
            "sts",
            endpoint_url=self.aws,
            region_name=REGION,
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )
        role = f"arn:aws:iam::{account}:role/any"
        return sts.assume_role(RoleArn=role, RoleSessionName="any")["Credentials"]

    def client(self, service: str, account: str):
        """A client that acts in an account."""
        session = self.session(account)
        return boto3.client(
            service,
            endpoint_url=self.aws,
            region_name=REGION,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )

    def static_key(self, account: str) -> dict:
        """The environment of a user with a permanent key."""
        iam = self.client("iam", account)
        iam.create_user(UserName="deployment")
        key = iam.create_access_key(UserName="deployment")["AccessKey"]
        return {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    def create_role(self, account: str, name: str) -> str:
        """A role that anybody may assume; its ARN."""
        role = self.client("iam", account).create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"})
        )
        return role["Role"]["Arn"]

    def lock_items(self, account: str) -> list:
        """What stands in an account's lock table."""
        return self.client("dynamodb", account).scan(TableName=TABLE)["Items"]

    def environment(self, home: Path, **more: str) -> dict:
        """The environment of a process on a machine of this world whose home is `home`."""
        home.mkdir(parents=True, exist_ok=True)
        return {
            "HOME": str(home),
            "PATH": f"{self.directory / 'bin'}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_ENDPOINT_URL_STS": self.aws,
            "AWS_ENDPOINT_URL_SSO": self.loopback,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_ARGS": "-no-color",
            "TF_CLI_CONFIG_FILE": str(self.write_cli_configuration()),
            "GIT_CONFIG_GLOBAL": str(self.directory / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **more,
        }

    def sign_in(self, home: Path):
        """What `aws sso login` leaves behind."""
        cache = home / ".aws/sso/cache"
        cache.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha1(PORTAL.encode()).hexdigest()
        token = {
            "startUrl": PORTAL,
            "region": REGION,
            "accessToken": "signed-in",
            "expiresAt": "2099-01-01T00:00:00Z",
        }
        (cache / f"{name}.json").write_text(json.dumps(token))

    def write_cli_configuration(self) -> Path:
        """Sends Terraform to the stub registry, and to the plugins' mirror where there is one."""
        services = f'services = {{ "modules.v1" = "{self.loopback}/" }}'
        text = f'host "registry.terraform.io" {{\n  {services}\n}}\n'
        mirror = os.environ.get("TFKEYLESS_PLUGIN_DIR")
        if mirror:
            method = f'filesystem_mirror {{\n    path = "{mirror}"\n  }}'
            text += f"provider_installation {{\n  {method}\n}}\n"
        path = self.directory / "terraformrc"
        path.write_text(text)
        return path

    def write_module_repository(self):
        """The modules' repository on GitHub, which git finds in a bare one on this machine."""
        work, bare = self.directory / "modules", self.directory / "modules.git"
        (work / "service").mkdir(parents=True)
        (work / "service/main.tf").write_text(MODULE)
        rewrite = f'[url "file://{bare}"]\n  insteadOf = {MODULES}.git\n  insteadOf = {MODULES}\n'
        (self.directory / "gitconfig").write_text(
            "[user]\n  name = nobody\n  email = nobody@example.com\n" + rewrite
        )
        git = lambda *words: subprocess.run(
            ["git", *words], cwd=work, check=True, capture_output=True, env=self.git_environment()
        )
        git("init", "-q", "-b", "main")
        git("add", "-A")
        git("commit", "-qm", "The service")
        git("tag", "v1.0.93")
        git("clone", "-q", "--bare", str(work), str(bare))

    def git_environment(self) -> dict:
        """The environment in which git is this world's."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "GIT_CONFIG_GLOBAL": str(self.directory / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def handler(world):
        """Answers for the module registry and for the SSO portal."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                address = urlparse(self.path)
                if address.path == f"/{VPC}/versions":
                    versions = [{"version": "3.19.0"}, {"version": "5.16.0"}]
                    self.answer({"modules": [{"versions": versions}]})
                elif address.path.startswith(f"/{VPC}/") and address.path.endswith("/download"):
                    self.send_response(204)
                    self.send_header("X-Terraform-Get", f"{world.loopback}/vpc.zip")
                    self.end_headers()
                elif address.path == "/vpc.zip":
                    archive = io.BytesIO()
                    with zipfile.ZipFile(archive, "w") as files:
                        files.writestr("main.tf", VPC_MODULE)
                    self.answer(archive.getvalue())
                elif address.path == "/federation/credentials":
                    self.answer({"roleCredentials": self.role_credentials(address.query)})
                else:
                    self.send_error(404)

            def role_credentials(self, query: str) -> dict:
                session = world.session(parse_qs(query)["account_id"][0])
                return {
                    "accessKeyId": session["AccessKeyId"],
                    "secretAccessKey": session["SecretAccessKey"],
                    "sessionToken": session["SessionToken"],
                    "expiration": int(session["Expiration"].timestamp() * 1000),
                }

            def answer(self, body):
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                kind = "application/zip" if isinstance(body, bytes) else "application/json"
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        return Handler
