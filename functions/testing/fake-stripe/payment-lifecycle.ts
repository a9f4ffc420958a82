import type Stripe from "stripe";
import { ENDPOINT_EVENTS } from "../../ops/webhook-endpoints.ts";
import { FakeBooks } from "./books.ts";
import { payOut, settlePayout, submitPayout } from "./payouts.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { closeDispute, counterDispute, dispute, referenceRefund, refund } from "./refunds-and-disputes.ts";
import { reverseTransfer } from "./reversals.ts";

export const MODES = ["direct", "destination", "transfer"] as const satisfies readonly PaymentSpec["mode"][];
type Mode = (typeof MODES)[number];

const ACCOUNT = "acct_1";
const AMOUNT = 10_000;
const PLATFORM_SHARE = 1_000;

/** A paid payment with the platform's share. Stripe settles it in the background, the default since 2024-04-10. */
export function paid(books: FakeBooks, mode: Mode, account = ACCOUNT): Stripe.PaymentIntent {
  const spec = { account, mode, amount: AMOUNT, settles: "late" } as const;
  const intent = books.pay(mode === "transfer" ? spec : { ...spec, applicationFee: PLATFORM_SHARE });
  books.settle(intent);
  if (mode === "transfer") books.addTransfer(intent, AMOUNT - PLATFORM_SHARE);
  return intent;
}

const MORE = {
  /** In full, with the transfer and the application fee. */
  refund: (books, intent, mode) => {
    const isDestination = mode === "destination";
    const made = refund(books, intent, { reverseTransfer: isDestination, refundFee: mode !== "transfer" });
    if (mode === "transfer") reverseTransfer(books, intent, AMOUNT - PLATFORM_SHARE);
    referenceRefund(books, intent, made);
  },
  "lost dispute": (books, intent) => closeDispute(books, intent, dispute(books, intent), "lost"),
  /** Evidence was submitted. */
  "won dispute": (books, intent) => {
    const opened = dispute(books, intent);
    counterDispute(books, intent, opened);
    closeDispute(books, intent, opened, "won");
  },
  /** An automatic one to the franchisee's bank, of any number of payments. */
  payout: (books) => {
    const payout = payOut(books, ACCOUNT, { settles: "by steps" });
    submitPayout(books, ACCOUNT, payout);
    settlePayout(books, ACCOUNT, payout);
  },
} as const satisfies Record<string, (books: FakeBooks, intent: Stripe.PaymentIntent, mode: Mode) => void>;

export type Occurrence = "payment" | keyof typeof MORE;
export const OCCURRENCES = [
  "payment",
  "refund",
  "lost dispute",
  "won dispute",
  "payout",
] as const satisfies Occurrence[];

/** The types of the webhooks that the two endpoints of docs/webhooks.md receive when it occurs, in their order. */
export function webhooksOf(occurrence: Occurrence, mode: Mode = "direct"): Stripe.Event.Type[] {
  const books = new FakeBooks();
  const received: Stripe.Event.Type[] = [];
  books.onEvent = ({ type, account }) => {
    const subscribed: readonly string[] = ENDPOINT_EVENTS[account === undefined ? "platform" : "connect"];
    if (subscribed.includes(type)) received.push(type);
  };
  const intent = paid(books, mode);
  if (occurrence === "payment") return received;
  received.length = 0;
  MORE[occurrence](books, intent, mode);
  return received;
}

/** The webhooks of a paid direct charge with an application fee: what the figures in docs/ calculate with. */
export const WEBHOOKS_PER_PAYMENT = webhooksOf("payment", "direct").length;
