import {
  inferRedactions,
  redactTransaction,
  applyRedactions,
  redactedId,
  redactObservation,
} from "../../src/domain/erasure.ts";
import { PERSONAL_FIELDS } from "../../src/domain/payment-details.ts";
import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import { goldenRecord, NO_DETAILS, observation, recorded, snapshotSeen, stripeSnapshot } from "../support/records.ts";

const ADDRESS = "ada@example.org";

test("the name, the email address and the phone number are the personal fields", () => {
  expect(PERSONAL_FIELDS).toEqual(["name", "email", "phone"]);
});

const ADA = { name: "Ada", email: ADDRESS, phone: "604 555 0100" };
const NOBODY = { name: null, email: null, phone: null };
const WORKSHOP = { workshopId: "w1", workshopName: "Rope", participantCount: 3 };

describe("an erased transaction", () => {
  const transaction = {
    ...recorded({ ...ADA, ...WORKSHOP }),
    stripe: stripeSnapshot({ details: { ...NO_DETAILS, ...ADA, ...WORKSHOP } }),
  };

  it("has no customer data, and is otherwise unchanged", () => {
    expect(redactTransaction(transaction, { personal: [] })).toEqual({
      ...transaction,
      ...NOBODY,
      golden: goldenRecord({ ...NOBODY, ...WORKSHOP }),
      stripe: stripeSnapshot({ details: { ...NO_DETAILS, ...WORKSHOP } }),
    });
  });

  it("may have only one source, and no resolution", () => {
    expect(redactTransaction({ ...transaction, golden: null, stripe: null }, { personal: [] })).toMatchObject({
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
    const { golden } = redactTransaction({ ...transaction, golden: goldenRecord({ correction }) }, { personal });
    expect(golden?.correction).toBe(left);
  });

  it("keeps who resolved it, and the reason without the name", () => {
    const resolution = { ...discrepancyOf(transaction), reason: "Ada paid a cent", by: "Grace", at: new Date(0) };
    expect(redactTransaction({ ...transaction, resolution }, { personal: ["Ada"] }).resolution).toEqual({
      ...resolution,
      reason: "[erased] paid a cent",
    });
  });
});

describe("an observation of an erased transaction", () => {
  it("keeps all of a golden record except customer data", () => {
    const correction = "a cent";
    expect(redactObservation(observation({ ...ADA, ...WORKSHOP, correction }))).toEqual(
      observation({ ...NOBODY, ...WORKSHOP, correction }),
    );
  });

  test.each([
    ["Ada paid twice", "Ada paid", "[erased]"],
    ["typing error", "Ada paid", "[erased]"],
    [null, "Ada paid", null],
    ["Ada paid twice", "another", "Ada paid twice"],
    ["Ada paid twice", null, "Ada paid twice"],
    ["Ada paid twice", "[erased]", "Ada paid twice"],
  ])("has the correction %j, where %j was in force at the erasure, as %j", (correction, inForce, expected) => {
    const transaction = redactTransaction(
      { ...recorded(ADA), golden: goldenRecord({ correction: inForce }) },
      { personal: ["Ada"] },
    );
    for (const golden of [transaction.golden, goldenRecord(), null]) {
      expect(applyRedactions(observation({ correction }), { ...transaction, golden })).toEqual(
        observation({ correction: expected }),
      );
    }
  });

  it("keeps all of a Stripe snapshot except customer data", () => {
    const snapshot = stripeSnapshot({ details: { ...NO_DETAILS, ...ADA, ...WORKSHOP } });
    expect(redactObservation({ kind: "snapshot", stripePaymentId: "pi_1", snapshot })).toEqual({
      kind: "snapshot",
      stripePaymentId: "pi_1",
      snapshot: stripeSnapshot({ details: { ...NO_DETAILS, ...WORKSHOP } }),
    });
  });

  it("is otherwise unchanged", () => {
    const absence = { kind: "absence", stripePaymentId: "pi_1", asOf: new Date(0) } as const;
    expect(redactObservation(absence)).toBe(absence);
  });
});

describe("the redactions of a payment's texts", () => {
  const code = expect.stringMatching(/^\[erased\] [0-9a-f]{12}$/) as unknown;
  const named = { workshopId: "ada-1", workshopName: "Ada's party", workshopDate: "[erased] day" };

  it("are the changed texts, in any field, and nothing that a sender typed", () => {
    const details = { ...NO_DETAILS, workshopName: "Rope with Ada", workshopTime: "[erased]" };
    const transaction = { ...recorded(named), stripe: stripeSnapshot({ details }) };
    expect(redactTransaction(transaction, { personal: ["Ada"] }).redactions).toEqual({
      workshopId: [code],
      workshopName: ["[erased]'s party", "Rope with [erased]"],
    });
    expect(redactTransaction(recorded({ workshopName: "[erased] party" }), { personal: ["Ada"] }).redactions).toEqual(
      {},
    );
  });

  it("are kept by the next erasure, without that customer's name", () => {
    const first = redactTransaction(recorded({ workshopName: "Ada and Grace" }), { personal: ["Ada"] });
    const moved = { ...first, ...recorded({ workshopName: "Rope" }), redactions: first.redactions };
    expect(redactTransaction(first, { personal: ["Grace"] }).redactions).toEqual({
      workshopName: ["[erased] and [erased]"],
    });
    expect(redactTransaction(moved, { personal: ["Grace"] }).redactions).toEqual({
      workshopName: ["[erased] and [erased]"],
    });
  });

  it("are assumed, if none are stored, from every text that contains `[erased]`", () => {
    const golden = goldenRecord({ workshopName: "[erased] party", correction: "[erased]" });
    const details = { ...NO_DETAILS, ...WORKSHOP, workshopId: "[erased] 0123456789ab" };
    expect(inferRedactions({ ...recorded(WORKSHOP), golden, stripe: stripeSnapshot({ details }) })).toEqual({
      workshopId: ["[erased] 0123456789ab"],
      workshopName: ["[erased] party"],
      correction: ["[erased]"],
    });
  });

  test.each<[string, object, object, object]>([
    ["the text that was erased", {}, { workshopName: "ADA's party" }, { workshopName: "[erased]'s party" }],
    ["another text", {}, { workshopName: "Rope" }, { workshopName: "Rope" }],
    ["the same, after another text", { workshopName: "Rope" }, named, { workshopName: "[erased]'s party" }],
    ["an id, if one was erased", {}, { workshopId: "ada-1" }, { workshopId: code }],
    [
      "another id, if the record has another one since",
      { workshopId: "w2" },
      { workshopId: "w3" },
      { workshopId: "w3" },
    ],
    ["an id, if the record no longer has one", { workshopId: null }, { workshopId: "ada-1" }, { workshopId: code }],
    ["another text that a sender typed", {}, { workshopDate: "Monday day" }, { workshopDate: "Monday day" }],
  ])("are applied to texts that arrive again: %s", (_what, since, said, expected) => {
    const before = redactTransaction(recorded(named), { personal: ["Ada"] });
    const { redactions } = before;
    const golden = before.golden && { ...before.golden, ...since };
    const seen = applyRedactions(observation(said), { ...before, ...since, golden, redactions });
    expect(seen).toMatchObject({ record: expected });
  });

  it("are none for a payment whose texts name nobody", () => {
    const texts = { workshopId: "w1", workshopName: "Rope" };
    expect(applyRedactions(observation(texts), recorded())).toEqual(observation(texts));
  });

  describe("of which several have the same original, are applied as", () => {
    const [one, other, both] = ["[erased] and Bo", "Ada and [erased]", { workshopName: "Ada and Bo" }];
    const redactions = { workshopName: [one, other] };

    test.each([one, other])("the current text of the golden record, %j", (workshopName) => {
      for (const golden of [null, goldenRecord({ workshopName })]) {
        const current = { ...recorded({ workshopName }), golden, redactions };
        expect(applyRedactions(observation(both), current)).toEqual(observation({ workshopName }));
      }
    });

    test.each([one, other])("the current text of the Stripe snapshot, %j", (workshopName) => {
      const seen = (text: string) =>
        snapshotSeen({ details: { ...NO_DETAILS, workshopName: text, workshopTime: "10:00" } });
      const stripe = stripeSnapshot({ details: { ...NO_DETAILS, workshopName } });
      const current = { ...recorded({ workshopName: one }), stripe, redactions };
      expect(applyRedactions(seen(both.workshopName), current)).toEqual(seen(workshopName));
    });

    test("the text that the payment shows, before there is a Stripe snapshot", () => {
      const current = { ...recorded({ workshopName: other }), redactions };
      expect(applyRedactions(snapshotSeen({ details: { ...NO_DETAILS, ...both } }), current)).toMatchObject({
        snapshot: { details: { workshopName: other } },
      });
    });
  });

  it("concern golden records and Stripe snapshots only", () => {
    const absence = { kind: "absence", stripePaymentId: "pi_1", asOf: new Date(0) } as const;
    expect(applyRedactions(absence, recorded())).toBe(absence);
  });
});

test.each([
  ["w1", undefined, "w1"],
  ["ada-1", undefined, "[erased] aaf147c334a5"],
  ["ada-1", "salt", "[erased] 73b9bd71fefd"],
])("the workshop's id %j, erased with the salt %j, is %j", (id, salt, erased) => {
  expect(redactedId(id, { personal: ["Ada"], ...(salt !== undefined && { salt }) })).toBe(erased);
});
