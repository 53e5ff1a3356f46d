"""What the stories of several accounts begin with: one world, and the accounts in tfkeyless.hcl."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

from world import DEV, LIVE, SHARED, World

TFKEYLESS, TERRAFORM = os.environ["TFKEYLESS"], os.environ["TERRAFORM"]
HAS_PROVIDER = "TFKEYLESS_PLUGIN_DIR" in os.environ

CONFIGURATION = f"""
state_profile = "shared-account"

account "dev" {{ id = "{DEV}" }}
account "live" {{ id = "{LIVE}" }}
account "shared-account" {{ id = "{SHARED}" }}
"""


class InOneWorld(unittest.TestCase):
    """One world for all tests, with a static key in the shared account and a directory for programs."""

    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp(prefix=f"tfkeyless-{cls.__name__.lower()}-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.world = World(cls.directory)
        cls.addClassCleanup(cls.world.close)
        cls.key = cls.world.static_key(SHARED)
        cls.binaries = cls.directory / "bin"
        cls.binaries.mkdir()
