import { z } from "zod";
import { recordDefaults, stripeAccess } from "../../src/config.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import { syncUpToNow } from "../../src/jobs/sync/sync.ts";
import { apply } from "../../src/store/apply.ts";
import { saveStripeProfiles } from "../../src/store/profiles.ts";
import { PLATFORM } from "../../src/store/sync-state.ts";
import { syncStore } from "../../src/store/sync-store.ts";
import { type Connection, connect } from "../../src/stripe/client.ts";
import { connectedAccounts } from "../../src/stripe/connected-accounts.ts";
import { UNLIMITED } from "../../src/stripe/request-rate.ts";
import { controlLocalStripe } from "../../testing/fake-stripe/control.ts";
import type { SeededPayment, WorldSize } from "../../testing/fake-stripe/seeded-world.ts";
import { ADDRESS } from "../cli/ports.ts";
import { localSecrets } from "../cli/signing.ts";
import { testEnvironment } from "./emulators.ts";
import { untilAvailable } from "./until-available.ts";

/** Franchisees at the same time. */
const LANES = 4;

const seededSchema = z.object({
  payments: z.array(
    z.object({
      account: z.string(),
      stripePaymentId: z.string(),
      paidAt: z.int(),
      currency: z.string(),
      name: z.string(),
      email: z.string(),
      workshopId: z.string(),
      workshopName: z.string(),
      figures: z.object({ total: z.int(), stripeFee: z.int(), platformFee: z.int(), net: z.int() }),
      recorded: z.enum(["right", "wrong", "none"]),
    }) satisfies z.ZodType<SeededPayment>,
  ),
});

/** Fills the local environment with a network of franchisees. Throws a CliError if it is not running. */
export async function seed(size: WorldSize): Promise<void> {
  Object.assign(process.env, testEnvironment(ADDRESS.firestore), localSecrets(), { LOG_LEVEL: "ERROR" });
  console.log(`Stripe: ${size.payments} payments of ${size.franchisees} franchisees in ${size.months} months …`);
  const { payments } = seededSchema.parse(await controlLocalStripe("seed", size));
  console.log("Their golden records …");
  await recordAll(payments);
  console.log("A sync of every account …");
  // Without a rate limit, which the deployed sync keeps.
  const connection = connect({ ...stripeAccess(), rate: UNLIMITED });
  const accounts = await connectedAccounts(connection);
  await saveStripeProfiles(accounts);
  // It finds destination charges, whose movements the franchisees' syncs compare.
  await syncAccounts(connection, [PLATFORM]);
  const ids = accounts.map(({ id }) => id);
  await syncAccounts(connection, ids);
}

/** As the schedule does. Throws StripeRequestError, AppError `unavailable`. */
export async function syncAccounts(connection: Connection, scopes: readonly string[]): Promise<void> {
  const dependencies = { store: syncStore, connection, defaults: recordDefaults() };
  await inLanes(scopes, (scope) => untilAvailable(() => syncUpToNow(scope, dependencies, { owner: "seed" })));
}

async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = all.values();
  const run = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: LANES }, run));
}

/** As the orchestrator sent them when they were paid: over HTTP they would all be of today. */
export function recordAll(payments: readonly SeededPayment[]): Promise<void> {
  // Payments of one franchisee would wait for each other.
  const franchisees = [...Map.groupBy(payments, ({ account }) => account).values()];
  return inLanes(franchisees, async (theirs) => {
    for (const payment of theirs) await recordOne(payment);
  });
}

async function recordOne(payment: SeededPayment): Promise<void> {
  const { account, paidAt, recorded, figures, currency, name, email, workshopId, workshopName } = payment;
  if (recorded === "none") return;
  const surplus = recorded === "wrong" ? 1 : 0;
  const record = goldenRecordSchema.parse({
    stripePaymentId: payment.stripePaymentId,
    amount_total: figures.total + surplus,
    amount_stripe_fee: figures.stripeFee,
    amount_platform_fee: figures.platformFee,
    amount_franchisee_net: figures.net + surplus,
    currency,
    name,
    email,
    workshopId,
    workshopName,
    status: "succeeded",
  });
  const sentAt = new Date(paidAt * 1000);
  const context = { now: sentAt, defaults: recordDefaults() };
  await untilAvailable(() => apply(account, { kind: "golden", record, sentAt }, context));
}
