#!/usr/bin/env python3
"""What a request may cost: instructions, memory, artifact size and subrequests, as numbers that fail when they regress.

    make test                            all of it, among the rest
    target/python/bin/python tests/budgets/budgets.py            only this, in some ten seconds
    UPDATE=1 target/python/bin/python tests/budgets/budgets.py   writes what was measured into budgets.toml

It runs the very artifact that is deployed, with the configuration beside this file; `scripts/build.sh` builds it.
"""

import gzip
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import kinds
import pages
from artifact import Artifact, Case

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RECORD = HERE / "budgets.toml"

# How much dearer than recorded a thing may be: compilers differ by a few per cent.
SLACK = 1.10
DESTINATIONS = 2  # in selvedge.toml beside this file
MEMORY_LIMIT = 16 * 1024 * 1024
# A component may have 16 MiB, and growing takes as much again for a moment. A sandbox on Fastly goes at 64 MB.
GUESTS_MEMORY_LIMIT = 48 * 1024 * 1024
GZIP_LIMIT = 2_000_000

GUESTS = "-guests"  # the artifacts that third parties' components can be linked into
SLOT = b"<<selvedge:third-parties:slot:>>"

SIZES = {"10 kB": 10_000, "100 kB": 100_000, "1 MB": 1_000_000}
WORST = pages.posted(pages.post(20))  # for the twenty destinations of crowd.toml
PLACES = {"head": "in head", "body": "after head", "none": "none"}


def stamped(platform: str, config: Path = HERE / "selvedge.toml", variant: str = "") -> bytes:
    """The artifact of a platform, with a configuration in it."""
    out = ROOT / f"target/budgets/{config.stem}-{platform}.wasm"
    wasm = ROOT / f"target/wasm/selvedge-{platform}{variant}.wasm"
    if not wasm.exists():
        how = "CONFIG=tests/guests/selvedge.toml " if variant else ""
        sys.exit(f"{wasm} is not there; build it with: {how}scripts/build.sh {platform}")
    subprocess.run(
        [ROOT / "target/debug/selvedge", "build", "--platform", platform, "--wasm", wasm, "--out", out,
         "--config", config],
        check=True, capture_output=True,
    )  # fmt: skip
    return out.read_bytes()


def gzipped(artifact: bytes) -> int:
    return len(gzip.compress(artifact, 9))


def cases() -> dict[str, Case]:
    """The kinds of requests that have a budget."""
    kinds = {"image": pages.loaded(b"\x89" * 10_000)}
    for size, length in SIZES.items():
        for place, words in PLACES.items():
            kinds[f"page of {size}, data layer {words}"] = pages.opened(pages.page(length, place))
    for events in (1, 20):
        kinds[f"post of {events} event{'s' * (events > 1)}"] = pages.posted(pages.post(events))
    return kinds


class Report:
    """Compares what was measured with what is recorded, and says so."""

    def __init__(self) -> None:
        self.update = os.environ.get("UPDATE") == "1"
        self.record = tomllib.loads(RECORD.read_text()) if RECORD.exists() else {}
        self.measured: dict[str, dict[str, int]] = {}
        self.failed = 0

    def recorded(self, table: str, name: str, value: int) -> None:
        """At most a little more than what is recorded."""
        self.measured.setdefault(table, {})[name] = value
        budget = self.record.get(table, {}).get(name)
        if self.update:
            self._line(table, name, value, "recorded", True)
        elif budget is None:
            self._line(table, name, value, "not recorded yet", False)
        else:
            change = f"{(value / budget - 1) * 100:+.1f} % of {budget:,}" if budget else f"recorded: {budget}"
            self._line(table, name, value, change, value <= budget * SLACK)

    def at_most(self, table: str, name: str, value: float, limit: float) -> None:
        self._line(table, name, value, f"at most {limit:,}", value <= limit)

    def equal(self, table: str, name: str, value: int, expected: int) -> None:
        self._line(table, name, value, f"exactly {expected:,}", value == expected)

    def _line(self, table: str, name: str, value: float, said: str, good: bool) -> None:
        self.failed += not good
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
        print(f"{'✓' if good else '✗'} {table + ': ' + name:<58} {text:>12}  {said}")

    def end(self) -> int:
        if self.update and not self.failed:
            RECORD.write_text(written(self.measured))
            print(f"wrote {RECORD.relative_to(ROOT)}")
        elif self.failed:
            print(f"{self.failed} over budget. If that is meant to be: UPDATE=1 target/python/bin/python "
                  f"{Path(__file__).resolve().relative_to(ROOT)}, and say why in the commit.")  # fmt: skip
        return 1 if self.failed else 0


def written(measured: dict[str, dict[str, int]]) -> str:
    text = (
        "# What was measured when this was last recorded, by budgets.py beside this file; 10 % more fails.\n"
        "# Fuel is about one for each WebAssembly instruction: `response` is spent until the visitor has the response,\n"
        "# or the platform streams the rest of it by itself; `events` after that.\n"
    )
    for table, values in measured.items():
        text += f"\n[{table}]\n" + "".join(f'"{name}" = {value:_}\n' for name, value in values.items())
    return text


