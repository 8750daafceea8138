#!/usr/bin/env python3
"""Measures in events.csv what generate.py planted, in plain Python and without the library.

usage: truths.py            print the table
       truths.py --check    is the table in README.md the same?

Rates come with Wilson intervals (95 %). A customer is all rows whose ids are linked; copies of an event count once.
"""
import collections
import csv
import datetime
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DAY = 86400
END = datetime.datetime(2025, 5, 30, tzinfo=datetime.timezone.utc).timestamp()  # the end of the export


def read():
    seen, rows, copies = set(), [], 0
    with open(os.path.join(HERE, "events.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["event_id"] in seen:
                copies += 1
                continue
            seen.add(row["event_id"])
            row["t"] = datetime.datetime.fromisoformat(row["timestamp"].replace("Z", "+00:00")).timestamp()
            rows.append(row)
    return rows, copies


def link(rows):
    """Paths by customer: two ids that stand in one row are the same customer's."""
    parent = {}

    def root(x):
        parent.setdefault(x, x)
        while parent[x] != x:
            x = parent[x]
        return x

    for row in rows:
        ids = [x for x in (row["customer_id"], row["anonymous_id"]) if x]
        row["id"] = ids[0]
        parent[root(ids[-1])] = root(ids[0])
    paths = collections.defaultdict(list)
    for row in rows:
        paths[root(row["id"])].append(row)
    for path in paths.values():
        path.sort(key=lambda row: row["t"])  # stable: ties keep the order of the file
    return list(paths.values())


def rate(k, n):
    z = 1.959963984540054
    p, d = k / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / d, z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return "%d / %d = %.1f %% [%.1f, %.1f]" % (k, n, 100 * p, 100 * (middle - half), 100 * (middle + half))


def share(paths, test):
    return rate(sum(1 for path in paths if test(path)), len(paths))


def mean(values):
    return "%.2f (n = %d)" % (sum(values) / len(values), len(values))


def names(path):
    return [row["event"] for row in path]


def has(event):
    return lambda path: any(row["event"] == event for row in path)


def payment(rows):
    def attempts(device):
        of = collections.Counter(row["event"] for row in rows if row["device"] == device)
        return of["payment_failed"], of["checkout_payment"] + of["payment_retry"]

    (mf, mn), (df, dn) = attempts("mobile"), attempts("desktop")
    yield "payment attempts that fail, mobile", rate(mf, mn)
    yield "payment attempts that fail, desktop", rate(df, dn)
    yield "mobile to desktop", "%.2f times" % ((mf / mn) / (df / dn))


def failures(paths):
    """Customers who came to the payment step: does an order follow their first payment within a day?"""
    groups = {True: [], False: []}
    for path in paths:
        first = next((row["t"] for row in path if row["event"] == "checkout_payment"), None)
        if first is not None:
            day = [row["event"] for row in path if first <= row["t"] <= first + DAY]
            last = day.index("order") if "order" in day else len(day)
            groups["payment_failed" in day[:last]].append("order" in day)
    for failed, name in ((True, "with"), (False, "without")):
        ordered = rate(sum(groups[failed]), len(groups[failed]))
        yield "order within a day of the first payment, %s a failure" % name, ordered
    for failed, name in ((True, "with"), (False, "without")):
        yield "mean checkout effort (CES 1 to 7), %s a failure" % name, mean(efforts(paths, failed))


def efforts(paths, failed):
    """Scores whose checkout, in the two hours before, had a failure or had none."""
    return [int(row["value"]) for path in paths for row in path if row["event"] == "ces" and failed == any(
        other["event"] == "payment_failed" and row["t"] - 7200 <= other["t"] <= row["t"] for other in path)]


def support(paths):
    scores, slow, resolved = {True: [], False: []}, collections.Counter(), collections.Counter()
    kinds = collections.defaultdict(list)
    for path in paths:
        kind, hours = None, None
        for row in path:
            if row["event"] in ("support_chat", "support_phone"):
                kind = row["event"]
            elif row["event"] == "support_resolved":
                hours = float(row["value"])
                slow[kind] += hours > 24
                resolved[kind] += 1
            elif row["event"] == "csat" and row["topic"].startswith("support"):
                scores[hours > 24].append(int(row["value"]))
                kinds[row["topic"]].append(int(row["value"]))
    yield "mean CSAT after support that took more than 24 h", mean(scores[True])
    yield "mean CSAT after quicker support", mean(scores[False])
    for kind in ("support_phone", "support_chat"):
        yield "%s resolved after more than 24 h" % kind, rate(slow[kind], resolved[kind])
        yield "mean CSAT, topic = %s" % kind, mean(kinds[kind])


def retention(paths):
    """A click or a page in days 7 to 35 after the first event, of customers observed that long."""
    visits = {"product_view", "product_list", "site_search", "ad_click", "search_click", "social_click", "email_click"}

    def back(path):
        return any(row["event"] in visits and 7 * DAY <= row["t"] - path[0]["t"] < 36 * DAY for row in path)

    old = [path for path in paths if path[0]["t"] + 36 * DAY <= END]
    for segment in ("", "loyal", "bargain"):
        of = [path for path in old if segment in ("", path[0]["segment"])]
        tail = ", %s only" % segment if segment else ""
        email = [path for path in of if path[0]["channel"] == "email"]
        other = [path for path in of if path[0]["channel"] != "email"]
        yield "back in days 7 to 35, first touch email" + tail, share(email, back)
        yield "back in days 7 to 35, other first touch" + tail, share(other, back)


def delivery(paths):
    """Deliveries that took 6 days or more are late; is the next thing about the parcel, within 8 days, a return?"""
    groups, scores = {True: [], False: []}, {True: [], False: []}
    for path in paths:
        for i, row in enumerate(path):
            if row["event"] != "order_delivered":
                continue
            late = int(row["value"]) >= 6
            rest = [r for r in path[i + 1:] if r["t"] <= row["t"] + 8 * DAY]
            groups[late].append(any(r["event"] == "return_request" for r in rest))
            scores[late] += [int(r["value"]) for r in rest if r["event"] == "csat" and r["topic"] == "delivery"][:1]
    for late, name in ((True, "late"), (False, "in time")):
        yield "parcels sent back, %s" % name, rate(sum(groups[late]), len(groups[late]))
        yield "mean CSAT, topic = delivery, %s" % name, mean(scores[late])


def personas(paths):
    for segment in ("bargain", "loyal"):
        of = [path for path in paths if path[0]["segment"] == segment]
        orders = [float(row["value"]) for path in of for row in path if row["event"] == "order"]
        buyers = sum(1 for path in of if "order" in names(path))
        yield "%s: customers with an order" % segment, share(of, has("order"))
        yield "%s: cart without a later order" % segment, abandoned(of)
        yield "%s: mean order" % segment, "%.2f EUR (n = %d)" % (sum(orders) / len(orders), len(orders))
        yield "%s: orders a buyer" % segment, "%.2f" % (len(orders) / buyers)
        yield "%s: first touch is an ad" % segment, share(of, lambda path: path[0]["channel"] == "ads")
        yield "%s: first touch on mobile" % segment, share(of, lambda path: path[0]["device"] == "mobile")
        yield "%s: NPS" % segment, nps([int(row["value"]) for path in of for row in path if row["event"] == "nps"])


def abandoned(paths):
    carts = [path for path in paths if "cart_add" in names(path)]
    return share(carts, lambda path: "order" not in names(path)[names(path).index("cart_add"):])


def nps(scores):
    promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
    return "%.1f (n = %d)" % (100 * (promoters - detractors) / len(scores), len(scores))


def others(paths):
    scored = [(int(row["value"]), "referral_sent" in names(path))
              for path in paths for row in path if row["event"] == "nps"]
    for name, low, high in (("promoters", 9, 10), ("passives and detractors", 0, 8)):
        of = [referred for score, referred in scored if low <= score <= high]
        yield "%s who send a referral" % name, rate(sum(of), len(of))
    bargain = [path for path in paths if path[0]["segment"] == "bargain"]
    sale, rest = sale_carts(bargain)
    yield "bargain: visits with a cart that start the checkout, sale week", rate(sum(sale), len(sale))
    yield "bargain: visits with a cart that start the checkout, other weeks", rate(sum(rest), len(rest))
    for name, test in (("DE", lambda c: c == "DE"), ("all other countries", lambda c: c != "DE")):
        yield "customers with an order, %s" % name, share([p for p in paths if test(p[0]["country"])], has("order"))


def sale_carts(paths):
    sale, rest = [], []
    for path in paths:
        for row in path:
            if row["event"] == "cart_add":
                day = row["timestamp"][:10]
                began = any(r["event"] == "checkout_start" and 0 <= r["t"] - row["t"] <= 3600 for r in path)
                (sale if "2025-04-14" <= day <= "2025-04-20" else rest).append(began)
    return sale, rest


def size(rows, copies, paths):
    ids = {kind: len({row[kind] for row in rows if row[kind]}) for kind in ("anonymous_id", "customer_id")}
    ties = sum(1 for path in paths for a, b in zip(path, path[1:]) if a["t"] == b["t"])
    yield "rows; of these copies", "%d; %d" % (len(rows) + copies, copies)
    yield "rows that come after a row with a later time", "%d" % behind(rows)
    yield "events in the same second as the same customer's event before", "%d" % ties
    yield "anonymous ids; customer ids", "%d; %d" % (ids["anonymous_id"], ids["customer_id"])
    yield "customers when linked", "%d" % len(paths)
    steps = ("product_view", "cart_add", "checkout_start", "checkout_payment", "order")
    reached = [depth(path, steps) for path in paths]
    yield "funnel " + ", ".join(steps), ", ".join("%d" % sum(d > k for d in reached) for k in range(len(steps)))
    yield "customers with an order", share(paths, has("order"))


def behind(rows):
    latest, n = 0, 0
    for row in rows:
        n += row["t"] < latest
        latest = max(latest, row["t"])
    return n


def depth(path, steps):
    """How many steps in order of time, equal times allowed, without a window."""
    t = 0
    for k, step in enumerate(steps):
        t = min((row["t"] for row in path if row["event"] == step and row["t"] >= t), default=None)
        if t is None:
            return k
    return len(steps)


def table():
    rows, copies = read()
    paths = link(rows)
    parts = (size(rows, copies, paths), payment(rows), failures(paths), support(paths), delivery(paths),
             retention(paths), personas(paths), others(paths))
    lines = ["| what | measured |", "|---|---|"]
    return lines + ["| %s | %s |" % line for part in parts for line in part]


def main():
    text = "\n".join(table()) + "\n"
    if sys.argv[1:] != ["--check"]:
        sys.stdout.write(text)
        return 0
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        same = text in file.read()
    print("README.md: the table of measured truths is %s" % ("up to date" if same else "NOT what events.csv gives"))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
