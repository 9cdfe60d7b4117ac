"""What both samples ask on the command line."""

import argparse

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from weir_messages import SCHEMAS, Registry


def arguments(description):
    """A parser with the options that every reader has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--brokers", default="127.0.0.1:9092", help="host:port, comma-separated")
    parser.add_argument("--prefix", default="weir", help="prefix of topic names")
    parser.add_argument("--group", required=True, help="consumer group: where reading goes on next time")
    parser.add_argument("--registry", type=Registry, help="schema registry (Confluent API); without it, schema files")
    parser.add_argument("--schemas", default=SCHEMAS, help="folder with <subject>/v<n>.avsc")
    parser.add_argument("--once", action="store_true", help="stop at the end of the topic instead of waiting for more")
    parser.add_argument(
        "--property",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any setting of librdkafka, e.g. security.protocol=SASL_SSL",
    )
    return parser


def connection(options):
    """Settings of librdkafka that readers and writers share."""
    named = dict(setting.split("=", 1) for setting in options.property)
    return {"bootstrap.servers": options.brokers, **named}


def reading(options):
    """Settings of a reader: committed records only, from the beginning, position kept by whoever is done with a record."""
    return {
        **connection(options),
        "group.id": options.group,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.partition.eof": options.once,
    }


def is_end(consumer, record):
    """Whether nothing lies behind; a transaction that is not decided yet hides what does."""
    partition = TopicPartition(record.topic(), record.partition())
    _, high = consumer.get_watermark_offsets(partition, cached=True)
    return record.offset() >= high


def records(consumer, topic, once):
    """Records of a topic; None when there is nothing just now. Ends, when asked, at the end of every partition.

    Transactions that are open at that moment are waited for: they are decided within seconds.
    """
    ended = set()
    consumer.subscribe([topic])
    while True:
        record = consumer.poll(1.0)
        if record is None:
            yield None
        elif record.error() is None:
            yield record
        elif record.error().code() == KafkaError._PARTITION_EOF:
            if is_end(consumer, record):
                ended.add(record.partition())
            if once and {one.partition for one in consumer.assignment()} <= ended:
                return
        else:
            raise KafkaException(record.error())
