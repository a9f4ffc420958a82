import { project } from "../../src/domain/projection.ts";
import { NO_REGISTERS, type Registers } from "../../src/domain/transaction.ts";
import { mapDetails, type PaymentDetails } from "../../src/domain/payment-details.ts";
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

describe("who paid, and for what", () => {
  const golden = goldenRecord(ADA);
  const unsaid = goldenRecord(NO_DETAILS);
  test.each<[string, Partial<Registers>, PaymentDetails]>([
    ["is what the orchestrator says", { golden }, ADA],
    ["is what Stripe says, where it alone has spoken", { stripe: stripeSnapshot({ details: GRACE }) }, GRACE],
    [
      "is what the orchestrator says, whatever Stripe does",
      { golden, stripe: stripeSnapshot({ details: GRACE }) },
      ADA,
    ],
    ["is what Stripe says of the rest", { golden: unsaid, stripe: stripeSnapshot({ details: GRACE }) }, GRACE],
    ["is not known where nobody says it", { golden: unsaid, stripe: stripeSnapshot() }, NO_DETAILS],
    ["is not known before Stripe is asked", { golden: unsaid }, NO_DETAILS],
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
    ["the defaults of a record that does not say", { golden }, ["cad", false, "orchestrator"]],
    [
      "what a record says",
      { golden: goldenRecord({ currency: "eur", livemode: true }) },
      ["eur", true, "orchestrator"],
    ],
    [
      "what a record says, whatever Stripe does",
      { golden: goldenRecord({ currency: "eur", livemode: false }), stripe: dollars },
      ["eur", false, "orchestrator"],
    ],
    ["Stripe's, of a record that does not say", { golden, stripe: dollars }, ["usd", true, "orchestrator"]],
    [
      "the default currency until Stripe's figures are final",
      { golden, stripe: pending },
      ["cad", true, "orchestrator"],
    ],
    ["Stripe's alone", { stripe: dollars }, ["usd", true, "stripe"]],
    ["Stripe's alone, before its figures are final", { stripe: pending }, ["usd", true, "stripe"]],
  ])("%s", (_what, registers, expected) => {
    const { currency, livemode, source } = shown(registers);
    expect([currency, livemode, source]).toEqual(expected);
  });

  it("are the deployment's own defaults", () => {
    expect(shown({ golden }, { currency: "eur", livemode: true })).toMatchObject({ currency: "eur", livemode: true });
  });
});

describe("the amounts", () => {
  const unsaid = { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null };
  const nothing = { amount_stripe_fee: 0, amount_platform_fee: 0, amount_franchisee_net: 0 };
  const all = { amount_total: 1000, amount_stripe_fee: 59, amount_platform_fee: 41, amount_franchisee_net: 900 };
  test.each<[string, Partial<Registers>, object]>([
    ["of a record alone", { golden: goldenRecord() }, all],
    ["of a total alone", { golden: goldenRecord(unsaid) }, { amount_total: 1000, ...nothing }],
    ["of a total alone, with Stripe's parts", { golden: goldenRecord(unsaid), stripe: stripeSnapshot() }, all],
    ["of Stripe alone", { stripe: stripeSnapshot() }, all],
    [
      "of Stripe alone, before it has settled",
      { stripe: stripeSnapshot({ charged: { currency: "cad", amount: 1200 }, ...PENDING }) },
      { amount_total: 1200, ...nothing },
    ],
  ])("%s", (_what, registers, amounts) => {
    expect(shown(registers)).toMatchObject(amounts);
  });
});
