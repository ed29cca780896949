"""Components in a host that is not ours: wasmtime, by the interface alone.

Our own destinations must make there the requests that they make when they are built in, and components in other languages what
they make here, where they are interpreted. What the interface carries of an event is written down here a second time, from
docs/components.md."""

import json
import subprocess
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

ROOT = Path(__file__).resolve().parent.parent.parent
# Those whose interface has no version are older than what other hosts know of.
FOREIGN = sorted(
    str(file.relative_to(ROOT)) for file in (ROOT / "target/guests").rglob("*.wasm")
    if file.parent.name in ("guests", "languages")
)  # fmt: skip
OURS = ["ga4", "meta-capi", "plausible", "segment", "webhook"]
TEXTS = {
    "page": "name category title url path search referrer",
    "user": "user_id anonymous_id edgee_id",
    "client": "ip locale timezone user_agent user_agent_architecture user_agent_bitness user_agent_version_list "
    "user_agent_full_version_list user_agent_mobile user_agent_model os_name os_version continent country_code country_name "
    "region city",
    "campaign": "name source medium term content creative_format marketing_tactic",
    "session": "session_id previous_session_id",
}


def calls() -> list[dict]:
    """What is given to each component, and what must come out."""
    command = ["cargo", "run", "--quiet", "--package", "selvedge-component", "--example", "calls", "--", *FOREIGN]
    run = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return [json.loads(line, parse_float=Number) for line in run.stdout.splitlines()]


class Number(float):
    """A number that is written as it was read."""

    def __new__(cls, text: str):
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self):
        return self.text


def record(**fields) -> Record:
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def known(kind: str, of: dict) -> dict[str, str]:
    """Texts; those that are unknown are empty."""
    return {name: of.get(name) or "" for name in TEXTS[kind].split()}


def properties(of: dict) -> list[tuple[str, str]]:
    return [(name, text(value)) for name, value in of.items() if value is not None]


def text(value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def micros(time: str) -> int:
    since = datetime.fromisoformat(time) - datetime.fromisoformat("1970-01-01T00:00:00Z")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def page(of: dict) -> Record:
    return record(**known("page", of), keywords=of.get("keywords", []), properties=properties(of.get("properties", {})))


def user(of: dict) -> Record:
    return record(**known("user", of), properties=properties(of.get("properties", {})))


def track(of: dict) -> Record:
    own = dict(of.get("properties", {}))
    products = own.pop("products") if isinstance(own.get("products"), list) else []
    products = [properties(product) for product in products if isinstance(product, dict)]
    return record(name=of["name"], properties=properties(own), products=products)


def client(of: dict) -> Record:
    screen = {f"screen_{side}": of.get(f"screen_{side}", 0) for side in ("width", "height")}
    return record(**known("client", of), **screen, screen_density=float(of.get("screen_density", 0)))


def session(of: dict) -> Record:
    seen = {name: micros(of[name]) // 1_000_000 if name in of else 0 for name in ("first_seen", "last_seen")}
    count, start = of.get("session_count", 0), of.get("session_start", False)
    return record(**known("session", of), session_count=count, session_start=start, **seen)


def event(of: dict) -> Record:
    """An event as the webhook sends it, as the interface has it."""
    context, time = of["context"], micros(of["timestamp"])
    return record(
        uuid=of["uuid"], timestamp=time // 1_000_000, timestamp_millis=time // 1000, timestamp_micros=time,
        event_type=of["type"], consent=of["consent"],
        data=Variant(of["type"], {"page": page, "track": track, "user": user}[of["type"]](of["data"])),
        context=record(
            page=page(context.get("page", {})), user=user(context.get("user", {})), client=client(context.get("client", {})),
            campaign=record(**known("campaign", context.get("campaign", {}))), session=session(context.get("session", {})),
        ),
    )  # fmt: skip


def quick() -> Engine:
    """Compiling is most of what these tests do."""
    config = Config()
    config.cranelift_opt_level = "none"
    return Engine(config)


class Host:
    """A component, in wasmtime."""

    engine = quick()

    def __init__(self, file: str):
        self.component = Component.from_file(self.engine, str(ROOT / file))
        exports = self.component.type.exports(self.engine)
        (self.interface,) = [name for name in exports if name.startswith("edgee:components/")]
        self.imports = set(self.component.type.imports(self.engine))

    def call(self, function: str, *arguments):
        """Calls a function, in an instance of its own."""
        linker = Linker(self.engine)
        linker.add_wasip2()
        store = Store(self.engine)
        store.set_wasi(WasiConfig())
        instance = linker.instantiate(store, self.component)
        interface = instance.get_export_index(store, self.interface)
        return instance.get_func(store, instance.get_export_index(store, function, interface))(store, *arguments)


class Wasmtime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        files = [*(f"target/components/{kind}.wasm" for kind in OURS), *FOREIGN]
        with ThreadPoolExecutor() as pool:
            calls_ = pool.submit(calls)
            cls.hosts = dict(zip(files, pool.map(Host, files), strict=True))
            cls.calls = calls_.result()

    def test_components_do_what_they_do_here(self):
        answers = Counter()
        for call in self.calls:
            host = self.hosts[call["component"]]
            if "cookies" in call:
                given = list(map(tuple, call["cookies"]))
                answer = host.call("map", given, [])
            else:
                given = call["event"]
                answer = host.call(given["type"], event(given), list(map(tuple, call["settings"])))
            if isinstance(answer, Record):
                answer = {**vars(answer), "headers": [list(field) for field in answer.headers]}
            with self.subTest(component=call["component"], given=given):
                self.assertEqual(answer, call["made"])
            answers[call["component"], type(answer).__name__] += 1
        for file, host in self.hosts.items():
            requests, refusals = answers[file, "dict"], answers[file, "str"]
            if file.startswith("target/components/"):
                self.assertGreater(requests, 5, file)
            elif "data-collection" in host.interface:
                self.assertGreaterEqual(requests, 3, file)
            else:
                self.assertGreaterEqual(refusals, 2, file)

    def test_ours_need_nothing_of_their_host(self):
        for kind in OURS:
            self.assertEqual(self.hosts[f"target/components/{kind}.wasm"].imports, set(), kind)

    def test_a_token_is_asked_for_as_the_interface_says(self):
        answer = self.hosts["target/guests/bearer.wasm"].call("authenticate", [("key", "s-1")])
        self.assertEqual(vars(answer)["component-token-setting-name"], "access_token")
        self.assertEqual(answer.body, "grant_type=client_credentials&key=s-1")


if __name__ == "__main__":
    unittest.main()
