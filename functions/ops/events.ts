import { Option } from "@commander-js/extra-typings";
import { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";
import { each, examples, franchiseeId, parsedBy, wholeNumber } from "../tools/cli/program.ts";
import { printable, printJson, table } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import type { StripeEvent } from "../src/domain/stripe-event.ts";
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
import {
  DRY_RUN_OPTION,
  withCliErrors,
  JSON_OPTION,
  type Ops,
  pastDate,
  reasonOf,
  STRIPE_KEY_HELP,
  stripeConnection,
} from "./command.ts";

const eventId = parsedBy(z.string().regex(/^evt_\w{1,250}$/), "a Stripe event (evt_…)");

export function addEvents(ops: Ops): void {
  const events = ops.command("events").description("Events received by webhook. Times are ISO 8601, UTC.");
  const status = () => new Option("--status <status>", "Events with this status.").choices(EVENT_STATUSES);
  const from = ["--from <date>", "Events received since then.", pastDate] as const;
  const to = ["--to <date>", "Events received before then.", pastDate] as const;
  const limit = ["--limit <n>", "The maximum number of events.", wholeNumber(1, 10_000)] as const;
  events
    .command("list")
    .description("List events, newest first.")
    .addOption(status())
    .option(...from)
    .option(...to)
    .option(...limit, 50)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- events list --status quarantined --local"))
    .action(({ json, ...query }) => withCliErrors(() => list(queryOf(query), json === true)));
  events
    .command("show")
    .description("Show an event and its effects.")
    .argument("<evt_…>", "The event.", eventId)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- events show evt_1 --local"))
    .action((id, { json }) => withCliErrors(() => show(id, json === true)));
  events
    .command("replay")
    .description(
      "Process events again: those named, or with --from all that were received in that time, oldest first. Records the " +
        "current state from Stripe.",
    )
    .argument("[evt_…...]", "The events.", each(eventId))
    .addOption(status())
    .option(...from)
    .option(...to)
    .option(...limit)
    .option(
      "--account <acct_…>",
      "The account of an event that was never received; Stripe keeps events for 30 days.",
      franchiseeId,
    )
    .option(...DRY_RUN_OPTION)
    .addHelpText("after", examples("npm run ops -- events replay --status quarantined --from 2025-11-01 --local"))
    .addHelpText("after", `\n${STRIPE_KEY_HELP}`)
    .action((ids = [], { account, dryRun, ...query }) =>
      withCliErrors(async () => replay(await selectEvents(ids, query, account ?? null), dryRun === true)),
    );
}

interface QueryOptions {
  status?: EventQuery["status"] | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  limit?: number | undefined;
}

function queryOf({ status, from, to, limit }: QueryOptions): EventQuery {
  return { status: status ?? null, from: from ?? null, to: to ?? null, limit: limit ?? null };
}

async function list(query: EventQuery, isJson: boolean): Promise<void> {
  const found = await listEvents(query);
  if (isJson) {
    printJson(found);
    return;
  }
  const rows = found.map(({ id, type, account, status, receivedAt, payments, reason }) => {
    return [receivedAt.toISOString(), id, type, account ?? "platform", status, String(payments), reason ?? ""];
  });
  console.log(table([["received", "event", "type", "of", "status", "payments", "reason"], ...rows]));
  if (found.length === query.limit) console.log(`\nOnly the newest ${query.limit}; --limit shows more.`);
  const counts = Object.entries(await eventCounts()).map(([type, count]) => `${printable(type)} ${count}`);
  if (counts.length > 0) console.log(`\nEvents of types that concern no payment: ${counts.join(", ")}`);
}

async function show(id: string, isJson: boolean): Promise<void> {
  const record = await readEvent(id);
  if (!record) throw new CliError(`The event ${id} was not received.`);
  if (isJson) {
    printJson(record);
    return;
  }
  const { effects, subject, ...fields } = record;
  const rows = { ...fields, about: Object.values(subject).join(" ") };
  console.log(
    table(
      Object.entries(rows).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : `${value}`]),
    ),
  );
  console.log(describe(effects).join("\n"));
}

function describe(effects: EventResult["effects"]): string[] {
  return effects.map(
    ({ franchiseeId: account, stripePaymentId, outcome }) =>
      `  ${printable(`${account} ${stripePaymentId}: ${outcome}`)}`,
  );
}

async function selectEvents(
  ids: readonly string[],
  query: QueryOptions,
  account: string | null,
): Promise<StripeEvent[]> {
  const isQuery = query.from !== undefined;
  if (isQuery === ids.length > 0 || (query.status !== undefined && !isQuery)) {
    throw new CliError("Name the events to replay: evt_…, or --from DATE.");
  }
  if (isQuery) return (await listEvents(queryOf(query))).toReversed().map(eventOf);
  const found: StripeEvent[] = [];
  for (const id of ids) {
    const record = await readEvent(id);
    const event = record ? eventOf(record) : await retrieveEvent(stripeConnection(), account, id);
    if (!event)
      throw new CliError(`The event ${id} was not received, and Stripe has no event of a supported type with this id.`);
    found.push(event);
  }
  return found;
}

async function replay(events: readonly StripeEvent[], isDryRun: boolean): Promise<void> {
  const connection = stripeConnection();
  const failed: string[] = [];
  for (const event of events) {
    const { outcome, reason, effects } = await reprocess(event, connection, isDryRun);
    console.log(`${printable(`${event.id} ${event.type}`)}: ${outcome}`);
    if (outcome === "failed" || outcome === "quarantined") {
      failed.push(`${event.id}: ${reason}`);
    } else {
      if (reason !== null) console.log(`  ${printable(reason)}`);
      if (effects.length > 0) console.log(describe(effects).join("\n"));
    }
  }
  console.log(`${events.length} events.${isDryRun ? " Dry run: nothing was written." : ""}`);
  if (failed.length > 0) throw CliError.of(failed);
}

async function reprocess(event: StripeEvent, connection: Connection, isDryRun: boolean) {
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
    return { outcome: "failed" as const, reason: reasonOf(error), effects: [] };
  }
}
