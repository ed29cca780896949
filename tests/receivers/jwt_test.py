#!/usr/bin/env python3
"""The tokens of the golden requests, verified by libraries that have nothing to do with ours.

It takes each token from a snapshot and the private key from the case's settings, so what is verified is what is sent.
"""

import base64
import hashlib
import json
import re
import unittest
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from google.auth import jwt as google_jwt

GOLDEN = Path(__file__).resolve().parents[2] / "components/tests/golden"
# When every golden case happens: 2026-11-22T10:35:00Z.
NOW = 1_795_343_700
HOUR = 3600


def tokens(kind: str):
    """Each case's settings and the tokens of its requests."""
    for path in sorted(GOLDEN.glob(f"{kind}/*/expected.snap")):
        settings = json.loads((path.parent / "case.json").read_text())["settings"]
        found = re.findall(r"^authorization: Bearer (\S+)$", path.read_text(), re.MULTILINE)
        yield path.parent.name, settings, found


def public(pem: str):
    return load_pem_private_key(pem.encode(), None).public_key()


def claims(token: str, pem: str, **options) -> dict:
    """The claims, once the signature and the times are what they should be."""
    # The test's clock is the golden cases' own, so times are looked at here.
    unchecked = {"verify_exp": False, "verify_iat": False, "verify_aud": "audience" in options}
    said = jwt.decode(token, public(pem), algorithms=["RS256"], options=unchecked, **options)
    assert said["iat"] <= NOW < said["exp"], said
    assert said["exp"] - said["iat"] == HOUR, "Google wants exactly an hour, Snowflake no more"
    assert said["exp"] - NOW >= HOUR * 3 // 4, "time to send it again"
    return said


def refused(token: str, pem: str) -> bool:
    """Whether a token that was changed is refused: the check itself can fail."""
    head, body, signature = token.split(".")
    changed = base64.urlsafe_b64decode(signature + "==")
    changed = base64.urlsafe_b64encode(changed[:-1] + bytes([changed[-1] ^ 1])).decode().rstrip("=")
    try:
        jwt.decode(f"{head}.{body}.{changed}", public(pem), algorithms=["RS256"],
                   options={"verify_exp": False, "verify_aud": False})  # fmt: skip
    except jwt.InvalidSignatureError:
        return True
    return False


def bigquery() -> int:
    count = 0
    for name, settings, found in tokens("bigquery"):
        account = json.loads(settings["service_account_key"])
        for token in found:
            said = claims(token, account["private_key"], audience="https://bigquery.googleapis.com/")
            assert said["iss"] == said["sub"] == account["client_email"], (name, said)
            assert jwt.get_unverified_header(token) == {
                "alg": "RS256", "typ": "JWT", "kid": account["private_key_id"],
            }, name  # fmt: skip
            assert refused(token, account["private_key"]), name
            # Google's own library: header, signature and claims, but not the clock.
            pem = public(account["private_key"]).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            assert google_jwt.decode(token, certs=pem, verify=True, clock_skew_in_seconds=1 << 40) == said
            count += 1
    return count


def snowflake() -> int:
    count = 0
    for name, settings, found in tokens("snowflake"):
        if "private_key" not in settings:
            continue
        der = public(settings["private_key"]).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        fingerprint = base64.b64encode(hashlib.sha256(der).digest()).decode()
        # A locator goes without its region.
        subject = f"{settings['account'].split('.')[0]}.{settings['user']}".upper()
        for token in found:
            said = claims(token, settings["private_key"])
            assert (said["sub"], said["iss"]) == (subject, f"{subject}.SHA256:{fingerprint}"), (name, said)
            assert refused(token, settings["private_key"]), name
            count += 1
    return count


class Tokens(unittest.TestCase):
    def test_bigquery(self):
        self.assertGreater(bigquery(), 0, "no golden case has a token")

    def test_snowflake(self):
        self.assertGreater(snowflake(), 0, "no golden case has a token")


if __name__ == "__main__":
    unittest.main()
