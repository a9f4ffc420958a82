import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { Webhook } from "standardwebhooks";
import { publicPath } from "../../src/http/paths.ts";
import { signedPayload } from "../../src/http/signature.ts";
import { FUNCTIONS } from "./paths.ts";

const SECRETS_FILE = join(FUNCTIONS, ".secret.local");
const SIGNING = "ORCHESTRATOR_SIGNING_SECRET";

/** Creates missing secrets of the local environment; never committed. */
export function ensureLocalSecrets(): void {
  const before = existsSync(SECRETS_FILE) ? readFileSync(SECRETS_FILE, "utf8").replace(/(?<=[^\n])$/, "\n") : "";
  // Earlier versions created a secret key, which has every permission.
  const kept = before.replace(/^STRIPE_TEST_API_KEY=sk_test_local.*\n/m, "");
  const known = parseEnv(kept);
  const missing = Object.entries(newSecrets()).filter(([name]) => !known[name]);
  if (missing.length === 0) return;
  const lines = missing.map(([name, secret]) => `${name}=${secret}\n`);
  writeFileSync(SECRETS_FILE, kept + lines.join(""), { mode: 0o600 });
}

function newSecrets(): Record<string, string> {
  return {
    [SIGNING]: `${newKey()},${newKey()}`,
    STRIPE_TEST_API_KEY: `rk_test_local${randomBytes(12).toString("hex")}`,
    STRIPE_API_KEY: "none",
    STRIPE_WEBHOOK_SECRET: newWebhookSecret(),
    STRIPE_CONNECT_WEBHOOK_SECRET: newWebhookSecret(),
  };
}

export function localSecrets(): NodeJS.Dict<string> {
  return parseEnv(readFileSync(SECRETS_FILE, "utf8"));
}

export function localKeys(): string[] {
  return localSecrets()[SIGNING]?.split(",") ?? [];
}

export function newKey(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/** Like Stripe's: the same prefix, but not base64. */
function newWebhookSecret(): string {
  return `whsec_${randomBytes(16).toString("hex")}`;
}

export interface Signing {
  key?: string | undefined;
  id?: string;
  at?: Date;
}

/** Signs a request; default key: the local environment's first. */
export function signedHeaders(
  method: string,
  to: string | { target: string },
  body: string,
  signing: Signing = {},
): Record<string, string> {
  const { key = localKeys()[0] ?? "", id = `msg_${randomBytes(9).toString("hex")}`, at = new Date() } = signing;
  const target = typeof to === "string" ? targetOf(to) : publicPath(to.target);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(key).sign(id, at, signedPayload(method, target, body)),
  };
}

/** The public path and query of a URL of Hosting or of a function. */
function targetOf(url: string): string {
  const { pathname, search } = new URL(url);
  return publicPath(pathname.replace(/^\/[^/]+\/us-central1\/[^/]+(?=\/)/, "") + search);
}
