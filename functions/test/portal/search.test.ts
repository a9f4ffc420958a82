import { apply } from "../../src/store/apply.ts";
import { HOSTING, newFranchisee } from "../support/api.ts";
import { database } from "../support/database.ts";
import { DEFAULTS, observation, snapshotSeen } from "../support/records.ts";
import { violationsOf } from "./support/accessibility.ts";
import { expectOffline, readsWhenLoaded, type Visit, visitAs } from "./support/visit.ts";

// cspell:disable

/** Records payments, the newest last. */
async function record(franchiseeId: string, ...payments: object[]): Promise<void> {
  for (const fields of payments) {
    await apply(franchiseeId, observation(fields), { now: new Date(), defaults: DEFAULTS });
  }
}

async function search({ page }: Pick<Visit, "page">, text: string): Promise<void> {
  await page.getByRole("searchbox", { name: "Search payments" }).fill(text);
  await page.getByRole("searchbox", { name: "Search payments" }).press("Enter");
}

/** Waits until exactly these customers are shown, in order. */
async function expectFound({ page }: Pick<Visit, "page">, ...customers: string[]): Promise<void> {
  await page.getByText(customers.length === 1 ? "1 payment found." : `${customers.length} payments found.`).waitFor();
  const links = page.getByRole("table", { name: "Search results" }).getByRole("rowheader").getByRole("link");
  expect(await links.allTextContents()).toEqual(customers);
}

test("a franchisee finds payments by words, address, phone number, amount and id, on every view", async () => {
  const [own, id] = [newFranchisee(), `pi_${newFranchisee()}`];
  await record(
    own,
    {
      stripePaymentId: id,
      name: "Ada Lovelace",
      email: "ada.l+rope@example.org",
      phone: "+1 (604) 555-0100",
      amount_total: 189_896,
      amount_franchisee_net: 189_796,
    },
    { stripePaymentId: `${id}2`, name: "Ada Byron", email: "ada@example.org", phone: "604 555 0199" },
    { stripePaymentId: `${id}3`, name: "Grace Lovelace", email: "grace@example.org", workshopName: "Cedar rope" },
    {
      stripePaymentId: `${id}4`,
      name: "山田太郎",
      currency: "jpy",
      amount_total: 13_579,
      amount_franchisee_net: 13_479,
    },
  );
  const seen = snapshotSeen({ chargeId: `ch_${id}`, charged: { currency: "cad", amount: 189_896 } });
  await apply(own, { ...seen, stripePaymentId: id }, { now: new Date(), defaults: DEFAULTS });
  await database()
    .doc(`franchisees/${own}/payouts/po_${id}`)
    .set({ id: `po_${id}`, amount: 100, currency: "cad" });
  const made = await visitAs({ franchisees: [own] }, `#/${own}/closes`);
  const { page, sent } = made;
  const found: Record<string, string[]> = {};

  for (const text of ["ada lovelace", "LOVE ada", "ada.l+rope@example.org", "604-555-0100", "0100", "$1,898.96"]) {
    await search(made, text);
    await expectFound(made, "Ada Lovelace");
  }
  for (const text of ["1898,96", "1898", "1 898.96 cad", "1,898.96"]) {
    await search(made, text);
    await expectFound(made, "Ada Lovelace");
  }
  await search(made, "ada");
  await expectFound(made, "Ada Byron", "Ada Lovelace");
  found["results"] = await violationsOf(page);
  await search(made, "郎");
  await expectFound(made, "山田太郎");
  await search(made, "13579");
  await expectFound(made, "山田太郎");
  await search(made, "lovelace cedar");
  await expectFound(made, "Grace Lovelace");

  await search(made, "ada@exam");
  await page.getByText("No payment has exactly this email address.").waitFor();
  await expectFound(made, "Ada Byron", "Ada Lovelace");
  await search(made, "ada hopper");
  await page.getByText("No payment matches all of this").waitFor();
  found["nothing"] = await violationsOf(page);
  await search(made, "a");
  await page.getByText("Enter at least two characters.").waitFor();
  await search(made, " ");
  await page.getByText("Enter a name, an email address").waitFor();

  const dialog = page.getByRole("dialog", { name: "Payment" });
  for (const text of [id, `ch_${id}`, `https://dashboard.stripe.com/payments/${id}`]) {
    await search(made, text);
    await dialog.getByText("Ada Lovelace").first().waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await expectFound(made, "Ada Lovelace");
  }
  await search(made, `po_${id}`);
  await page
    .getByRole("heading", { name: /Deposit/ })
    .first()
    .waitFor();
  expect(page.url()).toBe(`${HOSTING}/#/${own}/deposits/po_${id}`);
  await search(made, own);
  await page.getByRole("heading", { name: "Summary" }).waitFor();
  expect(page.url()).toBe(`${HOSTING}/#/${own}`);
  for (const text of ["pi_unknown", "ch_unknown", "po_unknown", newFranchisee()]) {
    await search(made, text);
    await page.getByText("Nothing has this ID").waitFor();
  }
  expect(found).toEqual({ results: [], nothing: [] });
  // Names are in no address of the page or a request.
  expect(sent.filter((request) => /lovelace|example\.org/i.test(request.split(" ")[1] ?? ""))).toEqual([]);
});

