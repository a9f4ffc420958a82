/** The metrics, alerts and dashboard of this folder, in the format of Google's APIs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const metricSchema = z.looseObject({ name: z.string(), filter: z.string() });
const policySchema = z.looseObject({
  displayName: z.string(),
  userLabels: z.record(z.string(), z.string()).default({}),
});
const dashboardSchema = z.looseObject({
  displayName: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
});

/** Marks installed resources; the value is the file's name. */
export const LABEL = "portal";

export type Metric = z.infer<typeof metricSchema>;
export type Policy = z.infer<typeof policySchema>;

export function metrics(): Metric[] {
  return filesIn("metrics").map(({ content }) => metricSchema.parse(content));
}

export function policies(): Policy[] {
  return filesIn("alerts").map(({ name, content }) => {
    const policy = policySchema.parse(content);
    return Object.assign(policy, { userLabels: { ...policy.userLabels, [LABEL]: name } });
  });
}

export function dashboard() {
  const content = dashboardSchema.parse(contentOf(join(import.meta.dirname, "dashboard.json")));
  return Object.assign(content, { labels: { ...content.labels, [LABEL]: "dashboard" } });
}

function filesIn(folder: string): { name: string; content: unknown }[] {
  const path = join(import.meta.dirname, folder);
  return readdirSync(path)
    .toSorted()
    .map((file) => ({ name: file.replace(".json", ""), content: contentOf(join(path, file)) }));
}

function contentOf(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
