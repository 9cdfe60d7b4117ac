"""Reads what a fault run left, with librdkafka, read_committed, and recomputes what can be recomputed from the transactions alone.

Shares no code with Weir's engine: Avro by fastavro, control records by the bytes on disk. Written from docs/spec/warn.md.

usage: oracle.py PARAMETERS.json
  PARAMETERS: brokers, prefix, folders (data folders of brokers), published (number of records), out (folder)
  out/findings.json: checks (by name: expected, found, lost, duplicated, wrong, examples), figures
  out/transactions.ndjson: those accepted, in order of event time; out/warnings.ndjson, out/outcomes.ndjson: as found, in order
"""

import json
import struct
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "samples" / "python"))

from weir_messages import Messages, Undecodable  # noqa: E402

PARAMETERS = json.loads(Path(sys.argv[1]).read_text("utf-8"))
PREFIX = PARAMETERS["prefix"]
OUT = Path(PARAMETERS["out"])
SETTLED_SECONDS = 30
EXAMPLES = 200

INPUT = "ingest.transactions.v1"
GROUPS = {"warn-split": INPUT, "warn-score": "warn.flows.v1", "faults-count": INPUT}


class Check:
    """What was expected of one kind of thing, and what was found."""

    def __init__(self):
        self.expected = self.found = self.lost = self.duplicated = self.wrong = 0
        self.examples = []

    def say(self, verdict, what, count=1):
        setattr(self, verdict, getattr(self, verdict) + count)
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{verdict}: {what}")


CHECKS = defaultdict(Check)


