#!/usr/bin/env python3
"""What a page costs: in the core, and on both emulators beside applications that do less. `make bench` runs it.

    bench.py [--rounds N] [--seconds S] [--platform fastly|cloudflare]
    bench.py --smoke     the core alone, and no longer than to see that it runs

Prints a table and writes target/bench.json. The machine may be busy: what is compared runs in turns, several times, and
the best of each counts; and it is CPU time that is compared, of the emulator's process alone.
"""

import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from emulators import OUT, ROOT, Process, viceroy, workerd

sys.path.insert(0, str(ROOT / "tests/budgets"))
import budgets  # noqa: E402
import pages  # noqa: E402
from artifact import Artifact, Case  # noqa: E402

WORST = "20 events for 20 destinations"
BARE, NATIVE, TAG, FULL = "pass-through", "HTMLRewriter", "selvedge, tag only", "selvedge"
TAG_CONFIG, FULL_CONFIG = ROOT / "bench/tag-only.toml", ROOT / "tests/budgets/selvedge.toml"
# What the platform's front line adds to a request.
CLOUDFLARE_ALONE = [
    "cf-connecting-ip: 203.0.113.7",
    'cf-blob: {"continent":"EU","country":"FR","regionCode":"ARA","city":"Lyon","colo":"CDG","asn":64496}',
]
# Viceroy sets no TCP_NODELAY: on a connection that is kept, a response of two writes waits for the client's delayed
# acknowledgement. (It does not say that it closes, which wrk takes for an error of reading.)
FASTLY_ALONE = ["connection: close"]

# Name, path at the origin, whether it is a page.
WORKLOADS = {
    "image 10 kB": ("image-10k", False),
    "page 10 kB": ("page-10k", True),
    "page 100 kB": ("page-100k", True),
    "page 1 MB": ("page-1m", True),
}


@dataclass
class Measured:
    """The best of all rounds."""

    cpu: float = float("inf")  # microseconds of the emulator's CPU per request
    rate: float = 0.0  # requests per second
    first_byte: float = 0.0  # milliseconds until the first byte, median, on a new connection
    deliveries: float = 0.0  # per request
    rounds: list[float] = field(default_factory=list)  # the CPU of each


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=2, help="of load, each time")
    options.add_argument("--platform", choices=["fastly", "cloudflare"])
    options.add_argument("--smoke", action="store_true")
    args = options.parse_args()
    began = time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    write_answers()
    measured = core(milliseconds=1 if args.smoke else 2000)
    if args.smoke:
        return
    result = {"date": time.strftime("%Y-%m-%d"), "core": measured, "platforms": {}}
    with Origin() as origin:
        for platform, start in (("fastly", start_fastly), ("cloudflare", start_cloudflare)):
            if args.platform in (None, platform):
                result["platforms"][platform] = measure(platform, start, origin, args)
    result["targets"] = targets(result)
    print(f"\n{time.monotonic() - began:.0f} s in all")
    (ROOT / "target/bench.json").write_text(json.dumps(result, indent=2) + "\n")


# --- the core ---------------------------------------------------------------------------------------------------------


def core(milliseconds: int) -> dict:
    """Fuel, and microseconds in V8 through the Worker's own binding."""
    cases = budgets.cases()
    artifact = Artifact(budgets.stamped("cloudflare"))
    costs = [{name: artifact.run(case) for name, case in cases.items()} for _ in range(2)][1]
    fresh = Artifact(budgets.stamped("cloudflare"))
    fresh.run(pages.opened(pages.page(50_000_000)))
    times = in_v8(budgets.stamped("cloudflare"), cases, milliseconds)
    print(f"\n{'The core, in the Cloudflare artifact':<38} {'fuel':>25} {'µs in V8':>19} {'bytes':>9}")
    print(f"{'':<38} {'response':>12} {'events':>12} {'response':>9} {'events':>9} {'entered':>9}")
    table = {}
    for name, cost in costs.items():
        response, events, _ = times[name]
        print(f"{name:<38} {cost.response:>12,} {cost.events:>12,} {response:>9.0f} {events:>9.0f} {cost.entered:>9,}")
        table[name] = {"fuel": [cost.response, cost.events], "µs": [response, events], "entered": cost.entered}
    # The worst visit, and how it is in an isolate that has only just begun: V8 compiles what is called, and well only what
    # is called often.
    crowd = budgets.stamped("cloudflare", budgets.HERE / "crowd.toml")
    artifact = Artifact(crowd)
    cost = [artifact.run(budgets.WORST) for _ in range(2)][1]
    response, events, first = in_v8(crowd, {WORST: budgets.WORST}, milliseconds)[WORST]
    print(f"{WORST:<38} {cost.response:>12,} {cost.events:>12,} {response:>9.0f} {events:>9.0f}   first: {first:,.0f}")
    table[WORST] = {"fuel": [cost.response, cost.events], "µs": [response, events], "first µs": first}
    gzip = {platform: budgets.gzipped(budgets.stamped(platform)) for platform in ("fastly", "cloudflare")}
    return {"cases": table, "memory_50_MB": fresh.memory, "gzip": gzip}


