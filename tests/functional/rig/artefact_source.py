"""The source that artefacts are built from: what is committed, in a clean copy of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.artefact_tools import CHECKOUT, fingerprint, run


@dataclass(frozen=True)
class Source:
    """A git checkout of which artefacts are built.

    Attributes:
        checkout: where it lies.
        worktree: take the files as they lie there, for development, instead of the last commit.
    """

    checkout: Path = CHECKOUT
    worktree: bool = False

    @classmethod
    def from_environment(cls) -> Source:
        """Return the checkout of this file; `RIG_SOURCE=worktree` takes uncommitted files too."""
        return cls(worktree=os.environ.get("RIG_SOURCE") == "worktree")

    def fingerprint(self, paths: Sequence[str], *more: str) -> str:
        """Return a digest of the content below some paths and of further texts."""
        if self.worktree:
            content = "".join(
                f"{name} {hashlib.sha256((self.checkout / name).read_bytes()).hexdigest()}\n"
                for name in self._files(paths)
            )
        else:
            content = self._git("ls-tree", "-r", "HEAD", "--", *paths)
        return fingerprint(content, *more)

    def copy(self, into: Path) -> Path:
        """Make a clean clone at a path that does not exist yet, and return it."""
        commit = self._git("rev-parse", "HEAD").strip()
        run("git", "clone", "--quiet", "--no-checkout", self.checkout, into)
        run("git", "-C", into, "checkout", "--quiet", "--detach", commit)
        if self.worktree:
            for name in self._files(["."]):
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.checkout / name, into / name)
        return into

    def _files(self, paths: Sequence[str]) -> list[str]:
        listed = self._git("ls-files", "--cached", "--others", "--exclude-standard", "--", *paths)
        return [name for name in sorted(listed.splitlines()) if (self.checkout / name).is_file()]

    def _git(self, *arguments: str) -> str:
        return run("git", "-C", self.checkout, *arguments)
