"""The Cloudflare artifact, called as cf-worker/src/core.ts calls it, in an engine that counts.

The module imports nothing, so any engine runs exactly what is deployed. Wasmtime counts *fuel*: about one for each
WebAssembly instruction, the same on every machine and at any load. (A copy or a fill of memory counts as one, however
long it is.)
"""

import json
from dataclasses import dataclass

import wasmtime

# How much of a page the adapters read at a time: CHUNK in respond.ts and respond.rs.
CHUNK = 16 * 1024
PAGE = 64 * 1024  # of linear memory

SECRETS = {
    "SELVEDGE_KEY": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "WEBHOOK_SECRET": "a secret of the budgets",
}


@dataclass(frozen=True)
class Case:
    """A request, and what it meets."""

    arrival: str  # as `wire::arrival` reads it after its random bytes, which are always the same here
    answer: str | None  # the origin's, as `wire::response` reads it; None: this is a post of events
    body: bytes  # of that answer, or of the post


@dataclass
class Cost:
    """What a request took, in fuel."""

    response: int = 0  # until the visitor has the response, or the platform streams it
    events: int = 0  # after that
    entered: int = 0  # bytes of the page that came into the module
    deliveries: int = 0


class Artifact:
    """One instance, started."""

    def __init__(self, wasm: bytes, memory_limit: int = 64 * 1024 * 1024):
        config = wasmtime.Config()
        config.consume_fuel = True
        # Compiling is most of the time that this takes, and how well does not change what is counted.
        config.cranelift_opt_level = "none"
        engine = wasmtime.Engine(config)
        self._store = wasmtime.Store(engine)
        self._store.set_fuel(1 << 62)
        self._store.set_limits(memory_size=memory_limit)
        instance = wasmtime.Instance(self._store, wasmtime.Module(engine, wasm), [])
        self._exports = instance.exports(self._store)
        self._memory = self._exports["memory"]
        before = self._fuel()
        self._call("configure", 0)  # nothing was pushed
        head, _ = self._text(self._call("start", self._give(json.dumps(SECRETS).encode())))
        self.start_fuel = before - self._fuel()
        problems = json.loads(head)["problems"]
        assert not problems, problems

    @property
    def memory(self) -> int:
        """Bytes of linear memory: it never shrinks, so this is the most there ever was."""
        return self._memory.size(self._store) * PAGE

    def run(self, case: Case) -> Cost:
        """A request from beginning to end, as the adapter makes it go."""
        cost = Cost()
        before = self._fuel()
        said, _ = self._text(self._call("receive", self._give(bytes(range(32)) + case.arrival.encode())))
        kind, handle, *_ = said.split("\n")
        handle = int(handle)
        if case.answer is None:
            assert kind == "collect", said
            said, _ = self._text(self._call("collect", handle, self._give(case.body)))
            assert said.startswith("reply\n202\n"), said
        else:
            assert kind == "forward", said
            said, _ = self._text(self._call("answer", handle, self._give(case.answer.encode())))
            if said.startswith("rewrite\n"):
                self._rewrite(handle, case.body, cost)
        cost.response = before - self._fuel()
        if not said.startswith("pass\n"):  # then the handle is gone
            self._deliver(handle, 0 if case.answer is None else 1, cost)
        cost.events = before - self._fuel() - cost.response
        return cost

    def _rewrite(self, handle: int, page: bytes, cost: Cost) -> None:
        for at in range(0, len(page), CHUNK):
            chunk = page[at : at + CHUNK]
            cost.entered += len(chunk)
            if self._call("write", handle, self._give(chunk)) == 1:
                return
        self._call("finish", handle)

    def _deliver(self, handle: int, spent: int, cost: Cost) -> None:
        now = 1_795_343_700_000.0
        self._call("plan", handle, spent)
        if head := self._call("waiting", handle):
            # Tokens that are signed, and not asked for.
            for index in range(self._text(head)[0].count("\n")):
                said, _ = self._text(self._call("seek_token", handle, index, self._give(bytes(range(32))), now))
                assert said.startswith("done\n"), said
            self._call("resume", handle, self._give(bytes(range(32))), now)
        while head := self._call("delivery", handle, cost.deliveries):
            self._text(head)
            line, _ = self._text(self._call("settle", handle, cost.deliveries, 204, 0, now))
            assert '"delivered"' in line, line
            cost.deliveries += 1
        self._call("forget", handle)

    def _fuel(self) -> int:
        return self._store.get_fuel()

    def _call(self, name: str, *args: int):
        return self._exports[name](self._store, *args)

    def _give(self, data: bytes) -> int:
        self._memory.write(self._store, data, self._call("input", len(data)))
        return len(data)

    def _text(self, head: int) -> tuple[str, bytes]:
        at, length = self._call("output"), self._call("output_len")
        said = bytes(self._memory.read(self._store, at, at + length))
        return said[:head].decode(), said[head:]
