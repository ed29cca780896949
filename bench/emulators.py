"""The programs that are measured, each as a process of its own: how to start them, and what their CPU time is."""

import atexit
import os
import socket
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "target/bench"
SECRETS = {"SELVEDGE_KEY": "00" * 32, "WEBHOOK_SECRET": "of the benchmarks"}

# A client that leaves makes Viceroy panic, and a backtrace of that costs more than many requests.
QUIET = os.environ | {"RUST_BACKTRACE": "0"}


class Process:
    """A server on a port. It is stopped (as by ^Z) while it is not measured: Viceroy is never quite idle."""

    def __init__(self, name: str, command: list, port: int):
        self.name, self.port = name, port
        with open(OUT / f"{name.replace(' ', '-')}.log", "w") as log:
            self._process = psutil.Popen([str(part) for part in command], stdout=log, stderr=log, env=QUIET)
        atexit.register(self.stop)
        for _ in range(1_000):
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{name} does not start; its log is in {OUT}")

    def cpu(self) -> float:
        """Seconds of CPU so far, user and system, all threads."""
        times = self._process.cpu_times()
        return times.user + times.system

    def __enter__(self):
        self._process.resume()
        return self

    def __exit__(self, *_):
        self._process.suspend()

    def stop(self):
        if self._process.poll() is None:
            self._process.resume()
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def viceroy(name: str, wasm: Path, origin: int) -> Process:
    """Fastly Compute: the repository's own manifest, and the origin as a backend for who needs one."""
    manifest = OUT / "fastly.toml"
    backend = f'\n[local_server.backends.origin]\nurl = "http://127.0.0.1:{origin}"\n'
    manifest.write_text((ROOT / "fastly.toml").read_text() + backend)
    port = free_port()
    return Process(name, ["viceroy", "-C", manifest, "--addr", f"127.0.0.1:{port}", wasm], port)


WORKERD = """using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:%(port)d", http = (cfBlobHeader = "cf-blob"), service = "main")],
);

const main :Workerd.Worker = (
  compatibilityDate = "%(date)s",
  modules = [
%(modules)s
  ],
  bindings = [
%(bindings)s
  ],
);
"""


def workerd(name: str, script: Path, origin: int, wasm: Path | None = None) -> Process:
    """Cloudflare Workers, without wrangler around it."""
    modules = [f'(name = "src/worker.js", esModule = embed "{os.path.relpath(script, OUT)}"),']
    if wasm:
        modules.append(f'(name = "dist/selvedge.wasm", wasm = embed "{os.path.relpath(wasm, OUT)}"),')
    bindings = {"ORIGIN": f"http://127.0.0.1:{origin}", **SECRETS}
    date = next(line.split('"')[1] for line in (ROOT / "wrangler.toml").read_text().splitlines()
                if line.startswith("compatibility_date"))  # fmt: skip
    port = free_port()
    capnp = OUT / f"{name.replace(' ', '-')}.capnp"
    capnp.write_text(WORKERD % {
        "port": port,
        "date": date,
        "modules": "\n".join(f"    {module}" for module in modules),
        "bindings": "\n".join(f'    (name = "{key}", text = "{value}"),' for key, value in bindings.items()),
    })  # fmt: skip
    return Process(name, [program("workerd"), "serve", capnp], port)


def program(name: str) -> Path:
    """The program itself, not npm's wrapper around it, which is another process."""
    found = sorted(ROOT.glob(f"node_modules/@cloudflare/{name}-*/bin/{name}"))
    return found[0] if found else ROOT / f"node_modules/.bin/{name}"
