/** What the pages of a seeded world's deposits and statements must show (support/world-figures.ts). */
import type { Page } from "playwright-core";
import type Stripe from "stripe";
import { categoryText } from "../../../../portal/src/balance-messages.ts";
import { arrivalDate, date, dateAndTime, monthName } from "../../../../portal/src/time.ts";
import { HOSTING } from "../../support/api.ts";
import { DEFAULTS } from "../../support/records.ts";
import { money, rowsOf } from "./tables.ts";
import type { World } from "./world.ts";
import {
  byCategory,
  type CategoryLine,
  contentOf,
  dayOf,
  lineOf,
  monthOf,
  movementsOf,
  statementOf,
  sumOf,
} from "./world-figures.ts";

const PAGE_SIZE = 40;

/** Newest first. */
export function payoutsOf({ books }: World, account: string): readonly Stripe.Payout[] {
  return books.connect(account).payout.newestFirst();
}

const arrivalOf = ({ arrival_date }: Stripe.Payout): string => arrivalDate(new Date(arrival_date * 1000));

const kindOf = ({ automatic }: Stripe.Payout): string => (automatic ? "Automatic" : "Manual");

const stateOf = ({ status }: Stripe.Payout): string => (status === "failed" ? "Failed" : "Paid out");

/** The list of deposits, page by page. */
export async function expectDeposits(page: Page, world: World, account: string): Promise<void> {
  await page.goto(`${HOSTING}/#/${account}/deposits`);
  const payouts = payoutsOf(world, account);
  const shown: string[][] = [];
  for (let turned = 0; turned < payouts.length; turned += PAGE_SIZE) {
    if (turned > 0) await page.getByRole("button", { name: "Older" }).click();
    await page.locator(`a[href$="${account}/deposits/${payouts[turned]?.id}"]`).waitFor();
    shown.push(...(await rowsOf(page, "Deposits")).map((cells) => cells.slice(0, 5)));
  }
  const returned = "The bank account has been closed. The money was returned to the balance.";
  const expected = payouts.map((payout) => [
    arrivalOf(payout),
    money(payout.amount, payout.currency),
    payout.status === "failed" ? `Failed${returned}` : "Paid out",
    kindOf(payout),
    payout.automatic ? "Explained to the cent" : "See balance statement",
  ]);
  expect([account, shown]).toEqual([account, expected]);
}

function categoryRow(name: string, [count, amount, fees, net]: CategoryLine, currency: string): string[] {
  return [name, String(count), ...[amount, fees, net].map((figure) => money(figure, currency))];
}

/** Rows whose order does not matter. */
const sorted = (rows: readonly string[][]): string[] => rows.map((cells) => JSON.stringify(cells)).toSorted();

/** The page of a deposit: its content by category, and each of its movements. */
export async function expectDeposit(page: Page, world: World, account: string, payout: Stripe.Payout): Promise<void> {
  const { id, amount, currency } = payout;
  await page.goto(`${HOSTING}/#/${account}/deposits/${id}`);
  await page.getByRole("region", { name: "Summary" }).getByText(id, { exact: true }).waitFor();
  const section = page.getByRole("region", { name: "Summary" });
  expect([id, await section.locator(".payment-total").textContent()]).toEqual([id, money(amount, currency)]);
  const content = contentOf(world.books, account, payout);
  if (content === null) {
    await page.getByText("Stripe doesn’t list the contents of manual").waitFor();
    return;
  }
  // Nothing is left over in these currencies.
  expect([id, sumOf(content, ({ net }) => net)]).toEqual([id, amount]);
  const lines = [...byCategory(content)].map(([category, line]) => categoryRow(categoryText(category), line, currency));
  const shown = await rowsOf(page, "Contents");
  expect([id, sorted(shown.slice(0, -1)), shown.at(-1)]).toEqual([
    id,
    sorted(lines),
    categoryRow("Total", lineOf(content), currency),
  ]);
  const equation = (await page.locator(".equation").textContent()) ?? "";
  expect(equation.endsWith(`= ${money(amount, currency)} Deposit`)).toBe(true);
  expect(equation).not.toContain("not explained");
  await expectMovements(page, world, "Movements", content);
}