def main() -> int:
    report = Report()
    artifact = Artifact(stamped("cloudflare"))

    # Once to meet them all, for what an instance does only once, and once to measure.
    costs = [{name: artifact.run(case) for name, case in cases().items()} for _ in range(2)][1]
    report.recorded("fuel", "start", artifact.start_fuel)
    for name, cost in costs.items():
        report.recorded("fuel", f"{name}: response", cost.response)
        report.recorded("fuel", f"{name}: events", cost.events)
    for words in PLACES.values():
        small, large = (costs[f"page of {size}, data layer {words}"] for size in ("100 kB", "1 MB"))
        ratio = (large.response + large.events) / (small.response + small.events)
        report.at_most("growth", f"1 MB to 100 kB, data layer {words}", ratio, 1.05)
        report.equal("growth", f"bytes read, 1 MB and 100 kB, data layer {words}", large.entered, small.entered)
    for name, cost in costs.items():
        report.equal("subrequests", name, cost.deliveries, 0 if name == "image" else DESTINATIONS)

    # The worst visit: twenty destinations, twenty events. An engine that compiles ahead, as Fastly's does, runs some 8,000 of
    # these instructions in a microsecond, so that 50 ms are some 400 million; V8 takes 4 ms for them, once it knows them
    # well (`make bench`), of the 10 ms of Workers' free plan.
    crowd = Artifact(stamped("cloudflare", HERE / "crowd.toml"))
    worst = [crowd.run(WORST) for _ in range(2)][1]
    report.recorded("fuel", "20 events for 20 destinations", worst.response + worst.events)
    report.at_most("fuel", "20 events for 20 destinations", worst.response + worst.events, 75_000_000)
    report.at_most("subrequests", "20 events for 20 destinations", worst.deliveries, 32)

    # What `selvedge check` estimates a configuration's CPU time from; of the crowd it must not say less than it takes.
    every = ROOT / "target/budgets/kinds.toml"
    every.parent.mkdir(parents=True, exist_ok=True)
    every.write_text(kinds.configuration())
    shares = kinds.measured(Artifact(stamped("cloudflare", every)))
    for name, share in shares.items():
        report.recorded("kinds", name, share)
    crowded = [component["kind"] for component in tomllib.loads((HERE / "crowd.toml").read_text())["component"]]
    estimate = sum(shares[f"{name}: first"] + 19 * shares[f"{name}: further"] for name in ["visit", *crowded])
    report.at_most("estimate", "the crowd's fuel to its estimate", (worst.response + worst.events) / estimate, 1.0)

    fresh = Artifact(stamped("cloudflare"))
    for name, html in endless(50_000_000).items():
        fresh.run(pages.opened(html))
        report.at_most("memory", f"after 50 MB of {name}", fresh.memory, MEMORY_LIMIT)
    grown = after_requests(artifact, 1_000)
    report.at_most("memory", "after 10,000 requests", after_requests(artifact, 9_000), min(grown, MEMORY_LIMIT))

    # Third parties' components: one that puts an event into JSON; and some that never come to an end, or take all memory that
    # they can get. The interpreter's own loop is what V8 runs fastest: some 9,000 instructions in a microsecond.
    guest = Artifact(stamped("cloudflare", HERE / "guest.toml", GUESTS))
    one = [guest.run(pages.posted(pages.post(1))) for _ in range(2)][1]
    report.recorded("fuel", "1 event for a third party's component", one.events)
    report.equal("subrequests", "1 event for a third party's component", one.deliveries, 1)
    loops = Artifact(stamped("cloudflare", HERE / "loops.toml", GUESTS))
    spent = [loops.run(pages.posted(pages.post(20))) for _ in range(2)][1]
    report.at_most("fuel", "20 events for components that never end", spent.response + spent.events, 300_000_000)
    report.at_most("memory", "after components that never end", loops.memory, GUESTS_MEMORY_LIMIT)

    for platform in ("fastly", "cloudflare"):
        artifact = stamped(platform)
        size = gzipped(artifact)
        report.recorded("gzip", platform, size)
        report.at_most("gzip", platform, size, GZIP_LIMIT)
        size = gzipped(stamped(platform, HERE / "guest.toml", GUESTS))
        report.recorded("gzip", f"{platform}, with a third party's component", size)
        report.at_most("gzip", f"{platform}, with a third party's component", size, GZIP_LIMIT)
        # Whoever has no components does not pay for what runs them.
        report.equal("gzip", f"slots for components in {platform} without any", artifact.count(SLOT), 0)
    return report.end()


def endless(size: int) -> dict[str, bytes]:
    """Pages that go on for long where they should not."""
    start = b"<!doctype html><html><head><title>x</title>"
    fill = lambda piece: piece * ((size - len(start)) // len(piece))  # noqa: E731
    return {
        "page": pages.page(size),
        "head": start + fill(b'<meta name="a" content="b">'),
        "one tag": start + b'<meta content="' + fill(b"x"),
        "one data layer": start + b'<script type="application/json" id="__SELVEDGE_DATA_LAYER__">' + fill(b'"x",'),
        "open elements": start + b"</head><body>" + fill(b"<div>"),
    }


def after_requests(artifact: Artifact, requests: int) -> int:
    """Linear memory after so many requests of all kinds."""
    image, page, post = (cases()[name] for name in ("image", "page of 10 kB, data layer in head", "post of 1 event"))
    for n in range(requests):
        artifact.run(post if n % 10 == 9 else page if n % 5 == 3 else image)
    return artifact.memory


if __name__ == "__main__":
    sys.exit(main())
