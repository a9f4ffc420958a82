import { erased, PERSONAL_FIELDS, withoutPersonalData } from "../../src/domain/erasure.ts";
import { disagreementOf } from "../../src/domain/exception.ts";
import { goldenRecord, NO_DETAILS, observation, recorded, stripeFacts } from "../support/records.ts";

const ADDRESS = "ada@example.org";

test("the name, the address and the number say who pays", () => {
  expect(PERSONAL_FIELDS).toEqual(["name", "email", "phone"]);
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