def in_v8(wasm: bytes, cases: dict[str, Case], milliseconds: int) -> dict[str, list[float]]:
    """Microseconds until the response and after it, and of both together the first time."""
    artifact, given = OUT / "core.wasm", OUT / "cases.json"
    artifact.write_bytes(wasm)
    given.write_text(json.dumps({name: vars(case) | {"body": case.body.decode("latin1")} for name, case in cases.items()}))
    command = ["node", ROOT / "bench/core.mjs", artifact, given, str(milliseconds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# --- the emulators ----------------------------------------------------------------------------------------------------


def start_fastly(origin: "Origin") -> dict[str, Process]:
    return {
        BARE: viceroy("fastly bare", ROOT / "target/wasm/bare-fastly.wasm", origin.port),
        TAG: viceroy("fastly tag", stamp("fastly", "tag", TAG_CONFIG, origin), origin.port),
        FULL: viceroy("fastly full", stamp("fastly", "full", FULL_CONFIG, origin), origin.port),
    }


def start_cloudflare(origin: "Origin") -> dict[str, Process]:
    worker = OUT / "worker.js"
    subprocess.run(
        [ROOT / "node_modules/.bin/esbuild", ROOT / "cf-worker/src/worker.ts", "--bundle", "--format=esm",
         "--external:*.wasm", "--log-level=warning", f"--outfile={worker}"], check=True,
    )  # fmt: skip
    tag = stamp("cloudflare", "tag", TAG_CONFIG, origin)
    full = stamp("cloudflare", "full", FULL_CONFIG, origin)
    return {
        BARE: workerd("workerd bare", ROOT / "bench/pass-through.js", origin.port),
        NATIVE: workerd("workerd native", ROOT / "bench/html-rewriter.js", origin.port),
        TAG: workerd("workerd tag", worker, origin.port, tag),
        FULL: workerd("workerd full", worker, origin.port, full),
    }


def stamp(platform: str, name: str, config: Path, origin: "Origin") -> Path:
    out = OUT / f"{platform}-{name}.wasm"
    url = f"http://127.0.0.1:{origin.port}"
    subprocess.run(
        [ROOT / "target/debug/selvedge", "build", "--platform", platform, "--out", out, "--config", config,
         "--wasm", ROOT / f"target/wasm/selvedge-{platform}.wasm", "--origin", url, "--catch", url],
        check=True, capture_output=True,
    )  # fmt: skip
    return out


def measure(platform: str, start, origin: "Origin", args) -> dict:
    processes = start(origin)
    extra = CLOUDFLARE_ALONE if platform == "cloudflare" else FASTLY_ALONE
    table = {workload: {name: Measured() for name in processes} for workload in WORKLOADS}
    try:
        idle = {}
        for name, process in processes.items():
            with process:
                check(process, name, extra)
                load(process, "page-100k", pages.DOCUMENT + extra, 1)
                time.sleep(0.2)
                before = process.cpu()
                time.sleep(0.5)
                idle[name] = (process.cpu() - before) / 0.5
        for number in range(args.rounds):
            for workload, (path, is_page) in WORKLOADS.items():
                fields = (pages.DOCUMENT if is_page else pages.IMAGE) + extra
                for name, process in processes.items():
                    measured = table[workload][name]
                    with process:
                        if number == 0:
                            measured.first_byte = first_byte(process, path, fields)
                        posts, cpu, at = origin.posts(), process.cpu(), time.monotonic()
                        requests, rate = load(process, path, fields, args.seconds)
                        time.sleep(0.1)  # what is sent after the last response
                        # What the emulator burns without any request (Viceroy: 6 % of a core) is not the request's.
                        spent = process.cpu() - cpu - idle[name] * (time.monotonic() - at)
                        measured.rounds.append(spent / requests * 1e6)
                        measured.cpu = min(measured.rounds)
                        measured.rate = max(measured.rate, rate)
                        measured.deliveries = (origin.posts() - posts) / requests
    finally:
        for process in processes.values():
            process.stop()
    show(platform, table)
    return {workload: {name: vars(measured) for name, measured in row.items()} for workload, row in table.items()}


def check(process: Process, name: str, extra: list[str]) -> None:
    """That what is measured does what it is measured for."""
    for path, fields in (("page-100k", pages.DOCUMENT), ("image-10k", pages.IMAGE)):
        answer = request(process.port, path, fields + extra)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), (name, head)
        tagged = b"__SELVEDGE_SDK__" in body
        assert tagged == (path.startswith("page") and name != BARE), (name, path, head)


def load(process: Process, path: str, fields: list[str], seconds: int) -> tuple[int, float]:
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "10s"]
    for line in fields:
        command += ["-H", line]
    said = subprocess.run([*command, f"http://127.0.0.1:{process.port}/{path}"], capture_output=True, text=True).stdout
    requests = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", said)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    assert requests and "Non-2xx" not in said, said
    assert not errors or errors[1] == errors[3] == errors[4] == "0" and "connection: close" in fields, said
    return int(requests[1]), float(re.search(r"Requests/sec: *([\d.]+)", said)[1])


