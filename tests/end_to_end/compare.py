"""What releases of the configure action do with a step's inputs, each as its imitation says.

environment: TFKEYLESS_CREDENTIALS_ACTIONS, a folder with one folder a release, named by its tag, which
has `action.yml` and `dist/index.js`; node has to be there.
"""

import os
import shutil
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import botocore.exceptions
import configure
import real_action
from sts import CREDENTIALS, Sts
from world import DEV, LIVE, REGION, SHARED, World

RELEASES = Path(os.environ["TFKEYLESS_CREDENTIALS_ACTIONS"])
ROLE = f"arn:aws:iam::{DEV}:role/ci"
LIVE_ROLE = f"arn:aws:iam::{LIVE}:role/ci"


@dataclass
class Situation:
    """A step, and what it finds: credentials in the environment, of "a user" or "a session", more
    variables, the permission to ask for a token, a role of the runner's own, a profile."""

    inputs: dict
    finds: str = ""
    variables: dict = field(default_factory=dict)
    may_sign_in: bool = False
    own_role: bool = False
    profile: str = ""


# `{id}` and `{secret}` are the keys of a user of the shared account; {token} is a session's.
KEYS = {"aws-access-key-id": "{id}", "aws-secret-access-key": "{secret}"}
NO_KEYS = {"aws-access-key-id": "", "aws-secret-access-key": ""}
UNSET = {"unset-current-credentials": "true"}
CHAINING = {"role-chaining": "true"}
TAKES = {"role-to-assume": ROLE}
EMPTY = {"role-to-assume": ""}
PROFILE = {"aws-profile": "state"}
ONLY_LIVE = {"allowed-account-ids": LIVE}
ONLY_SHARED = {"allowed-account-ids": f"{LIVE}, {SHARED}"}

