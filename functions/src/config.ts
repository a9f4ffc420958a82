import type { HttpsOptions } from "firebase-functions/v2/https";
import type { ScheduleOptions } from "firebase-functions/v2/scheduler";
import type { TaskQueueOptions } from "firebase-functions/v2/tasks";
import { defineBoolean, defineSecret, defineString, type StringParam } from "firebase-functions/params";
import { z } from "zod";
import { isTimeZone } from "./domain/calendar.ts";
import { currencySchema } from "./domain/money.ts";
import {
  type QuickBooksAccounts,
  quickBooksAccountsSchema,
  type XeroAccounts,
  xeroAccountsSchema,
} from "./domain/journal-accounts.ts";
import type { RecordDefaults } from "./domain/transaction.ts";

/**
 * A function's own service account, with the least permissions (docs/deployment.md). The Firebase CLI fills in the
 * project; it would pass the short form, `name@`, to Cloud Scheduler unchanged.
 */
const runAs = <const Name extends string>(name: Name) =>
  `${name}@{{ params.PROJECT_ID }}.iam.gserviceaccount.com` as const;

/** The options of the Cloud Run service that this backend replaces. */
const httpsOptions = {
  region: "us-central1",
  memory: "1GiB",
  cpu: 1,
  timeoutSeconds: 540,
  maxInstances: 20,
  concurrency: 80,
  invoker: "public",
} as const satisfies HttpsOptions;

const defaultCurrency = defineString("DEFAULT_CURRENCY", {
  default: "cad",
  description: "ISO 4217 code, lower case, of a golden record that names no currency",
});

/** The daily close runs in it too. */
export const reportingTimeZone = defineString("REPORTING_TIME_ZONE", {
  default: "America/Vancouver",
  description: "IANA time zone whose days payments are booked on",
});

export const timeZoneSchema = z.string().refine(isTimeZone);

const stripeMode = defineString("STRIPE_MODE", {
  description: "The one Stripe mode that this deployment serves: live or test",
});

export const stripeModeSchema = z.enum(["live", "test"]);

/** One `whsec_…` key, or two, comma-separated, during a rotation. */
export const orchestratorSigningSecret = defineSecret("ORCHESTRATOR_SIGNING_SECRET");

const signed = { ...httpsOptions, secrets: [orchestratorSigningSecret] } satisfies HttpsOptions;
export const recordTransactionOptions = {
  ...signed,
  serviceAccount: runAs("record-transaction"),
} satisfies HttpsOptions;
export const listTransactionsOptions = { ...signed, serviceAccount: runAs("list-transactions") } satisfies HttpsOptions;
export const apiOptions = { ...signed, serviceAccount: runAs("portal-api") } satisfies HttpsOptions;

/** Only the key of the deployment's mode is read. */
export const stripeApiKey = defineSecret("STRIPE_API_KEY");
export const stripeTestApiKey = defineSecret("STRIPE_TEST_API_KEY");

/**
 * The signing secrets of the webhook endpoints for the platform's own events and for those of connected accounts: one
 * `whsec_…` each, or two, comma-separated, during a rotation; `none` without such an endpoint.
 */
export const stripeWebhookSecret = defineSecret("STRIPE_WEBHOOK_SECRET");
export const stripeConnectWebhookSecret = defineSecret("STRIPE_CONNECT_WEBHOOK_SECRET");

/** Few instances share the Stripe requests of a burst. */
export const stripeWebhookOptions = {
  ...httpsOptions,
  timeoutSeconds: 300,
  maxInstances: 3,
  serviceAccount: runAs("stripe-webhook"),
  secrets: [stripeWebhookSecret, stripeConnectWebhookSecret, stripeApiKey, stripeTestApiKey],
} satisfies HttpsOptions;

/**
 * At first Stripe's own limit for each endpoint of its API, unless it has raised that for the account. All live
 * requests of an account together may be 100 a second (https://docs.stripe.com/rate-limits).
 */
const stripeRate = { perSecond: 25, maxPerSecond: 300, burst: 10 } as const;

/**
 * An event that takes longer is queued. How long Stripe waits for a response is not documented; its command line waits
 * 30 seconds (stripe-cli #710).
 */
export const webhookLimits = {
  rate: stripeRate,
  maxWaitMs: 1_000,
  backOffMs: 200,
  rateLimitRetries: 1,
  timeoutMs: 6_000,
  /** The SDK still repeats a request whose idle connection was closed (RequestSender, `_shouldRetry`). */
  networkRetries: 0,
} as const;

/** A task that needs longer is retried. */
export const queueLimits = {
  rate: stripeRate,
  maxWaitMs: 20_000,
  backOffMs: 500,
  rateLimitRetries: 4,
  timeoutMs: 20_000,
} as const;

