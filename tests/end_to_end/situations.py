"""Steps with the configure action, and what they find: what `compare.py` compares."""

from dataclasses import dataclass, field

from world import DEV, LIVE, SHARED

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
