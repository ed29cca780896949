"""ClickHouse itself, as a library: the very bytes of the golden cases go into the documented table."""

import json
import re
import tempfile
import unittest
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

from golden import ROOT, Sent, golden, made

PAGE = ROOT / "docs/destinations/clickhouse.md"
[TABLE] = re.findall(r"```sql\n(CREATE TABLE .*?);\n```", PAGE.read_text(), re.DOTALL)
SETTINGS = {"url": "http://localhost:8123", "table": "events"}
# What is not for the library: it has no queue of inserts.
SERVER = {"async_insert", "wait_for_async_insert"}
# Fields that are taken apart, or not stored.
NO_COLUMNS = {"data", "context", "components"}
# By the schema's type.
COLUMNS = {
    "uuid": r"^UUID$",
    "date-time": r"^(Nullable\()?DateTime64\(3, 'UTC'\)\)?$",
    "string": r"^(LowCardinality\()?String\)?$",
    "integer": r"^(Nullable\()?UInt32\)?$",
    "number": r"^(Nullable\()?Float(32|64)\)?$",
    "boolean": r"^Bool$",
    "object": r"^(JSON|Map\(LowCardinality\(String\), String\))$",
    "array": r"^Array\((LowCardinality\()?String\)+$",
}
# What older servers do unless they are told otherwise.
OLDER = {"date_time_input_format": "basic", "input_format_skip_unknown_fields": "0"}


