"""The action `aws-actions/configure-aws-credentials`, imitated; `compare.py` holds it against the real
one."""

import configparser
import json
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import (
    ContainerProvider,
    CredentialResolver,
    EnvProvider,
    SharedCredentialProvider,
)
from botocore.exceptions import ClientError
from sts import CREDENTIALS, credentials_of
from world import REGION

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
KEYS = ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")
# The first release that knows an input, where it is younger than OIDC; before, it has no effect.
SINCE = {
    "audience": (2, 0),
    "role-chaining": (2, 1),
    "unset-current-credentials": (3, 0),
    "output-env-credentials": (4, 3),
    "allowed-account-ids": (5, 0),
    "aws-profile": (6, 1),
    "overwrite-aws-profile": (6, 1),
}
# Since this release an empty input is read from a variable of its name, as ROLE_TO_ASSUME.
READS_VARIABLES = (4, 2)
VARIABLES = ("role-to-assume", "role-chaining", "role-session-name", "role-duration-seconds")
# Since this release the SDK passes over keys in the environment where AWS_PROFILE is set.
PREFERS_PROFILE = (3, 0)
# Before this release what is taken with keys lasts as long as a job may.
LASTS_AN_HOUR = (3, 0)
# Since this release the account of the role has to be an allowed one, no longer that of the keys.
CHECKS_ROLE = (6, 2, 1)
NEWEST = 999


class StepFailed(Exception):
    """The action's own words."""


def release_of(tag: str) -> tuple:
    """The release of a tag; that of a major version moves to its newest."""
    numbers = tuple(int(number) for number in tag.removeprefix("v").split("."))
    return numbers if len(numbers) > 1 else (*numbers, NEWEST)


def configure(release: tuple, inputs: dict, env: dict, sts: str) -> tuple:
    """What a step with the action exports, and why it failed; it may have exported before it did."""
    known = {name: text for name, text in inputs.items() if release >= SINCE.get(name, (0,))}
    if release >= READS_VARIABLES:
        for name in VARIABLES:
            known[name] = known.get(name) or env.get(name.upper().replace("-", "_"), "")
    step = Step(release, known, env, sts)
    try:
        step.run()
    except StepFailed as failure:
        return step.exported, str(failure)
    except ClientError as refused:
        return step.exported, refused.response["Error"]["Message"]
    return step.exported, None


def credentials_file(env: dict) -> Path:
    return Path(env["HOME"]) / ".aws/credentials"


def profiles(env: dict) -> configparser.ConfigParser:
    """The profiles below the home of an environment, by name."""
    file = configparser.ConfigParser()
    file.read(credentials_file(env))
    return file


def write_profile(env: dict, name: str, credentials: dict):
    """Writes what a profile acts with, below the home of an environment."""
    file = profiles(env)
    file[name] = {part.lower(): value for part, value in credentials.items() if value}
    credentials_file(env).parent.mkdir(exist_ok=True)
    with credentials_file(env).open("w") as written:
        file.write(written)


