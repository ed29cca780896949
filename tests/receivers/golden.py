"""The requests of golden cases, as Rust makes them."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "components/tests/golden"


@dataclass
class Sent:
    """A request that a destination wants sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def requests(kind: str, cases: Iterable[Path]) -> list[list[Sent]]:
    """The requests of each case."""
    run = subprocess.run(
        ["cargo", "run", "--quiet", "--package", "selvedge-components", "--example", "requests", "--", kind, *cases],
        cwd=ROOT, check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    return [[of(request) for request in json.loads(line)] for line in run.stdout.splitlines()]


def of(request: dict) -> Sent:
    return Sent(request["method"], request["url"], request["headers"], request["body"].encode())


def golden(kind: str) -> dict[str, tuple[dict, list[Sent]]]:
    """Every golden case of a kind, by its name, with its requests."""
    paths = sorted(GOLDEN.glob(f"{kind}/*/case.json"))
    cases = [json.loads(path.read_text()) for path in paths]
    names = [path.parent.name for path in paths]
    return dict(zip(names, zip(cases, requests(kind, paths), strict=True), strict=True))


def made(kind: str, case: dict, scratch: Path) -> list[Sent]:
    """The requests of a case that is made up."""
    path = scratch / "case.json"
    path.write_text(json.dumps(case))
    return requests(kind, [path])[0]