const jobOptions = {
  region: httpsOptions.region,
  memory: "1GiB",
  cpu: 1,
  maxInstances: 5,
  secrets: [stripeApiKey, stripeTestApiKey],
} satisfies TaskQueueOptions;

/** Webhooks report changes; a sync finds what they did not (docs/cost.md). The alerts expect one every four hours. */
const syncSchedule = defineString("SYNC_SCHEDULE", {
  default: "7 */4 * * *",
  description: "When syncs start, in UTC, as minute and hour of cron: 7 */4 * * *, or 7 * * * * for every hour",
});

export const syncScheduleSchema = z.string().regex(/^[0-5]?\d (\*|\*\/[1-4]) \* \* \*$/);

/** As measured (docs/benchmarks.md); a processor of less than one takes one request at a time. */
const small = { cpu: 0.5, concurrency: 1 } as const;

/** It reads nothing. */
export const healthOptions = {
  ...httpsOptions,
  ...small,
  memory: "256MiB",
  timeoutSeconds: 60,
  maxInstances: 3,
  serviceAccount: runAs("portal-health"),
} satisfies HttpsOptions;

/** It only enqueues tasks, so a retry can follow soon. */
export const syncStripeOptions = {
  ...jobOptions,
  ...small,
  memory: "512MiB",
  serviceAccount: runAs("sync-stripe"),
  // The type has no params; the CLI fills it in.
  schedule: `{{ params.${syncSchedule.name} }}`,
  timeZone: "Etc/UTC",
  timeoutSeconds: 300,
  retryCount: 3,
  minBackoffSeconds: 60,
} satisfies ScheduleOptions;

/**
 * One task per scope. It may take half an hour: a first sync reads the whole history. Three concurrent tasks stay below
 * Stripe's rate limit (`stripe/client.ts`). A failed task is retried before the next schedule.
 */
export const syncAccountOptions = {
  ...jobOptions,
  ...small,
  memory: "512MiB",
  serviceAccount: runAs("sync-account"),
  /** The function that enqueues a task also calls it. */
  invoker: runAs("sync-stripe"),
  timeoutSeconds: 1800,
  rateLimits: { maxConcurrentDispatches: 3, maxDispatchesPerSecond: 3 },
  retryConfig: { maxAttempts: 5, minBackoffSeconds: 30, maxBackoffSeconds: 600, maxDoublings: 4 },
} satisfies TaskQueueOptions;

/**
 * A task per payment whose events Stripe had no room for. The attempts take more than an hour, after which the sync
 * processes the events.
 */
export const processEventsOptions = {
  ...jobOptions,
  serviceAccount: runAs("process-events"),
  /** The function that enqueues a task also calls it. */
  invoker: runAs("stripe-webhook"),
  timeoutSeconds: 300,
  /** Few instances share the Stripe requests. */
  maxInstances: 2,
  concurrency: 40,
  rateLimits: { maxConcurrentDispatches: 40, maxDispatchesPerSecond: 50 },
  retryConfig: { maxAttempts: 20, minBackoffSeconds: 5, maxBackoffSeconds: 300, maxDoublings: 6 },
} satisfies TaskQueueOptions;

/** After the night's syncs. */
export const closeDaysOptions = {
  region: httpsOptions.region,
  memory: "1GiB",
  cpu: 1,
  maxInstances: 1,
  serviceAccount: runAs("close-days"),
  schedule: "10 3 * * *",
  timeZone: reportingTimeZone,
  timeoutSeconds: 1800,
  retryCount: 3,
  minBackoffSeconds: 60,
} satisfies ScheduleOptions;

/** Often, since it also sends what must be known at once; it reads only what is new. */
export const mailExceptionsOptions = {
  region: httpsOptions.region,
  memory: "512MiB",
  cpu: 1,
  maxInstances: 1,
  serviceAccount: runAs("mail-exceptions"),
  schedule: "*/5 * * * *",
  timeZone: "Etc/UTC",
  timeoutSeconds: 240,
  /** The next run does what a failed one has not done. */
  retryCount: 0,
} satisfies ScheduleOptions;

const mailCollection = defineString("MAIL_COLLECTION", {
  default: "none",
  description: "The collection that the extension Trigger Email from Firestore sends from; none: no emails",
});

const portalUrl = defineString("PORTAL_URL", {
  default: "none",
  description: "Where people open the portal, for links in emails; none: the project's web.app address",
});

const stripeApiBase = defineString("STRIPE_API_BASE", {
  default: "https://api.stripe.com",
  description: "The URL of Stripe, or of a fake one",
});

const stripeApplicationId = defineString("STRIPE_APPLICATION_ID", {
  default: "none",
  description: "The platform's own Connect application, ca_…, which identifies its direct charges; none: any counts",
});

