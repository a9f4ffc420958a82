/** When these list prices, in US dollars and of us-central1, were read. */
export const READ_ON = "2026-11-28";

export interface Price {
  item: string;
  what: string;
  unit: string;
  /** Dollars for that many units. */
  dollars: number;
  per: number;
  /** Units without charge in a month of 30 days. */
  free: number;
  source: string;
}

const FIRESTORE = "https://cloud.google.com/firestore/pricing";
const RUN = "https://cloud.google.com/run/pricing";
const DAYS = 30;

/** Firestore's free amounts are of a day and a project, the others' of a month and a billing account. */
export const PRICES = [
  {
    item: "reads",
    what: "Firestore reads",
    unit: "documents",
    dollars: 0.03,
    per: 100_000,
    free: 50_000 * DAYS,
    source: FIRESTORE,
  },
  {
    item: "writes",
    what: "Firestore writes",
    unit: "documents",
    dollars: 0.09,
    per: 100_000,
    free: 20_000 * DAYS,
    source: FIRESTORE,
  },
  {
    item: "ttlDeletes",
    what: "Firestore deletes by TTL",
    unit: "documents",
    dollars: 0.01,
    per: 100_000,
    free: 0,
    source: FIRESTORE,
  },
  { item: "storage", what: "Firestore storage", unit: "GiB", dollars: 0.15, per: 1, free: 1, source: FIRESTORE },
  { item: "recovery", what: "Point-in-time recovery", unit: "GiB", dollars: 0.15, per: 1, free: 0, source: FIRESTORE },
  { item: "backups", what: "Backups", unit: "GiB", dollars: 0.03, per: 1, free: 0, source: FIRESTORE },
  {
    item: "processor",
    what: "Cloud Run processors",
    unit: "vCPU-seconds",
    dollars: 0.000_024,
    per: 1,
    free: 180_000,
    source: RUN,
  },
  {
    item: "memory",
    what: "Cloud Run memory",
    unit: "GiB-seconds",
    dollars: 0.000_002_5,
    per: 1,
    free: 360_000,
    source: RUN,
  },
  {
    item: "requests",
    what: "Cloud Run requests",
    unit: "requests",
    dollars: 0.4,
    per: 1_000_000,
    free: 2_000_000,
    source: RUN,
  },
  {
    item: "tasks",
    what: "Cloud Tasks",
    unit: "operations",
    dollars: 0.4,
    per: 1_000_000,
    free: 1_000_000,
    source: "https://cloud.google.com/tasks/pricing",
  },
  {
    item: "jobs",
    what: "Cloud Scheduler",
    unit: "jobs",
    dollars: 0.1,
    per: 1,
    free: 3,
    source: "https://cloud.google.com/scheduler/pricing",
  },
  {
    item: "secrets",
    what: "Secret Manager",
    unit: "versions",
    dollars: 0.06,
    per: 1,
    free: 6,
    source: "https://cloud.google.com/secret-manager/pricing",
  },
  {
    item: "logs",
    what: "Cloud Logging",
    unit: "GiB",
    dollars: 0.5,
    per: 1,
    free: 50,
    source: "https://cloud.google.com/stackdriver/pricing",
  },
  {
    item: "transfer",
    what: "Firestore data to browsers",
    unit: "GiB",
    dollars: 0.12,
    per: 1,
    free: 10,
    source: FIRESTORE,
  },
] as const satisfies readonly Price[];

export type Item = (typeof PRICES)[number]["item"];
