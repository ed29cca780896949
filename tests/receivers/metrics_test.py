"""The queries of docs/metrics.md, asked of what the core writes."""

import json
import re
import tempfile
import unittest
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from chdb.session import Session

from golden import ROOT

PAGE = (ROOT / "docs/metrics.md").read_text()
CLOUDFLARE, FASTLY = PAGE.split("## On Fastly", 1)
DASHBOARD = json.loads((ROOT / "docs/dashboards/cloudflare.json").read_text())
WRITTEN = ROOT / "tests/receivers/counts"
# Analytics Engine's own: developers.cloudflare.com/analytics/analytics-engine/sql-api/#table-structure.
TABLE = (
    "CREATE TABLE selvedge_metrics (dataset String, timestamp DateTime, _sample_interval UInt32, index1 String, "
    + ", ".join(f"blob{n} String, double{n} Float64" for n in range(1, 21))
    + ") ENGINE = Memory"
)
# Reasons for which an event was never meant to arrive.
MEANT = {"without-consent", "event-type", "not-selected", "already-reported", "sampled", "filtered", "not-supported"}


def queries(page: str) -> list[str]:
    return [query for query in re.findall(r"```sql\n(.*?)\n```", page, re.DOTALL) if query.startswith("SELECT")]


def written(name: str) -> list[dict]:
    return [json.loads(line) for line in (WRITTEN / f"{name}.jsonl").read_text().splitlines()]


class Queries(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.db = Session(str(self.scratch / "db"))
        self.addCleanup(self.db.close)
        self.db.query("CREATE DATABASE IF NOT EXISTS default")
        # What was written in two hours of one day has happened just now.
        self.lines, self.points = written("lines"), written("points")
        last = max(datetime.fromisoformat(line["time"]) for line in self.lines)
        self.ago = datetime.now(timezone.utc) - last - timedelta(minutes=1)

    def later(self, line: dict) -> datetime:
        return datetime.fromisoformat(line["time"]) + self.ago

    def insert(self, table: str, rows: list[dict]):
        body = "\n".join(map(json.dumps, rows))
        settings = "date_time_input_format = 'best_effort', input_format_skip_unknown_fields = 1"
        self.db.query(f"INSERT INTO {table} SETTINGS {settings} FORMAT JSONEachRow\n{body}")

    def ask(self, query: str) -> list[dict]:
        query += " SETTINGS output_format_json_quote_64bit_integers = 0"
        return [json.loads(line) for line in self.db.query(query, "JSONEachRow").data().splitlines()]

    def expected(self, share: list[dict], dropped: list[dict], outbox: list[dict]):
        """Compares answers with what was written, added up here."""
        ends, reasons, ways = Counter(), Counter(), Counter()
        for line in self.lines:
            component, outcome, reason, events = (line[name] for name in ("component", "outcome", "reason", "events"))
            if outcome in ("delivered", "dropped") and reason not in MEANT:
                ends[component, outcome] += events
            if outcome == "dropped":
                reasons[component, reason] += events
            ways[component, outcome] += events
            if reason == "try-again":
                ways[component, reason] += events
        found = Counter()
        for row in share:
            found[row["component"], "delivered"] += row["delivered"]
            found[row["component"], "dropped"] += row["failed"]
            self.assertAlmostEqual(row["share"], row["delivered"] / (row["delivered"] + row["failed"]))
        self.assertEqual(+found, ends)
        self.assertGreater(len({row["hour"] for row in share}), 1)
        self.assertEqual({(row["component"], row["reason"]): row["events"] for row in dropped}, dict(reasons))
        self.assertEqual([row["events"] for row in dropped], sorted(reasons.values(), reverse=True))
        for row in outbox:
            of = row["component"]
            self.assertEqual(row["failed_attempts"], ways[of, "try-again"])
            self.assertEqual(row["attempts_again"], ways[of, "retaken"])
            self.assertEqual(row["waiting"], ways[of, "kept"] - ways[of, "retaken"])
        self.assertEqual([row["component"] for row in outbox], sorted({line["component"] for line in self.lines}))
        self.assertGreater(sum(row["attempts_again"] for row in outbox), 0)

    def test_of_lines_in_clickhouse(self):
        [table] = re.findall(r"```sql\n(CREATE TABLE .*?)\n```", FASTLY, re.DOTALL)
        self.db.query(table)
        self.insert("selvedge_counts", [{**line, "time": self.later(line).isoformat()} for line in self.lines])
        self.expected(*map(self.ask, queries(FASTLY)))

    def test_of_points_in_analytics_engine(self):
        self.points_in()
        self.expected(*map(self.ask, queries(CLOUDFLARE)))

    def test_a_sample_stands_for_all(self):
        """Every point of two, each standing for two: sums are as large."""
        self.points_in(sample=2)
        for query in queries(CLOUDFLARE):
            for row in self.ask(query):
                for name in {"delivered", "failed", "events", "failed_attempts", "attempts_again"} & row.keys():
                    self.assertEqual(row[name] % 2, 0)
        [sums] = self.ask("SELECT SUM(_sample_interval * double1) AS events FROM selvedge_metrics")
        self.assertEqual(sums["events"], 2 * sum(point["doubles"][0] for point in self.points))

    def points_in(self, sample: int = 1):
        self.db.query(TABLE)
        rows = []
        for point, line in zip(self.points, self.lines, strict=True):
            row = {"timestamp": self.later(line).strftime("%Y-%m-%d %H:%M:%S"), "_sample_interval": sample}
            for list_, name in (("indexes", "index"), ("blobs", "blob"), ("doubles", "double")):
                row |= {f"{name}{n}": value for n, value in enumerate(point[list_], 1)}
            rows.append(row)
        self.insert("selvedge_metrics", rows)

    def test_the_dashboard_asks_the_same_and_for_the_time_that_is_shown(self):
        self.points_in()
        asked = [target["query"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
        self.assertEqual(len(asked), 3)
        window = f"timestamp >= toDateTime({int(datetime.now().timestamp()) - 86400})"
        self.expected(*(self.ask(query.replace("$timeFilter", window)) for query in asked))

    def test_words_are_the_documentations(self):
        words = set(re.findall(r"^### (.+)$", (ROOT / "docs/diagnostics.md").read_text(), re.MULTILINE))
        reasons = {line["reason"] for line in self.lines} - {""}
        said = set(re.findall(r"'([a-z]+-[a-z-]+)'", PAGE))
        self.assertTrue(reasons and reasons <= words)
        self.assertTrue(MEANT | said <= words, (MEANT | said) - words)


if __name__ == "__main__":
    unittest.main()
