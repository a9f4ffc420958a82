import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { install } from "../../ops/monitoring.ts";
import { dashboard, metrics, policies } from "../../ops/monitoring/files.ts";
import { type CommandOutcome, outcomeOf, runOperator } from "../support/operate.ts";
import { deployed, type GoogleCloud, startFakeGoogleCloud } from "../support/google-cloud.ts";

const OURS = /logging\.googleapis\.com\/user\/(\w+)/g;
const usedBy = (content: object): string[] => [...JSON.stringify(content).matchAll(OURS)].map(([, name = ""]) => name);
const names = metrics().map(({ name }) => name);
const alerts = policies().map(({ displayName }) => displayName);

// The parts of Google's schemas that the files use. Google refuses unknown fields.

const seconds = z.string().regex(/^\d+s$/);
const aggregation = z.strictObject({
  alignmentPeriod: seconds.refine((period) => parseInt(period, 10) <= 90_000),
  perSeriesAligner: z.enum(["ALIGN_SUM", "ALIGN_DELTA", "ALIGN_RATE", "ALIGN_PERCENTILE_99"]),
  crossSeriesReducer: z.enum(["REDUCE_SUM", "REDUCE_MAX", "REDUCE_PERCENTILE_95", "REDUCE_PERCENTILE_50"]),
  groupByFields: z.array(z.string()).optional(),
});
const condition = {
  filter: z.string().regex(/^resource\.type="[^"]+" AND metric\.type="[^"]+"/),
  duration: seconds.refine((duration) => parseInt(duration, 10) % 60 === 0 && parseInt(duration, 10) <= 84_600),
  aggregations: z.array(aggregation).length(1),
  trigger: z.strictObject({ count: z.literal(1) }),
};
const policySchema = z.strictObject({
  displayName: z.string(),
  severity: z.enum(["CRITICAL", "WARNING"]),
  combiner: z.enum(["AND", "OR"]),
  conditions: z.array(
    z.strictObject({
      displayName: z.string(),
      conditionThreshold: z.strictObject({
        ...condition,
        comparison: z.enum(["COMPARISON_GT", "COMPARISON_LT"]),
        thresholdValue: z.number(),
        denominatorFilter: z.string().optional(),
        denominatorAggregations: z.array(aggregation).optional(),
        evaluationMissingData: z.literal("EVALUATION_MISSING_DATA_ACTIVE").optional(),
      }),
    }),
  ),
  documentation: z.strictObject({ mimeType: z.literal("text/markdown"), content: z.string() }),
  alertStrategy: z.strictObject({ autoClose: seconds }),
  userLabels: z.record(z.string().regex(/^[a-z]+$/), z.string().regex(/^[a-z-]+$/)),
});

test.each(policies())(
  "the alert $displayName has the shape of an AlertPolicy, and its section in the docs",
  (policy) => {
    const { documentation, displayName } = policySchema.parse(policy);
    expect(documentation.content).toContain(`docs/operations.md, "${displayName}"`);
    const page = readFileSync(join(__dirname, "../../../docs/operations.md"), "utf8");
    expect(page).toContain(`\n### ${displayName}\n`);
  },
);

test("an alert on an event closes within half an hour, so that the next occurrence notifies again", () => {
  const lasting = policies()
    .map((policy) => policySchema.parse(policy))
    .filter(({ conditions }) =>
      conditions.every(({ conditionThreshold }) => conditionThreshold.comparison === "COMPARISON_GT"),
    )
    .filter(({ alertStrategy }) => alertStrategy.autoClose !== "1800s");
  expect(lasting.map(({ displayName }) => displayName)).toEqual([]);
});

test("an alert on a missing event fires whether the metric then has zeros or no data", () => {
  const absent = policies()
    .flatMap((policy) => policySchema.parse(policy).conditions)
    .map(({ conditionThreshold }) => conditionThreshold)
    .filter(({ comparison }) => comparison === "COMPARISON_LT");
  expect(absent.map(({ evaluationMissingData }) => evaluationMissingData)).toEqual(
    Array.from({ length: 2 }, () => "EVALUATION_MISSING_DATA_ACTIVE"),
  );
});

