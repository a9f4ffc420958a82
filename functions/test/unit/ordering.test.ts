import { compareSnapshots, compareGoldenRecords } from "../../src/domain/ordering.ts";
import { goldenRecord, NO_DETAILS, stripeSnapshot } from "../support/records.ts";

const signed = (fields: object, seconds: number | null = 100) => {
  return { record: goldenRecord(fields), sentAt: seconds === null ? null : new Date(seconds * 1000) };
};
const readOf = (name: string, disputeStatus: string, seconds = 200) =>
  stripeSnapshot({ details: { ...NO_DETAILS, name }, disputeStatus }, seconds);

test.each([
  ["a more final status", signed({ status: "succeeded" }, 100), signed({ status: "processing" }, 160)],
  ["the later signature", signed({ workshopId: "a" }, 160), signed({ workshopId: "b" }, 100)],
  ["any signature", signed({ workshopId: "a" }, 1), signed({ workshopId: "b" }, null)],
  ["in the same second, the content", signed({ workshopId: "b" }), signed({ workshopId: "a" })],
  [
    "the content without customer data",
    signed({ name: "Ada", workshopId: "b" }),
    signed({ name: "Zoe", workshopId: "a" }),
  ],
  ["and last the customer data", signed({ name: "Zoe" }), signed({ name: "Ada" })],
])("of two golden records, %s is newer", (_what, newer, older) => {
  expect(Math.sign(compareGoldenRecords(newer, older))).toBe(1);
  expect(Math.sign(compareGoldenRecords(older, newer))).toBe(-1);
});

test("an equal record is not newer, whenever it was signed", () => {
  expect(compareGoldenRecords(signed({}, 160), signed({}, 100))).toBe(0);
});

test.each([
  ["the later reading", readOf("Ada", "a", 201), readOf("Zoe", "b", 200)],
  ["at the same time, the content", readOf("Ada", "b"), readOf("Zoe", "a")],
  ["and last the customer data", readOf("Zoe", "a"), readOf("Ada", "a")],
])("of two Stripe snapshots, %s is newer", (_what, newer, older) => {
  expect(Math.sign(compareSnapshots(newer, older))).toBe(1);
  expect(Math.sign(compareSnapshots(older, newer))).toBe(-1);
});

test("of equal snapshots with different payouts, neither is newer", () => {
  const payout = { id: "po_1", status: "paid" as const, createdAt: new Date(0), arrivesAt: new Date(0) };
  expect(compareSnapshots({ ...readOf("Ada", "a"), payout }, readOf("Ada", "a"))).toBe(0);
});
