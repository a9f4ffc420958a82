import { isSameProfile, NO_PROFILE, profileOf } from "../../src/domain/franchisee-profile.ts";

const stripe = { businessName: "Moon Vancouver Inc.", city: "Vancouver", owner: null };

test("what head office has entered takes precedence, field by field", () => {
  expect(
    profileOf({ stripe, headOffice: { businessName: "Moon Kitsilano", city: null, owner: "Ada Lovelace" } }),
  ).toEqual({ businessName: "Moon Kitsilano", city: "Vancouver", owner: "Ada Lovelace" });
  expect(profileOf({ stripe, headOffice: NO_PROFILE })).toEqual(stripe);
});

test("profiles are the same if every field is", () => {
  expect(isSameProfile(stripe, { ...stripe })).toBe(true);
  for (const field of ["businessName", "city", "owner"] as const) {
    expect([field, isSameProfile(stripe, { ...stripe, [field]: "other" })]).toEqual([field, false]);
  }
});