test("every section of the docs about an alert has its alert", () => {
  const page = readFileSync(join(__dirname, "../../../docs/operations.md"), "utf8");
  const [, section = ""] = /^## The alerts\n(.*?)^## /ms.exec(page) ?? [];
  const headings = [...section.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
  expect(headings.toSorted()).toEqual(alerts.toSorted());
});

test("alerts and dashboard use existing metrics, and each metric is in the dashboard", () => {
  expect(
    policies()
      .flatMap(usedBy)
      .filter((name) => !names.includes(name)),
  ).toEqual([]);
  expect([...new Set(usedBy(dashboard()))].toSorted()).toEqual(names.toSorted());
});

const ID = "portal-1";
const CHANNEL = `projects/${ID}/notificationChannels/7`;
let cloud: GoogleCloud;
beforeEach(async () => {
  cloud = await startFakeGoogleCloud(deployed(ID, {}, {}));
  cloud.project.watched.set(CHANNEL, { name: CHANNEL, type: "email" });
});
afterEach(() => cloud.close());

const run = (isDryRun = false, channel = CHANNEL): Promise<CommandOutcome> =>
  outcomeOf(() => install(cloud.google, ID, [channel], isDryRun));
const watched = (collection: string) =>
  [...cloud.project.watched].filter(([name]) => name.startsWith(`projects/${ID}/${collection}/`));

test("installed resources are found again, and updated to the files", async () => {
  expect((await run()).code).toBe(0);
  expect(watched("metrics").map(([, { name }]) => name)).toEqual(names);
  expect(watched("alertPolicies").map(([, { displayName }]) => displayName)).toEqual(alerts);
  expect(watched("dashboards")).toHaveLength(1);
  expect(watched("alertPolicies")[0]?.[1]).toMatchObject({ notificationChannels: [CHANNEL] });

  const [path = ""] = watched("alertPolicies")[0] ?? [];
  cloud.project.watched.set(path, { ...cloud.project.watched.get(path), severity: "ERROR", displayName: "By hand" });
  const theirs = `projects/${ID}/alertPolicies/theirs`;
  cloud.project.watched.set(theirs, { name: theirs, displayName: alerts[0], userLabels: {} });
  const { output } = await run();
  expect(output).not.toMatch(/: created$/m);
  expect(watched("alertPolicies").map(([, { displayName }]) => displayName)).toEqual([...alerts, alerts[0]]);
  expect(cloud.project.watched.get(theirs)).toEqual({ name: theirs, displayName: alerts[0], userLabels: {} });
  expect(watched("dashboards")).toHaveLength(1);
});

test("--dry-run prints what would be created, and writes nothing", async () => {
  const { output } = await run(true);
  expect(output).toContain('alert "Sync not run": would be created');
  expect(cloud.writes).toEqual([]);
});

test("an alert that Google refuses does not stop the others, and the command fails", async () => {
  const google: typeof cloud.google = (service, request) =>
    request.path.endsWith("/metrics/portal_losses") ? Promise.resolve({}) : cloud.google(service, request);
  const { code, output } = await outcomeOf(() => install(google, ID, [CHANNEL], false));
  expect(code).toBe(1);
  expect(output).toMatch(/alert "Negative platform fee": Google responded 404: Cannot find metric/);
  expect(output).toContain("rerun this then");
  expect(watched("alertPolicies")).toHaveLength(alerts.length - 1);
});

test("a missing permission or an unknown channel ends the command before anything is written", async () => {
  expect(await run(false, `${CHANNEL}8`)).toEqual({ code: 1, output: `${CHANNEL}8 does not exist.` });
  cloud.project.denied = /alertPolicies/;
  const { code, output } = await run();
  expect([code, output.includes("Google responded 403")]).toEqual([1, true]);
});

test.each([
  [["--local", "--notify", "7"], "The local environment has no monitoring. Name a project: --project ID."],
  [["--project", ID], "Required option '--notify <channel...>' not specified."],
  [
    ["--project", ID, "--notify", "me@example.com"],
    "Option '--notify <channel...>' argument 'me@example.com' is invalid. Expected the number of a notification channel.",
  ],
])("%j is refused", async (words, message) => {
  const { code, output } = await runOperator(["monitoring", ...words]);
  expect([code, output.slice(0, message.length)]).toEqual([1, message]);
});
