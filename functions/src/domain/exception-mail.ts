/** The emails to head office about exceptions. They name no customer, no franchisee and no other person. */
import { compareTexts } from "./canonical-json.ts";
import { decimalsOf, majorUnits } from "./currencies.ts";

/** An open exception, in minor units of its currency. */
export interface MailedException {
  status: string;
  currency: string;
  /** `discrepancySize`. */
  size: number;
}

export interface Mail {
  subject: string;
  text: string;
}

/** Which emails a person gets. */
export interface EmailSettings {
  /** A digest each morning on which exceptions are open. */
  daily: boolean;
  /** An email within minutes about exceptions of at least so much, in the major unit of any currency; null: none. */
  immediateFrom: number | null;
}

/** Of head office, until a person changes it. */
export const DEFAULT_EMAIL_SETTINGS: EmailSettings = { daily: true, immediateFrom: null };

const STATUS_TEXT: Readonly<Record<string, string>> = {
  mismatched: "Differs from Stripe",
  missing_in_portal: "Only in Stripe",
  missing_in_stripe: "Not found in Stripe",
};

/** Null without open exceptions. `recent` are those that opened in the last 24 hours. */
export function digest(open: readonly MailedException[], recent: number, portal: string): Mail | null {
  if (open.length === 0) return null;
  const lines = [
    open.length === 1 ? "1 payment does not match Stripe." : `${open.length} payments do not match Stripe.`,
    recent === 0 ? "None of them is new since yesterday." : `New since yesterday: ${recent}.`,
    "",
    ...sumLines(open),
  ];
  return { subject: `${countText(open.length)} open`, text: letter(lines, portal) };
}

/** Of those that have just opened; null without such a large one. */
export function alert(opened: readonly MailedException[], immediateFrom: number, portal: string): Mail | null {
  const large = opened.filter(({ size, currency }) => size >= immediateFrom * 10 ** decimalsOf(currency));
  if (large.length === 0) return null;
  const lines = [
    large.length === 1
      ? `A payment that does not match Stripe was found, with ${immediateFrom} or more at stake.`
      : `${large.length} payments that do not match Stripe were found, with ${immediateFrom} or more at stake each.`,
    "",
    ...sumLines(large),
  ];
  return { subject: `${countText(large.length)} of ${immediateFrom} or more`, text: letter(lines, portal) };
}

function countText(count: number): string {
  return count === 1 ? "1 exception" : `${count} exceptions`;
}

/** A line per kind: how many, and what is at stake in each currency. */
function sumLines(exceptions: readonly MailedException[]): string[] {
  const byStatus = [...Map.groupBy(exceptions, ({ status }) => status)];
  return byStatus
    .toSorted(([a, one], [b, other]) => other.length - one.length || compareTexts(a, b))
    .map(([status, all]) => {
      const sums = [...Map.groupBy(all, ({ currency }) => currency)]
        .toSorted(([a], [b]) => compareTexts(a, b))
        .map(([currency, some]) => {
          const size = some.reduce((sum, one) => sum + Math.round(one.size), 0);
          return `${majorUnits(size, currency)} ${currency.toUpperCase()}`;
        });
      return `${STATUS_TEXT[status] ?? status}: ${all.length}, at stake ${sums.join(" and ")}`;
    });
}

function letter(lines: readonly string[], portal: string): string {
  const links = [`Open the list: ${portal}/#/exceptions`, `Change or stop these emails: ${portal}/#/emails`];
  return [...lines, "", ...links, ""].join("\n");
}
