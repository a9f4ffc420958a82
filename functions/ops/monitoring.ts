import { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";
import { each, examples, parsedBy } from "../tools/cli/program.ts";
import { DRY_RUN_OPTION, type Ops } from "./command.ts";
import { applicationDefault, connectGoogle, type Google, GoogleApiError, listAll, type Service } from "./google.ts";
import { dashboard, LABEL, metrics, policies } from "./monitoring/files.ts";

const CHANNEL = z.string().regex(/^(projects\/[^/]+\/notificationChannels\/)?\d+$/);

export function addMonitoring(ops: Ops): void {
  ops
    .command("monitoring")
    .summary("Install metrics, alerts and a dashboard.")
    .description(
      "Install the metrics, alerts and dashboard of functions/ops/monitoring, and update existing ones. docs/operations.md has " +
        "a section on each alert.",
    )
    .requiredOption(
      "--notify <channel...>",
      "The numbers of the notification channels for alerts: gcloud beta monitoring channels list --project ID",
      each(parsedBy(CHANNEL, "the number of a notification channel")),
    )
    .option(...DRY_RUN_OPTION)
    .addHelpText("after", examples("npm run ops -- monitoring --notify 1234567890 --dry-run --project my-project"))
    .action(async ({ notify, dryRun }, command) => {
      const { project } = command.optsWithGlobals();
      if (project === undefined)
        throw new CliError("The local environment has no monitoring. Name a project: --project ID.");
      const channels = notify.map(
        (channel) => `projects/${project}/notificationChannels/${channel.replace(/.*\//, "")}`,
      );
      await install(connectGoogle(await applicationDefault()), project, channels, dryRun === true);
    });
}

/** Throws a CliError for the resources that Google rejects, after installing the others. */
export async function install(
  google: Google,
  project: string,
  channels: readonly string[],
  isDryRun: boolean,
): Promise<void> {
  const installation = new Installation(google, `projects/${project}`, isDryRun);
  try {
    for (const channel of channels) {
      if ((await google("monitoring", { path: channel })) === null) throw new CliError(`${channel} does not exist.`);
    }
    await installation.installMetrics();
    await installation.installPolicies(channels);
    await installation.installDashboard();
  } catch (error) {
    throw error instanceof GoogleApiError ? new CliError(error.message) : error;
  }
  if (isDryRun) console.log("Dry run: nothing was written.");
  if (installation.failures.length > 0) {
    throw CliError.of(installation.failures, `\n${METRIC_DELAY_HELP}`);
  }
}

const METRIC_DELAY_HELP = "A new metric is available after some minutes. If a metric was not found, rerun this then.";

const installedSchema = z.looseObject({
  name: z.string(),
  etag: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  userLabels: z.record(z.string(), z.string()).default({}),
});
type Installed = z.infer<typeof installedSchema>;

class Installation {
  readonly #google: Google;
  readonly #project: string;
  readonly #isDryRun: boolean;
  readonly failures: string[] = [];

  constructor(google: Google, project: string, isDryRun: boolean) {
    this.#google = google;
    this.#project = project;
    this.#isDryRun = isDryRun;
  }

  async installMetrics(): Promise<void> {
    const known = new Set((await this.#list("logging", "metrics")).map(({ name }) => name));
    for (const metric of metrics()) {
      const path = `${this.#project}/metrics/${metric.name}`;
      await this.#apply(`metric ${metric.name}`, known.has(metric.name), () =>
        this.#google("logging", { method: "PUT", path, data: metric }),
      );
    }
  }

  async installPolicies(notificationChannels: readonly string[]): Promise<void> {
    const known = await this.#list("monitoring", "alertPolicies");
    const wanted = policies();
    for (const policy of wanted) {
      const found = known.find(({ userLabels }) => userLabels[LABEL] === policy.userLabels[LABEL]);
      const body = { ...policy, notificationChannels };
      await this.#apply(`alert "${policy.displayName}"`, found !== undefined, () =>
        this.#write("monitoring", "alertPolicies", found, body),
      );
    }
    const names = new Set(wanted.map(({ userLabels }) => userLabels[LABEL]));
    for (const { name, userLabels } of known) {
      const label = userLabels[LABEL];
      if (label === undefined || names.has(label)) continue;
      console.log(`alert "${label}" no longer has a file; delete it: gcloud monitoring policies delete ${name}`);
    }
  }

  async installDashboard(): Promise<void> {
    const known = await this.#list("dashboards", "dashboards");
    const body = dashboard();
    const found = known.find(({ labels }) => labels[LABEL] === body.labels[LABEL]);
    await this.#apply(`dashboard "${body.displayName}"`, found !== undefined, () =>
      this.#write("dashboards", "dashboards", found, body),
    );
  }

  #write(service: Service, collection: string, found: Installed | undefined, body: object): Promise<unknown> {
    if (!found) return this.#google(service, { method: "POST", path: `${this.#project}/${collection}`, data: body });
    const { name, etag } = found;
    return this.#google(service, { method: "PATCH", path: name, data: { ...body, name, ...(etag && { etag }) } });
  }

  async #list(service: Service, collection: string): Promise<Installed[]> {
    const request = { path: `${this.#project}/${collection}` };
    return (await listAll(this.#google, service, request, collection, installedSchema)) ?? [];
  }

  /** Logs the result. Continues after a failure. */
  async #apply(what: string, isKnown: boolean, work: () => Promise<unknown>): Promise<void> {
    try {
      if (!this.#isDryRun) await work();
      const verb = isKnown ? "updated" : "created";
      console.log(`${what}: ${this.#isDryRun ? "would be " : ""}${verb}`);
    } catch (error) {
      if (!(error instanceof GoogleApiError)) throw error;
      this.failures.push(`${what}: ${error.message}`);
    }
  }
}