test("a franchisee of several franchises searches all of them and no other, newest first", async () => {
  const [one, two, other] = [newFranchisee(), newFranchisee(), newFranchisee()];
  const name = `Q${one.replaceAll(/\W|_/g, "")}`;
  await record(one, { stripePaymentId: "pi_1", name: `${name} First` });
  await record(two, { stripePaymentId: "pi_2", name: `${name} Second` });
  await record(other, { stripePaymentId: "pi_3", name: `${name} Third` });
  await record(one, { stripePaymentId: "pi_4", name: `${name} Fourth` });
  const made = await visitAs({ franchisees: [one, two] });
  await search(made, name);
  await expectFound(made, `${name} Fourth`, `${name} Second`, `${name} First`);
  await search(made, "pi_3");
  await made.page.getByText("Nothing has this ID").waitFor();
  await search(made, other);
  await made.page.getByText("Nothing has this ID").waitFor();
});

test("head office searches all franchisees, and the search survives a reload, Back and a payment", async () => {
  const [one, two] = [newFranchisee(), newFranchisee()];
  const name = `Q${one.replaceAll(/\W|_/g, "")}`;
  await record(one, { stripePaymentId: `pi_${one}`, name: `${name} First`, email: `${name}@example.org` });
  await record(two, { stripePaymentId: `pi_${two}`, name: `${name} Second`, phone: "604 555 0100" });
  const seen = { ...snapshotSeen({ chargeId: `ch_${two}` }), stripePaymentId: `pi_${two}` };
  await apply(two, seen, { now: new Date(), defaults: DEFAULTS });
  await database()
    .doc(`franchisees/${two}/payouts/po_${two}`)
    .set({ id: `po_${two}`, amount: 100, currency: "cad" });
  const made = await visitAs({ admin: true }, "#/exceptions");
  const { page } = made;
  await page.getByRole("heading", { name: "Exceptions" }).first().waitFor();
  await search(made, name);
  await expectFound(made, `${name} Second`, `${name} First`);
  await page.getByRole("cell", { name: one }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.reload();
  await expectFound(made, `${name} Second`, `${name} First`);
  const reads = await readsWhenLoaded(page);
  expect(reads).toBeLessThanOrEqual(10);
  await page.getByRole("link", { name: one }).click();
  await page.getByRole("heading", { name: "Summary" }).waitFor();
  await page.goBack();
  await expectFound(made, `${name} Second`, `${name} First`);
  await page.getByRole("link", { name: `${name} First` }).click();
  const dialog = page.getByRole("dialog", { name: "Payment" });
  await dialog.getByText(`${name} First`).first().waitFor();
  await page.keyboard.press("Escape");
  await expectFound(made, `${name} Second`, `${name} First`);

  await search(made, `${name}@EXAMPLE.org`);
  await expectFound(made, `${name} First`);
  await search(made, `${name} 604 555 0100`);
  await expectFound(made, `${name} Second`);
  for (const id of [`pi_${two}`, `ch_${two}`]) {
    await search(made, id);
    await dialog.getByText(`${name} Second`).first().waitFor();
    expect(page.url()).toBe(`${HOSTING}/#/search/${two}/pi_${two}`);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  }
  await search(made, `po_${two}`);
  await page.waitForURL(`${HOSTING}/#/${two}/deposits/po_${two}`);
  await search(made, two);
  await page.waitForURL(`${HOSTING}/#/${two}`);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await page.evaluate(() => sessionStorage.getItem("search"))).toBeNull();
});

test("a search for common words reads a bounded number of payments, and says that more may match", async () => {
  const own = newFranchisee();
  const writer = database().bulkWriter();
  for (let index = 0; index < 620; index += 1) {
    const createdAt = new Date(Date.UTC(2025, 0, 1) - index * 60_000);
    const name = index === 610 ? "Common Needle" : "Common Straw";
    const fields = { name, createdAt, currency: "cad", amount_total: 100, search: ["common", "ne", "needle", "straw"] };
    void writer.create(database().doc(`franchisees/${own}/transactions/pi_${index}`), fields);
  }
  await writer.close();
  const made = await visitAs({ franchisees: [own] }, `#/${own}/closes`);
  const { page } = made;
  await page.getByRole("heading", { name: "Daily closes" }).waitFor();
  const before = await readsWhenLoaded(page);
  await search(made, "common needle");
  await page.getByText("No match among the newest payments yet").waitFor();
  // Two counts, and ten pages of fifty.
  expect(await readsWhenLoaded(page)).toBe(before + 2 + 500);
  await page.getByRole("button", { name: "Search further" }).click();
  await expectFound(made, "Common Needle");
  expect(await readsWhenLoaded(page)).toBe(before + 2 + 620);
  await search(made, "common");
  await page.getByText("The newest 50 are shown. There may be more.").waitFor();
});

test("a document without today's terms is found by its words, and by them if its address is typed", async () => {
  const own = newFranchisee();
  const fields = { name: "Ada Lovelace", email: "ada@example.org", currency: "cad", amount_total: 100 };
  const search21 = ["ad", "ada", "lo", "love", "lovelace", "ex", "exam", "example", "or", "org"];
  await database()
    .doc(`franchisees/${own}/transactions/pi_1`)
    .set({ ...fields, createdAt: new Date(), search: search21 });
  const made = await visitAs({ franchisees: [own] });
  for (const text of ["lovelace ada", "ada@example.org", "pi_1"]) {
    await search(made, text);
    await made.page.getByText("1 payment found.").waitFor();
    await made.page.keyboard.press("Escape");
  }
});

test("offline, a search says that it could not be done", async () => {
  const made = await visitAs({ franchisees: [newFranchisee()] });
  const { page } = made;
  await page.getByText("No payments yet").waitFor();
  await page.context().setOffline(true);
  await search(made, "ada");
  await page.getByText("This couldn’t be loaded.").waitFor();
  await page.context().setOffline(false);
  expectOffline(made);
});