/** A table of movements, in any order. */
async function expectMovements(
  page: Page,
  { books, payments }: World,
  title: string,
  movements: readonly Stripe.BalanceTransaction[],
): Promise<void> {
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const expected = movements.map((one) => {
    const payment = byId.get(books.bookedFor.get(one.id) ?? "");
    const texts = [payment?.seeded.name ?? "–", payment?.seeded.workshopName ?? "–"];
    const amounts = [one.amount, 0 - one.fee, one.net].map((figure) => money(figure, one.currency));
    return [dateAndTime(new Date(one.created * 1000), DEFAULTS.timeZone), texts, amounts].flat();
  });
  const table = page.getByRole("table", { name: title });
  await table.waitFor();
  // Until the customers are read.
  await table.getByRole("link", { name: /^pi_/ }).first().waitFor({ state: "hidden" });
  const shown = (await rowsOf(page, title)).map((cells) => cells.toSpliced(1, 1));
  expect(sorted(shown)).toEqual(sorted(expected));
}

/**
 * What is in no deposit yet, which is all that is on the balance; on the page of the franchisee. Stripe states no
 * content of manual deposits, so that of an account with these, all movements stay in the list.
 */
export async function expectNotDeposited(page: Page, world: World, account: string): Promise<void> {
  const payouts = payoutsOf(world, account);
  await page.getByText("Not in a deposit yet").click();
  if (payouts.some(({ automatic }) => !automatic)) {
    await page.getByText("This account is paid out manually.").waitFor();
    return;
  }
  const deposited = new Set(payouts.flatMap((payout) => contentOf(world.books, account, payout) ?? []));
  const all = movementsOf(world.books, account);
  const open = all.filter((one) => one.type !== "payout" && !deposited.has(one));
  expect([account, sumOf(open, ({ net }) => net)]).toEqual([account, sumOf(all, ({ net }) => net)]);
  if (open.length > 0) await expectMovements(page, world, "Not in a deposit yet", open);
  else await page.getByText("Every movement is in a deposit.").waitFor();
}

/** A month's statement: its balances, its activity by category, its fees and its deposits. */
export async function expectStatement(page: Page, world: World, account: string, month: string): Promise<void> {
  const all = movementsOf(world.books, account);
  const currency = all[0]?.currency ?? "";
  const code = currency.toUpperCase();
  const { opening, activity, activitySum, payouts, closing, fees } = statementOf(all, month);
  await page.goto(`${HOSTING}/#/${account}/statement/${month}`);
  await page.getByRole("heading", { name: `Balance statement, ${monthName(month)}` }).waitFor();
  const of = (amount: number): string => money(amount, currency);
  const [first, ...rows] = await rowsOf(page, `Balance, ${code}`);
  const balances = [
    ["Opening balance", of(opening)],
    ["Deposits", of(payouts)],
    ["Closing balance", of(closing)],
  ];
  expect([account, month, first, sorted(rows.slice(0, -3)), ...rows.slice(-3)]).toEqual([
    account,
    month,
    balances[0],
    sorted([...activity].map(([category, line]) => categoryRow(categoryText(category), line, currency))),
    categoryRow("Activity", activitySum, currency),
    ...balances.slice(1),
  ]);
  const { stripe, platform, disputes } = fees;
  await page
    .getByText(`Fees in these figures: Stripe ${of(stripe)}, platform ${of(platform)}, disputes ${of(disputes)}.`)
    .waitFor();
  const deposits = payoutsOf(world, account).filter(({ created }) => monthOf(created) === month);
  if (deposits.length === 0) {
    await page.getByText("No deposits this month.").waitFor();
    return;
  }
  const expected = deposits
    .toReversed()
    .map((payout) => [
      date(dayOf(payout.created)),
      arrivalOf(payout),
      kindOf(payout),
      stateOf(payout),
      of(payout.amount),
    ]);
  expect([account, month, await rowsOf(page, `Deposits, ${code}`)]).toEqual([account, month, expected]);
}
