import type Stripe from "stripe";
import { z } from "zod";
import { closeDispute, dispute, refund, refundable } from "./refunds-and-disputes.ts";
import type { FakeBooks } from "./books.ts";
import { payOut } from "./payouts.ts";
import { invalid } from "./api-error.ts";

const refundRequestSchema = z.strictObject({
  payment: z.string(),
  /** In minor units; default: all that is left. */
  amount: z.int().positive().optional(),
  reverseTransfer: z.boolean().optional(),
  refundFee: z.boolean().optional(),
});
export type RefundRequest = z.input<typeof refundRequestSchema>;

const disputeRequestSchema = z.strictObject({ payment: z.string(), close: z.enum(["won", "lost"]).optional() });
export type DisputeRequest = z.input<typeof disputeRequestSchema>;

const payoutRequestSchema = z.strictObject({ account: z.string() });

/** Amount in minor units. */
export const resultSchema = z.object({ id: z.string(), amount: z.int(), currency: z.string(), status: z.string() });

/** Each throws a StripeApiError where there is no such payment, or nothing to do. */
export function afterPaymentRoutes(books: FakeBooks): Record<string, (body: unknown) => object> {
  return {
    "/_fake/refund": (body) => {
      const { payment, amount, reverseTransfer = false, refundFee = false } = refundRequestSchema.parse(body);
      const intent = paid(books, payment);
      const left = refundable(books, intent);
      if ((amount ?? left) > left || left === 0) {
        throw invalid(400, `Of ${payment}, ${left} can be refunded, in minor units.`);
      }
      return done(refund(books, intent, { amount: amount ?? left, reverseTransfer, refundFee }));
    },
    "/_fake/dispute": (body) => {
      const { payment, close } = disputeRequestSchema.parse(body);
      const intent = paid(books, payment);
      const open = openDispute(books, intent);
      if (close === undefined) {
        if (open) throw invalid(400, `${payment} is disputed already (${open.id}).`);
        return done(dispute(books, intent));
      }
      if (!open) throw invalid(400, `${payment} has no open dispute.`);
      closeDispute(books, intent, open, close);
      return done(open);
    },
    "/_fake/payout": (body) => {
      const { account } = payoutRequestSchema.parse(body);
      if (!books.booksOf(account)) throw invalid(400, `There is no connected account ${account}.`);
      try {
        return done(payOut(books, account));
      } catch (error) {
        throw error instanceof Error ? invalid(400, error.message) : error;
      }
    },
  };
}

function paid(books: FakeBooks, id: string): Stripe.PaymentIntent {
  const intent = books.intent(id);
  if (!intent) throw invalid(400, `There is no payment ${id}.`);
  if (intent.status !== "succeeded") throw invalid(400, `${id} has not succeeded.`);
  return intent;
}

function openDispute(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Dispute | undefined {
  const { dispute: disputes } = books.home(books.specOf(intent));
  return disputes
    .newestFirst()
    .find((one) => one.payment_intent === intent.id && one.status !== "won" && one.status !== "lost");
}

type Result = Pick<Stripe.Refund, "id" | "amount" | "currency" | "status">;

function done({ id, amount, currency, status }: Result): object {
  return { id, amount, currency, status };
}
