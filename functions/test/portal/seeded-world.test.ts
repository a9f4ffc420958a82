import type { Page } from "playwright-core";
import { monthName } from "../../../portal/src/time.ts";
import { balanceOf } from "../../testing/fake-stripe/balances.ts";
import type { FakeBooks } from "../../testing/fake-stripe/books.ts";
import { type SeededPayment, seedWorld } from "../../testing/fake-stripe/seeded-world.ts";
import { recordAll, syncAccounts } from "../../tools/local/seed.ts";
import { HOSTING } from "../support/api.ts";
import { dayIn } from "../support/oracle-totals.ts";
import { DEFAULTS } from "../support/records.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";
import { visitAs } from "./support/visit.ts";

const startStripe = fakeStripes();

const SIZE = { franchisees: 6, payments: 300, months: 14, seed: 7, isDirect: true };

let books: FakeBooks;
let payments: SeededPayment[];
let accounts: string[];

beforeAll(async () => {
  const fake = await startStripe();
  ({ books } = fake);
  payments = seedWorld(books, SIZE);
  accounts = [...new Set(payments.map(({ account }) => account))].toSorted();
  await recordAll(payments);
  await syncAccounts(connectTo(fake), accounts);
});

/** In minor units, all of whose currencies have two decimals. */
const cents = (text = ""): number => Math.round(100 * Number(text.replaceAll(/[^\d.-]/g, "")));

/** Cells by the header of their column. */
async function rowsOf(page: Page, name: string): Promise<Record<string, string>[]> {
  const table = page.getByRole("table", { name, exact: true });
  await table.waitFor();
  const headers = await table.locator("thead th").allTextContents();
  const rows = await table.locator("tbody tr").evaluateAll((all) => {
    return all.map((row) => [...row.children].map((cell) => cell.textContent ?? ""));
  });
  return rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [headers[index] ?? "", cell])));
}

/** From the orchestrator's record, else Stripe's books, and from what each payment moved on the account's balance. */
function figuresOf(some: readonly SeededPayment[]) {
  const sum = (of: (payment: SeededPayment) => number): number => some.reduce((total, one) => total + of(one), 0);
  const surplus = ({ recorded }: SeededPayment): number => (recorded === "wrong" ? 1 : 0);
  return {
    count: some.length,
    gross: sum((one) => one.figures.total + surplus(one)),
    net: sum((one) => one.figures.net + surplus(one)),
    earned: sum((one) => movedBy(one) + surplus(one)),
  };
}

/** What a payment, its refunds, its disputes and their fees moved on the account's balance. */
function movedBy({ account, stripePaymentId }: SeededPayment): number {
  const all = books.connect(account).balance_transaction.newestFirst();
  return all.reduce((sum, { id, net }) => sum + (books.bookedFor.get(id) === stripePaymentId ? net : 0), 0);
}

const monthOf = ({ paidAt }: SeededPayment): string =>
  dayIn(DEFAULTS.timeZone, new Date(paidAt * 1000)).slice(0, "YYYY-MM".length);

const ofAccount = (account: string): SeededPayment[] => payments.filter((payment) => payment.account === account);

test("each month of each franchisee adds up, and equals what Stripe's books and the records come to", async () => {
  const { page } = await visitAs({ admin: true });
  let months = 0;
  for (const account of accounts) {
    await page.goto(`${HOSTING}/#/${account}?period=all`);
    await page.getByText("Show as a table").click();
    const byMonth = Map.groupBy(ofAccount(account), monthOf);
    const rows = await rowsOf(page, "Revenue by month");
    const shown = rows.map(({ Month = "", Payments = "", Gross, Net, Earned, ...steps }) => {
      const before = cents(Gross) + cents(steps["Stripe fees"]) + cents(steps["Platform fees"]);
      expect([account, Month, before]).toEqual([account, Month, cents(Net)]);
      const after = ["Refunds", "Disputes", "Dispute fees", "Fees returned", "Other adjustments"];
      const later = after.reduce((sum, name) => sum + cents(steps[name]), 0);
      expect([account, Month, cents(Net) + later]).toEqual([account, Month, cents(Earned)]);
      return [Month, { count: Number(Payments), gross: cents(Gross), net: cents(Net), earned: cents(Earned) }] as const;
    });
    const paid = shown.filter(([, { count }]) => count > 0);
    const expected = [...byMonth].toSorted(([a], [b]) => (a < b ? -1 : 1));
    expect(paid).toEqual(expected.map(([month, some]) => [monthName(month), figuresOf(some)]));
    months += paid.length;
  }
  // Otherwise the world has changed, and proves less.
  expect(months).toBeGreaterThan(50);
});

test("the list of franchisees, deposits and statements equal Stripe's books", async () => {
  const { page } = await visitAs({ admin: true });
  await page.getByRole("columnheader", { name: "Franchisee" }).getByRole("button").click();
  for (const account of accounts) {
    const row = page.getByRole("row").filter({ hasText: account });
    await row.waitFor();
    const cells = await row.getByRole("cell").allTextContents();
    const { gross, net, earned } = figuresOf(ofAccount(account));
    expect([account, ...cells.slice(0, 3).map(cents)]).toEqual([account, gross, net, earned]);
  }
  for (const account of accounts) {
    await page.goto(`${HOSTING}/#/${account}/deposits`);
    const deposited: number[] = [];
    const payouts = books.connect(account).payout.newestFirst();
    for (let turned = 0; turned < payouts.length; turned += 40) {
      if (turned > 0) await page.getByRole("button", { name: "Older" }).click();
      await page.locator(`a[href$="${payouts[turned]?.id}"]`).first().waitFor();
      for (const { Amount } of await rowsOf(page, "Deposits")) deposited.push(cents(Amount));
    }
    expect([account, deposited]).toEqual([account, payouts.map(({ amount }) => amount)]);

    await page.goto(`${HOSTING}/#/${account}/statement`);
    await page.getByText("Closing balance").first().waitFor();
    const { available, pending } = balanceOf(books, account);
    const currency = ofAccount(account)[0]?.currency;
    const whole = [...available, ...pending].filter((one) => one.currency === currency);
    const closing = await page
      .getByRole("row")
      .filter({ hasText: "Closing balance" })
      .getByRole("cell")
      .last()
      .innerText();
    expect([account, cents(closing)]).toEqual([account, whole.reduce((sum, { amount }) => sum + amount, 0)]);
  }
});