def request(port: int, path: str, fields: list[str], whole: bool = True) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        lines = [f"GET /{path} HTTP/1.1", f"host: 127.0.0.1:{port}", *fields, "connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        data = connection.recv(65536)
        while whole and (more := connection.recv(65536)):
            data += more
        return data


def first_byte(process: Process, path: str, fields: list[str]) -> float:
    times = []
    for _ in range(100):
        began = time.perf_counter()
        request(process.port, path, fields, whole=False)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


class Origin:
    """The website and the catcher, outside of what is measured."""

    def __enter__(self):
        command = ["node", ROOT / "bench/origin.mjs", OUT / "answers"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def posts(self) -> int:
        return int(request(self.port, "count", []).rsplit(b"\r\n", 1)[1])


def write_answers() -> None:
    """What the origin answers, whole; and the pages alone, for the core."""
    (OUT / "answers").mkdir(parents=True, exist_ok=True)
    image = b"\x89" * 10_000
    bodies = {"image-10k": (pages.image_head, image)}
    for name, size in (("page-10k", 10_000), ("page-100k", 100_000), ("page-1m", 1_000_000)):
        bodies[name] = (pages.html_head, pages.page(size, "head"))
    for name, (head, body) in bodies.items():
        lines = ["HTTP/1.1 200 OK", *head(len(body)), "", ""]
        (OUT / "answers" / name).write_bytes("\r\n".join(lines).encode() + body)


# --- what it says -----------------------------------------------------------------------------------------------------


def show(platform: str, table: dict) -> None:
    print(f"\n{'Viceroy (Fastly Compute)' if platform == 'fastly' else 'workerd (Cloudflare Workers)':<36}"
          f"{'µs of CPU':>10} {'× bare':>8} {'req/s':>8} {'TTFB ms':>8} {'sent':>6}")  # fmt: skip
    for workload, row in table.items():
        for name, measured in row.items():
            ratio = measured.cpu / row[BARE].cpu
            print(f"  {workload:<12} {name:<20} {measured.cpu:>10.0f} {ratio:>8.2f} {measured.rate:>8.0f}"
                  f" {measured.first_byte:>8.2f} {measured.deliveries:>6.2f}")  # fmt: skip


def targets(result: dict) -> list[dict]:
    """What was promised, and what came of it."""
    told = []

    def tell(what: str, value: float, limit: float, unit: str = "×") -> None:
        told.append({"target": what, "limit": limit, "result": value, "met": value <= limit})

    cpu = {
        platform: {workload: {name: m["cpu"] for name, m in row.items()} for workload, row in table.items()}
        for platform, table in result["platforms"].items()
    }
    for platform, table in cpu.items():
        images = table["image 10 kB"]
        tell(f"{platform}: an image, to pass-through", images[FULL] / images[BARE], 1.05)
        page = table["page 100 kB"]
        if platform == "cloudflare":
            tell("cloudflare: a page of 100 kB with the tag, to HTMLRewriter", page[TAG] / page[NATIVE], 1.0)
            tell("cloudflare: the same with two destinations, to HTMLRewriter", page[FULL] / page[NATIVE], 1.0)
        else:
            tell("fastly: a page of 100 kB with the tag, to pass-through", page[TAG] / page[BARE], 1.2)
            tell("fastly: the same with two destinations, to pass-through", page[FULL] / page[BARE], 1.2)
        more = {name: table["page 1 MB"][name] - table["page 100 kB"][name] for name in (BARE, FULL)}
        tell(f"{platform}: what 900 kB more cost, to pass-through", more[FULL] / more[BARE], 1.05)
    core = result["core"]
    fuel = {name: sum(case["fuel"]) for name, case in core["cases"].items()}
    for place in budgets.PLACES.values():
        name = "page of {}, data layer " + place
        tell(f"core: 1 MB to 100 kB, data layer {place}", fuel[name.format("1 MB")] / fuel[name.format("100 kB")], 1.05)
    tell("core: MB of memory after a page of 50 MB", core["memory_50_MB"] / 2**20, 16)
    for platform, size in core["gzip"].items():
        tell(f"{platform}: MB of artifact, gzip -9", size / 1e6, 1.0)
    print(f"\n{'Targets':<66} {'at most':>8} {'result':>8}")
    for line in told:
        print(f"{'✓' if line['met'] else '✗'} {line['target']:<64} {line['limit']:>8.2f} {line['result']:>8.2f}")
    return told


if __name__ == "__main__":
    main()
