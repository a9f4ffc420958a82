import { CliError } from "../tools/cli/cli-error.ts";
import { table } from "../tools/cli/table.ts";
import { printable } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import type { StripeEvent } from "../src/domain/stripe-event.ts";
import { franchiseeIdSchema } from "../src/domain/payment.ts";
import { type EventResult, processEvent } from "../src/jobs/events/process-event.ts";
import { dryRunStore, syncStore } from "../src/store/sync-store.ts";
import {
  EVENT_STATUSES,
  eventCounts,
  eventOf,
  type EventQuery,
  listEvents,
  readEvent,
} from "../src/store/stripe-events.ts";
import type { Connection } from "../src/stripe/client.ts";
import { retrieveEvent } from "../src/stripe/events.ts";
import { paymentFetcher } from "../src/stripe/payment-fetcher.ts";
import { type Command, type Options, TARGET_USAGE } from "./command.ts";
import { dateOf, reasonOf, stripeConnection } from "./stripe.ts";

const USAGE = `What Stripe's webhooks brought, and what it did.

  npm run events -- list [--status done|processing|quarantined] [--from 2025-11-01] [--to 2025-11-02] [--limit 50]
  npm run events -- show evt_…
  npm run events -- replay evt_… [--account acct_…] [--dry-run]
  npm run events -- replay [--status quarantined] --from 2025-11-01 [--to 2025-11-02] [--dry-run]

  list         the last to come first
  replay       take up again: what Stripe says now is fetched and goes into the ledger. With --from, all that came in that time,
               the oldest first; those of one status if it is given
  --account    where the event happened, if it never came: it is fetched from Stripe, which keeps events for 30 days
  --dry-run    write nothing, and show what would happen

Times are ISO 8601, UTC.

${TARGET_USAGE}

The key of a real project is taken from the variable STRIPE_API_KEY (or STRIPE_TEST_API_KEY, where STRIPE_MODE is test).`;

export const events: Command = {
  usage: USAGE,
  options: {
    status: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    limit: { type: "string" },
    account: { type: "string" },
    "dry-run": { type: "boolean" },
  },
  run: async ([action, ...ids], options) => {
    try {
      if (action === "list" && ids.length === 0) await list(queryOf(options));
      else if (action === "show" && ids.length === 1) await show(eventId(ids[0]));
      else if (action === "replay") await replay(await chosen(ids, options), options);
      else throw new CliError("", USAGE);
    } catch (error) {
      throw error instanceof CliError ? error : new CliError(reasonOf(error));
    }
  },
};

async function list(query: EventQuery): Promise<void> {
  const found = await listEvents(query);
  const rows = found.map(({ id, type, account, status, receivedAt, payments, reason }) => {
    return [receivedAt.toISOString(), id, type, account ?? "platform", status, String(payments), reason ?? ""];
  });
  console.log(table([["came", "event", "type", "of", "status", "payments", "reason"], ...rows]));
  if (found.length === query.limit) console.log(`\nThe last ${query.limit}; --limit shows more.`);
  const counts = Object.entries(await eventCounts()).map(([type, count]) => `${printable(type)} ${count}`);
  if (counts.length > 0) console.log(`\nOf types that say nothing about a payment: ${counts.join(", ")}`);
}

function eventId(text = ""): string {
  if (!/^evt_\w{1,250}$/.test(text)) throw new CliError(`This is no event of Stripe's (evt_…): ${text}`);
  return text;
}

async function show(id: string): Promise<void> {
  const record = await readEvent(id);
  if (!record) throw new CliError(`No event ${id} has come.`);
  const { effects, subject, ...fields } = record;
  const { kind, ...named } = subject;
  const about = { ...fields, about: [kind, ...Object.values(named)].join(" ") };
  console.log(
    table(
      Object.entries(about).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : `${value}`]),
    ),
  );
  console.log(describe(effects).join("\n"));
}

function describe(effects: EventResult["effects"]): string[] {
  return effects.map(
    ({ franchiseeId, stripePaymentId, outcome }) => `  ${printable(`${franchiseeId} ${stripePaymentId}: ${outcome}`)}`,
  );
}

/** The events to replay, the oldest first. */
async function chosen(ids: readonly string[], options: Options): Promise<StripeEvent[]> {
  if (ids.length > 0 && (options["from"] !== undefined || options["status"] !== undefined))
    throw new CliError("", USAGE);
  if (ids.length === 0) {
    if (options["from"] === undefined) throw new CliError("", USAGE);
    const limit = options["limit"] === undefined ? { limit: null } : {};
    const found = await listEvents({ ...queryOf(options), ...limit });
    return found.toReversed().map(eventOf);
  }
  const found: StripeEvent[] = [];
  for (const id of ids.map(eventId)) {
    const record = await readEvent(id);
    const event = record ? eventOf(record) : await retrieveEvent(stripeConnection(), accountOf(options), id);
    if (!event) throw new CliError(`No event ${id} has come, and Stripe has none of a type that says something.`);
    found.push(event);
  }
  return found;
}

async function replay(chosenEvents: readonly StripeEvent[], options: Options): Promise<void> {
  const isDryRun = options["dry-run"] === true;
  const connection = stripeConnection();
  const failed: string[] = [];
  for (const event of chosenEvents) {
    const intake = await takeAgain(event, connection, isDryRun);
    console.log(`${printable(`${event.id} ${event.type}`)}: ${typeof intake === "string" ? "failed" : intake.outcome}`);
    if (typeof intake === "string" || intake.outcome === "quarantined") {
      failed.push(`${event.id}: ${typeof intake === "string" ? intake : intake.reason}`);
    } else {
      if (intake.reason !== null) console.log(`  ${printable(intake.reason)}`);
      if (intake.effects.length > 0) console.log(describe(intake.effects).join("\n"));
    }
  }
  console.log(`${chosenEvents.length} events.${isDryRun ? " A dry run: nothing was written." : ""}`);
  if (failed.length > 0) throw CliError.of(failed);
}

/** What became of it, or why it failed. */
async function takeAgain(event: StripeEvent, connection: Connection, isDryRun: boolean): Promise<EventResult | string> {
  const dependencies = {
    store: isDryRun ? dryRunStore : syncStore,
    connection,
    fetchPayment: paymentFetcher(connection),
    defaults: recordDefaults(),
    now: () => new Date(),
  };
  try {
    return await processEvent(event, dependencies, true);
  } catch (error) {
    return reasonOf(error);
  }
}

const DEFAULT_LIMIT = 50;

function queryOf({ status, from, to, limit }: Options): EventQuery {
  const known = EVENT_STATUSES.find((one) => one === status);
  if (status !== undefined && known === undefined)
    throw new CliError(`There is no status ${String(status)}.`, `\n${USAGE}`);
  const count = limit === undefined ? DEFAULT_LIMIT : Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > 10_000) throw new CliError("--limit is between 1 and 10000.");
  return { status: known ?? null, from: dateOf("from", from) ?? null, to: dateOf("to", to) ?? null, limit: count };
}

function accountOf({ account }: Options): string | null {
  if (account === undefined) return null;
  const parsed = franchiseeIdSchema.safeParse(account);
  if (!parsed.success) throw new CliError(`This is no connected account (acct_…): ${String(account)}`);
  return parsed.data;
}
