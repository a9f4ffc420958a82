import {
  addressOf,
  erased,
  holdsAddress,
  PERSONAL_FIELDS,
  redacted,
  withoutPersonalData,
} from "../../src/domain/erasure.ts";
import { disagreementOf } from "../../src/domain/exception.ts";
import { goldenRecord, NO_DETAILS, observation, recorded, stripeFacts } from "../support/records.ts";

const ADDRESS = "ada@example.org";

test("the name, the address and the number say who pays", () => {
  expect(PERSONAL_FIELDS).toEqual(["name", "email", "phone"]);
});

test.each([
  ["ada@example.org", ADDRESS],
  [" Ada@EXAMPLE.org\t", ADDRESS],
  ["a@b", "a@b"],
  ["o'brien+moon@example.org", "o'brien+moon@example.org"],
  ["ze\u0301@example.org", "z\u00e9@example.org"],
  [`${"a".repeat(308)}@example.org`, `${"a".repeat(308)}@example.org`],
  [`${"a".repeat(309)}@example.org`, null],
  ["", null],
  ["ada", null],
  ["@example.org", null],
  ["ada@", null],
  ["ada@b@example.org", null],
  ["grace ada@example.org", null],
  ["ada@example.org grace", null],
  ["Ada <ada@example.org>", null],
])("%j is the address %j", (text, address) => {
  expect(addressOf(text)).toBe(address);
});

test.each([
  ["ada@example.org", true],
  [" ADA@example.org\u00a0", true],
  ["Ada Lovelace <ada@example.org>", true],
  ["grace@example.org;ada@example.org", true],
  ["mailto:ada@example.org", true],
  ["asked by ada@example.org.", true],
  ["'ada@example.org', [ada@example.org]", true],
  ["ada@example.org's refund", true],
  ["**ada@example.org**", true],
  ["o'ada@example.org", false],
  ["nada@example.org", false],
  ["x.ada@example.org", false],
  ["ada@example.org.uk", false],
  ["ada", false],
  ["", false],
])("%j holds the address: %j", (text, holds) => {
  expect(holdsAddress(text, ADDRESS)).toBe(holds);
});

test("an address may begin with what else stands around one", () => {
  expect(holdsAddress("asked by _ada@example.org", "_ada@example.org")).toBe(true);
});

test("an address is found in whatever form its accents were typed", () => {
  expect(holdsAddress("ZE\u0301@example.org", "z\u00e9@example.org")).toBe(true);
});

test.each<[string, string[], string]>([
  ["Ada Lovelace paid in cash", ["Ada Lovelace"], "[erased] paid in cash"],
  ["ada lovelace, ADA LOVELACE", ["Ada Lovelace"], "[erased], [erased]"],
  ["Ada Lovelace paid for Ada", ["Ada", "Ada Lovelace"], "[erased] paid for [erased]"],
  ["asked by ada@example.org.", [ADDRESS], "asked by [erased]."],
  ["call +1 (604) 555-0100", ["+1 (604) 555-0100"], "call [erased]"],
  ["a.b and axb", ["a.b"], "[erased] and axb"],
  ["Canada, Adah, Ada2", ["Ada"], "Canada, Adah, Ada2"],
  ["Élodie is not Lodie", ["lodie"], "Élodie is not [erased]"],
  ["Ada", ["  Ada "], "[erased]"],
  ["Zoe\u0301 paid", ["Zo\u00e9"], "[erased] paid"],
  ["Al rounded a cent", ["Al", " a "], "Al rounded a cent"],
  ["a cent, rounded", [], "a cent, rounded"],
  ["Zoe\u0301 paid", ["Ada"], "Zoe\u0301 paid"],
])("of %j, without %j, is left %j", (text, personal, left) => {
  expect(redacted(text, personal)).toBe(left);
});

const ADA = { name: "Ada", email: ADDRESS, phone: "604 555 0100" };
const NOBODY = { name: null, email: null, phone: null };
const WORKSHOP = { workshopId: "w1", workshopName: "Rope", participantCount: 3 };

describe("an erased transaction", () => {
  const transaction = {
    ...recorded({ ...ADA, ...WORKSHOP }),
    stripe: stripeFacts({ details: { ...NO_DETAILS, ...ADA, ...WORKSHOP } }),
  };

  it("says nowhere who paid, and all else as before", () => {
    expect(erased(transaction, [])).toEqual({
      ...transaction,
      ...NOBODY,
      golden: goldenRecord({ ...NOBODY, ...WORKSHOP }),
      stripe: stripeFacts({ details: { ...NO_DETAILS, ...WORKSHOP } }),
    });
  });

  it("may have been told by one source alone, and by no operator", () => {
    expect(erased({ ...transaction, golden: null, stripe: null }, [])).toMatchObject({
      ...NOBODY,
      golden: null,
      stripe: null,
      resolution: null,
    });
  });

  test.each([
    ["Ada paid twice", ["Ada"], "[erased]"],
    ["paid twice", ["Ada"], "paid twice"],
    [null, ["Ada"], null],
  ])("has the correction %j, without %j, as %j", (correction, personal, left) => {
    const { golden } = erased({ ...transaction, golden: goldenRecord({ correction }) }, personal);
    expect(golden?.correction).toBe(left);
  });

  it("is let stand by whom it was, for what is left of the reason", () => {
    const resolution = { ...disagreementOf(transaction), reason: "Ada paid a cent", by: "Grace", at: new Date(0) };
    expect(erased({ ...transaction, resolution }, ["Ada"]).resolution).toEqual({
      ...resolution,
      reason: "[erased] paid a cent",
    });
  });
});

describe("what is said to an erased transaction", () => {
  it("is, of a golden record, all but who paid", () => {
    const correction = "a cent";
    expect(withoutPersonalData(observation({ ...ADA, ...WORKSHOP, correction }), null)).toEqual(
      observation({ ...NOBODY, ...WORKSHOP, correction }),
    );
  });

  test.each([
    ["Ada paid twice", "[erased]", "[erased]"],
    ["Ada paid twice", "another", "Ada paid twice"],
    ["Ada paid twice", null, "Ada paid twice"],
    [null, "[erased]", null],
  ])("is the correction %j, where %j is in force, as %j", (correction, inForce, heard) => {
    expect(withoutPersonalData(observation({ correction }), goldenRecord({ correction: inForce }))).toEqual(
      observation({ ...NOBODY, correction: heard }),
    );
  });

  it("is, of Stripe's facts, all but who paid", () => {
    const facts = stripeFacts({ details: { ...NO_DETAILS, ...ADA, ...WORKSHOP } });
    expect(withoutPersonalData({ kind: "facts", stripePaymentId: "pi_1", facts }, goldenRecord())).toEqual({
      kind: "facts",
      stripePaymentId: "pi_1",
      facts: stripeFacts({ details: { ...NO_DETAILS, ...WORKSHOP } }),
    });
  });

  it("is, of anything else, what it is", () => {
    const absence = { kind: "absence", stripePaymentId: "pi_1", asOf: new Date(0) } as const;
    expect(withoutPersonalData(absence, goldenRecord())).toBe(absence);
  });
});
