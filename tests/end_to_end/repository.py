"""A repository of this world, on which the story is told."""

import subprocess
from pathlib import Path

from world import World


class Repository:
    """A git repository with one commit of `files`, at `path`."""

    def __init__(self, path: Path, world: World, files: dict):
        self.path, self.world = path, world
        self.write(files)
        self.git("init", "-q", "-b", "main")
        self.commit("The old setup")

    def write(self, files: dict):
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip("\n"))

    def commit(self, subject: str):
        self.git("add", "-A")
        self.git("commit", "-qm", subject)

    def clone(self, path: Path) -> Path:
        """A fresh clone of what is committed, at `path`."""
        self.git("clone", "-q", ".", str(path))
        return path

    def git(self, *words: str):
        environment = self.world.git_environment()
        subprocess.run(["git", *words], cwd=self.path, env=environment, check=True)
