import { holdsFunds, isInquiry, isOpenDispute, isRefunded, needsResponse } from "../../src/domain/reversal-statuses.ts";

test.each([
  ["warning_needs_response", "open inquiry, needs response"],
  ["warning_under_review", "open inquiry"],
  ["warning_closed", "inquiry"],
  ["needs_response", "open, needs response"],
  ["under_review", "open"],
  ["appeal_needs_response", "open, needs response"],
  ["appeal_under_review", "open"],
  ["won", ""],
  ["lost", ""],
  ["prevented", ""],
  ["unknown", "open"],
  [null, ""],
])("a dispute that is %j: %j", (status, expected) => {
  const state = [isOpenDispute({ status }) ? "open" : [], isInquiry({ status }) ? "inquiry" : []].flat().join(" ");
  expect([state, ...(needsResponse({ status }) ? ["needs response"] : [])].join(", ")).toBe(expected);
});

test.each([
  ["warning_needs_response", false],
  ["warning_under_review", false],
  ["warning_closed", false],
  ["needs_response", true],
  ["under_review", true],
  ["appeal_needs_response", true],
  ["appeal_under_review", true],
  ["won", false],
  ["lost", true],
  ["prevented", false],
  ["unknown", true],
])("in a dispute that is %s, the customer's bank holds the money: %j", (status, holds) => {
  expect(holdsFunds({ status })).toBe(holds);
});

test.each([
  ["pending", true],
  ["requires_action", true],
  ["succeeded", true],
  ["failed", false],
  ["canceled", false],
  ["unknown", true],
  [null, true],
])("with a refund that is %j, the customer receives the money: %j", (status, receives) => {
  expect(isRefunded({ status })).toBe(receives);
});