def consumer(isolation):
    return Consumer(
        {
            "bootstrap.servers": ",".join(PARAMETERS["brokers"]),
            "group.id": f"{PREFIX}.oracle",
            "isolation.level": isolation,
            "auto.offset.reset": "error",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )


def partitions_of(reader, topic):
    known = reader.list_topics(topic, timeout=30).topics[topic]
    return sorted(known.partitions)


def records(topic, isolation="read_committed"):
    """All records of a topic by partition, and the ends that were reached: the ends of the partitions, or the run is not over."""
    reader = consumer(isolation)
    numbers = partitions_of(reader, topic)
    bounds = {n: reader.get_watermark_offsets(TopicPartition(topic, n), timeout=30) for n in numbers}
    reader.assign([TopicPartition(topic, n, bounds[n][0]) for n in numbers])
    found = {n: [] for n in numbers}
    reached = dict.fromkeys(numbers, 0)
    until = time.monotonic() + SETTLED_SECONDS
    while any(reached[n] < bounds[n][1] for n in numbers):
        if time.monotonic() > until:
            raise SystemExit(f"{topic}: read to {reached}, but it ends at {bounds}: a transaction is still open")
        for record in reader.consume(10_000, 0.2):
            until = time.monotonic() + SETTLED_SECONDS
            if record.error() is None:
                found[record.partition()].append(record)
                reached[record.partition()] = max(reached[record.partition()], record.offset() + 1)
            elif record.error().code() == KafkaError._PARTITION_EOF:
                reached[record.partition()] = record.offset()
            else:
                raise KafkaException(record.error())
    reader.close()
    return found, {n: end for n, (_, end) in bounds.items()}


def headers_of(record):
    return {name: value.decode() for name, value in record.headers() or []}


def key_of(record):
    return (record.key() or b"").decode()


def check_published(found):
    """The publisher's own promise: every number once, in order within a partition."""
    check = CHECKS["published"]
    check.expected = PARAMETERS["published"]
    seen = Counter()
    for partition, own in found.items():
        last = -1
        for record in own:
            index = int(headers_of(record)["index"])
            check.found += 1
            seen[index] += 1
            if index < last:
                check.say("wrong", f"{index} behind {last} in partition {partition}")
            last = index
    for index in range(PARAMETERS["published"]):
        if index not in seen:
            check.say("lost", f"record {index}")
    for index, count in seen.items():
        if count > 1:
            check.say("duplicated", f"record {index}", count - 1)
        if index >= PARAMETERS["published"]:
            check.say("wrong", f"record {index} was never published")


def subject(transaction, side):
    return transaction[f"{side}_id"] or transaction[f"{side}_account"]


def content_of(transaction):
    return tuple(value for name, value in transaction.items() if not name.endswith("_identity"))


def accept(found):
    """Transactions that count, and the records that are to be set aside: (partition, offset) -> reason."""
    messages = Messages("transaction")
    accepted, refused, repeats = [], {}, 0
    for partition, own in found.items():
        known = {}
        for record in own:
            place = partition, record.offset()
            try:
                transaction = messages.decode(record.value() or b"")
            except Undecodable as problem:
                refused[place] = problem.reason
                continue
            valid = transaction["amount"] > 0 and transaction["txn_id"]
            if not (valid and subject(transaction, "payer") and subject(transaction, "payee")):
                refused[place] = "invalid_transaction"
                continue
            name = transaction["source_id"], transaction["txn_id"]
            content = content_of(transaction)
            if name not in known:
                known[name] = content
                accepted.append(transaction)
            elif known[name] == content:
                repeats += 1
            else:
                refused[place] = "conflicting_duplicate"
    return accepted, refused, repeats


def check_dead_letters(found, refused):
    check = CHECKS["dead_letters"]
    check.expected = len(refused)
    letters, _ = records(f"{PREFIX}.{INPUT}.warn.dlq")
    by_place = {(partition, record.offset()): record for partition, own in found.items() for record in own}
    seen = Counter()
    for letter in (letter for own in letters.values() for letter in own):
        check.found += 1
        facts = headers_of(letter)
        place = int(facts["__streams.errors.partition"]), int(facts["__streams.errors.offset"])
        seen[place] += 1
        if seen[place] > 1:
            check.say("duplicated", f"letter of {place}")
        elif place not in refused:
            check.say("wrong", f"letter of {place}: {facts['x-reason']}")
        elif facts["x-reason"] != refused[place]:
            check.say("wrong", f"letter of {place}: {facts['x-reason']}, expected {refused[place]}")
        elif (letter.key(), letter.value()) != (by_place[place].key(), by_place[place].value()):
            check.say("wrong", f"letter of {place}: other bytes than the record")
    for place in refused.keys() - seen.keys():
        check.say("lost", f"letter of {place}: {refused[place]}")
    others, _ = records(f"{PREFIX}.warn.flows.v1.warn.dlq")
    for letter in (letter for own in others.values() for letter in own):
        check.say("wrong", f"a flow block was set aside: {headers_of(letter)}")


def check_flows(accepted):
    """Stage one: each side of each transaction once, in one partition for each subject."""
    check = CHECKS["flows"]
    messages = Messages("flow-block")
    waiting = {}
    for transaction in accepted:
        for side, direction in (("payer", "out"), ("payee", "in")):
            if transaction[f"{side}_kind"] != "institution":
                waiting[transaction["source_id"], transaction["txn_id"], direction] = (
                    subject(transaction, side),
                    transaction["booked_at"],
                    transaction["amount"],
                )
    check.expected = len(waiting)
    blocks, _ = records(f"{PREFIX}.warn.flows.v1")
    done, homes, told = set(), {}, set()
    for partition, own in blocks.items():
        for record in own:
            facts = headers_of(record)
            if facts["ce_type"] != "weir.warn.flow-block.v1":
                continue
            if (partition, facts["ce_id"]) in told:
                check.say("duplicated", f"block {facts['ce_id']} in partition {partition}")
            told.add((partition, facts["ce_id"]))
            for flow in messages.decode(record.value())["flows"]:
                check.found += 1
                name = flow["source_id"], flow["txn_id"], flow["direction"]
                said = flow["subject_id"], flow["event_time"], flow["amount"]
                if name in done:
                    check.say("duplicated", f"flow {name}")
                elif name not in waiting:
                    check.say("wrong", f"flow {name} of no transaction")
                elif waiting.pop(name) != said:
                    check.say("wrong", f"flow {name}: {said}")
                done.add(name)
                if homes.setdefault(flow["subject_id"], partition) != partition:
                    check.say("wrong", f"subject {flow['subject_id']} in two partitions")
    for name in waiting:
        check.say("lost", f"flow {name}")


def check_counts(found):
    """Every running value of the counting task: the number of each record among those of its key, in order."""
    check = CHECKS["counts"]
    outputs, _ = records(f"{PREFIX}.faults.counts.v1")
    for partition, own in found.items():
        numbers = Counter()
        expected = []
        for record in own:
            numbers[key_of(record)] += 1
            expected.append((key_of(record), record.offset(), numbers[key_of(record)]))
        actual = [(key_of(one), *map(int, one.value().split())) for one in outputs[partition]]
        check.expected += len(expected)
        check.found += len(actual)
        if actual == expected:
            continue
        times = Counter(offset for _, offset, _ in actual)
        right = {offset: (key, offset, number) for key, offset, number in expected}
        for one in actual:
            if right.get(one[1]) != one:
                check.say("wrong", f"partition {partition}: {one}, expected {right.get(one[1])}")
        for offset, count in times.items():
            if count > 1:
                check.say("duplicated", f"partition {partition}: offset {offset}", count - 1)
        for offset in right.keys() - times.keys():
            check.say("lost", f"partition {partition}: offset {offset}")
        offsets = [offset for _, offset, _ in actual]
        if offsets != sorted(offsets):
            check.say("wrong", f"partition {partition}: out of order")


def check_positions(ends):
    """Each task stands at the end of its input, and never went back."""
    check = CHECKS["positions"]
    for group in GROUPS:
        positions, _ = records(f"{PREFIX}.log.{group}.positions.v1")
        for partition, own in positions.items():
            check.expected += 1
            last = -1
            for record in own:
                if record.key() != b"position" or record.value() is None:
                    continue
                position = json.loads(record.value())["next"]
                if position < last:
                    check.say("wrong", f"{group}/{partition}: {position} behind {last}")
                last = position
            end = ends[GROUPS[group]][partition]
            if last == end:
                check.found += 1
            elif last < end:
                check.say("lost", f"{group}/{partition} stands at {last}, its input ends at {end}")
            else:
                check.say("wrong", f"{group}/{partition} stands at {last}, its input ends at {end}")


def write_messages(topic, kind, name):
    """What the stage said, in the order of partitions, for whoever knows what is right."""
    messages = Messages(kind)
    found, _ = records(f"{PREFIX}.{topic}")
    with (OUT / name).open("w", encoding="utf-8") as file:
        for partition, own in found.items():
            for record in own:
                said = messages.decode(record.value())
                if key_of(record) != said["subject_id"]:
                    CHECKS["keys"].say("wrong", f"{topic}/{partition}/{record.offset()}")
                file.write(json.dumps(plain(said), ensure_ascii=False) + "\n")


def plain(value):
    """For JSON: milliseconds for times; bytes are left out."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if not isinstance(inner, bytes)}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return round(value.timestamp() * 1000) if hasattr(value, "timestamp") else value


def markers(folder):
    """Ends of transactions on a broker's disk: how many were aborted, how many committed. Each has its position in one partition."""
    ended = Counter()
    for path in Path(folder).glob(f"{PREFIX}.log.*/*.log"):
        if ".snapshots." in path.parent.name:
            continue
        data = path.read_bytes()
        at = 0
        while at + 61 <= len(data):
            length = struct.unpack_from(">i", data, at + 8)[0]
            attributes = struct.unpack_from(">h", data, at + 21)[0]
            if length <= 0 or at + 12 + length > len(data):
                break
            if attributes & 0x20:
                # One record: length, attributes, two deltas and the key's length, a byte each; then version and type.
                ended[struct.unpack_from(">h", data, at + 61 + 7)[0]] += 1
            at += 12 + length
    return ended[0], ended[1]


def rebalances():
    """Highest generation of each group of this run, from the broker's own records."""
    newest = Counter()
    found, _ = records("__consumer_offsets", "read_uncommitted")
    for record in (record for own in found.values() for record in own):
        key, value = record.key() or b"", record.value()
        if value is None or len(key) < 4 or struct.unpack_from(">h", key)[0] != 2:
            continue
        group = key[4 : 4 + struct.unpack_from(">h", key, 2)[0]].decode()
        type_length = struct.unpack_from(">h", value, 2)[0]
        if group.startswith(PREFIX):
            newest[group] = max(newest[group], struct.unpack_from(">i", value, 4 + type_length)[0])
    return sum(newest.values())


def main():
    found, input_ends = records(f"{PREFIX}.{INPUT}")
    ends = {INPUT: input_ends, "warn.flows.v1": records(f"{PREFIX}.warn.flows.v1")[1]}
    check_published(found)
    accepted, refused, repeats = accept(found)
    accepted.sort(key=lambda one: (one["booked_at"], one["txn_id"], one["source_id"]))
    with (OUT / "transactions.ndjson").open("w", encoding="utf-8") as file:
        for transaction in accepted:
            file.write(json.dumps(plain(transaction), ensure_ascii=False) + "\n")
    check_dead_letters(found, refused)
    check_counts(found)
    check_flows(accepted)
    check_positions(ends)
    write_messages("public.warnings.v1", "warning", "warnings.ndjson")
    write_messages("warn.outcomes.v1", "outcome", "outcomes.ndjson")
    aborted, committed = markers(PARAMETERS["folders"][0])
    figures = {
        "records": sum(map(len, found.values())),
        "records_by_partition": [len(own) for own in found.values()],
        "transactions": len(accepted),
        "repeats": repeats,
        "aborted_transactions": aborted,
        "committed_transactions": committed,
        "rebalances": rebalances(),
    }
    findings = {"checks": {name: vars(check) for name, check in CHECKS.items()}, "figures": figures}
    (OUT / "findings.json").write_text(json.dumps(findings, ensure_ascii=False), "utf-8")


main()
