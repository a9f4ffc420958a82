import { project } from "../../src/domain/projection.ts";
import { NO_REGISTERS, type Registers } from "../../src/domain/transaction.ts";
import { mapDetails, type PaymentDetails } from "../../src/domain/payment-details.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { DEFAULTS, goldenRecord, NO_DETAILS, PENDING, stripeSnapshot } from "../support/records.ts";

const shown = (registers: Partial<Registers>, defaults: object = {}) =>
  project({ ...NO_REGISTERS, ...registers }, { ...DEFAULTS, ...defaults });

const ADA: PaymentDetails = mapDetails(
  (field) => `Ada's ${field}`,
  () => 0,
);
const GRACE: PaymentDetails = mapDetails(
  (field) => `Grace's ${field}`,
  () => 7,
);

describe("customer and workshop", () => {
  const golden = goldenRecord(ADA);
  const unsaid = goldenRecord(NO_DETAILS);
  test.each<[string, Partial<Registers>, PaymentDetails]>([
    ["are the orchestrator's", { golden }, ADA],
    ["are Stripe's if there is no record", { stripe: stripeSnapshot({ details: GRACE }) }, GRACE],
    ["are the orchestrator's even if Stripe's differ", { golden, stripe: stripeSnapshot({ details: GRACE }) }, ADA],
    ["are Stripe's where the record has none", { golden: unsaid, stripe: stripeSnapshot({ details: GRACE }) }, GRACE],
    ["are null if neither has them", { golden: unsaid, stripe: stripeSnapshot() }, NO_DETAILS],
    ["are null before a Stripe snapshot", { golden: unsaid }, NO_DETAILS],
  ])("%s", (_what, registers, details) => {
    expect(shown(registers)).toMatchObject(details);
  });
});

describe("currency, mode and source", () => {
  const usd = { currency: "usd", amount: 1000 };
  const dollars = stripeSnapshot({ charged: usd, settled: { ...usd, net: 900, fees: [] }, livemode: true });
  const pending = stripeSnapshot({ charged: usd, livemode: true, ...PENDING });
  const golden = goldenRecord();

  test.each<[string, Partial<Registers>, object]>([
    ["are the defaults if the record has none", { golden }, ["cad", false, "orchestrator"]],
    ["are the record's", { golden: goldenRecord({ currency: "eur", livemode: true }) }, ["eur", true, "orchestrator"]],
    [
      "are the record's even if Stripe's differ",
      { golden: goldenRecord({ currency: "eur", livemode: false }), stripe: dollars },
      ["eur", false, "orchestrator"],
    ],
    ["are Stripe's if the record has none", { golden, stripe: dollars }, ["usd", true, "orchestrator"]],
    [
      "are the default currency until Stripe's figures are final",
      { golden, stripe: pending },
      ["cad", true, "orchestrator"],
    ],
    ["are Stripe's if there is no record", { stripe: dollars }, ["usd", true, "stripe"]],
    [
      "are Stripe's if there is no record, even before its figures are final",
      { stripe: pending },
      ["usd", true, "stripe"],
    ],
  ])("%s", (_what, registers, expected) => {
    const { currency, livemode, source } = shown(registers);
    expect([currency, livemode, source]).toEqual(expected);
  });

  it("have the deployment's defaults", () => {
    expect(shown({ golden }, { currency: "eur", livemode: true })).toMatchObject({ currency: "eur", livemode: true });
  });
});

describe("the amounts", () => {
  const unsaid = { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null };
  const nothing = { amount_stripe_fee: 0, amount_platform_fee: 0, amount_franchisee_net: 0 };
  const all = { amount_total: 1000, amount_stripe_fee: 59, amount_platform_fee: 41, amount_franchisee_net: 900 };
  test.each<[string, Partial<Registers>, object]>([
    ["are the record's", { golden: goldenRecord() }, all],
    ["are 0 if the record has only a total", { golden: goldenRecord(unsaid) }, { amount_total: 1000, ...nothing }],
    ["are Stripe's where the record has only a total", { golden: goldenRecord(unsaid), stripe: stripeSnapshot() }, all],
    ["are Stripe's if there is no record", { stripe: stripeSnapshot() }, all],
    [
      "are the charged total if Stripe has not settled",
      { stripe: stripeSnapshot({ charged: { currency: "cad", amount: 1200 }, ...PENDING }) },
      { amount_total: 1200, ...nothing },
    ],
  ])("%s", (_what, registers, amounts) => {
    expect(shown(registers)).toMatchObject(amounts);
  });
});

describe("the status", () => {
  const at = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000));
  type Status = StripeSnapshot["status"];

  test.each<[sent: string | null, sentAt: number | null, stripe: Status | null, asOf: number, shown: string | null]>([
    ["processing", 100, null, 0, "processing"],
    [null, 100, null, 0, null],
    [null, 100, "processing", 50, "processing"],
    ["processing", 100, "requires_action", 100, "requires_action"],
    ["processing", 100, "requires_action", 101, "requires_action"],
    ["processing", 100, "requires_action", 99, "processing"],
    ["processing", null, "requires_action", -100, "requires_action"],
    ["processing", 100, "succeeded", 50, "succeeded"],
    ["succeeded", 100, "processing", 150, "succeeded"],
    ["canceled", 100, "succeeded", 50, "succeeded"],
    ["succeeded", 100, "canceled", 150, "succeeded"],
  ])("is, with %j sent at %j and %j at Stripe at %d, %j", (sent, sentAt, status, asOf, expected) => {
    const stripe = status && stripeSnapshot({ status, ...PENDING }, asOf);
    const golden = goldenRecord({ status: sent });
    expect(shown({ golden, goldenSentAt: at(sentAt), stripe }).status).toBe(expected);
  });
});
