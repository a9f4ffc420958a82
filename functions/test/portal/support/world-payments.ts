/** What the views of a seeded world's payments must show (support/world-figures.ts). */
import type { Page } from "playwright-core";
import { dateAndTime } from "../../../../portal/src/time.ts";
import { HOSTING } from "../../support/api.ts";
import { DEFAULTS } from "../../support/records.ts";
import { factsOf, money, signed } from "./tables.ts";
import { STEPS, sumOf, total, type Waterfall, type WorldPayment } from "./world-figures.ts";

/** The cells from gross to earned, which must add up. */
export function cellsOf(figures: Waterfall, currency: string): string[] {
  const { Gross, Net, Refunds, Disputes, Earned } = figures;
  expect(Gross + figures["Stripe fees"] + figures["Platform fees"]).toBe(Net);
  expect(Net + Refunds + Disputes + figures["Dispute fees"] + figures["Fees returned"]).toBe(Earned);
  return STEPS.map((name) => money(figures[name], currency));
}

/** Those of a row of payments, from their number. */
export const rowOf = (some: readonly WorldPayment[], currency: string): string[] => [
  String(some.length),
  ...cellsOf(total(some.map(({ figures }) => figures)), currency),
];

/** The texts of the figures of a summary. */
export function summaryOf(all: readonly WorldPayment[], currency: string): [string, string][] {
  const figures = total(all.map((one) => one.figures));
  const notes = (names: readonly (keyof Waterfall)[]): string =>
    names
      .filter((name) => figures[name] !== 0)
      .map((name) => `${name} ${signed(figures[name], currency)}`)
      .join(", ");
  const { Gross, Net, Earned } = figures;
  const later = notes(["Refunds", "Disputes", "Dispute fees", "Fees returned"]);
  return [
    ["Gross", `${money(Gross, currency)}${all.length} payments`],
    ["Fees", `${money(Net - Gross, currency)}${notes(["Stripe fees", "Platform fees"])}`],
    ["Net", `${money(Net, currency)}after fees, before refunds and disputes`],
    ["Refunds and disputes", `${money(Earned - Net, currency)}${later}`],
    ["Earned", `${money(Earned, currency)}net after refunds, disputes and their fees`],
  ];
}

/** The cells of a payment in the list, from its customer to its amounts; `separator` is between its badges. */
export function listedAs(payment: WorldPayment, separator: string): string[] {
  const { seeded, currency, figures, remark } = payment;
  return [
    seeded.name,
    seeded.workshopName,
    dateAndTime(new Date(seeded.paidAt * 1000), DEFAULTS.timeZone),
    ["Paid", ...(remark === null ? [] : [remark])].join(separator),
    ...[figures.Gross, figures.Net, figures.Earned].map((amount) => money(amount, currency)),
  ];
}

/** What customers and their banks got back, if that is not what the franchisee bore: by currency of the customers. */
export function besideOf(all: readonly WorldPayment[], currency: string): string[] {
  const figures = total(all.map((one) => one.figures));
  const refunds = all.flatMap((one) => one.refunds);
  const held = all.flatMap((one) => one.disputes).filter(({ status }) => status !== "won");
  const currencies = [...new Set([currency, ...[...refunds, ...held].map((one) => one.currency)])];
  return currencies.flatMap((code) => {
    const [refunded, disputed] = [refunds, held].map((some) =>
      sumOf(
        some.filter((one) => one.currency === code),
        ({ amount }) => amount,
      ),
    );
    const isOwn = code === currency;
    const parts = [
      [refunded, isOwn ? -figures.Refunds : 0, "Customers were refunded ", ""],
      [disputed, isOwn ? -figures.Disputes : 0, "", " are in open or lost disputes"],
    ] as const;
    const texts = parts.flatMap(([amount = 0, borne, before, after]) =>
      amount === 0 || amount === borne ? [] : [`${before}${money(amount, code)}${after}`],
    );
    if (texts.length === 0) return [];
    return [`${texts.join("; ")}. The platform bears the rest, or it was deducted in another currency.`];
  });
}

/** The panel of a payment, for its franchisee. */
export async function expectPanel(page: Page, payment: WorldPayment): Promise<void> {
  const { account, id, currency, figures, movements, arrival, refunds, disputes } = payment;
  await page.goto(`${HOSTING}/#/${account}/${id}`);
  const dialog = page.getByRole("dialog", { name: "Payment" });
  const balance = dialog.getByRole("region", { name: "On the balance" });
  await dialog
    .getByRole("button", { name: new RegExp(id) })
    .first()
    .waitFor();
  await balance.locator(".kept").waitFor();
  const { Gross, Net, Earned } = figures;
  expect([id, await dialog.locator(".payment-total").textContent()]).toEqual([id, money(Gross, currency)]);
  expect(await dialog.locator(".payment-kept").textContent()).toBe(`You keep ${money(Earned, currency)}`);
  const part = (amount: number): string => `${money(amount, currency)}${((100 * amount) / Gross).toFixed(1)}%`;
  expect(await factsOf(page, ".breakdown-facts")).toEqual([
    ["You receive", part(Net)],
    ["Platform fee", part(-figures["Platform fees"])],
    ["Stripe fee", part(-figures["Stripe fees"])],
  ]);
  const moved = await balance.locator(".movements > li > strong").allTextContents();
  // A refund and its returned fee are of the same second.
  expect([id, moved.toSorted()]).toEqual([id, movements.map(({ net }) => signed(net, currency)).toSorted()]);
  const kept: [string, number][] = [
    ["Payment after its fees", arrival.net],
    ["Refunds", figures.Refunds],
    ["Disputes", figures.Disputes],
    ["Dispute fees", figures["Dispute fees"]],
    ["Fees returned", figures["Fees returned"]],
  ];
  expect(await factsOf(page, ".kept")).toEqual([
    ...kept.filter(([, amount]) => amount !== 0).map(([name, amount]) => [name, money(amount, currency)]),
    [
      "You keep",
      money(
        sumOf(movements, ({ net }) => net),
        currency,
      ),
    ],
  ]);
  const fees = figures["Stripe fees"] + figures["Platform fees"];
  const back = [...refunds, ...disputes].toSorted((a, b) => a.created - b.created);
  expect(await dialog.getByRole("region", { name: "Timeline" }).locator(".amount").allTextContents()).toEqual([
    money(Gross, currency),
    signed(fees, currency),
    ...back.map((one) => signed(-one.amount, one.currency)),
  ]);
}