SITUATIONS = {
    # A role, by the token.
    "role": Situation(TAKES, may_sign_in=True),
    "role, with a session name": Situation(
        {**TAKES, "role-session-name": "plan-7"}, may_sign_in=True
    ),
    "role, two hours": Situation({**TAKES, "role-duration-seconds": "7200"}, may_sign_in=True),
    "role of another account, after a session": Situation(
        {"role-to-assume": LIVE_ROLE}, "a session", may_sign_in=True
    ),
    "role, after keys": Situation(TAKES, "a user", may_sign_in=True),
    "role and empty key inputs, after keys": Situation(
        {**TAKES, **NO_KEYS}, "a user", may_sign_in=True
    ),
    "role, unset, after keys": Situation({**TAKES, **UNSET}, "a user", may_sign_in=True),
    "role, on a runner with a role": Situation(TAKES, may_sign_in=True, own_role=True),
    "name of a role": Situation({"role-to-assume": "ci"}, may_sign_in=True),
    "name of a role, after keys": Situation({"role-to-assume": "ci"}, "a user", may_sign_in=True),
    "role, another audience": Situation({**TAKES, "audience": "other"}, may_sign_in=True),
    "role of another account than allowed": Situation({**TAKES, **ONLY_LIVE}, may_sign_in=True),
    # A role, without the permission to ask for a token.
    "role, no permission": Situation(TAKES),
    "role, no permission, after keys": Situation(TAKES, "a user"),
    "role, no permission, after a session": Situation(TAKES, "a session"),
    "role, no permission, unset, after keys": Situation({**TAKES, **UNSET}, "a user"),
    "role, no permission, on a runner with a role": Situation(TAKES, own_role=True),
    # No role.
    "empty role": Situation(EMPTY, may_sign_in=True),
    "empty role, after keys": Situation(EMPTY, "a user", may_sign_in=True),
    "empty role, after a session": Situation(EMPTY, "a session", may_sign_in=True),
    "empty role, unset, after keys": Situation({**EMPTY, **UNSET}, "a user", may_sign_in=True),
    "empty role, unset, after a session": Situation(
        {**EMPTY, **UNSET}, "a session", may_sign_in=True
    ),
    "empty role, on a runner with a role": Situation(EMPTY, may_sign_in=True, own_role=True),
    "empty role, unset, on a runner with a role": Situation(
        {**EMPTY, **UNSET}, may_sign_in=True, own_role=True
    ),
    "empty role, unset, after a session, on a runner with a role": Situation(
        {**EMPTY, **UNSET}, "a session", may_sign_in=True, own_role=True
    ),
    "empty role, another account allowed, after keys": Situation(
        {**EMPTY, **ONLY_LIVE}, "a user", may_sign_in=True
    ),
    "empty role, that account allowed, after keys": Situation(
        {**EMPTY, **ONLY_SHARED}, "a user", may_sign_in=True
    ),
    "empty role, another account allowed, on a runner with a role": Situation(
        {**EMPTY, "allowed-account-ids": DEV}, may_sign_in=True, own_role=True
    ),
    "empty role, empty allowed accounts, after keys": Situation(
        {**EMPTY, "allowed-account-ids": ""}, "a user", may_sign_in=True
    ),
    "empty role, chaining, after keys": Situation(
        {**EMPTY, **CHAINING}, "a user", may_sign_in=True
    ),
    # Keys.
    "keys": Situation(KEYS),
    "keys, with the permission": Situation(KEYS, may_sign_in=True),
    "keys, after a session": Situation(KEYS, "a session"),
    "keys, unset, after a session": Situation({**KEYS, **UNSET}, "a session"),
    "keys and a role": Situation({**KEYS, **TAKES}),
    "keys and a role, with the permission": Situation({**KEYS, **TAKES}, may_sign_in=True),
    "keys and the name of a role": Situation({**KEYS, "role-to-assume": "ci"}),
    "keys and an empty role": Situation({**KEYS, **EMPTY}, may_sign_in=True),
    "keys and a role, chaining": Situation({**KEYS, **TAKES, **CHAINING}, may_sign_in=True),
    "keys of an account that is not allowed": Situation({**KEYS, **ONLY_LIVE}),
    "keys of an allowed account and a role of another": Situation(
        {**KEYS, **TAKES, **ONLY_SHARED}
    ),
    "keys and a role of an allowed account": Situation(
        {**KEYS, "role-to-assume": LIVE_ROLE, **ONLY_LIVE}
    ),
    "keys and a session token": Situation(
        {
            "aws-access-key-id": "{session id}",
            "aws-secret-access-key": "{session secret}",
            "aws-session-token": "{token}",
        }
    ),
    "empty keys": Situation(NO_KEYS),
    "empty keys, after a session": Situation(NO_KEYS, "a session"),
    # Chaining.
    "chaining, after keys": Situation({**TAKES, **CHAINING}, "a user", may_sign_in=True),
    "chaining, after a session": Situation(
        {"role-to-assume": LIVE_ROLE, **CHAINING}, "a session", may_sign_in=True
    ),
    "chaining, two hours, after a session": Situation(
        {"role-to-assume": LIVE_ROLE, **CHAINING, "role-duration-seconds": "7200"},
        "a session",
        may_sign_in=True,
    ),
    "chaining, the name of a role, after a session": Situation(
        {"role-to-assume": "live", **CHAINING}, "a session", may_sign_in=True
    ),
    "chaining, unset, after keys": Situation(
        {**TAKES, **CHAINING, **UNSET}, "a user", may_sign_in=True
    ),
    "chaining": Situation({**TAKES, **CHAINING}, may_sign_in=True),
    # Profiles.
    "role into a profile": Situation({**TAKES, **PROFILE}, may_sign_in=True),
    "role into a profile, after a session": Situation(
        {"role-to-assume": LIVE_ROLE, **PROFILE}, "a session", may_sign_in=True
    ),
    "role into a profile and the environment": Situation(
        {**TAKES, **PROFILE, "output-env-credentials": "true"}, may_sign_in=True
    ),
    "role into a profile that exists": Situation(
        {**TAKES, **PROFILE}, may_sign_in=True, profile="state"
    ),
    "role into a profile that exists, overwritten": Situation(
        {**TAKES, **PROFILE, "overwrite-aws-profile": "true"}, may_sign_in=True, profile="state"
    ),
    "keys into a profile": Situation({**KEYS, **PROFILE}),
    "keys and a role into a profile": Situation({**KEYS, **TAKES, **PROFILE}),
    "empty role into a profile, after keys": Situation(
        {**EMPTY, **PROFILE}, "a user", may_sign_in=True
    ),
    "empty role into a profile, unset, after keys": Situation(
        {**EMPTY, **PROFILE, **UNSET}, "a user", may_sign_in=True
    ),
    "empty role into a profile": Situation({**EMPTY, **PROFILE}, may_sign_in=True),
    "role, outside the environment": Situation(
        {**TAKES, "output-env-credentials": "false"}, "a user", may_sign_in=True
    ),
    # Variables that the action reads.
    "role, AWS_PROFILE of a profile that exists": Situation(
        TAKES, variables={"AWS_PROFILE": "dev"}, may_sign_in=True, profile="dev"
    ),
    "role, AWS_PROFILE of none": Situation(
        TAKES, variables={"AWS_PROFILE": "dev"}, may_sign_in=True
    ),
    "keys, AWS_PROFILE of none": Situation(KEYS, variables={"AWS_PROFILE": "dev"}),
    "keys, AWS_PROFILE of a profile that exists": Situation(
        KEYS, variables={"AWS_PROFILE": "dev"}, profile="dev"
    ),
    "empty role, AWS_PROFILE of a profile that exists": Situation(
        EMPTY, variables={"AWS_PROFILE": "dev"}, may_sign_in=True, profile="dev"
    ),
    "empty role, AWS_PROFILE of a profile that exists, after a session": Situation(
        EMPTY, "a session", {"AWS_PROFILE": "dev"}, may_sign_in=True, profile="dev"
    ),
    "role, unset, AWS_PROFILE of none": Situation(
        {**TAKES, **UNSET}, variables={"AWS_PROFILE": "dev"}, may_sign_in=True
    ),
    "keys, ROLE_TO_ASSUME": Situation(KEYS, variables={"ROLE_TO_ASSUME": ROLE}),
    "empty role, ROLE_TO_ASSUME": Situation(
        EMPTY, variables={"ROLE_TO_ASSUME": ROLE}, may_sign_in=True
    ),
    "role, another ROLE_TO_ASSUME": Situation(
        TAKES, variables={"ROLE_TO_ASSUME": LIVE_ROLE}, may_sign_in=True
    ),
    "role, ROLE_CHAINING, after keys": Situation(
        TAKES, "a user", {"ROLE_CHAINING": "true"}, may_sign_in=True
    ),
}


