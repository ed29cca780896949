"""A destination: each function makes of an event the request that the host will send."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.data_collection import EdgeeRequest, HttpMethod

from body import body


class DataCollection(exports.DataCollection):
    def page(self, e, settings):
        return send("page", e.data.value.title, e, settings)

    def track(self, e, settings):
        return send("track", e.data.value.name, e, settings)

    def user(self, e, settings):
        return send("user", e.data.value.user_id, e, settings)


def send(kind, name, event, settings):
    key = dict(settings).get("api_key")
    if not key:
        raise Err("the setting api_key is missing")
    return EdgeeRequest(
        method=HttpMethod.POST,
        url="https://collect.example.com/v1/events",
        headers=[("content-type", "application/json"), ("authorization", f"Bearer {key}")],
        forward_client_headers=False,
        body=json.dumps(body(kind, name, event)),
    )