class Step:
    """A step with the action."""

    def __init__(self, release: tuple, inputs: dict, env: dict, sts: str):
        self.release, self.inputs, self.sts = release, inputs, sts
        self.env, self.exported = dict(env), {}
        self.profile = self.text("aws-profile")
        exports = self.text("output-env-credentials")
        self.exports = exports == "true" if exports else not self.profile

    def text(self, name: str) -> str:
        return self.inputs.get(name, "")

    def export(self, values: dict):
        if self.exports:
            self.env |= values
            self.exported |= values

    def run(self):
        role, keys = self.text("role-to-assume"), dict(zip(CREDENTIALS, map(self.text, KEYS)))
        has_keys, chains = bool(keys[CREDENTIALS[0]]), self.text("role-chaining") == "true"
        may_ask = bool(self.env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
        by_token = bool(role) and may_ask and not has_keys and not chains
        if self.text("unset-current-credentials") == "true":
            self.export(dict.fromkeys(CREDENTIALS, ""))
        self.export(dict.fromkeys(REGIONS, self.text("aws-region")))
        if has_keys:
            self.give(keys)
        account = None
        if not by_token:
            explicit = has_keys and not self.exports and self.release >= CHECKS_ROLE
            source = keys if explicit else self.found(keys)
            account = self.account_of(source, not role or self.release < CHECKS_ROLE)
        if not role:
            return
        session = self.session(role, account, by_token, chains)
        self.give(session, replaces=has_keys)
        if self.release >= CHECKS_ROLE:
            self.account_of(session, True)
        elif self.exports:
            self.found()
        if self.profile:
            self.export({"AWS_PROFILE": self.profile})

    def give(self, credentials: dict, replaces=False):
        """Hands credentials to the steps that follow."""
        self.export(credentials)
        if self.profile:
            overwrites = replaces or self.text("overwrite-aws-profile") == "true"
            if self.profile in profiles(self.env) and not overwrites:
                raise StepFailed(f'Profile with name "{self.profile}" already exists')
            write_profile(self.env, self.profile, credentials)

    def found(self, expected=None) -> dict:
        """The credentials that the default chain finds, which have to be those that are expected."""
        profile = self.env.get("AWS_PROFILE")
        file = SharedCredentialProvider(str(credentials_file(self.env)), profile or "default")
        providers = [EnvProvider(self.env), file, ContainerProvider(self.env)]
        if profile and self.release >= PREFERS_PROFILE:
            providers.pop(0)
        found = CredentialResolver(providers).load_credentials()
        if not found:
            raise StepFailed("Could not load credentials from any providers")
        if expected and expected[CREDENTIALS[0]] not in ("", found.access_key):
            raise StepFailed("Credentials loaded by the SDK do not match the")
        return dict(zip(CREDENTIALS, (found.access_key, found.secret_key, found.token or "")))

    def account_of(self, credentials: dict, is_checked: bool) -> str:
        """The account of credentials, which has to be an allowed one where it is checked."""
        account = self.client(credentials).get_caller_identity()["Account"]
        allowed = self.text("allowed-account-ids")
        if is_checked and allowed and account not in map(str.strip, allowed.split(",")):
            raise StepFailed("does not match any of the expected account IDs")
        return account

    def session(self, role: str, account: str, by_token: bool, chains: bool) -> dict:
        """The credentials of a role."""
        if not role.startswith("arn:aws"):
            if not account:
                raise StepFailed("Source Account ID is needed if the Role Name is provided")
            role = f"arn:aws:iam::{account}:role/{role}"
        lasts_an_hour = self.release >= LASTS_AN_HOUR or by_token or chains
        seconds = 3600 if lasts_an_hour else 6 * 3600
        words = {
            "RoleArn": role,
            "RoleSessionName": self.text("role-session-name") or "GitHubActions",
            "DurationSeconds": int(self.text("role-duration-seconds") or seconds),
        }
        if by_token:
            words["WebIdentityToken"] = self.token()
            return credentials_of(self.client().assume_role_with_web_identity(**words))
        return credentials_of(self.client(self.found()).assume_role(**words))

    def token(self) -> str:
        """The token that GitHub gives the job."""
        audience = quote(self.text("audience") or "sts.amazonaws.com", safe="")
        address = f"{self.env['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}"
        bearer = f"Bearer {self.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"
        with urlopen(Request(address, headers={"Authorization": bearer})) as answered:
            return json.load(answered)["value"]

    def client(self, credentials=None):
        """A client of STS that signs with credentials; without, it does not sign."""
        key, secret, token = (
            (credentials or {}).get(name) or None for name in CREDENTIALS
        )
        return boto3.Session(key, secret, token, REGION).client(
            "sts",
            endpoint_url=self.sts,
            config=None if credentials else Config(signature_version=UNSIGNED),
        )
