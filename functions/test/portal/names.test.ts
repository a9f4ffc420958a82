import { saveStripeProfiles } from "../../src/store/profiles.ts";
import { apply } from "../../src/store/apply.ts";
import { newFranchisee } from "../support/api.ts";
import { DEFAULTS, observation, snapshotSeen } from "../support/records.ts";
import { violationsOf } from "./support/accessibility.ts";
import { expectError, visitAs } from "./support/visit.ts";

const PROFILE = { businessName: "Moon Kitsilano", city: "Vancouver", owner: "Grace Hopper" };

/** A franchisee with a name in Stripe, and a payment that differs from Stripe's. */
async function namedFranchisee(profile = PROFILE): Promise<string> {
  const id = newFranchisee();
  const context = { now: new Date(), defaults: DEFAULTS };
  await saveStripeProfiles([{ id, profile }]);
  await apply(id, observation({ name: "Ada", amount_total: 1001, amount_franchisee_net: 901 }), context);
  await apply(id, snapshotSeen(), context);
  return id;
}

test("a franchisee reads the name of the business on each of its views, and cannot change it", async () => {
  const own = await namedFranchisee();
  const { page } = await visitAs({ franchisees: [own] }, `#/${own}`);
  await page.getByRole("heading", { level: 1, name: "Moon Kitsilano" }).waitFor();
  await page.getByText(`Vancouver · Grace Hopper ${own}`).waitFor();
  expect(await page.title()).toContain("Moon Kitsilano");
  expect(await page.getByText("Edit name, city and owner").count()).toBe(0);
  for (const view of ["deposits", "statement", "closes"]) {
    await page.evaluate((hash) => (location.hash = hash), `#/${own}/${view}`);
    await page.getByRole("link", { name: `Moon Kitsilano ${own}` }).waitFor();
  }
});

test("head office finds franchisees by name, and enters a name in place of Stripe's", async () => {
  const first = await namedFranchisee({ ...PROFILE, businessName: "Zebra Burnaby" });
  const second = await namedFranchisee({ ...PROFILE, businessName: "Abacus Surrey", city: "Surrey" });
  const visited = await visitAs({ admin: true }, "#/");
  const { page } = visited;
  // Other tests have franchisees, too.
  await page.getByRole("button", { name: "Franchisee" }).click();
  const names = async (): Promise<string[]> => {
    const all = await page.getByRole("rowheader").allTextContents();
    return all.filter((text) => text.includes(first) || text.includes(second));
  };
  await page.getByRole("link", { name: `Abacus Surrey ${second}` }).waitFor();
  expect(await names()).toEqual([
    `Abacus Surrey ${second}Surrey · Grace Hopper`,
    `Zebra Burnaby ${first}Vancouver · Grace Hopper`,
  ]);

  await page.evaluate((hash) => (location.hash = hash), `#/exceptions/${first}/pi_1`);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("link", { name: `Zebra Burnaby ${first}` }).click();
  await page.getByText("Edit name, city and owner").click();
  expect(await page.getByLabel("Business name").getAttribute("placeholder")).toBe("Zebra Burnaby");
  await page.getByLabel("Business name").fill("Aardvark\u202e");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  expectError(visited, /status of 400/);
  await page.getByLabel("Business name").fill(" Aardvark Burnaby ");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: "Aardvark Burnaby" }).waitFor();
  expect(await violationsOf(page)).toEqual([]);

  await page.getByLabel("Business name").fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: "Zebra Burnaby" }).waitFor();

  await page.evaluate(() => (location.hash = "#/exceptions"));
  const row = page.getByRole("row").filter({ hasText: first });
  await row.getByText("Zebra Burnaby").waitFor();
  expect(await violationsOf(page)).toEqual([]);
});