const quickBooksAccounts = defineString("QUICKBOOKS_ACCOUNTS", {
  default: "none",
  description:
    "The accounts of journals for QuickBooks, by name: bank=Chequing;sales=Workshop sales;…; none: the defaults",
});

const xeroAccounts = defineString("XERO_ACCOUNTS", {
  default: "none",
  description:
    "The accounts of journals for Xero, by code: bank=610;sales=200;…;taxRate=Tax Exempt; none: no such journals",
});

export const allowUnsignedWrites = defineBoolean("ALLOW_UNSIGNED_WRITES", {
  default: false,
  description: "Accept golden records without a signature; only during a migration",
});

const logLevel = defineString("LOG_LEVEL", {
  default: "INFO",
  description: "The lowest severity to log: DEBUG, INFO, WARN or ERROR",
});

/** Throws if a param has an invalid value. */
export function recordDefaults(): RecordDefaults {
  return {
    currency: setting(defaultCurrency, currencySchema),
    livemode: setting(stripeMode, stripeModeSchema) === "live",
    timeZone: setting(reportingTimeZone, timeZoneSchema),
    applicationId: setting(stripeApplicationId, applicationIdSchema),
  };
}

export const applicationIdSchema = z
  .string()
  .regex(/^(none|ca_\w{1,250})?$/)
  .transform((id) => (id === "none" || id === "" ? null : id));

/** The accounts of journals in each bookkeeping program; null without them. Throws if a param has an invalid value. */
export function journalAccounts(): { quickbooks: QuickBooksAccounts; xero: XeroAccounts | null } {
  return {
    quickbooks: setting(quickBooksAccounts, quickBooksAccountsSchema),
    xero: setting(xeroAccounts, xeroAccountsSchema),
  };
}

export const mailCollectionSchema = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,99}$/)
  .transform((name) => (name === "none" ? null : name));

export const portalUrlSchema = z.union([
  z.literal("none").transform(() => null),
  z
    .url()
    .transform((url) => new URL(url))
    .refine(({ protocol, pathname }) => protocol === "https:" && pathname === "/"),
]);

/** Null if no emails are sent. Throws if a param has an invalid value. */
export function mailSettings(): { collection: string; portal: string } | null {
  const collection = setting(mailCollection, mailCollectionSchema);
  if (collection === null) return null;
  const portal =
    setting(portalUrl, portalUrlSchema)?.origin ?? `https://${String(process.env["GCLOUD_PROJECT"])}.web.app`;
  return { collection, portal };
}

/** Throws without a key, or with one of the other mode: the two modes must never share a ledger. */
export function stripeAccess(): { key: string; base: URL; applicationId: string | null } {
  const mode = setting(stripeMode, stripeModeSchema);
  const secret = mode === "live" ? stripeApiKey : stripeTestApiKey;
  const key = secret.value().trim();
  // Messages must not contain any part of a secret.
  const keyMode = /^[rs]k_(?<mode>live|test)_\w+$/.exec(key)?.groups?.["mode"];
  if (keyMode === undefined) throw new Error(`${secret.name} holds no Stripe API key (sk_${mode}_… or rk_${mode}_…).`);
  if (keyMode !== mode) {
    throw new Error(`${secret.name} holds a key of the ${keyMode} mode, and STRIPE_MODE is ${mode}.`);
  }
  const base = setting(stripeApiBase, stripeBaseSchema);
  return { key, base, applicationId: setting(stripeApplicationId, applicationIdSchema) };
}

/** Plain HTTP only to this machine: every request carries the key. */
const stripeBaseSchema = z
  .url()
  .transform((url) => new URL(url))
  .refine(({ protocol, hostname }) => protocol === "https:" || (protocol === "http:" && hostname === "127.0.0.1"));

/**
 * The database's project, if not the functions' own. Not a param, because the CLI prompts for every param without
 * value.
 */
export function firestoreProject(): string | undefined {
  return process.env["FIRESTORE_PROJECT_ID"] || undefined;
}

export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;

const logLevelSchema = z
  .string()
  .transform((level) => level.toUpperCase().replace("WARNING", "WARN"))
  .pipe(z.enum(LOG_LEVELS))
  // An unknown level must not affect responses.
  .catch("INFO");

/** The lowest severity to log; `INFO` for an unknown level. */
export function minimumLogLevel(): (typeof LOG_LEVELS)[number] {
  return logLevelSchema.parse(logLevel.value());
}

function setting<T>(param: StringParam, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(param.value());
  if (!parsed.success) throw new Error(`The param ${param.name} is "${param.value()}", which is not a valid value.`);
  return parsed.data;
}
