#!/usr/bin/env python3
"""Generates events.csv, ninety days of SYNTHETIC events of an online shop that does not exist (see README.md).

usage: generate.py [--seed N] [--customers N] [-o FILE]    write the events (default: events.csv beside this program)
       generate.py --check                                 does events.csv hold exactly what this program makes?

Needs Python 3.9 and nothing else. Only random.Random(seed).random() is used, whose sequence Python promises to keep.
"""
import argparse
import calendar
import math
import os
import random
import sys
import time

SEED, CUSTOMERS, DAYS, MAX_BYTES = 19, 2620, 90, 1000000
HEADER = "event_id,timestamp,customer_id,anonymous_id,event,value,currency,channel,device,country,segment,topic"
START = calendar.timegm((2025, 3, 1, 0, 0, 0))
MINUTE, HOUR, DAY = 60, 3600, 86400
END = START + DAYS * DAY
SALE = (START + 44 * DAY, START + 51 * DAY)  # 14 to 20 April: the spring sale

# What makes the two personas differ; "" are customers whom the shop could not put into a segment.
SEGMENTS = {
    "bargain": {"share": 0.55, "mobile": 0.66, "views": 1.6, "cart": 0.36, "checkout": 0.48, "return": 0.028,
                "basket": (900, 4200), "nps": 7.6, "newsletter": 0.04, "login": 0.02,
                "channels": {"ads": 0.44, "search": 0.25, "social": 0.17, "email": 0.07, "direct": 0.07}},
    "loyal": {"share": 0.36, "mobile": 0.38, "views": 1.15, "cart": 0.50, "checkout": 0.80, "return": 0.085,
              "basket": (3500, 12000), "nps": 9.0, "newsletter": 0.10, "login": 0.13,
              "channels": {"ads": 0.10, "search": 0.26, "social": 0.06, "email": 0.24, "direct": 0.34}},
    "": {"share": 0.09, "mobile": 0.52, "views": 1.4, "cart": 0.32, "checkout": 0.55, "return": 0.04,
         "basket": (1500, 8000), "nps": 8.0, "newsletter": 0.05, "login": 0.05,
         "channels": {"ads": 0.25, "search": 0.40, "social": 0.15, "email": 0.08, "direct": 0.12}},
}
COUNTRIES = {"DE": 0.42, "FR": 0.21, "US": 0.14, "AT": 0.09, "NL": 0.08, "PL": 0.06}  # planted: makes no difference
HOURS = {8: 2, 9: 3, 10: 4, 11: 4, 12: 6, 13: 5, 14: 4, 15: 4, 16: 5, 17: 7, 18: 9, 19: 11, 20: 12, 21: 9, 22: 5, 23: 2}

BOUNCE = 0.33  # of the visits end on the page where they begin

# The other planted truths.
FAILURE = {"desktop": 0.10, "mobile": 0.24}     # a payment attempt fails 2.4 times as often on a phone
RETRY = 0.55                                    # and so often is it tried again
EMAIL_RETURNS = 2.4                             # the weekly chance to come back, if the first touch was an e-mail
LATE, RETURNS = 0.20, {True: 0.34, False: 0.07}  # late parcels, and how many parcels are sent back, late or not
SLOW = {"support_chat": 0.12, "support_phone": 0.58}  # contacts that take more than a day to resolve
CSAT_SUPPORT = {True: 2.0, False: 4.5}          # mean score after a slow and a quick resolution
CSAT_DELIVERY = {True: 2.7, False: 4.4}         # mean score after a late parcel and one in time
SALE_CHECKOUT = 1.7                             # in the sale week bargain hunters leave fewer carts behind


class Person:
    def __init__(self, shop, number):
        self.number, self.anonymous, self.customer = number, "", ""
        self.segment = shop.pick({name: s["share"] for name, s in SEGMENTS.items()})
        self.traits = SEGMENTS[self.segment]
        self.country = shop.pick(COUNTRIES)
        self.device = "mobile" if shop.chance(self.traits["mobile"]) else "desktop"
        self.first = shop.pick(self.traits["channels"])
        self.subscribed, self.account, self.surveyed = self.first == "email", False, False
        self.unhappy_from = END
        self.known = False  # logged in, in the visit that is going on


