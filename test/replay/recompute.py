"""Names the subjects that R01, R02, R03 and R12 name, by plain recomputation over a transaction CSV. Standard library only.

Written from the words of the catalogue (domain 3.0, 3.1) and of the CSV contract; shares nothing with services/warn.
A subject is the id, else the account. A Shanghai day is UTC+8. Amounts are CNY decimals. Institutions are counterparties.

usage: recompute.py TRANSACTIONS.csv > {"R01": [subject, …], …}
"""
import csv
import json
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal

SHANGHAI = timezone(timedelta(hours=8))
MILLION, HALF, TWO = Decimal(1_000_000), Decimal(500_000), Decimal(2_000_000)


def months_back(time, months):
    month = time.month - 1 - months
    year, month = time.year + month // 12, month % 12 + 1
    for day in (time.day, 30, 29, 28):
        try:
            return time.replace(year=year, month=month, day=day)
        except ValueError:
            pass
    raise ValueError(time)


named = {"R01": set(), "R02": set(), "R03": set(), "R12": set()}
days = defaultdict(Decimal)
paid_in = defaultdict(list)
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    assert row["currency"] == "CNY"
    amount = Decimal(row["amount"])
    time = datetime.fromisoformat(row["booked_at"].replace("Z", "+00:00")).astimezone(SHANGHAI)
    payer = row["payer_id"] or row["payer_account"]
    payee = row["payee_id"] or row["payee_account"]
    for subject, kind, way in ((payer, row["payer_kind"], "out"), (payee, row["payee_kind"], "in")):
        if kind == "person" and amount >= MILLION:
            named["R01"].add(subject)
        if row["channel"] == "cash":
            continue
        if kind == "person" and row["country"] in ("", "CN"):
            days["R02", subject, way, time.date()] += amount
        if kind == "enterprise":
            days["R03", subject, way, time.date()] += amount
    if row["payer_kind"] == "person" and row["payee_kind"] != "institution" and payer != payee:
        paid_in[payee].append((time, payer))
for (rule, subject, _, _), total in days.items():
    if total >= (HALF if rule == "R02" else TWO):
        named[rule].add(subject)
for payee, payments in paid_in.items():
    payments.sort()
    payers, first = Counter(), 0
    for time, payer in payments:
        payers[payer] += 1
        while payments[first][0] <= months_back(time, 12):
            payers[payments[first][1]] -= 1
            if not payers[payments[first][1]]:
                del payers[payments[first][1]]
            first += 1
        if len(payers) >= 30:
            named["R12"].add(payee)
print(json.dumps({rule: sorted(subjects) for rule, subjects in named.items()}))