@dataclass
class Outcome:
    """What a step ended with."""

    failure: str
    # Of the credentials in the environment, and of those in profiles.
    identity: str
    profiles: dict
    # AWS_PROFILE and the regions.
    variables: dict
    # The calls that took a role: by whom, how, which, under which name and for how long.
    roles: list


class Compare(unittest.TestCase):
    """Each release in each situation."""

    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp(prefix="tfkeyless-action-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.world = World(cls.directory)
        cls.addClassCleanup(cls.world.close)
        cls.user = cls.world.static_key(SHARED)

    def outcome(self, situation: Situation, act) -> Outcome:
        """What a step ends with whose action is `act`, on a fresh runner."""
        home = Path(tempfile.mkdtemp(dir=self.directory))
        with Sts(self.world.aws) as sts:
            session = sts.session(f"arn:aws:iam::{DEV}:role/earlier")
            shared = sts.session(f"arn:aws:iam::{SHARED}:role/earlier")
            finds = {"a user": self.user, "a session": session}.get(situation.finds, {})
            env = {"HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", **finds}
            env |= situation.variables
            env |= sts.may_sign_in() if situation.may_sign_in else {}
            env |= sts.own_role(LIVE_ROLE) if situation.own_role else {}
            if situation.profile:
                configure.write_profile(env, situation.profile, shared)
            places = dict(zip(("{id}", "{secret}"), self.user.values()))
            places |= dict(zip(("{session id}", "{session secret}", "{token}"), session.values()))
            inputs = {"aws-region": REGION, "disable-retry": "true", **situation.inputs}
            inputs = {name: places.get(text, text) for name, text in inputs.items()}
            sts.roles.clear()
            exported, failure = act(inputs, env, sts.url)
            roles = [(self.caller(sts, key), *call) for key, *call in sts.roles]
            env |= exported
            profiles = configure.profiles(env)
            identities = {
                name: self.arn(sts, {part.upper(): text for part, text in profiles[name].items()})
                for name in profiles.sections()
            }
            others = ("AWS_PROFILE", *configure.REGIONS)
            variables = {name: env[name] for name in others if env.get(name)}
            return Outcome(failure or "", self.arn(sts, env), identities, variables, roles)

    def caller(self, sts: Sts, key: str) -> str:
        """Who signed a call with that key; a web identity has none."""
        if not key:
            return "the token"
        return self.arn(sts, dict(zip(CREDENTIALS, (key, "any", sts.tokens.get(key, "")))))

    def arn(self, sts: Sts, env: dict) -> str:
        """Who acts with the credentials of an environment; "" where there are none."""
        key, secret, token = (env.get(name) or None for name in CREDENTIALS)
        if not key:
            return ""
        client = boto3.Session(key, secret, token, REGION).client("sts", endpoint_url=sts.url)
        try:
            return client.get_caller_identity()["Arn"]
        except botocore.exceptions.ClientError as refused:
            return str(refused)

    def test_the_imitation_ends_as_the_action_does(self):
        releases = sorted(RELEASES.iterdir(), key=lambda path: configure.release_of(path.name))
        cases = [(path, name) for name in SITUATIONS for path in releases]

        def pair(case):
            release, name = case
            real = lambda *words: real_action.configure(release, *words)
            of = configure.release_of(release.name)
            imitated = lambda *words: configure.configure(of, *words)
            return [self.outcome(SITUATIONS[name], act) for act in (real, imitated)]

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for (release, name), (real, imitated) in zip(cases, pool.map(pair, cases)):
                with self.subTest(release=release.name, situation=name):
                    self.assertIn(imitated.failure, real.failure)
                    self.assertEqual(not imitated.failure, not real.failure, real.failure)
                    real.failure = imitated.failure = ""
                    self.assertEqual(imitated, real)


if __name__ == "__main__":
    unittest.main(verbosity=2)
