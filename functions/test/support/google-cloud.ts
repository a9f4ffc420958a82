import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PassThroughClient } from "google-auth-library";
import { z } from "zod";
import deployedFunctions from "../../../docs/deployed.json" with { type: "json" };
import indexes from "../../../firestore.indexes.json" with { type: "json" };
import { connectGoogle, type Google } from "../../ops/google.ts";
import { ROOT } from "../../tools/cli/paths.ts";

/** The resources of a Google Cloud project, in the shapes of Google's REST APIs. Tests change them. */
export interface CloudProject {
  secrets: Record<string, { value: string; version: number; state: string }>;
  indexes: { name: string; queryScope: string; fields: object[]; state: string }[];
  fields: { name: string; indexConfig: object; ttlConfig?: { state: string } | undefined }[];
  functions: {
    name: string;
    state: string;
    stateMessages?: object[];
    buildConfig: { runtime: string };
    serviceConfig: {
      serviceAccountEmail: string;
      environmentVariables: Record<string, string | undefined>;
      secretEnvironmentVariables: { key: string; version: string }[];
    };
  }[];
  /** The text of Firestore's rules; null without any. */
  rules: string | null;
  backups: { database: string; snapshotTime?: string; state: string }[];
  backupSchedules: { createTime: string; dailyRecurrence?: object; weeklyRecurrence?: object }[];
  isBilled: boolean;
  budgets: { budgetFilter: { projects?: string[] }; thresholdRules?: { thresholdPercent: number }[] }[];
  /** Firebase Auth's configuration. */
  auth: object | null;
  users: { localId: string; email?: string; disabled?: boolean; customAttributes?: string }[];
  /** Monitoring resources by name, such as `projects/p/alertPolicies/1`. */
  watched: Map<string, Resource>;
  /** Paths that the account may not read. */
  denied: RegExp | null;
}

export interface GoogleCloud {
  project: CloudProject;
  google: Google;
  /** Firebase Auth's host, in the format of FIREBASE_AUTH_EMULATOR_HOST. */
  host: string;
  /** Write requests, such as `POST projects/p/alertPolicies`. */
  writes: string[];
  close: () => void;
}

const resourceSchema = z.record(z.string(), z.unknown());
type Resource = z.infer<typeof resourceSchema>;

const overrideSchema = z.object({
  collectionGroup: z.string(),
  fieldPath: z.string(),
  ttl: z.boolean().default(false),
  indexes: z.array(z.object({ queryScope: z.string().default("COLLECTION"), order: z.string().optional() })),
});

const DATABASE = (id: string): string => `projects/${id}/databases/(default)/collectionGroups`;

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000 + 60_000).toISOString();

/** A project as a deployment leaves it. */
export function deployed(id: string, secrets: Record<string, string>, settings: NodeJS.Dict<string>): CloudProject {
  return {
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([name, value]) => [name, { value, version: 3, state: "ENABLED" }]),
    ),
    indexes: indexes.indexes.map(({ collectionGroup, queryScope, fields }, index) => ({
      name: `${DATABASE(id)}/${collectionGroup}/indexes/CICAg${index}`,
      queryScope,
      fields: [...fields, { fieldPath: "__name__", order: "DESCENDING" }],
      state: "READY",
    })),
    fields: z
      .array(overrideSchema)
      .parse(indexes.fieldOverrides)
      .map(({ collectionGroup, fieldPath, ttl, indexes: definitions }) => ({
        name: `${DATABASE(id)}/${collectionGroup}/fields/${fieldPath}`,
        indexConfig: {
          // Google omits empty lists.
          indexes:
            definitions.length === 0
              ? undefined
              : definitions.map(({ queryScope, order }) => ({ queryScope, fields: [{ fieldPath, order }] })),
        },
        ttlConfig: ttl ? { state: "ACTIVE" } : undefined,
      })),
    functions: Object.entries(deployedFunctions.functions).map(
      ([name, { serviceAccount, secrets: bound, runtime }]) => ({
        name: `projects/${id}/locations/us-central1/functions/${name}`,
        state: "ACTIVE",
        buildConfig: { runtime },
        serviceConfig: {
          serviceAccountEmail: `${serviceAccount}@${id}.iam.gserviceaccount.com`,
          environmentVariables: { ...settings, FUNCTION_TARGET: name },
          secretEnvironmentVariables: bound.map((key) => ({ key, version: "3" })),
        },
      }),
    ),
    auth: { client: { permissions: { disabledUserSignup: true } }, signIn: { email: { enabled: true } } },
    users: [],
    rules: readFileSync(join(ROOT, "firestore.rules"), "utf8"),
    backups: [
      { database: `projects/${id}/databases/(default)`, snapshotTime: daysAgo(1), state: "READY" },
      { database: `projects/${id}/databases/(default)`, snapshotTime: daysAgo(2), state: "READY" },
    ],
    backupSchedules: [
      { createTime: daysAgo(90), dailyRecurrence: {} },
      { createTime: daysAgo(90), weeklyRecurrence: { day: "SUNDAY" } },
    ],
    isBilled: true,
    budgets: [{ budgetFilter: { projects: ["projects/123"] }, thresholdRules: [{ thresholdPercent: 0.5 }] }],
    watched: new Map(),
    denied: null,
  };
}

