"""Prints Weir's public warnings as NDJSON, as a regulator's system would take them in.

Every warning is printed at least once: the position is kept after a line is out, so a reader that must not count twice
looks at warning_id. What cannot be read goes to standard error with its reason, and never unnoticed: exit code 3.
"""

import base64
import json
import sys
from datetime import datetime

from confluent_kafka import Consumer

from kafka_options import arguments, reading, records
from weir_messages import Messages, Undecodable


def as_json(value):
    """Times in UTC with milliseconds, bytes in base64."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"no JSON for {type(value)}")


def main():
    options = arguments("Print Weir's public warnings as NDJSON.").parse_args()
    messages = Messages("warning", options.registry, options.schemas)
    topic = f"{options.prefix}.public.warnings.v1"
    consumer = Consumer(reading(options))
    unreadable = 0
    try:
        for record in records(consumer, topic, options.once):
            if record is None:
                continue
            try:
                warning = messages.decode(record.value())
                print(json.dumps(warning, default=as_json, ensure_ascii=False), flush=True)
            except Undecodable as problem:
                unreadable += 1
                where = f"{record.topic()}/{record.partition()}/{record.offset()}"
                print(f"{where}: {problem.reason}", file=sys.stderr)
            consumer.commit(record, asynchronous=False)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()
    return 3 if unreadable else 0


if __name__ == "__main__":
    sys.exit(main())
