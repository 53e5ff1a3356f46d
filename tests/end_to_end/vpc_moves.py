"""Calls of the VPC module, moved: what the old release applied on AWS's imitation is planned by the new one.

A call that moves without review must plan no changes, one that needs review exactly the resources that
its finding names, and one that is not changed must fail with the new release.

usage: vpc_moves.py [NUMBER...] [FILE...]: the generated calls of these numbers, or all of them; files are
root modules with a call of their own. Prints each call with what Terraform planned, as they are in
`tests/module_changes/planned.md`.

environment: TFKEYLESS, the binary; TERRAFORM, the command; TFKEYLESS_PLUGIN_DIR, a mirror of plugins with the
AWS provider 5; TFKEYLESS_VPC_MODULE, a clone of terraform-aws-modules/terraform-aws-vpc with its tags;
TFKEYLESS_VPC_CALLS, how many calls are generated (40); TFKEYLESS_VPC_KEEP, where root modules are kept, if it is set.
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import imitation
import moto_subnets
import vpc_calls

TFKEYLESS, TERRAFORM = os.environ["TFKEYLESS"], os.environ["TERRAFORM"]
CLONE = os.environ["TFKEYLESS_VPC_MODULE"]
SOURCE = "registry.terraform.io/terraform-aws-modules/vpc/aws"
# What a call is moved to, with the release that `terraform init` selects.
NEW = {"5.16.0": "5.16.0", "= 5.16.0": "5.16.0", "~> 5.16.0": "5.16.0", "~> 5.16": "5.21.0", "~> 5.0": "5.21.0"}
# What provider 5 lacks, and old releases set to null.
REMOVED = re.compile(r"^ *(enable_classiclink(_dns_support)?|assign_ipv6_address_on_creation) +=.*\n", re.M)
CONSTRAINT = re.compile(r'vpc/aws"\n +version += "(.*)"')
RESOURCE = re.compile(r"aws_\w+\.\w+")


def main():
    given = sys.argv[1:]
    numbers = [it for it in given if it.isdigit()] or ([] if given else range(wanted()))
    calls = {f"call {it}": vpc_calls.generated(int(it)) for it in numbers}
    calls |= {it: read(Path(it)) for it in given if not it.isdigit()}
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        for release in {*NEW.values(), *(call.release for call in calls.values())}:
            unpack(release, directory / release)
        configure_terraform(directory)
        # Half of the time Terraform waits for what the imitation makes.
        with ProcessPoolExecutor(max_workers=2 * os.cpu_count()) as pool:
            results = list(pool.map(move, calls, calls.values(), [directory] * len(calls)))
    for call, result in zip(calls.values(), results):
        if "planned" in result:
            print(f"## {result['planned']}\n\n```hcl\n{call.text}```\n")
    counts = Counter((result["class"], result["verdict"]) for result in results)
    for (kind, verdict), count in sorted(counts.items()):
        print(f"{count:4} {kind}: {verdict}", file=sys.stderr)
    sys.exit(any(result["verdict"] == "WRONG" for result in results))


def wanted() -> int:
    return int(os.environ.get("TFKEYLESS_VPC_CALLS", "40"))


def read(path: Path) -> vpc_calls.Call:
    text = path.read_text()
    constraint = CONSTRAINT.search(text)[1]
    return vpc_calls.Call(text, constraint, dict(vpc_calls.RELEASES)[constraint])


def unpack(release: str, place: Path):
    """The module at a release's tag, as provider 5 takes it."""
    place.mkdir()
    words = ["git", "-C", CLONE, "archive", f"v{release}"]
    archive = subprocess.run(words, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x", "-C", place], input=archive, check=True)
    for path in place.glob("*.tf"):
        path.write_text(REMOVED.sub("", path.read_text()))


def configure_terraform(directory: Path):
    """Has Terraform take the provider as it is, so that nothing has to be initialized and provider 5
    stands in for 4.67, which the requirement of the old call asks for."""
    mirror = Path(os.environ["TFKEYLESS_PLUGIN_DIR"], "registry.terraform.io/hashicorp/aws")
    plugin = next(mirror.glob("5.*/*_*"))
    (directory / "terraform.rc").write_text(
        f'provider_installation {{\n  dev_overrides {{\n    "hashicorp/aws" = "{plugin}"\n  }}\n}}\n'
    )


def move(name: str, call: vpc_calls.Call, directory: Path) -> dict:
    """Applies, moves and plans a call. `verdict` is "right", "WRONG", or why there is none."""
    move = Move(call, directory, directory / re.sub(r"\W+", "-", name))
    result = {"name": name, "class": "-", "detail": f"{call.constraint}"}
    try:
        result |= move.judge()
    except (Failed, subprocess.TimeoutExpired) as failed:
        result |= {"verdict": "not applied", "detail": str(failed)}
    finally:
        if os.environ.get("TFKEYLESS_VPC_KEEP"):
            kept = Path(os.environ["TFKEYLESS_VPC_KEEP"], move.place.name)
            shutil.copytree(move.place, kept, dirs_exist_ok=True)
        shutil.rmtree(move.place, ignore_errors=True)
    print(name, result["class"], result["verdict"], result["detail"], file=sys.stderr, flush=True)
    return result


class Failed(Exception):
    """Terraform failed; the first line of its error."""


SERVERS = []


def server() -> str:
    """The imitation of this process, with nothing in it."""
    if not SERVERS:
        SERVERS.append(imitation.serve())
        # What it lacks, Terraform's errors say.
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        moto_subnets.mend()
    url = f"http://127.0.0.1:{SERVERS[0].server_port}"
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()
    return url


class Move:
    """A root module of one call, in a directory of its own."""

    def __init__(self, call: vpc_calls.Call, directory: Path, place: Path):
        self.call, self.directory, self.place = call, directory, place
        place.mkdir()
        (place / "main.tf").write_text(call.text)
        self.environment = os.environ | {
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_ENDPOINT_URL": server(),
            "AWS_EC2_METADATA_DISABLED": "true",
            "TF_CLI_CONFIG_FILE": str(directory / "terraform.rc"),
        }

    def judge(self) -> dict:
        self.install(self.call.release)
        self.terraform("apply", "-auto-approve")
        finding = self.finding()
        if not finding["applied"]:
            return {"class": "manual"} | self.judge_failure(finding)
        review = finding["safety"] == "review"
        self.tfkeyless("apply", "--yes", *["--review"] * review)
        moved = CONSTRAINT.search((self.place / "main.tf").read_text())[1]
        self.install(NEW[moved])
        planned = self.plan()
        verdict, detail = compare(finding["help"] or "", planned)
        if verdict == "WRONG":
            # What the imitation does not keep is planned by the old release, too.
            (self.place / "main.tf").write_text(self.call.text)
            self.install(self.call.release)
            planned -= self.plan()
            verdict, detail = compare(finding["help"] or "", planned)
        result = {"class": finding["safety"], "verdict": verdict, "detail": detail}
        return result | {"planned": shown(planned)}

    def judge_failure(self, finding: dict) -> dict:
        """Whether the new release fails with the arguments of a call that stays."""
        text = REMOVED.sub("", self.call.text)
        (self.place / "main.tf").write_text(text.replace(f'"{self.call.constraint}"', '"5.16.0"'))
        self.install("5.16.0")
        try:
            self.plan()
            self.terraform("apply", "-auto-approve")
        except Failed as failed:
            detail = f"{finding['message']} / {failed}"
            return {"verdict": "right", "detail": detail, "planned": "fails"}
        return {"verdict": "WRONG", "detail": f"works: {finding['message']}"}

    def install(self, release: str):
        """What `terraform init` writes where the registry has this release."""
        modules = self.place / ".terraform/modules"
        modules.mkdir(parents=True, exist_ok=True)
        found = {"Key": "vpc", "Source": SOURCE, "Version": release, "Dir": str(self.directory / release)}
        root = {"Key": "", "Source": "", "Dir": "."}
        (modules / "modules.json").write_text(json.dumps({"Modules": [root, found]}))

    def terraform(self, *words: str) -> str:
        words = [TERRAFORM, *words]
        ended = subprocess.run(
            words, cwd=self.place, env=self.environment, capture_output=True, text=True, timeout=600
        )
        if ended.returncode:
            errors = re.findall(r"Error: .*(?:\n.*){0,8}", re.sub(r"\x1b\[\d*m|[│╵╷]", "", ended.stderr))
            raise Failed(" ".join(" ".join(errors).split())[:400] or ended.stderr[-400:])
        return ended.stdout

    def plan(self) -> Counter:
        """The changes of a plan by module instance, resource and action."""
        self.terraform("plan", "-out=plan")
        plan = json.loads(self.terraform("show", "-json", "plan"))
        found = Counter()
        for change in plan.get("resource_changes", []):
            actions = "+".join(change["change"]["actions"])
            if actions not in ("no-op", "read"):
                module = change.get("module_address", "")
                found[module, f"{change['type']}.{change['name']}", actions] += 1
        for name, change in plan.get("output_changes", {}).items():
            if change["actions"] != ["no-op"]:
                found["", f"output.{name}", "+".join(change["actions"])] += 1
        return found

    def finding(self) -> dict:
        """What tfkeyless says of the call."""
        for words in ["init", "-q"], ["add", "main.tf"], ["commit", "-qm", "old"]:
            user = ["-c", "user.name=any", "-c", "user.email=any@example.com"]
            subprocess.run(["git", *user, *words], cwd=self.place, check=True)
        plan = json.loads(self.tfkeyless("plan", "--review", "--format", "json"))
        return next(it for it in plan["findings"] if it["transform"] == "bump_module")

    def tfkeyless(self, *words: str) -> str:
        words = [TFKEYLESS, *words]
        return subprocess.run(
            words, cwd=self.place, env=self.environment, capture_output=True, text=True, check=True
        ).stdout


def shown(planned: Counter) -> str:
    """What a plan does, in all instances together."""
    together = Counter()
    for (_, resource, action), count in planned.items():
        together[action, resource] += count
    changes = [f"{action} {count} {it}" for (action, it), count in sorted(together.items())]
    return ", ".join(changes) or "no changes"


def compare(help: str, planned: Counter) -> tuple:
    """Holds what a finding says against a plan."""
    named, possible = read_help(help)
    if " in each instance " not in help:
        # What it names is of all instances together.
        together = Counter()
        for (module, *rest), count in planned.items():
            together[(re.sub(r"\[.*", "", module), *rest)] += count
        planned = together
    wrong = []
    for module in {module for module, _, _ in planned} or {"module.vpc"}:
        of_module = {key[1:]: count for key, count in planned.items() if key[0] == module}
        for (resource, action), count in of_module.items():
            if resource.startswith("output.") and " writes to the state " in help:
                continue
            kind = {"create": "adds", "delete": "destroys"}.get(action, "changes")
            if named.get((resource, kind)) not in (count, True) and resource not in possible:
                wrong.append(f"not named: {module} {resource} {action} {count}")
        for (resource, kind), count in named.items():
            kinds = {"adds": ["create"], "destroys": ["delete"]}.get(kind)
            kinds = kinds or ["update", "delete+create", "create+delete"]
            if not any((resource, it) in of_module for it in kinds):
                wrong.append(f"named only: {module} {resource} {kind}")
    said = f"{dict(planned)} by {help}" if planned or help else "no changes"
    return ("WRONG", "; ".join(wrong) + " / " + said) if wrong else ("right", said)


def read_help(help: str) -> tuple:
    """The resources that a finding names, with what becomes of them and how many, and those of which it
    says that something may become of them."""
    named, possible = {}, set()
    for sentence in re.split(r"\. |check the plan: (?:the plan (?:in each instance )?)?", help):
        if match := re.match(r"((?:aws_\w+\.\w+(?:, )?)+): (.*)", sentence):
            for resource in RESOURCE.findall(match[1]):
                if " may " in f" {match[2]} ":
                    possible.add(resource)
                else:
                    named[resource, "changes"] = True
            continue
        for part in re.split(r", and ", sentence):
            if part.startswith("may add or destroy "):
                possible.update(RESOURCE.findall(part))
            for kind in "adds", "destroys":
                if part.startswith(f"{kind} "):
                    for count, resource in re.findall(r"(\d+) (aws_\w+\.\w+)", part):
                        named[resource, kind] = int(count)
    return named, possible


if __name__ == "__main__":
    main()
