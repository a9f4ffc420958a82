/** The keys in the secrets. No message may contain any part of a secret. */
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { orchestratorSigningSecret, stripeConnectWebhookSecret, stripeWebhookSecret } from "../config.ts";
import { log } from "../log.ts";

const orchestratorSchema = z
  .array(z.string().regex(/^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/))
  .max(2);
const stripeSchema = z.array(z.string().regex(/^whsec_\w{8,}$/)).max(2);

let cached: { secret: string; keys: readonly Webhook[] } | undefined;

/** The orchestrator's keys. Throws if the secret holds no valid keys. */
export function orchestratorKeys(): readonly Webhook[] {
  const secret = orchestratorSigningSecret.value();
  if (cached?.secret !== secret) {
    const keys = orchestratorSchema.safeParse(split(secret));
    if (!keys.success) throw new Error("ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys.");
    cached = { secret, keys: keys.data.map((key) => new Webhook(key)) };
  }
  return cached.keys;
}

/** The keys of Stripe's webhooks; none before the endpoints are set up. Throws for a malformed key. */
export function stripeWebhookKeys(): string[] {
  return [stripeWebhookSecret, stripeConnectWebhookSecret].flatMap(webhookKeysIn);
}

/** The keys of one endpoint; none if the secret is `none`. Throws for a malformed key. */
export function webhookKeysIn(secret: { name: string; value: () => string }): string[] {
  const keys = split(secret.value());
  const parsed = stripeSchema.safeParse(keys.join() === "none" ? [] : keys);
  if (!parsed.success) throw new Error(`${secret.name} holds neither one or two whsec_… keys nor "none".`);
  return parsed.data;
}

const KEYS_OF: Readonly<Record<string, () => readonly unknown[]>> = {
  recordTransaction: orchestratorKeys,
  listTransactions: orchestratorKeys,
  api: orchestratorKeys,
  stripeWebhook: stripeWebhookKeys,
};

/** Checks the keys of a function at its start. Throws for a malformed key, so that its deployment fails. */
export function requireKeys(functionName: string): void {
  try {
    if (KEYS_OF[functionName]?.().length === 0)
      log.warn("no signing keys: every request is rejected", { functionName });
  } catch (error) {
    log.error("signing keys are invalid", error, { functionName });
    throw error;
  }
}

function split(secret: string): string[] {
  return secret.split(",").map((key) => key.trim());
}
