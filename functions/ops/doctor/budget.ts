import { z } from "zod";
import { type Google, GoogleApiError, listAll } from "../google.ts";
import { type Check, googleOf, NotCheckedError } from "./check.ts";

const billingSchema = z.object({
  billingAccountName: z.string().default(""),
  billingEnabled: z.boolean().default(false),
});
const projectSchema = z.object({ projectNumber: z.string() });
const budgetSchema = z.object({
  budgetFilter: z.object({ projects: z.array(z.string()).default([]) }).prefault({}),
  thresholdRules: z.array(z.object({ thresholdPercent: z.number() })).default([]),
});
type Budget = z.infer<typeof budgetSchema>;

/** A budget of the billing account reports what the project costs. */
export const budget: Check = {
  title: "budget",
  run: async (project) => {
    const google = googleOf(project, "the local environment costs nothing.");
    const response = await google("billing", { path: `projects/${project.id}/billingInfo` });
    const { billingAccountName: account, billingEnabled: isBilled } = billingSchema.parse(response ?? {});
    if (!isBilled) {
      const remedy = `gcloud billing projects link ${project.id} --billing-account 0X0X0X-0X0X0X-0X0X0X`;
      return {
        findings: [{ problem: `${project.id} has no billing account: functions do not run without one.`, remedy }],
      };
    }
    const { projectNumber } = projectSchema.parse(await google("projects", { path: `projects/${project.id}` }));
    const names = new Set([`projects/${project.id}`, `projects/${projectNumber}`]);
    const covers = ({ budgetFilter: { projects }, thresholdRules }: Budget): boolean =>
      thresholdRules.length > 0 && (projects.length === 0 || projects.some((name) => names.has(name)));
    if ((await budgetsOf(google, account)).some(covers)) return { findings: [] };
    const remedy = `npm run --silent deployment -- --set-up --project ${project.id} | bash (docs/deployment.md) creates one.`;
    return { findings: [{ problem: `No budget with an alert covers ${project.id}.`, remedy }] };
  },
};

/** Throws NotCheckedError without a role on the billing account, which an operator need not have. */
async function budgetsOf(google: Google, account: string): Promise<Budget[]> {
  try {
    return (await listAll(google, "budgets", { path: `${account}/budgets` }, "budgets", budgetSchema)) ?? [];
  } catch (error) {
    if (!(error instanceof GoogleApiError && error.status === 403)) throw error;
    throw new NotCheckedError(`it needs the role Billing Account Viewer on ${account}. ${error.message}`);
  }
}
