"""What releases of the configure action do with a step's inputs, each as its imitation says.

environment: TFKEYLESS_CREDENTIALS_ACTIONS, a folder with one folder a release, named by its tag, which
has `action.yml` and `dist/index.js`; node has to be there.
"""

import os
import shutil
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import boto3
import botocore.exceptions
import configure
import real_action
from situations import LIVE_ROLE, SITUATIONS, Situation
from sts import CREDENTIALS, Sts
from world import DEV, REGION, SHARED, World

RELEASES = Path(os.environ["TFKEYLESS_CREDENTIALS_ACTIONS"])


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
