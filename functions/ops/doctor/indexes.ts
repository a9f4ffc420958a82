import { z } from "zod";
import wanted from "../../../firestore.indexes.json" with { type: "json" };
import { type Google, listAll } from "../google.ts";
import { type Check, type Finding, googleOf, named } from "./check.ts";

const fieldSchema = z.object({
  fieldPath: z.string(),
  order: z.string().optional(),
  arrayConfig: z.string().optional(),
});
const indexSchema = z.object({
  name: z.string().default(""),
  queryScope: z.string(),
  fields: z.array(fieldSchema),
  state: z.string().default("READY"),
});
const overrideSchema = z.object({
  name: z.string(),
  indexConfig: z.object({ indexes: z.array(indexSchema).default([]) }).prefault({}),
  ttlConfig: z.object({ state: z.string() }).optional(),
});

const wantedOverrideSchema = z.object({
  collectionGroup: z.string(),
  fieldPath: z.string(),
  ttl: z.boolean().default(false),
  indexes: z.array(
    z.object({
      queryScope: z.string().default("COLLECTION"),
      order: z.string().optional(),
      arrayConfig: z.string().optional(),
    }),
  ),
});

/** Firestore has the indexes and TTL policies of firestore.indexes.json. */
export const indexes: Check = {
  title: "indexes",
  run: async (project) => {
    const google = googleOf(project, "the emulator needs no indexes.");
    const data = project.settings["FIRESTORE_PROJECT_ID"] || project.id;
    const [built, overridden] = await Promise.all([indexesOf(google, data), overridesOf(google, data)]);
    if (!built || !overridden) {
      const problem = `${data} has no Firestore database.`;
      const remedy = "Create it in the Firebase console, in Native mode (docs/operations.md, Troubleshooting).";
      return { findings: [{ problem, remedy }] };
    }
    const deploy = `npx firebase deploy --only firestore:indexes --project ${data}`;
    const lacking: string[] = [];
    const unready: string[] = [];
    for (const index of wanted.indexes) {
      const found = built.get(nameOf(index));
      if (found === undefined) lacking.push(nameOf(index));
      else if (found !== "READY") unready.push(`${nameOf(index)} (${found})`);
    }
    const findings: Finding[] = [];
    if (lacking.length > 0) findings.push({ problem: `Indexes are missing: ${named(lacking)}.`, remedy: deploy });
    if (unready.length > 0) {
      const remedy =
        "CREATING: wait, then check again. NEEDS_REPAIR: delete it in the Firebase console, then deploy again.";
      findings.push({ problem: `Indexes are not ready: ${named(unready)}.`, remedy });
    }
    for (const override of z.array(wantedOverrideSchema).parse(wanted.fieldOverrides)) {
      const { collectionGroup, fieldPath, ttl } = override;
      const field = `${collectionGroup}.${fieldPath}`;
      const found = overridden.get(field);
      if (ttl && found?.ttl !== "ACTIVE") {
        const problem = `The TTL policy on ${field} is ${found?.ttl ?? "missing"}: expired documents are not deleted.`;
        findings.push({ problem, remedy: found?.ttl === "CREATING" ? "Wait, then check again." : deploy });
      }
      const indexed = override.indexes.map(({ queryScope, ...how }) => [queryScope, kindOf(how)].join(" "));
      if (!found || found.indexes.toSorted().join() !== indexed.toSorted().join()) {
        findings.push({ problem: `The index of ${field} differs from firestore.indexes.json.`, remedy: deploy });
      }
    }
    return { findings };
  },
};

const groupsOf = (project: string): string => `projects/${project}/databases/(default)/collectionGroups`;

/** The states of the composite indexes, by name. */
async function indexesOf(google: Google, project: string): Promise<Map<string, string> | null> {
  const all = await listAll(google, "firestore", { path: `${groupsOf(project)}/-/indexes` }, "indexes", indexSchema);
  return all && new Map(all.map((index) => [nameOf({ ...index, collectionGroup: groupOf(index.name) }), index.state]));
}

/** The indexes and TTL policies of single fields. */
async function overridesOf(
  google: Google,
  project: string,
): Promise<Map<string, { ttl: string | undefined; indexes: string[] }> | null> {
  const params = { filter: "indexConfig.usesAncestorConfig=false OR ttlConfig:*" };
  const request = { path: `${groupsOf(project)}/-/fields`, params };
  const all = await listAll(google, "firestore", request, "fields", overrideSchema);
  return (
    all &&
    new Map(
      all.map(({ name, indexConfig, ttlConfig }) => {
        const field = `${groupOf(name)}.${name.split("/").at(-1)}`;
        const indexed = indexConfig.indexes.map(({ queryScope, fields }) =>
          [queryScope, ...fields.map(kindOf)].join(" "),
        );
        return [field, { ttl: ttlConfig?.state, indexes: indexed }];
      }),
    )
  );
}

function groupOf(name: string): string {
  return /\/collectionGroups\/([^/]+)\//.exec(name)?.[1] ?? "";
}

interface Index {
  collectionGroup: string;
  queryScope: string;
  fields: readonly z.infer<typeof fieldSchema>[];
}

/** Omits `__name__`, which Firestore adds to every index. */
function nameOf({ collectionGroup, queryScope, fields }: Index): string {
  const own = fields.filter(({ fieldPath }) => fieldPath !== "__name__");
  const scope = queryScope === "COLLECTION_GROUP" ? " (group)" : "";
  return `${collectionGroup}${scope}: ${own.map((field) => `${field.fieldPath} ${kindOf(field)}`).join(", ")}`;
}

function kindOf({ order, arrayConfig }: { order?: string | undefined; arrayConfig?: string | undefined }): string {
  return order ?? arrayConfig ?? "";
}
