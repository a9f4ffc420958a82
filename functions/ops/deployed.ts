/** docs/deployed.json: a description of the deployment, so that a review shows its changes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../tools/cli/paths.ts";

const functionSchema = z.object({
  trigger: z.record(z.string(), z.unknown()),
  region: z.string(),
  runtime: z.string(),
  options: z.record(z.string(), z.number().nullable()),
  serviceAccount: z.string(),
  roles: z.array(z.string()),
  secrets: z.array(z.string()),
});

const deployedSchema = z.object({
  functions: z.record(z.string(), functionSchema),
  apis: z.array(z.string()),
  files: z.array(z.string()),
});

/** Accounts without their project; options that the platform chooses are null. */
export type Deployed = z.infer<typeof deployedSchema>;

const FILE = join(ROOT, "docs/deployed.json");

export function readDeployed(): Deployed {
  return deployedSchema.parse(JSON.parse(readFileSync(FILE, "utf8")));
}

export function writeDeployed(deployed: Deployed): void {
  writeFileSync(FILE, `${JSON.stringify(deployed, null, 2)}\n`);
}
