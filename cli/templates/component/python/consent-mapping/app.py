"""Reads what a visitor has agreed to from a cookie."""

from wit_world import exports
from wit_world.exports.consent_mapping import Consent

from meaning import meaning


class ConsentMapping(exports.ConsentMapping):
    def map(self, cookies, settings):
        answer = dict(cookies).get(dict(settings).get("cookie_name", "consent"))
        return None if answer is None else Consent[meaning(answer)]
