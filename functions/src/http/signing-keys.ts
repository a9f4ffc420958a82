/** The keys that requests may be signed with, from the secrets. No message contains any part of a secret. */
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { orchestratorSigningSecret, stripeConnectWebhookSecret, stripeWebhookSecret } from "../config.ts";
import { log } from "../log.ts";

const orchestratorSchema = z
  .array(z.string().regex(/^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/))
  .max(2);
const stripeSchema = z.array(z.string().regex(/^whsec_\w{8,}$/)).max(2);

let keysOf: { secret: string; keys: readonly Webhook[] } | undefined;

/** The keys that the orchestrator may sign with. Throws if the secret holds no such keys. */
export function orchestratorKeys(): readonly Webhook[] {
  const secret = orchestratorSigningSecret.value();
  if (keysOf?.secret !== secret) {
    const keys = orchestratorSchema.safeParse(listed(secret));
    if (!keys.success) throw new Error("ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys.");
    keysOf = { secret, keys: keys.data.map((key) => new Webhook(key)) };
  }
  return keysOf.keys;
}

/** The keys that Stripe may sign webhooks with; none before its endpoints are set up. Throws for a malformed key. */
export function stripeWebhookKeys(): string[] {
  return [stripeWebhookSecret, stripeConnectWebhookSecret].flatMap(webhookKeysIn);
}

/** The keys of one endpoint; none if the secret is `none`. Throws if it holds anything else. */
export function webhookKeysIn(secret: { name: string; value: () => string }): string[] {
  const said = listed(secret.value());
  const parsed = stripeSchema.safeParse(said.join() === "none" ? [] : said);
  if (!parsed.success) throw new Error(`${secret.name} holds neither one or two whsec_… keys nor "none".`);
  return parsed.data;
}

/** The keys that each function verifies signatures with, by its deployed name. */
const KEYS_OF: Readonly<Record<string, () => readonly unknown[]>> = {
  recordTransaction: orchestratorKeys,
  listTransactions: orchestratorKeys,
  api: orchestratorKeys,
  stripeWebhook: stripeWebhookKeys,
};

/** Checks the keys of a function as it starts. Throws for a malformed key, so that its deployment fails. */
export function requireKeys(functionName: string): void {
  try {
    if (KEYS_OF[functionName]?.().length === 0)
      log.warn("no signing keys: every request is rejected", { functionName });
  } catch (error) {
    log.error("signing keys are invalid", error, { functionName });
    throw error;
  }
}

function listed(secret: string): string[] {
  return secret.split(",").map((key) => key.trim());
}