class Rows(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.db = Session(str(self.scratch / "db"))
        self.addCleanup(self.db.close)
        self.db.query("CREATE DATABASE IF NOT EXISTS default")

    def create(self, name: str = "default.events", end: str = ""):
        self.db.query(TABLE.replace("default.events", name) + end)

    def insert(self, sent: Sent):
        options = dict(parse_qsl(urlsplit(sent.url).query, strict_parsing=True))
        insert, form = options.pop("query").rsplit(" FORMAT ", 1)
        self.assertEqual(form, "JSONEachRow")
        known = self.db.query("SELECT name FROM system.settings").data().replace('"', "").split()
        self.assertLessEqual(set(options), set(known))
        said = ", ".join(f"{name} = '{value}'" for name, value in {**OLDER, **options}.items() if name not in SERVER)
        self.db.query(f"{insert} SETTINGS {said} FORMAT {form}\n{sent.body.decode()}")

    def rows(self, name: str = "default.events") -> list[dict]:
        query = f"SELECT * FROM {name} ORDER BY timestamp SETTINGS output_format_json_quote_64bit_integers = 0"
        return [json.loads(line) for line in self.db.query(query, "JSONEachRow").data().splitlines()]

    def test_what_is_sent_is_what_is_stored(self):
        self.create()
        for name, (case, requests) in golden("clickhouse").items():
            with self.subTest(case=name):
                table = "default.events"
                if "database" in case["settings"]:
                    self.db.query("CREATE DATABASE `web shop`")
                    table = r"`web shop`.`events\`2026`"
                    self.create(table)
                [sent] = requests
                self.db.query(f"TRUNCATE TABLE {table}")
                self.insert(sent)
                stored, lines = self.rows(table), sent.body.decode().splitlines()
                self.assertEqual(len(stored), len(lines))
                for row, line in zip(stored, lines, strict=True):
                    for column, value in json.loads(line).items():
                        self.assertIn(column, row)
                        self.assertEqual(read(column, row[column]), written(column, value), column)

    def test_the_table_has_a_column_for_each_field(self):
        self.create()
        schema = json.loads((ROOT / "docs/event.schema.json").read_text())["$defs"]
        fields = {name: kind for name, kind in schema["event"]["properties"].items() if name not in NO_COLUMNS}
        fields |= {"name": {"type": "string"}, "properties": {"type": "object"}, "purposes": {"type": "array"}}
        fields |= {"value": {"type": "number"}, "currency": {"type": "string"}, "transaction_id": {"type": "string"}}
        fields |= {"ids": {"type": "object"}}
        for section in ("page", "user", "client", "campaign", "traffic", "session"):
            for name, kind in schema[section]["properties"].items():
                fields[name if section in name else f"{section}_{name}"] = kind
        described = self.db.query("DESCRIBE TABLE default.events", "JSONEachRow").data().splitlines()
        columns = {column["name"]: column["type"] for column in map(json.loads, described)}
        self.assertEqual(set(columns), set(fields))
        for name, kind in fields.items():
            kind = schema[kind["$ref"].rsplit("/")[-1]] if "$ref" in kind else kind
            with self.subTest(column=name):
                self.assertRegex(columns[name], COLUMNS[kind.get("format", kind.get("type", "string"))])

    def test_whatever_owners_say_goes_in(self):
        """One row that ClickHouse does not understand would take the whole visit's with it."""
        self.create()
        strange = [
            {"a": {"b": 1}, "a.b": 2},
            {"a.b": 2, "a": {"b": 1}},
            {"a": 1, "a.b": 2},
            {"": 1, " ": 2, ".": 3, "..": 4, "a.": 5, ".a": 6, "`": 7, "'": 8, "\\": 9, "\u0000": 10, "é\n": 11},
            {"": {"": {"": 1}}},
            {"mixed": [1, "a", None, True, 1.5, {"b": 1}, [1, ["a"]], {}]},
            {"objects": [{"a": 1}, {"a": "x"}, {"b": [{"c": None}]}, {}]},
            {"numbers": [0, -1, 2**63, 2**64 - 1, -(2**63), 1e308, -1e-308, 1e20, 0.1]},
            {"null": None, "empty": {}, "list": [], "nested": [[], [[]]]},
            {"texts": ["2026-11-22", "00123", "1e5", "true", "null", "{}", "\u0000", "\ud83d\ude00", "a\tb\\"]},
            {"deep": nested(60)},
            {f"k{n}": n for n in range(1500)},
            {"a": {f"k{n}": {"v": n} for n in range(1500)}},
            {"long": "x" * 100_000, "y" * 5_000: 1},
            {"a": 1},
            {"a": "text"},
            {"a": [1]},
            {"a": {"b": {"c": 1}}},
        ]
        events = [{"track": {"name": f"{nth}", "properties": said}} for nth, said in enumerate(strange)]
        events += [{"user": {"user_id": "u", "properties": said}} for said in strange]
        events += [{"page": {"properties": said}} for said in strange]
        [sent] = made("clickhouse", {"about": "", "settings": SETTINGS, "events": events}, self.scratch)
        self.insert(sent)
        rows = self.rows()
        self.assertEqual(len(rows), len(events))
        self.assertEqual(rows[14]["properties"], {"a": 1})
        self.assertEqual(len(rows[11]["properties"]), 1500)

    def test_a_request_that_is_sent_twice_is_stored_once(self):
        self.create(end=" SETTINGS non_replicated_deduplication_window = 1000")
        events = [{"page": {}}, {"track": {"name": "Clicked"}}]
        [sent] = made("clickhouse", {"about": "", "settings": SETTINGS, "events": events}, self.scratch)
        [other] = made("clickhouse", {"about": "", "settings": SETTINGS, "events": events[:1]}, self.scratch)
        for request, rows in ((sent, 2), (sent, 2), (other, 3)):
            self.insert(request)
            self.assertEqual(len(self.rows()), rows)
        # The event that two requests brought is one when the table is merged.
        self.assertEqual(len(self.rows("default.events FINAL")), 2)

    def test_columns_may_be_left_out_and_json_be_text(self):
        self.db.query(
            "CREATE TABLE default.events (uuid UUID, timestamp DateTime, properties String, ids String) "
            "ENGINE = MergeTree ORDER BY uuid"
        )
        [sent] = golden("clickhouse")["track"][1]
        self.insert(sent)
        [row] = self.rows()
        said = json.loads(sent.body)
        self.assertEqual(json.loads(row["properties"]), said["properties"])
        self.assertEqual(json.loads(row["ids"]), said["ids"])
        self.assertEqual(row["timestamp"][:10], "2026-11-22")


def nested(depth: int) -> object:
    return {"d": nested(depth - 1)} if depth else 1


def time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", ""))


def written(column: str, value: object) -> object:
    """A value as it was sent, in the form in which ClickHouse gives it back: JSON's nulls are absences."""
    if column == "timestamp" or column.endswith("_seen"):
        return time(value)
    if isinstance(value, dict):
        return {name: written("", inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [written("", inner) for inner in value]
    return value


def read(column: str, value: object) -> object:
    return time(value) if column == "timestamp" or column.endswith("_seen") else value


if __name__ == "__main__":
    unittest.main()
