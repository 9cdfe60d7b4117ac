"""Acknowledges the dispatches of one department by topic, as a department's own system would.

Each dispatch gets one answer. Its id is made from the dispatch and the answer, so an answer that is sent twice (after a crash) is
the same answer, and counts once.
"""

import json
import sys
import time
import uuid
from datetime import datetime, timezone

from confluent_kafka import Consumer, Producer

from kafka_options import arguments, connection, reading, records
from weir_messages import Messages, Undecodable

ANSWERS = uuid.UUID("0b9f1d7e-52a4-4d3b-9c6e-0f6f7b1f2a11")


def answer_to(dispatch, options, now):
    """The acknowledgement of a dispatch: accepted, or returned with a reason."""
    answer = "accepted" if options.reason is None else "returned"
    return {
        "acknowledgement_id": str(uuid.uuid5(ANSWERS, f"{dispatch['dispatch_id']} {answer}")),
        "dispatch_id": dispatch["dispatch_id"],
        "department": dispatch["department"],
        "answer": answer,
        "reason": options.reason or "",
        "officer": options.officer,
        "answered_at": now,
    }


def headers_of(acknowledgement, record):
    """CloudEvents 1.0 in binary mode; the trace of the dispatch goes on."""
    carried = dict(record.headers() or [])
    time_text = acknowledgement["answered_at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "ce_id": acknowledgement["acknowledgement_id"],
        "ce_source": f"/department/{acknowledgement['department']}",
        "ce_type": "weir.acknowledgement",
        "ce_specversion": "1.0",
        "ce_time": time_text,
        "content-type": "application/avro",
        **{name: carried[name] for name in ("traceparent",) if name in carried},
    }


def send(producer, topic, record, acknowledgement, value):
    """Returns once every in-sync copy of the topic has the answer."""
    problems = []
    producer.produce(
        topic,
        key=acknowledgement["dispatch_id"],
        value=value,
        headers=headers_of(acknowledgement, record),
        timestamp=int(time.time() * 1000),
        on_delivery=lambda error, _: problems.append(error) if error else None,
    )
    if producer.flush(60) or problems:
        raise RuntimeError(f"the answer to {acknowledgement['dispatch_id']} was not taken: {problems or 'no answer'}")


def main():
    parser = arguments("Acknowledge the dispatches of one department.")
    parser.add_argument("--department", required=True, help="whose dispatches, e.g. D01")
    parser.add_argument("--officer", default="", help="who answers; empty: the department's system")
    parser.add_argument("--return", dest="reason", help="return the dispatches for this reason instead of accepting them")
    options = parser.parse_args()
    dispatches = Messages("dispatch", options.registry, options.schemas)
    acknowledgements = Messages("acknowledgement", options.registry, options.schemas)
    topic = f"{options.prefix}.inbound.acknowledgements.v1"
    consumer = Consumer(reading(options))
    producer = Producer({**connection(options), "acks": "all", "enable.idempotence": True})
    unreadable = 0
    try:
        for record in records(consumer, f"{options.prefix}.public.dispatches.v1", options.once):
            if record is None:
                continue
            try:
                dispatch = dispatches.decode(record.value())
            except Undecodable as problem:
                unreadable += 1
                where = f"{record.topic()}/{record.partition()}/{record.offset()}"
                print(f"{where}: {problem.reason}", file=sys.stderr)
                dispatch = {"department": None}
            if dispatch["department"] == options.department:
                answer = answer_to(dispatch, options, datetime.now(timezone.utc))
                send(producer, topic, record, answer, acknowledgements.encode(answer, topic))
                print(json.dumps({name: answer[name] for name in ("dispatch_id", "answer")}), flush=True)
            # Only now is the dispatch done with.
            consumer.commit(record, asynchronous=False)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()
    return 3 if unreadable else 0


if __name__ == "__main__":
    sys.exit(main())
