import Stripe from "stripe";
import type { StoredEvent } from "../../testing/fake-stripe/event.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";

const SECRET = "whsec_benchbenchbenchbenchbenchbench";

export function webhookSettings({ url }: FakeStripe): NodeJS.ProcessEnv {
  return { STRIPE_API_BASE: url.origin, STRIPE_WEBHOOK_SECRET: "none", STRIPE_CONNECT_WEBHOOK_SECRET: SECRET };
}

/** Delivers an event to the webhook, signed. Throws where it is refused. */
export async function deliver(url: string, event: StoredEvent): Promise<void> {
  const payload = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET });
  const headers = { "Content-Type": "application/json", "Stripe-Signature": signature };
  const response = await fetch(url, { method: "POST", body: payload, headers });
  const answer = await response.text();
  if (!response.ok) throw new Error(`The webhook answered ${response.status}: ${answer}`);
}
