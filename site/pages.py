"""Adds the pages of the transforms to the site, and leads links between folders to where they are there.

mkdocs calls these functions by their names (https://www.mkdocs.org/dev-guide/plugins/#events).
"""

import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
TRANSFORMS = sorted(path.stem for path in (ROOT / "transforms").glob("*.md"))

# What stands at the top of the repository, where its readers look first.
AT_THE_TOP = ["CONTRIBUTING.md", "ARCHITECTURE.md"]

# A fence of a page names what its block is: ```hcl before dev/main.tf
FENCE = re.compile(r"^```(\w+) (.+)$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(\.\./([^)#]+)(#[^)]*)?\)")
LINK_AT_THE_TOP = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)#]+)(#[^)]*)?\)")


def on_config(config):
    for section in config["nav"]:
        if isinstance(section, dict) and "Reference" in section:
            entry = next(it for it in section["Reference"] if isinstance(it, dict))
            entry["Transforms"] = [f"transforms/{name}.md" for name in TRANSFORMS]
    return config


def on_files(files, config):
    for name in TRANSFORMS:
        page = ROOT / "transforms" / f"{name}.md"
        files.append(File.generated(config, f"transforms/{name}.md", abs_src_path=str(page)))
    for name in AT_THE_TOP:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown, page, **_):
    def led(link):
        text, path, anchor = link[1], link[2], link[3] or ""
        if not (ROOT / path).exists():
            raise FileNotFoundError(f"{page.file.src_uri}: a link to {path}")
        is_transform = path.startswith("transforms/") and Path(path).stem in TRANSFORMS
        if is_transform or path in AT_THE_TOP:
            return f"[{text}]({path}{anchor})"
        # What is in the repository and not on the site is named.
        return text

    link = LINK_AT_THE_TOP if page.file.src_uri in AT_THE_TOP else LINK
    markdown = link.sub(led, markdown)
    return FENCE.sub(r'```\1 title="\2"', markdown)
