import { amountWarnings } from "../../src/domain/golden-record.ts";
import { goldenRecord } from "../support/records.ts";

const legacy = { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null };

describe("the warnings to a sender", () => {
  test.each<[string, object, string[]]>([
    ["are empty if the amounts add up", {}, []],
    [
      "name the cents that are left over",
      { amount_franchisee_net: 899 },
      [
        "The amounts do not add up: amount_total 1000 is 1 more than amount_stripe_fee 59 + amount_platform_fee 41 + amount_franchisee_net 899 (minor units).",
      ],
    ],
    [
      "name the cents that are too many",
      { amount_franchisee_net: 1000 },
      [
        "The amounts do not add up: amount_total 1000 is 100 less than amount_stripe_fee 59 + amount_platform_fee 41 + amount_franchisee_net 1000 (minor units).",
      ],
    ],
    [
      "count the parts that were not sent as 0 if another one was",
      { amount_platform_fee: null, amount_franchisee_net: null },
      [
        "The amounts do not add up: amount_total 1000 is 941 more than amount_stripe_fee 59 + amount_platform_fee 0 + amount_franchisee_net 0 (minor units).",
      ],
    ],
    [
      "state that a split was not sent",
      legacy,
      [
        "No part of amount_total was sent: amount_stripe_fee, amount_platform_fee, amount_franchisee_net count as 0 until Stripe's figures arrive.",
      ],
    ],
    [
      "name a negative platform fee",
      { amount_platform_fee: -59, amount_franchisee_net: 1000 },
      ["amount_platform_fee is negative: the platform pays 59 on this payment (minor units)."],
    ],
  ])("%s", (_what, fields, warnings) => {
    expect(amountWarnings(goldenRecord(fields))).toEqual(warnings);
  });
});
