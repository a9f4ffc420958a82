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
      return [name, value === undefined ? { problem: "Not in functions/.secret.local." } : { value, version: null }];
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
    const response = await google("secrets", { path: `projects/${project}/secrets/${name}/versions/latest:access` });
    if (response === null) return { problem: "The secret or its version does not exist." };
    const access = accessSchema.parse(response);
    const value = Buffer.from(access.payload.data, "base64").toString("utf8");
    return { value, version: access.name.split("/").at(-1) ?? null };
  } catch (error) {
    if (!(error instanceof GoogleApiError)) throw error;
    const problem = `Could not be read. ${error.message}`;
    // 400: the version is disabled or destroyed. After any other failure the value may be valid.
    return error.status === 400 ? { problem } : { problem, remedy: remedyFor(error) };
  }
}

/** The secrets exist and are valid. */
export const secrets: Check = {
  title: "secrets",
  run: (project) => {
    const { id, google } = project;
    const findings: Finding[] = [];
    const isReadable = (name: string): boolean => "value" in (project.secrets.get(name) ?? {});
    const report = (problem: string, name: string, remedy?: string): void => {
      const setSecret = google
        ? `npx firebase functions:secrets:set ${name} --project ${id} (answer no if it offers to destroy the old version), then deploy (docs/configuration.md).`
        : "Delete the line in functions/.secret.local; npm start creates a new one.";
      findings.push({ problem, remedy: remedy ?? setSecret });
    };
    const validate = (name: string, read: () => unknown): void => {
      if (!isReadable(name)) return;
      try {
        read();
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        // The check of the settings reports a missing param.
        if (!problem.startsWith("The param ")) report(problem, name);
      }
    };

    for (const [name, secret] of project.secrets) {
      if ("problem" in secret) report(`${name}: ${secret.problem}`, name, secret.remedy);
    }
    validate(orchestratorSigningSecret.name, orchestratorKeys);
    validate(project.settings["STRIPE_MODE"] === "live" ? stripeApiKey.name : stripeTestApiKey.name, stripeAccess);
    for (const secret of WEBHOOK_SECRETS) validate(secret.name, () => webhookKeysIn(secret));
    if (WEBHOOK_SECRETS.every(({ name }) => hasNoEndpoint(project.secrets.get(name)))) {
      report("Both Stripe webhook secrets are none: every event is rejected.", stripeWebhookSecret.name);
    }
    return { findings };
  },
};

/** Whether a webhook secret states that there is no endpoint. */
export function hasNoEndpoint(secret: Secret | undefined): boolean {
  return secret !== undefined && "value" in secret && secret.value.trim() === "none";
}
