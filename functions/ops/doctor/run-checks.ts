import { type Check, type CheckResult, NotCheckedError, type Project, remedyFor } from "./check.ts";
import { alerts } from "./alerts.ts";
import { backups } from "./backups.ts";
import { balances } from "./balances.ts";
import { budget } from "./budget.ts";
import { claims } from "./claims.ts";
import { closes } from "./closes.ts";
import { erasures } from "./erasures.ts";
import { events } from "./events.ts";
import { exceptions } from "./exceptions.ts";
import { functions } from "./functions.ts";
import { indexes } from "./indexes.ts";
import { permissions } from "./permissions.ts";
import { rules } from "./rules.ts";
import { runtime } from "./runtime.ts";
import { secrets } from "./secrets.ts";
import { settings } from "./settings.ts";
import { signUp } from "./sign-up.ts";
import { sync } from "./sync.ts";
import { webhooks } from "./webhooks.ts";

const CHECKS = [
  settings,
  secrets,
  permissions,
  webhooks,
  rules,
  indexes,
  functions,
  runtime,
  signUp,
  claims,
  sync,
  events,
  balances,
  closes,
  erasures,
  exceptions,
  backups,
  alerts,
  budget,
];

export type CheckReport = { title: string } & (CheckResult | { notChecked: string });

/** Runs all checks; `onCheck` receives the progress (0 to 1) and the title of the next check. */
export async function runChecks(
  project: Project,
  onCheck: (done: number, title: string) => void = () => undefined,
): Promise<CheckReport[]> {
  // The code of src reads them from the environment.
  for (const [name, secret] of project.secrets) process.env[name] = "value" in secret ? secret.value : "";
  const reports: CheckReport[] = [];
  for (const { title, run } of CHECKS) {
    onCheck(reports.length / CHECKS.length, title);
    reports.push({ title, ...(await attempt(run, project)) });
  }
  return reports;
}

async function attempt(run: Check["run"], project: Project): Promise<CheckResult | { notChecked: string }> {
  try {
    return await run(project);
  } catch (error) {
    if (error instanceof NotCheckedError) return { notChecked: error.message };
    const message = error instanceof Error ? error.message : String(error);
    // Reported by the check of the settings.
    if (message.startsWith("The param ")) return { notChecked: message };
    return { findings: [{ problem: `The check failed. ${message}`, remedy: remedyFor(error) }] };
  }
}
