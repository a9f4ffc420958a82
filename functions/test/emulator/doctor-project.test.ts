import { z } from "zod";
import { isolateDatabase } from "../support/database.ts";
import { DoctorFixture } from "../support/doctor-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

// The doctor's checks of what surrounds the functions: rules, runtime, backups, alerts and budget.

isolateDatabase();

const startStripe = fakeStripes();
let doctor: DoctorFixture;
beforeAll(async () => {
  doctor = await DoctorFixture.start(await startStripe());
});
beforeEach(() => doctor.reset());
afterAll(() => doctor.close());

const alertSchema = z.looseObject({
  name: z.string(),
  userLabels: z.record(z.string(), z.string()),
  conditions: z.array(
    z.looseObject({ conditionThreshold: z.looseObject({ aggregations: z.array(z.unknown()).optional() }).optional() }),
  ),
});
/** Replaces the alert by a copy that can be changed. */
const alertOf = (label: string) => {
  const { watched } = doctor.cloud.project;
  const found = [...watched.values()].map((one) => alertSchema.safeParse(one).data);
  const alert = found.find((one) => one?.userLabels["portal"] === label);
  if (!alert) throw new Error(`There is no alert ${label}.`);
  watched.set(alert.name, alert);
  return alert;
};
const BACKUP = { database: "projects/portal-1/databases/(default)", state: "READY" };
const RULES = [{ thresholdPercent: 1 }];

test.each<{ fault: string; plant: () => unknown; named: RegExp }>([
  {
    fault: "other rules than the file's",
    plant: () => (doctor.cloud.project.rules = "service cloud.firestore {}"),
    named: /^rules: The security rules of portal-1 differ from firestore\.rules\.$/,
  },
  {
    fault: "no rules",
    plant: () => (doctor.cloud.project.rules = null),
    named: /^rules: portal-1 has no security rules for Firestore\.$/,
  },
  {
    fault: "backups that stopped",
    plant: () => doctor.cloud.project.backups.splice(0, 2, { ...BACKUP, snapshotTime: "2026-11-01T03:00:00Z" }),
    named: /^backups: The newest backup is of 2026-11-01T03:00:00Z, although one is scheduled each day\.$/,
  },
  {
    fault: "backups of another database only",
    plant: () => doctor.cloud.project.backups.splice(0, 2, { ...BACKUP, database: "projects/p/databases/other" }),
    named: /^backups: There is no backup, although one is scheduled each day\.$/,
  },
  {
    fault: "backups that are not ready",
    plant: () => doctor.cloud.project.backups.forEach((one) => (one.state = "NOT_AVAILABLE")),
    named: /^backups: There is no backup, although/,
  },
  {
    fault: "weekly backups only",
    plant: () => doctor.cloud.project.backupSchedules.shift(),
    named: /^backups: No daily backup is scheduled\.$/,
  },
  {
    fault: "an alert that is not installed",
    plant: () => doctor.cloud.project.watched.delete(alertOf("sync-not-run").name),
    named: /^alerts: These alerts are not installed: Sync not run\.$/,
  },
  {
    fault: "an alert with an earlier threshold",
    plant: () =>
      alertOf("sync-not-run").conditions[0]?.conditionThreshold?.aggregations?.splice(0, 1, {
        alignmentPeriod: "10800s",
      }),
    named: /^alerts: These alerts differ from functions\/ops\/monitoring: Sync not run\.$/,
  },
  {
    fault: "an alert that is switched off",
    plant: () => Object.assign(alertOf("api-slow"), { enabled: false }),
    named: /^alerts: These alerts are switched off: /,
  },
  {
    fault: "an alert that notifies no one",
    plant: () => Object.assign(alertOf("api-slow"), { notificationChannels: [] }),
    named: /^alerts: These alerts notify no one: /,
  },
  {
    fault: "a budget of another project",
    plant: () =>
      doctor.cloud.project.budgets.splice(0, 1, { budgetFilter: { projects: ["projects/9"] }, thresholdRules: RULES }),
    named: /^budget: No budget with an alert covers portal-1\.$/,
  },
  {
    fault: "a budget without alerts",
    plant: () => doctor.cloud.project.budgets.splice(0, 1, { budgetFilter: {} }),
    named: /^budget: No budget with an alert covers portal-1\.$/,
  },
  {
    fault: "no billing account",
    plant: () => (doctor.cloud.project.isBilled = false),
    named: /^budget: portal-1 has no billing account/,
  },
  {
    fault: "a function on an old runtime",
    plant: () =>
      Object.assign(doctor.cloud.project.functions.find(({ name }) => name.endsWith("/api")) ?? {}, {
        buildConfig: { runtime: "nodejs18" },
      }),
    named: /^runtime: nodejs18, the runtime of api, is deprecated on 2025-04-30; from 2025-10-30 on, /,
  },
])("finds only $fault", async ({ plant, named }) => {
  plant();
  expect(await doctor.problems()).toEqual([expect.stringMatching(named)]);
});

test("a first backup that is still to come is a note, and so is a budget that the operator may not see", async () => {
  Object.assign(doctor.cloud.project, {
    backups: [],
    backupSchedules: [{ createTime: new Date().toISOString(), dailyRecurrence: {} }],
  });
  const { problems, notes } = await doctor.report();
  expect(problems).toEqual([]);
  expect(notes).toContain("backups: The first backup is still to come: the schedule is new.");
  doctor.cloud.project.denied = /budgets$/;
  expect(await doctor.problems()).toEqual([]);
});

test("a budget of the whole billing account covers the project", async () => {
  doctor.cloud.project.budgets = [{ budgetFilter: {}, thresholdRules: RULES }];
  expect(await doctor.problems()).toEqual([]);
});
