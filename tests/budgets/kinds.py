"""What each kind of destination costs: one artifact with all of them, and posts that select one at a time.

The settings are those of the golden cases, which are made up. What a kind costs is what the visit costs with it beyond
what it costs with nobody selected, so the sum over a configuration's kinds and the visit itself is an estimate of the
whole: a little high, because what destinations share (the redacted event) is counted for each.
"""

import json
from pathlib import Path

import pages

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "components/tests/golden"

EVENTS = 20
SINKS = {"analytics-engine", "cloudflare-queue", "fastly-log"}


def names() -> list[str]:
    """Every kind."""
    return sorted(folder.name for folder in GOLDEN.iterdir())


def configuration() -> str:
    """All kinds as components, in TOML."""
    text = '[[site]]\norigin = "https://origin.example.com"\n\n[consent]\ndefault = "granted"\n'
    for kind in names():
        # What writes to a platform's own sinks posts there instead, on every platform.
        endpoint = 'endpoint = "https://sink.example.com"\n' if kind in SINKS else ""
        text += f'\n[[component]]\nkind = "{kind}"\n{endpoint}[component.settings]\n'
        text += "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings(kind).items())
    return text


def settings(kind: str) -> dict:
    """Those of the kind's first golden case."""
    cases = (json.loads(case.read_text()) for case in sorted((GOLDEN / kind).glob("*/case.json")))
    return next(case["settings"] for case in cases if case.get("settings"))


def measured(artifact) -> dict[str, int]:
    """Fuel of the visit by itself and of each kind's share of it, with one event and for each further one; and the kinds'
    requests for twenty events."""
    base = [posted(artifact, None, events) for events in (1, EVENTS)]
    costs = {"visit: first": fuel(base[0]), "visit: further": (fuel(base[1]) - fuel(base[0])) // (EVENTS - 1)}
    for kind in names():
        both = [posted(artifact, kind, events) for events in (1, EVENTS)]
        assert both[0].deliveries == 1, f"{kind} sends {both[0].deliveries} requests for one event"
        one, many = (fuel(cost) - fuel(without) for cost, without in zip(both, base))
        costs[f"{kind}: first"] = one
        costs[f"{kind}: further"] = (many - one) // (EVENTS - 1)
        costs[f"{kind}: requests"] = both[1].deliveries
    return costs


def fuel(cost) -> int:
    return cost.response + cost.events


def posted(artifact, kind: str | None, events: int):
    """Of a post that selects that kind, the second time: purchases, by somebody who came by an advertisement and is known,
    because that is what conversion APIs are for."""
    payload = (post := json.loads(pages.post(events)))["data_collection"]
    payload["components"] = {"all": False} | ({kind: True} if kind else {})
    payload["context"]["user"] = {"user_id": "u-42", "properties": {"email": "ann@example.com", "phone": "+33123456789"}}
    payload["context"]["page"]["url"] += "?gclid=abc123&li_fat_id=f47ac10b-58cc-4372-a567-0e02b2c3d479"
    for event in payload["events"]:
        event["data"]["name"] = "purchase"
        event["data"]["properties"]["value"] = 25
    return [artifact.run(pages.posted(json.dumps(post).encode())) for _ in range(2)][1]
