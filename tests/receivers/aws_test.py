"""Amazon's services: what they are sent is signed as botocore signs it, fits botocore's models, and is taken by moto, which
verifies signatures by its own means."""

import base64
import hashlib
import json
import logging
import os
import tempfile
import unittest
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from urllib.error import HTTPError

import boto3
import botocore.auth
import botocore.session
import moto.settings
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.validate import ParamValidator
from moto.core.authorization import ActionAuthenticatorMixin
from moto.server import ThreadedMotoServer

from golden import Sent, golden, made

logging.getLogger("werkzeug").setLevel(logging.ERROR)

KINDS = ("s3", "kinesis", "firehose")
# What the signer adds by itself.
ADDED = {"authorization", "user-agent", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
REGION = "eu-west-3"


def signed(settings: dict, service: str, sent: Sent) -> dict[str, str]:
    """The fields of a request as botocore signs it."""
    credentials = Credentials(settings["access_key_id"], settings["secret_access_key"], settings.get("session_token"))
    own = {name: value for name, value in sent.headers.items() if name not in ADDED}
    request = AWSRequest(method=sent.method, url=sent.url, data=sent.body, headers=own)
    request.context["payload_signing_enabled"] = True
    request.context["client_config"] = Config(s3={"payload_signing_enabled": True})
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    then = datetime.strptime(sent.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=then):
        signer(credentials, service, settings["region"]).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def deliver(sent: Sent) -> tuple[int, bytes]:
    request = urllib.request.Request(sent.url, data=sent.body, headers=sent.headers, method=sent.method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()
    except HTTPError as error:
        return error.code, error.read()


class Signatures(unittest.TestCase):
    def test_they_are_botocores(self):
        for kind in KINDS:
            for name, (case, requests) in golden(kind).items():
                self.assertTrue(requests)
                for sent in requests:
                    with self.subTest(kind=kind, case=name):
                        if checksum := sent.headers.get("x-amz-checksum-sha256"):
                            self.assertEqual(base64.b64decode(checksum), hashlib.sha256(sent.body).digest())
                        expected = signed(case["settings"], kind, sent)
                        self.assertEqual({n: v for n, v in sent.headers.items() if n != "user-agent"}, expected)


class Models(unittest.TestCase):
    """What botocore knows of the operations."""

    def test_bodies_fit(self):
        session = botocore.session.get_session()
        for kind, operation in (("kinesis", "PutRecords"), ("firehose", "PutRecordBatch")):
            model = session.get_service_model(kind)
            shape = model.operation_model(operation).input_shape
            target = f"{model.metadata['targetPrefix']}.{operation}"
            for name, (_, requests) in golden(kind).items():
                for sent in requests:
                    with self.subTest(kind=kind, case=name):
                        self.assertEqual(sent.headers["x-amz-target"], target)
                        self.assertEqual(
                            sent.headers["content-type"], f"application/x-amz-json-{model.metadata['jsonVersion']}"
                        )
                        body = json.loads(sent.body)
                        for record in body["Records"]:
                            record["Data"] = base64.b64decode(record["Data"], validate=True)
                        self.assertEqual(ParamValidator().validate(body, shape).generate_report(), "")
                        known = set(shape.members["Records"].member.members)
                        self.assertLessEqual(set(body), set(shape.members))
                        self.assertTrue(all(set(record) <= known for record in body["Records"]))

    def test_hosts_are_botocores(self):
        session = botocore.session.get_session()
        with tempfile.TemporaryDirectory() as scratch:
            for region in (REGION, "cn-north-1", "eusc-de-east-1", "us-gov-west-1"):
                for kind, settings in SETTINGS.items():
                    with self.subTest(kind=kind, region=region):
                        client = session.create_client(kind, region, aws_access_key_id="a", aws_secret_access_key="b")
                        settings = {**KEYS, **settings, "region": region}
                        [sent] = made(kind, {"about": "", "settings": settings, "events": EVENTS[:1]}, Path(scratch))
                        host = client.meta.endpoint_url.removeprefix("https://")
                        host = f"{settings['bucket']}.{host}" if kind == "s3" else host
                        self.assertEqual(sent.url.split("/")[2], host)


SETTINGS = {
    "s3": {"bucket": "shop-events", "prefix": "Größe = & +mehr/a b"},
    "kinesis": {"stream_name": "shop-events"},
    "firehose": {"delivery_stream_name": "shop-events"},
}
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret", "region": REGION}
EVENTS = [
    {"page": {}},
    {"track": {"name": "Größe gewählt", "properties": {"größe": "L", "line": "a\nb"}}},
    {"user": {"user_id": "u-1"}},
]


class Services(unittest.TestCase):
    """moto, which from here on refuses what is not signed as it should be."""

    @classmethod
    def setUpClass(cls):
        environment = {"AWS_ACCESS_KEY_ID": "root", "AWS_SECRET_ACCESS_KEY": "root", "AWS_DEFAULT_REGION": REGION}
        cls.enterClassContext(mock.patch.dict(os.environ, environment))
        cls.scratch = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        cls.addClassCleanup(server.stop)
        cls.endpoint = "http://{}:{}".format(*server.get_host_and_port())

        iam, s3 = cls.client("iam"), cls.client("s3")
        iam.create_user(UserName="selvedge")
        rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        iam.put_user_policy(UserName="selvedge", PolicyName="all", PolicyDocument=json.dumps(rights))
        key = iam.create_access_key(UserName="selvedge")["AccessKey"]
        cls.keys = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
        for bucket in ("shop-events", "fire"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        cls.client("kinesis").create_stream(StreamName="shop-events", ShardCount=1)
        cls.client("firehose").create_delivery_stream(
            DeliveryStreamName="shop-events",
            S3DestinationConfiguration={"RoleARN": "arn:aws:iam::123456789012:role/fire", "BucketARN": "arn:aws:s3:::fire"},
        )

    @classmethod
    def client(cls, service: str):
        return boto3.client(service, endpoint_url=cls.endpoint)

    def send(self, kind: str, **more) -> list[Sent]:
        settings = {**self.keys, "region": REGION, **SETTINGS[kind], **more}
        case = {"about": "", "settings": settings, "endpoint": self.endpoint, "events": EVENTS}
        return made(kind, case, self.scratch)

    def deliver(self, sent: Sent) -> tuple[int, bytes]:
        """As the visitor's edge does, that is, not as root."""
        ActionAuthenticatorMixin.request_count = 0
        with mock.patch.object(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0):
            return deliver(sent)

    def assert_events(self, texts: list[bytes]):
        types = [json.loads(text)["type"] for text in texts]
        self.assertEqual(types, ["page", "track", "user"])
        self.assertEqual(json.loads(texts[1])["data"]["properties"], EVENTS[1]["track"]["properties"])

    def test_what_is_not_signed_so_is_refused(self):
        for kind in KINDS:
            [sent] = self.send(kind)
            forged = sent.headers["authorization"][:-1] + ("0" if sent.headers["authorization"][-1] != "0" else "1")
            for wrong in (
                Sent(sent.method, sent.url, {**sent.headers, "authorization": forged}, sent.body),
                Sent(sent.method, sent.url, {**sent.headers, "content-type": "text/plain"}, sent.body),
            ):
                with self.subTest(kind=kind):
                    status, answer = self.deliver(wrong)
                    self.assertEqual((status, b"SignatureDoesNotMatch" in answer), (403, True), answer)

    def test_s3_has_an_object_of_lines(self):
        [sent] = self.send("s3")
        self.assertEqual(self.deliver(sent)[0], 200)
        s3 = self.client("s3")
        [listed] = s3.list_objects_v2(Bucket="shop-events")["Contents"]
        pattern = r"^Größe = & \+mehr/a b/date=2026-11-22/hour=10/20261122T103500Z-[0-9a-f]{32}\.ndjson$"
        self.assertRegex(listed["Key"], pattern)
        found = s3.get_object(Bucket="shop-events", Key=listed["Key"])
        self.assertEqual(found["ContentType"], "application/x-ndjson")
        body = found["Body"].read()
        self.assertTrue(body.endswith(b"}\n"))
        self.assert_events(body.splitlines())
        # The same request again is the same object.
        self.assertEqual(self.deliver(sent)[0], 200)
        self.assertEqual(s3.list_objects_v2(Bucket="shop-events")["KeyCount"], 1)

    def test_kinesis_has_records(self):
        kinesis = self.client("kinesis")
        arn = kinesis.describe_stream(StreamName="shop-events")["StreamDescription"]["StreamARN"]
        for stream in ("shop-events", arn):
            shard = kinesis.list_shards(StreamName="shop-events")["Shards"][0]["ShardId"]
            place = kinesis.get_shard_iterator(
                StreamName="shop-events", ShardId=shard, ShardIteratorType="LATEST"
            )["ShardIterator"]
            [sent] = self.send("kinesis", stream_name=stream)
            status, answer = self.deliver(sent)
            self.assertEqual((status, json.loads(answer)["FailedRecordCount"]), (200, 0), answer)
            records = kinesis.get_records(ShardIterator=place)["Records"]
            self.assert_events([record["Data"] for record in records])
            self.assertEqual({record["PartitionKey"] for record in records}, {"be9f76b3-2c50-4d12-b14c-85c343745691"})

    def test_firehose_writes_lines(self):
        [sent] = self.send("firehose")
        status, answer = self.deliver(sent)
        self.assertEqual((status, json.loads(answer)["FailedPutCount"]), (200, 0), answer)
        s3 = self.client("s3")
        keys = [listed["Key"] for listed in s3.list_objects_v2(Bucket="fire")["Contents"]]
        written = b"".join(s3.get_object(Bucket="fire", Key=key)["Body"].read() for key in keys)
        self.assert_events(written.splitlines())


if __name__ == "__main__":
    unittest.main()
