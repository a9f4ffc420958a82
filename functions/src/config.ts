import type { HttpsOptions } from "firebase-functions/v2/https";
import { defineBoolean, defineSecret, defineString } from "firebase-functions/params";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { currencySchema } from "./domain/money.ts";
import type { RecordDefaults } from "./domain/transaction.ts";

/** Runtime options of every HTTPS function: those of the Cloud Run service that this backend replaces. */
export const httpsOptions = {
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

const stripeMode = defineString("STRIPE_MODE", {
  description: "The one Stripe mode that this deployment serves: live or test",
});

const stripeModeSchema = z.enum(["live", "test"]);

/** One `whsec_…` key, or two, comma-separated, while the orchestrator changes from one to the other. */
export const orchestratorSigningSecret = defineSecret("ORCHESTRATOR_SIGNING_SECRET");

const allowUnsignedWrites = defineBoolean("ALLOW_UNSIGNED_WRITES", {
  default: false,
  description: "Let golden records without a signature through, for the time of a migration only",
});

const logLevel = defineString("LOG_LEVEL", {
  default: "INFO",
  description: "The least severity that is logged: DEBUG, INFO, WARN or ERROR",
});

/** What a golden record that does not say is taken to mean. Throws when a param holds no such value. */
export function recordDefaults(): RecordDefaults {
  return {
    currency: setting("DEFAULT_CURRENCY", currencySchema, defaultCurrency.value()),
    livemode: setting("STRIPE_MODE", stripeModeSchema, stripeMode.value()) === "live",
  };
}

const keysSchema = z
  .string()
  .transform((secret) => secret.split(",").map((key) => key.trim()))
  .pipe(
    z
      .array(z.string().regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/))
      .min(1)
      .max(2),
  );

let keysOf: { secret: string; keys: readonly Webhook[] } | undefined;

/** The keys that the orchestrator may sign with. Throws when the secret holds no such keys. */
export function orchestratorKeys(): readonly Webhook[] {
  const secret = orchestratorSigningSecret.value();
  if (keysOf?.secret !== secret) {
    const keys = keysSchema.safeParse(secret);
    // Nothing of a secret goes into a message.
    if (!keys.success) throw new Error("ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys.");
    keysOf = { secret, keys: keys.data.map((key) => new Webhook(key)) };
  }
  return keysOf.keys;
}

/** Whether golden records without a signature are let through. */
export function allowsUnsignedWrites(): boolean {
  return allowUnsignedWrites.value();
}

/**
 * The project whose Firestore holds the data, where it is not the one that the functions run in. Not a param, since the
 * tools ask for a value of every param that has none, and here none is the rule.
 */
export function firestoreProject(): string | undefined {
  return process.env["FIRESTORE_PROJECT_ID"] || undefined;
}

export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;

const logLevelSchema = z
  .string()
  .transform((level) => level.toUpperCase().replace("WARNING", "WARN"))
  .pipe(z.enum(LOG_LEVELS))
  // What is logged must not decide what is answered: an unknown level is the usual one.
  .catch("INFO");

/** The least severity that is logged; `INFO` when the param holds no level. */
export function minimumLogLevel(): (typeof LOG_LEVELS)[number] {
  return logLevelSchema.parse(logLevel.value());
}

function setting<T>(name: string, schema: z.ZodType<T>, value: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`The param ${name} is "${value}", which is not one of its values.`);
  return parsed.data;
}