/** The first path segment: each service has its own base URL. */
const SERVICE = /^\/\w+\//;

type CloudResponse = { status: number; body: object };

const refused = (status: number, message: string): CloudResponse => ({
  status,
  body: { error: { code: status, message } },
});

/** A fake Google Cloud project, on this machine. */
export async function startFakeGoogleCloud(project: CloudProject): Promise<GoogleCloud> {
  const server = createServer((request, response) => void respond(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.int() }).parse(server.address());
  const host = `127.0.0.1:${port}`;
  const base = (service: string): string => `http://${host}/${service}`;
  const services = [
    "billing",
    "budgets",
    "dashboards",
    "firestore",
    "functions",
    "identity",
    "logging",
    "monitoring",
    "projects",
    "rules",
    "secrets",
  ] as const;
  const bases = z
    .record(z.enum(services), z.string())
    .parse(Object.fromEntries(services.map((one) => [one, base(one)])));
  const cloud: GoogleCloud = {
    project,
    google: connectGoogle(new PassThroughClient(), bases),
    host,
    writes: [],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${host}`);
    const path = decodeURIComponent(url.pathname);
    const body = await text(request);
    const { method = "GET" } = request;
    const reply = cloud.project.denied?.test(path)
      ? refused(403, `Permission denied on ${path}.`)
      : ((method === "GET"
          ? read(cloud.project, path, url.searchParams)
          : write(cloud.project, method, path.replace(SERVICE, ""), resourceSchema.parse(JSON.parse(body)))) ??
        refused(404, "Not found."));
    if (method !== "GET") cloud.writes.push(`${method} ${path.replace(SERVICE, "")}`);
    response.writeHead(reply.status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(reply.body));
  }
  return cloud;
}

/** The page size of lists. */
const PAGE = 5;

function page(name: string, all: readonly object[], query: URLSearchParams): CloudResponse {
  const start = Number(query.get("pageToken") ?? 0);
  const next = start + PAGE;
  const more = next < all.length ? { nextPageToken: String(next) } : {};
  // Google omits empty lists.
  return { status: 200, body: { ...(all.length > 0 && { [name]: all.slice(start, next) }), ...more } };
}

function read(project: CloudProject, path: string, query: URLSearchParams): CloudResponse | undefined {
  const secret = /^\/secrets\/projects\/[^/]+\/secrets\/(\w+)\/versions\/latest:access$/.exec(path)?.[1];
  if (secret !== undefined) return accessed(secret, project.secrets[secret]);
  if (path.endsWith("/collectionGroups/-/indexes")) return page("indexes", project.indexes, query);
  if (path.endsWith("/collectionGroups/-/fields")) {
    const hasFilter = query.get("filter") === "indexConfig.usesAncestorConfig=false OR ttlConfig:*";
    return hasFilter ? page("fields", project.fields, query) : refused(400, "filter is required.");
  }
  if (path.endsWith("/locations/-/functions")) return page("functions", project.functions, query);
  if (path.endsWith("/locations/-/backups")) return page("backups", project.backups, query);
  if (path.endsWith("/databases/(default)/backupSchedules")) {
    return { status: 200, body: { backupSchedules: project.backupSchedules } };
  }
  const billed = billing(project, path, query);
  if (billed) return billed;
  const { rules } = project;
  if (path.endsWith("/releases/cloud.firestore")) {
    return rules === null ? undefined : { status: 200, body: { rulesetName: "projects/p/rulesets/1" } };
  }
  if (path.startsWith("/rules/") && path.endsWith("/rulesets/1")) {
    return { status: 200, body: { source: { files: [{ name: "firestore.rules", content: rules }] } } };
  }
  if (/^\/identity\/projects\/[^/]+\/config$/.test(path)) {
    return project.auth ? { status: 200, body: project.auth } : undefined;
  }
  if (path.endsWith("/accounts:batchGet")) return { status: 200, body: { users: project.users } };
  return watched(project, path.replace(SERVICE, ""), query);
}

const ACCOUNT = "billingAccounts/0X0X0X-0X0X0X-0X0X0X";

/** Google names the projects of a budget by their numbers. */
function billing({ isBilled, budgets }: CloudProject, path: string, query: URLSearchParams): CloudResponse | undefined {
  if (path.endsWith("/billingInfo")) {
    return { status: 200, body: isBilled ? { billingAccountName: ACCOUNT, billingEnabled: true } : {} };
  }
  if (/^\/projects\/projects\/[^/]+$/.test(path)) return { status: 200, body: { projectNumber: "123" } };
  return path === `/budgets/${ACCOUNT}/budgets` ? page("budgets", budgets, query) : undefined;
}

/** Reads from Cloud Logging and Cloud Monitoring. */
function watched({ watched: all }: CloudProject, path: string, query: URLSearchParams): CloudResponse | undefined {
  const one = all.get(path);
  if (one) return { status: 200, body: one };
  const name = /^projects\/[^/]+\/(metrics|alertPolicies|dashboards)$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  return page(
    name,
    [...all].flatMap(([key, resource]) => (key.startsWith(`${path}/`) ? [resource] : [])),
    query,
  );
}

function write(
  { watched: all }: CloudProject,
  method: string,
  path: string,
  body: Resource,
): CloudResponse | undefined {
  const [, , collection, id] = path.split("/");
  if (collection === "alertPolicies") {
    const used = JSON.stringify(body).matchAll(/logging\.googleapis\.com\/user\/(\w+)/g);
    const unknown = [...used].filter(
      ([, metric]) => ![...all.keys()].some((key) => key.endsWith(`/metrics/${metric}`)),
    );
    if (unknown.length > 0) return refused(404, `Cannot find metric(s) that match type = "${unknown[0]?.[0]}".`);
  }
  if (method === "PUT") return stored(all, path, body);
  if (method === "POST" && id === undefined) {
    const name = `${path}/${all.size + 1}`;
    return stored(all, name, { ...body, name, ...(collection === "dashboards" && { etag: "1" }) });
  }
  const known = all.get(path);
  if (method !== "PATCH" || !known) return undefined;
  const etag = z.string().optional().parse(known["etag"]);
  if (body["etag"] !== etag) return refused(409, "The etag is not that of the last version.");
  return stored(all, path, { ...body, ...(etag !== undefined && { etag: `${etag}+` }) });
}

function stored(all: CloudProject["watched"], name: string, resource: Resource): CloudResponse {
  all.set(name, resource);
  return { status: 200, body: resource };
}

function accessed(name: string, secret: CloudProject["secrets"][string] | undefined): CloudResponse | undefined {
  if (!secret) return undefined;
  const version = `projects/123/secrets/${name}/versions/${secret.version}`;
  if (secret.state !== "ENABLED") return refused(400, `Secret Version [${version}] is in ${secret.state} state.`);
  const data = Buffer.from(secret.value).toString("base64");
  return { status: 200, body: { name: version, payload: { data } } };
}
