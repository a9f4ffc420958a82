import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../../tools/cli/paths.ts";
import type { Google } from "../google.ts";
import { type Check, googleOf } from "./check.ts";

const releaseSchema = z.object({ rulesetName: z.string() });
const rulesetSchema = z.object({ source: z.object({ files: z.array(z.object({ content: z.string() })) }) });

/** Firestore serves the rules of firestore.rules. */
export const rules: Check = {
  title: "rules",
  run: async (project) => {
    const google = googleOf(project, "the emulator loads the file.");
    const data = project.settings["FIRESTORE_PROJECT_ID"] || project.id;
    const released = await releasedRules(google, data);
    if (released === readFileSync(join(ROOT, "firestore.rules"), "utf8")) return { findings: [] };
    const problem =
      released === null
        ? `${data} has no security rules for Firestore.`
        : `The security rules of ${data} differ from firestore.rules.`;
    const remedy = `npx firebase deploy --only firestore:rules --project ${data}`;
    return { findings: [{ problem, remedy }] };
  },
};

/** The text of the rules in force; null without any. */
async function releasedRules(google: Google, project: string): Promise<string | null> {
  const release = await google("rules", { path: `projects/${project}/releases/cloud.firestore` });
  if (release === null) return null;
  const { rulesetName } = releaseSchema.parse(release);
  const { source } = rulesetSchema.parse(await google("rules", { path: rulesetName }));
  return source.files.map(({ content }) => content).join("\n");
}
