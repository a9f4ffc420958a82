/** The keys that requests may be signed with, as the secrets hold them. Nothing of a secret goes into a message. */
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { orchestratorSigningSecret, stripeConnectWebhookSecret, stripeWebhookSecret } from "../config.ts";

const orchestratorSchema = z.array(z.string().regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/)).max(2);
const stripeSchema = z.array(z.string().regex(/^whsec_\w{8,}$/)).max(2);

let keysOf: { secret: string; keys: readonly Webhook[] } | undefined;

/** The keys that the orchestrator may sign with. Throws when the secret holds no such keys. */
export function orchestratorKeys(): readonly Webhook[] {
  const secret = orchestratorSigningSecret.value();
  if (keysOf?.secret !== secret) {
    const keys = orchestratorSchema.safeParse(listed(secret));
    if (!keys.success) throw new Error("ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys.");
    keysOf = { secret, keys: keys.data.map((key) => new Webhook(key)) };
  }
  return keysOf.keys;
}

/** Every key that a webhook of Stripe's may be signed with. Throws when there is none, or one that is no such key. */
export function stripeWebhookKeys(): string[] {
  const keys = [stripeWebhookSecret, stripeConnectWebhookSecret].flatMap(webhookKeysIn);
  if (keys.length === 0) throw new Error("There is no key that a webhook of Stripe's could be signed with.");
  return keys;
}

/** The keys of one endpoint; none where the secret says `none`. Throws when it holds anything else. */
export function webhookKeysIn(secret: { name: string; value: () => string }): string[] {
  const said = listed(secret.value());
  const parsed = stripeSchema.safeParse(said.join() === "none" ? [] : said);
  if (!parsed.success) throw new Error(`${secret.name} holds neither one or two whsec_… keys nor "none".`);
  return parsed.data;
}

function listed(secret: string): string[] {
  return secret.split(",").map((key) => key.trim());
}
