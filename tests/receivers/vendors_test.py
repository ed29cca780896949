#!/usr/bin/env python3
"""The golden requests, against what vendors publish of their interfaces: Google's discovery documents, the client that
Pinterest generates from its OpenAPI file, and Meta's own normalisation of personal data.
"""

import importlib.resources
import json
import unittest
from datetime import datetime

from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.gender import Gender
from facebook_business.adobjects.serverside.user_data import UserData
from golden import golden
from openapi_generated.pinterest_client.configuration import Configuration
from openapi_generated.pinterest_client.exceptions import OpenApiException
from openapi_generated.pinterest_client.model.conversion_events import ConversionEvents
from openapi_generated.pinterest_client.model_utils import validate_and_convert_types


def bodies(kind: str):
    """The bodies of a kind's golden requests, each with the name of its case."""
    for name, (_, sent) in golden(kind).items():
        yield from ((name, json.loads(request.body)) for request in sent)


class Discovery:
    """A discovery document (developers.google.com/discovery/v1/type-format), read strictly: what it does not name is a
    mistake."""

    def __init__(self, api: str):
        documents = importlib.resources.files("googleapiclient") / "discovery_cache/documents"
        self.schemas = json.loads((documents / f"{api}.json").read_text())["schemas"]

    def mistakes(self, schema: dict | str, value, at: str = "$") -> list[str]:
        """What is wrong with a value."""
        if isinstance(schema, str):
            schema = self.schemas[schema]
        if "$ref" in schema:
            return self.mistakes(schema["$ref"], value, at)
        match schema["type"], value:
            case "any", _:
                return []
            case "object", dict():
                known, other = schema.get("properties", {}), schema.get("additionalProperties")
                found = []
                for name, member in value.items():
                    of = known.get(name, other)
                    here = f"{at}.{name}"
                    found += self.mistakes(of, member, here) if of else [f"{here} is not known"]
                return found
            case "array", list():
                return [each for n, item in enumerate(value) for each in self.mistakes(schema["items"], item, f"{at}[{n}]")]
            case "string", str():
                return self.text(schema, value, at)
            case ("boolean", bool()) | ("number", int() | float()):
                return []
            case "integer", int() if not isinstance(value, bool):
                return []
        return [f"{at} is to be of type {schema['type']}, and is {value!r}"]

    @staticmethod
    def text(schema: dict, value: str, at: str) -> list[str]:
        if value not in schema.get("enum", [value]):
            return [f"{at} is to be one of {schema['enum']}, and is {value!r}"]
        try:
            match schema.get("format"):
                case "int64":
                    int(value)
                case "google-datetime" | "date-time":
                    datetime.fromisoformat(value)
        except ValueError:
            return [f"{at} is to be {schema['format']}, and is {value!r}"]
        return []


class Google(unittest.TestCase):
    def all_fit(self, api: str, schema: str, kind: str):
        discovery, count = Discovery(api), 0
        for name, body in bodies(kind):
            self.assertEqual(discovery.mistakes(schema, body), [], name)
            count += 1
        self.assertGreater(count, 0, "no golden case has a request")

    def test_data_manager(self):
        self.all_fit("datamanager.v1", "IngestEventsRequest", "google-ads")

    def test_bigquery(self):
        self.all_fit("bigquery.v2", "TableDataInsertAllRequest", "bigquery")

    def test_mistakes_are_seen(self):
        discovery = Discovery("datamanager.v1")
        for body, mistake in [
            ({"event": []}, "$.event is not known"),
            ({"events": {}}, "type array"),
            ({"events": [{"conversionValue": "1"}]}, "$.events[0].conversionValue is to be of type number"),
            ({"events": [{"eventTimestamp": "yesterday"}]}, "google-datetime"),
            ({"encoding": "ROT13"}, "one of"),
        ]:
            [said] = discovery.mistakes("IngestEventsRequest", body)
            self.assertIn(mistake, said)


def pinterest(body: dict):
    """Raises where Pinterest's client would not send this."""
    validate_and_convert_types(body, (ConversionEvents,), ["body"], True, True, Configuration())


class Pinterest(unittest.TestCase):
    def test_conversions(self):
        count = 0
        for name, body in bodies("pinterest-capi"):
            with self.subTest(name):
                pinterest(body)
            count += 1
        self.assertGreater(count, 0, "no golden case has a request")

    def test_mistakes_are_seen(self):
        [(_, body), *_] = bodies("pinterest-capi")
        for change in [{"event_time": "now"}, {"action_source": 1}, {"user_data": {}}]:
            with self.assertRaises(OpenApiException, msg=str(change)):
                pinterest({"data": [body["data"][0] | change]})


class Meta(unittest.TestCase):
    """What Meta's own library makes of the same visitor."""

    def test_personal_data(self):
        case, [request] = golden("meta-capi")["track_order"]
        user, ids = case["user"], case["ids"]
        said = user["properties"]
        where = said["address"]
        year, month, day = said["birthday"].split("-")
        # Names go without punctuation, which the library leaves to its caller
        # (developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters).
        last_name = said["last_name"].replace("'", "")
        theirs = UserData(
            email=said["email"], phone=said["phone"], first_name=said["first_name"], last_name=last_name,
            gender=Gender.FEMALE, date_of_birth=f"{year}{month}{day}", city=where["city"], state=where["state"],
            zip_code=where["postalCode"], country_code=where["country"], fbc=ids["_fbc"], fbp=ids["_fbp"],
        ).normalize()  # fmt: skip
        [event] = json.loads(request.body)["data"]
        ours = event["user_data"]
        for field, value in theirs.items():
            # The library appends a marker of its own version to what it makes of cookies.
            if field in ("fbc", "fbp"):
                self.assertTrue(str(value).startswith(ours[field]), field)
            else:
                self.assertEqual(ours[field], value, field)
        self.assertGreaterEqual(len(theirs), 12)

    def test_fields_are_known(self):
        known = set(Event.param_types)
        for name, body in bodies("meta-capi"):
            for event in body["data"]:
                self.assertLessEqual(set(event), known, name)


if __name__ == "__main__":
    unittest.main()
