import { RUNTIMES } from "firebase-tools/lib/deploy/functions/runtimes/supported/types.js";
import { z } from "zod";
import { listAll } from "../google.ts";
import { type Check, type Finding, googleOf, named } from "./check.ts";

const functionSchema = z.object({
  name: z.string(),
  buildConfig: z.object({ runtime: z.string().default("") }).prefault({}),
});

/** How long before its date a deprecation is reported: a change of the runtime takes some days, with its tests. */
const NOTICE_MS = 180 * 24 * 60 * 60_000;

/** No function runs on a runtime that Google is about to deprecate. */
export const runtime: Check = {
  title: "runtime",
  run: async (project) => {
    const google = googleOf(project, "the emulator runs on the project's own Node.");
    const path = `projects/${project.id}/locations/-/functions`;
    const all = (await listAll(google, "functions", { path }, "functions", functionSchema)) ?? [];
    const runtimes = Map.groupBy(all, ({ buildConfig }) => buildConfig.runtime);
    const findings: Finding[] = [];
    for (const [name, functions] of runtimes) {
      const dates = RUNTIMES[name];
      if (!dates || new Date(dates.deprecationDate).getTime() - project.now.getTime() > NOTICE_MS) continue;
      const who = named(functions.map((one) => one.name.split("/").at(-1) ?? ""));
      findings.push({
        problem:
          `${name}, the runtime of ${who}, is deprecated on ${dates.deprecationDate}; ` +
          `from ${dates.decommissionDate} on, functions on it can be neither deployed nor created.`,
        remedy:
          "Change runtime in firebase.json and engines in functions/package.json, test, and deploy (CONTRIBUTING.md).",
      });
    }
    return { findings };
  },
};
