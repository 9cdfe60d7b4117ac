"""Weir's messages in Python: Avro, in single-object encoding or in Confluent framing (docs/adr/0031-wire-format.md)."""

import json
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from io import BytesIO
from pathlib import Path

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
SINGLE_OBJECT = b"\xc3\x01"
CONFLUENT = b"\x00"


class Undecodable(Exception):
    """The value is no message that can be read; the reason is one word, as in Weir's dead letters."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Registry:
    """A schema registry: the two requests that a reader and a writer need. Waits while it is away."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.schemas = {}
        self.subjects = {}

    def schema_of(self, schema_id):
        """The schema of an id, or None when the registry does not know it. Asked once for each id."""
        if schema_id not in self.schemas:
            answer = self._ask(f"/schemas/ids/{schema_id}")
            self.schemas[schema_id] = answer and parse_schema(json.loads(answer["schema"]))
        return self.schemas[schema_id]

    def newest(self, subject):
        """Id and schema of the newest version of a subject. Asked once for each subject."""
        if subject not in self.subjects:
            answer = self._ask(f"/subjects/{urllib.parse.quote(subject, safe='')}/versions/latest")
            if answer is None:
                raise LookupError(f"nothing is registered under {subject}: run weir topics apply")
            self.subjects[subject] = answer["id"], parse_schema(json.loads(answer["schema"]))
        return self.subjects[subject]

    def _ask(self, path):
        wait = 0.1
        while True:
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                if error.code == 404 and json.load(error).get("error_code") in (40401, 40402, 40403):
                    return None
                if error.code < 500 and error.code not in (408, 429):
                    raise
                problem = error
            except (urllib.error.URLError, OSError) as error:
                problem = error
            # A registry that is away stops the reader; it does not make it skip.
            print(f"schema registry {self.url}: {problem}, trying again", file=sys.stderr)
            time.sleep(wait * random.uniform(0.5, 1))
            wait = min(wait * 2, 5)


class Messages:
    """Messages of one subject, such as `warning`; every released version can be read."""

    def __init__(self, subject, registry=None, schemas=SCHEMAS):
        self.registry = registry
        self.writers, self.newest, self.fingerprint = {}, None, None
        versions = (Path(schemas) / subject).glob("v*.avsc")
        for path in sorted(versions, key=lambda version: int(version.stem[1:])):
            text = json.loads(path.read_text("utf-8"))
            self.newest, self.fingerprint = parse_schema(text), fingerprint_of(text)
            self.writers[self.fingerprint] = self.newest
        if registry is None and not self.writers:
            raise LookupError(f"neither a registry nor schemas of {subject} in {schemas}")

    def decode(self, value):
        """A message as a dict. Times are aware datetimes, amounts whole numbers of minor units."""
        if value is None:
            raise Undecodable("corrupt_body")
        if value[:2] == SINGLE_OBJECT and len(value) >= 10:
            writer, start = self.writers.get(value[2:10]), 10
        elif value[:1] == CONFLUENT and len(value) >= 5:
            writer = self.registry and self.registry.schema_of(int.from_bytes(value[1:5], "big"))
            start = 5
        else:
            raise Undecodable("not_single_object")
        if writer is None:
            raise Undecodable("unknown_schema")
        body = BytesIO(value[start:])
        try:
            message = schemaless_reader(body, writer, self.newest)
        except Exception as error:
            raise Undecodable("corrupt_body") from error
        if body.read(1):
            raise Undecodable("corrupt_body")
        return message

    def encode(self, message, topic):
        """A message in Confluent framing where there is a registry, else in single-object encoding."""
        if self.registry is None:
            header, schema = SINGLE_OBJECT + self.fingerprint, self.newest
        else:
            schema_id, schema = self.registry.newest(f"{topic}-value")
            header = CONFLUENT + schema_id.to_bytes(4, "big")
        body = BytesIO(header)
        body.seek(len(header))
        schemaless_writer(body, schema, message, strict_allow_default=True)
        return body.getvalue()


def fingerprint_of(schema):
    """CRC-64-AVRO of a schema's canonical form, as in a single-object header."""
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
