import { z } from "zod";
import { listAll } from "../google.ts";
import { type Check, googleOf } from "./check.ts";

const time = z.iso.datetime({ offset: true });
const backupSchema = z.object({
  database: z.string(),
  snapshotTime: time.optional(),
  state: z.string().default("STATE_UNSPECIFIED"),
});
const scheduleSchema = z.object({ createTime: time, dailyRecurrence: z.object({}).optional() });
const schedulesSchema = z.object({ backupSchedules: z.array(scheduleSchema).default([]) });

/** A daily backup that is this old has failed once. */
const OLD_MS = 2 * 24 * 60 * 60_000;

/** There is a recent backup of the database. */
export const backups: Check = {
  title: "backups",
  run: async (project) => {
    const google = googleOf(project, "the emulator has no backups.");
    const data = project.settings["FIRESTORE_PROJECT_ID"] || project.id;
    const database = `projects/${data}/databases/(default)`;
    const [all, schedules] = await Promise.all([
      listAll(google, "firestore", { path: `projects/${data}/locations/-/backups` }, "backups", backupSchema),
      google("firestore", { path: `${database}/backupSchedules` }),
    ]);
    const { backupSchedules } = schedulesSchema.parse(schedules ?? {});
    const remedy = `docs/backups.md has the commands that schedule backups of ${data}.`;
    const daily = backupSchedules.find(({ dailyRecurrence }) => dailyRecurrence !== undefined);
    if (!daily) return { findings: [{ problem: "No daily backup is scheduled.", remedy }] };

    const isOld = (at: string): boolean => project.now.getTime() - Date.parse(at) > OLD_MS;
    const ready = (all ?? []).filter((one) => one.state === "READY" && one.database.endsWith("/databases/(default)"));
    const newest =
      ready
        .flatMap(({ snapshotTime }) => snapshotTime ?? [])
        .toSorted()
        .at(-1) ?? null;
    if (newest === null && !isOld(daily.createTime)) {
      return { findings: [], notes: ["The first backup is still to come: the schedule is new."] };
    }
    if (newest !== null && !isOld(newest)) return { findings: [] };
    const age = newest === null ? "There is no backup" : `The newest backup is of ${newest}`;
    const look = `https://console.cloud.google.com/firestore/databases/-default-/disaster-recovery?project=${data}`;
    return {
      findings: [{ problem: `${age}, although one is scheduled each day.`, remedy: `Look for errors: ${look}` }],
    };
  },
};
