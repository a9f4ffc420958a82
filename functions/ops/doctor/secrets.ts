import { z } from "zod";
import {
  orchestratorSigningSecret,
  stripeAccess,
  stripeApiKey,
  stripeConnectWebhookSecret,
  stripeTestApiKey,
  stripeWebhookSecret,
} from "../../src/config.ts";
import { orchestratorKeys, webhookKeysIn } from "../../src/http/signing-keys.ts";
import { type Google, GoogleApiError } from "../google.ts";
import { type Check, type Finding, remedyFor, type Secret } from "./check.ts";

const WEBHOOK_SECRETS = [stripeWebhookSecret, stripeConnectWebhookSecret];

const NAMES = [orchestratorSigningSecret, stripeApiKey, stripeTestApiKey, ...WEBHOOK_SECRETS].map(({ name }) => name);

export function secretsIn(values: Readonly<NodeJS.Dict<string>>): Map<string, Secret> {
  return new Map(
    NAMES.map((name) => {
      const value = values[name];
      return [
        name,
        value === undefined ? { problem: "It is not in functions/.secret.local." } : { value, version: null },
      ];
    }),
  );
}

const accessSchema = z.object({ name: z.string(), payload: z.object({ data: z.base64() }) });

export async function readSecrets(google: Google, project: string): Promise<Map<string, Secret>> {
  const secrets = await Promise.all(
    NAMES.map(async (name): Promise<[string, Secret]> => [name, await readSecret(google, project, name)]),
  );
  return new Map(secrets);
}

async function readSecret(google: Google, project: string, name: string): Promise<Secret> {
  try {
    const answer = await google("secrets", { path: `projects/${project}/secrets/${name}/versions/latest:access` });
    if (answer === null) return { problem: "There is no such secret, or it has no version." };
    const access = accessSchema.parse(answer);
    const value = Buffer.from(access.payload.data, "base64").toString("utf8");
    return { value, version: access.name.split("/").at(-1) ?? null };
  } catch (error) {
    if (!(error instanceof GoogleApiError)) throw error;
    const problem = `It could not be read. ${error.message}`;
    // A disabled or destroyed version is a 400. After any other failure the value may be fine.
    return error.status === 400 ? { problem } : { problem, remedy: remedyFor(error) };
  }
}

/** The secrets exist, and hold what the functions take. */
export const secrets: Check = {
  title: "secrets",
  run: (project) => {
    const { id, google } = project;
    const findings: Finding[] = [];
    const isReadable = (name: string): boolean => "value" in (project.secrets.get(name) ?? {});
    const find = (problem: string, name: string, other?: string): void => {
      const toSet = google
        ? `npx firebase functions:secrets:set ${name} --project ${id} (say no where it offers to destroy the old version), and deploy (docs/configuration.md).`
        : "Delete the line in functions/.secret.local: npm start makes a new one.";
      findings.push({ problem, remedy: other ?? toSet });
    };
    const attempt = (name: string, read: () => unknown): void => {
      if (!isReadable(name)) return;
      try {
        read();
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        // A missing param is a finding of the settings.
        if (!problem.startsWith("The param ")) find(problem, name);
      }
    };

    for (const [name, secret] of project.secrets) {
      if ("problem" in secret) find(`${name}: ${secret.problem}`, name, secret.remedy);
    }
    attempt(orchestratorSigningSecret.name, orchestratorKeys);
    attempt(project.settings["STRIPE_MODE"] === "live" ? stripeApiKey.name : stripeTestApiKey.name, stripeAccess);
    for (const secret of WEBHOOK_SECRETS) attempt(secret.name, () => webhookKeysIn(secret));
    if (WEBHOOK_SECRETS.every(({ name }) => hasNoEndpoint(project.secrets.get(name)))) {
      find("Both secrets of Stripe's webhooks are none: every event is refused.", stripeWebhookSecret.name);
    }
    return { findings };
  },
};

/** Whether a webhook's secret says that there is no such endpoint. */
export function hasNoEndpoint(secret: Secret | undefined): boolean {
  return secret !== undefined && "value" in secret && secret.value.trim() === "none";
}
