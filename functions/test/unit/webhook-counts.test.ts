import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  MODES,
  type Occurrence,
  OCCURRENCES,
  WEBHOOKS_PER_PAYMENT,
  webhooksOf,
} from "../../testing/fake-stripe/payment-lifecycle.ts";

const page = (name: string) => readFileSync(join(__dirname, "../../../docs", name), "utf8");

const PAID = ["charge.succeeded", "payment_intent.succeeded"];
const REFUNDED = ["charge.refunded", "refund.created", "refund.updated"];
const PAYOUT = ["payout.created", "payout.updated", "payout.paid", "payout.reconciliation_completed"];
const DISPUTED = ["charge.dispute.created", "charge.dispute.funds_withdrawn"];
const LOST = [...DISPUTED, "charge.dispute.closed"];
const WON = [...DISPUTED, "charge.dispute.updated", "charge.dispute.funds_reinstated", "charge.dispute.closed"];

test.each<[Occurrence, direct: string[], destination: string[], transfer: string[]]>([
  [
    "payment",
    [...PAID, "application_fee.created", "charge.updated"],
    [...PAID, "transfer.created", "application_fee.created", "charge.updated"],
    [...PAID, "charge.updated", "transfer.created"],
  ],
  [
    "refund",
    ["application_fee.refunded", ...REFUNDED],
    ["transfer.reversed", "application_fee.refunded", ...REFUNDED],
    ["charge.refunded", "refund.created", "transfer.reversed", "refund.updated"],
  ],
  ["lost dispute", LOST, LOST, LOST],
  ["won dispute", WON, WON, WON],
  ["payout", PAYOUT, PAYOUT, PAYOUT],
])("a %s causes these webhooks in each mode", (occurrence, ...expected) => {
  expect(MODES.map((mode) => webhooksOf(occurrence, mode))).toEqual(expected);
});

test("the table in docs/webhooks.md has their numbers", () => {
  const [, table = ""] = page("webhooks.md").split("## Cost\n");
  const rows = [...table.matchAll(/^\| an? (.+?) +\| +(\d+) \| +(\d+) \| +(\d+) \|/gm)];
  expect(rows.map(([, what, ...numbers]) => `${what}: ${numbers.join(", ")}`)).toEqual(
    OCCURRENCES.map(
      (occurrence) => `${occurrence}: ${MODES.map((mode) => webhooksOf(occurrence, mode).length).join(", ")}`,
    ),
  );
});

test("the pages calculate with four webhooks for each payment", () => {
  expect(WEBHOOKS_PER_PAYMENT).toBe(4);
  expect(page("scale.md")).toContain("A payment here is one golden record and the four webhooks");
  expect(page("benchmarks.md")).toContain("A million payments, each with a golden record and 4 webhooks");
});
