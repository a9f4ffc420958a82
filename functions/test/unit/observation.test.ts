import { paymentIdOf } from "../../src/domain/observation.ts";
import { absenceSeen, observation } from "../support/records.ts";

test("an observation belongs to the payment that its record names, or that was requested", () => {
  expect(paymentIdOf(observation({ stripePaymentId: "pi_7" }))).toBe("pi_7");
  expect(paymentIdOf({ ...absenceSeen(1), stripePaymentId: "pi_8" })).toBe("pi_8");
});
