"""Generates bare repositories, the same ones every time: generate.py DIRECTORY COUNT

Beside them, expected.json says of each what a migration has to leave behind.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "legacy-stack"
STACK = {
    str(path.relative_to(EXAMPLE)): path.read_text()
    for path in sorted(EXAMPLE.rglob("*"))
    if path.is_file() and path.name != "tfkeyless.hcl"
}
WORKFLOWS = {path: text for path, text in STACK.items() if path.startswith(".github/")}
UNKNOWN_BUCKET = 'module "lake" {\n  source = "s3::https://s3.amazonaws.com/somewhere/lake/1.0.zip"\n}\n'
WORDS = "alarms api audit backup cache cluster events gateway images jobs logs mail queue search".split()

# What stands in a repository besides ordinary modules, and which of it a migration changes.
SHAPES = {
    "stack": ({path: STACK[path] for path in STACK.keys() - WORKFLOWS.keys()}, STACK.keys() - WORKFLOWS.keys()),
    "workflows": (STACK, STACK.keys()),
    "nothing": ({}, set()),
    "person": ({"lake.tf": UNKNOWN_BUCKET}, set()),
    "broken": ({"main.tf": 'provider "aws" {\n'}, set()),
}
# A fleet in small: half of it is to be changed.
TURNS = "stack workflows nothing stack person workflows nothing stack broken nothing".split()


def module(rng: random.Random, name: str) -> dict[str, str]:
    """An ordinary module: nothing in it is to be changed."""
    inputs = rng.sample(WORDS, rng.randint(6, 14))
    resources = "".join(
        f'resource "aws_sqs_queue" "{word}" {{\n'
        f'  name                       = "${{var.{word}}}-{name}"\n'
        f"  visibility_timeout_seconds = {rng.randint(10, 900)}\n"
        f"  message_retention_seconds  = {rng.randint(60, 9000)}\n\n"
        "  tags = {\n"
        f'    Service = "{word}"\n'
        f'    Team    = "{rng.choice(WORDS)}"\n'
        "  }\n}\n\n"
        f'resource "aws_cloudwatch_metric_alarm" "{word}" {{\n'
        f'  alarm_name          = "{name}-{word}"\n'
        f'  alarm_description   = "Messages of {word} wait longer than they should"\n'
        '  comparison_operator = "GreaterThanThreshold"\n'
        '  namespace           = "AWS/SQS"\n'
        '  metric_name         = "ApproximateAgeOfOldestMessage"\n'
        f"  threshold           = {rng.randint(60, 600)}\n"
        f"  evaluation_periods  = {rng.randint(1, 5)}\n"
        "  period              = 60\n"
        '  statistic           = "Maximum"\n\n'
        "  dimensions = {\n"
        f"    QueueName = aws_sqs_queue.{word}.name\n"
        "  }\n}\n\n"
        for word in inputs
    )
    variables = "".join(
        f'variable "{word}" {{\n  description = "Prefix of {word}"\n  type        = string\n}}\n\n'
        for word in inputs
    )
    outputs = "".join(f'output "{word}" {{\n  value = aws_sqs_queue.{word}.arn\n}}\n\n' for word in inputs)
    files = {"main.tf": resources, "variables.tf": variables, "outputs.tf": outputs, "README.md": f"# {name}\n"}
    return {f"modules/{name}/{path}": text for path, text in files.items()}


def history(number: int) -> tuple[str, list[dict[str, str]]]:
    """A repository's shape, and the files that each of its commits writes."""
    rng = random.Random(number)
    shape = TURNS[number % len(TURNS)]
    modules = [module(rng, name) for name in rng.sample(WORDS, rng.randint(5, 12))]
    commits = [{"README.md": f"# Stack {number}\n", ".gitignore": ".terraform/\n"}]
    commits += [files for files in (*modules, SHAPES[shape][0]) if files]
    path, text = rng.choice(sorted(modules[0].items()))
    return shape, [*commits, {path: text + "# looked through\n"}]


def stream(commits: list[dict[str, str]]) -> bytes:
    """The commits as `git fast-import` reads them."""
    out = b""
    for number, files in enumerate(commits):
        out += f"commit refs/heads/main\ncommitter a <a@example.com> {1700000000 + number} +0000\n".encode()
        out += b"data 6\nstate\n\n"
        for path, text in files.items():
            data = text.encode()
            out += f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
    return out


def main(directory: Path, count: int) -> None:
    expected = {}
    for number in range(count):
        name = f"{number:04}.git"
        shape, commits = history(number)
        git = ["git", "-C", str(directory / name)]
        init = ["git", "init", "--quiet", "--bare", "--initial-branch=main", "--template="]
        subprocess.run([*init, str(directory / name)], check=True)
        subprocess.run([*git, "fast-import", "--quiet"], input=stream(commits), check=True)
        head = subprocess.run([*git, "rev-parse", "main"], capture_output=True, text=True, check=True)
        expected[name] = {"shape": shape, "main": head.stdout.strip(), "changed": sorted(SHAPES[shape][1])}
    (directory / "expected.json").write_text(json.dumps(expected, indent=1))


main(Path(sys.argv[1]), int(sys.argv[2]))