class Shop:
    def __init__(self, seed):
        self.random = random.Random(seed).random
        self.rows, self.browsers = [], 0

    # Chance

    def chance(self, p):
        return self.random() < p

    def between(self, low, high):
        return low + int(self.random() * (high - low + 1))

    def pick(self, weights):
        x = self.random() * sum(weights.values())
        for name, weight in weights.items():
            x -= weight
            if x < 0:
                return name
        return name

    def geometric(self, mean):
        return 1 + int(math.log(1 - self.random()) / math.log(1 - 1 / mean)) if mean > 1 else 1

    def score(self, mean, low, high):
        noise = (self.random() + self.random() + self.random() - 1.5) * (high - low) / 2.2
        return min(high, max(low, int(math.floor(mean + noise + 0.5))))

    # Rows

    def add(self, t, who, event, value="", channel="", device="", anonymous="", customer="", money=False, topic=""):
        if t < END:
            self.rows.append((t, customer, anonymous, event, str(value), "EUR" if money else "", channel, device,
                              who.country, who.segment, topic))

    def online(self, t, who, event, channel, **more):
        """Seen in a browser: always an anonymous id, the customer id only after a login."""
        self.add(t, who, event, channel=channel, device=who.device, anonymous=who.anonymous,
                 customer=who.customer if who.known else "", **more)

    def offline(self, t, who, event, **more):
        """Known from the shop's own systems: no browser, so only the customer id."""
        self.add(t, who, event, customer=who.customer, **more)

    def new_browser(self, who):
        self.browsers += 1
        who.anonymous = "a%d" % (1000 + self.browsers)

    def login(self, who):
        who.customer = who.customer or "c%d" % (1000 + who.number)
        who.known = who.account = True

    # A customer's life

    def life(self, number):
        who = Person(self, number)
        self.new_browser(who)
        start = self.arrival()
        self.visit(start, who, who.first)
        chance = who.traits["return"] * (EMAIL_RETURNS if who.first == "email" else 1)
        for week in range(1, 13):
            t = self.evening(start + week * 7 * DAY + self.between(-3, 3) * DAY)
            happy = 0.45 if t > who.unhappy_from else 1.5 if who.account else 0.85
            if self.chance(chance * happy * 0.97 ** week):
                self.come_back(t, who)

    def arrival(self):
        day = self.between(0, 83)
        if self.chance(0.07):
            day = self.between(44, 50)
        return self.evening(START + day * DAY)

    def evening(self, t):
        return t - t % DAY + self.pick(HOURS) * HOUR + self.between(0, HOUR - 1)

    def come_back(self, t, who):
        device = who.device
        who.known = False
        if self.chance(0.5 if who.account else 0.1):  # another device, hence another anonymous id
            who.device = "desktop" if who.device == "mobile" else "mobile"
            self.new_browser(who)
        channel = "email" if who.subscribed and self.chance(0.5) else self.pick(who.traits["channels"])
        self.visit(t, who, channel)
        who.device = device

    def visit(self, t, who, channel):
        t = self.enter(t, who, channel)
        if t is None:
            return
        if self.chance(BOUNCE):
            self.online(t, who, "product_view", channel)
            return
        if self.chance(0.6 if who.account else who.traits["login"]):
            t += self.between(5, 60)
            self.login(who)
            self.online(t, who, "login", channel)
        t = self.browse(t, who, channel)
        sale = who.segment == "bargain" and SALE[0] <= t < SALE[1]
        if self.chance(who.traits["newsletter"]) and not who.subscribed:
            who.subscribed = True
            self.online(t + 20, who, "newsletter_signup", channel)
        if not self.chance(who.traits["cart"] * (1.2 if who.account else 1)):
            return
        t += self.between(10, 240)
        self.online(t, who, "cart_add", channel)
        if self.chance(0.25):
            t += self.between(0, 90)
            self.online(t, who, "cart_view", channel)
        if self.chance(who.traits["checkout"] * (SALE_CHECKOUT if sale else 1)):
            self.checkout(t, who, channel)

    def enter(self, t, who, channel):
        """What leads into the shop; None when it leads nowhere."""
        if channel == "ads":
            for _ in range(self.geometric(1.12)):
                self.online(t, who, "ad_impression", channel)
                t += self.between(40, 900)
            if not self.chance(0.62):
                return None
            self.online(t, who, "ad_click", channel)
        elif channel == "email":
            self.online(t, who, "email_open", channel)
            if not self.chance(0.75):
                return None
            t += self.between(4, 90)
            self.online(t, who, "email_click", channel)
        elif channel in ("search", "social"):
            self.online(t, who, channel + "_click", channel)
        return t + self.between(0, 6)

    def browse(self, t, who, channel):
        if self.chance(0.20):
            self.online(t, who, "product_list", channel)
            t += self.between(8, 120)
        if self.chance(0.12):
            self.online(t, who, "site_search", channel)
            t += self.between(8, 90)
        for _ in range(self.geometric(who.traits["views"])):
            self.online(t, who, "product_view", channel)
            t += self.between(15, 300)
        if self.chance(0.03):
            self.online(t, who, "wishlist_add", channel)
        return t

    def checkout(self, t, who, channel):
        t += self.between(0, 60)
        self.online(t, who, "checkout_start", channel)
        for step, reached in (("checkout_delivery", 0.90), ("checkout_payment", 0.92)):
            if not self.chance(reached):
                return
            t += self.between(20, 200)
            self.online(t, who, step, channel)
        failures = 0
        while self.chance(FAILURE[who.device]):
            failures += 1
            t += self.between(2, 20)
            why = self.pick({"declined": 0.5, "timeout": 0.3 if who.device == "mobile" else 0.1, "wallet": 0.2})
            self.online(t, who, "payment_failed", channel, topic=why)
            if failures == 3 or not self.chance(RETRY):
                who.unhappy_from = min(who.unhappy_from, t)
                if who.account and self.chance(0.5):
                    self.support(t + self.between(5, 90) * MINUTE, who, "payment")
                return
            t += self.between(15, 240)
            self.online(t, who, "payment_retry", channel)
        if self.chance(0.95):
            self.order(t + self.between(2, 15), who, channel, failures)

    def order(self, t, who, channel, failures):
        cents = self.between(*who.traits["basket"]) // 5 * 5
        self.login(who)  # an order opens an account; from here on both ids are known
        self.online(t, who, "order", channel, value="%.2f" % (cents / 100), money=True)
        if self.chance(0.28):
            self.online(t + self.between(20, 120), who, "ces", channel, topic="checkout",
                        value=self.score(3.2 if failures else 5.9, 1, 7))
        if failures and self.chance(0.30):
            self.support(t + self.between(1, 20) * HOUR, who, "payment")
        self.deliver(t, who, cents)

    def deliver(self, t, who, cents):
        late = self.chance(LATE)
        days = self.between(6, 11) if late else self.between(2, 4)
        if late:
            self.offline(t + 4 * DAY + self.between(0, 5 * HOUR), who, "delivery_delayed")
        arrived = self.evening(t + days * DAY)
        self.offline(arrived, who, "order_delivered", value=days)
        if late:
            who.unhappy_from = min(who.unhappy_from, arrived)
        if self.chance(0.30):
            asked = arrived + self.between(2, 40) * HOUR
            self.survey(asked, who, "csat", self.score(CSAT_DELIVERY[late], 1, 5), "delivery")
        if self.chance(0.10):
            self.survey(arrived + self.between(2, 9) * DAY, who, "review", self.score(3.0 if late else 4.5, 1, 5), "")
        if self.chance(0.48 if late else 0.09):
            hours = -self.between(1, 30) if late else self.between(1, 50)
            self.support(arrived + hours * HOUR, who, "delivery")
        if self.chance(RETURNS[late]):
            self.send_back(arrived, who, cents, late)
        if not who.surveyed:
            self.recommend(arrived + self.between(5, 14) * DAY, who, late)

    def send_back(self, t, who, cents, late):
        t = self.evening(t + self.between(1, 6) * DAY)
        why = self.pick({"late": 0.7 if late else 0.0, "size": 0.6, "quality": 0.3})
        self.offline(t, who, "return_request", topic=why)
        if self.chance(0.15):
            self.support(t + self.between(2, 60) * HOUR, who, "return")
        back = self.evening(t + self.between(4, 10) * DAY)
        self.offline(back, who, "refund", value="%.2f" % (cents / 100), money=True)

    def support(self, t, who, topic):
        kind = "support_chat" if self.chance(0.55) else "support_phone"
        slow = self.chance(SLOW[kind])
        tenths = self.between(*((260, 960) if slow else (2, 30) if kind == "support_chat" else (5, 90)))
        self.offline(t, who, kind, topic=topic)
        if self.chance(0.06):
            return  # never resolved
        t += tenths * HOUR // 10
        self.offline(t, who, "support_resolved", value="%.1f" % (tenths / 10), topic=topic)
        if slow:
            who.unhappy_from = min(who.unhappy_from, t)
        if self.chance(0.80):
            self.survey(t + self.between(10, 300) * MINUTE, who, "csat", self.score(CSAT_SUPPORT[slow], 1, 5), kind)

    def recommend(self, t, who, late):
        chance = 0.05
        if self.chance(0.45):
            who.surveyed = True
            unhappy = late or who.unhappy_from < t
            score = self.score(who.traits["nps"] - (3.2 if unhappy else 0), 0, 10)
            self.survey(t, who, "nps", score, "")
            chance = 0.36 if score >= 9 else 0.08 if score >= 7 else 0.02
        if self.chance(chance):
            self.offline(self.evening(t + self.between(1, 5) * DAY), who, "referral_sent", channel="email")

    def survey(self, t, who, event, score, topic):
        """Answered from an e-mail: no browser of the shop has seen it."""
        self.offline(t, who, event, value=score, channel="email", topic=topic)

    # The file

    def lines(self):
        """Numbered in order of time; then some rows arrive late and a few arrive twice."""
        self.rows.sort(key=lambda row: row[0])  # stable: what is made first comes first in a tie
        arrivals = []
        for i, row in enumerate(self.rows):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row[0]))
            line = ",".join(("e%d" % (10001 + i), stamp) + row[1:])
            arrivals.append((i + (self.between(2, 60) if self.chance(0.03) else 0), line))
            if self.chance(0.002):
                arrivals.append((i + self.between(1, 90), line))
        arrivals.sort(key=lambda arrival: arrival[0])
        return [HEADER] + [line for _, line in arrivals]


def generate(seed, customers):
    shop = Shop(seed)
    for number in range(1, customers + 1):
        shop.life(number)
    return ("\n".join(shop.lines()) + "\n").encode("ascii")


def main():
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "events.csv")
    parser = argparse.ArgumentParser(description="Make the synthetic events of the shop example.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("-o", "--output", default=beside)
    parser.add_argument("--check", action="store_true", help="compare the file with what would be written")
    options = parser.parse_args()
    text = generate(options.seed, options.customers)
    if options.check:
        with open(options.output, "rb") as file:
            same = file.read() == text
        print("%s: %s" % (options.output, "as generated" if same else "DIFFERS from what generate.py makes"))
        return 0 if same and len(text) <= MAX_BYTES else 1
    with open(options.output, "wb") as file:
        file.write(text)
    print("%s: %d rows, %d bytes" % (options.output, text.count(b"\n") - 1, len(text)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
