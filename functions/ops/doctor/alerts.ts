import { z } from "zod";
import { listAll } from "../google.ts";
import { LABEL, policies } from "../monitoring/files.ts";
import { type Check, type Finding, googleOf, named } from "./check.ts";

const installedSchema = z.object({
  displayName: z.string(),
  userLabels: z.record(z.string(), z.string()).default({}),
  enabled: z.boolean().default(true),
  notificationChannels: z.array(z.string()).default([]),
  conditions: z
    .array(
      z.object({
        conditionThreshold: z
          .object({
            thresholdValue: z.number().default(0),
            aggregations: z.array(z.object({ alignmentPeriod: z.string().default("") })).default([]),
          })
          .optional(),
      }),
    )
    .default([]),
});
type Installed = z.infer<typeof installedSchema>;

/** The alerts of functions/ops/monitoring are installed, as they are in the files, and notify someone. */
export const alerts: Check = {
  title: "alerts",
  run: async (project) => {
    const google = googleOf(project, "the local environment has no monitoring.");
    const path = `projects/${project.id}/alertPolicies`;
    const all = (await listAll(google, "monitoring", { path }, "alertPolicies", installedSchema)) ?? [];
    const found = new Map(all.map((policy) => [policy.userLabels[LABEL], policy]));
    const lacking: string[] = [];
    const different: string[] = [];
    const off: string[] = [];
    const silent: string[] = [];
    for (const wanted of policies()) {
      const installed = found.get(wanted.userLabels[LABEL]);
      if (!installed) lacking.push(wanted.displayName);
      else if (limitsOf(installed) !== limitsOf(installedSchema.parse(wanted))) different.push(wanted.displayName);
      else if (!installed.enabled) off.push(wanted.displayName);
      else if (installed.notificationChannels.length === 0) silent.push(wanted.displayName);
    }
    const install = `npm run ops -- monitoring --notify NUMBER --project ${project.id} (docs/operations.md, Alerting).`;
    const findings: Finding[] = [];
    if (lacking.length > 0)
      findings.push({ problem: `These alerts are not installed: ${named(lacking)}.`, remedy: install });
    if (different.length > 0)
      findings.push({
        problem: `These alerts differ from functions/ops/monitoring: ${named(different)}.`,
        remedy: install,
      });
    if (off.length > 0) {
      const remedy = "Enable them in the Google Cloud console: Monitoring, Alerting, Policies.";
      findings.push({ problem: `These alerts are switched off: ${named(off)}.`, remedy });
    }
    if (silent.length > 0) findings.push({ problem: `These alerts notify no one: ${named(silent)}.`, remedy: install });
    return { findings };
  },
};

/** The thresholds and periods, as one text. Google adds defaults to everything else. */
function limitsOf({ conditions }: Installed): string {
  return JSON.stringify(conditions);
}
