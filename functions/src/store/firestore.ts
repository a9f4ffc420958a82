import { setTimeout as sleep } from "node:timers/promises";
import {
  type DocumentReference,
  type DocumentSnapshot,
  type FieldPath,
  type Firestore,
  getFirestore,
  type Precondition,
  type ReadWriteTransactionOptions,
  Timestamp,
  type Transaction,
} from "firebase-admin/firestore";
import { z } from "zod";
import { firestoreProject } from "../config.ts";
import { AppError, codeOf } from "../errors.ts";
import { namedApp } from "./app.ts";

/** How long one call to Firestore may go on trying, in milliseconds; the client's own default is ten minutes. */
const CALL_TIMEOUT_MS = 5_000;

/** How long one operation of the store may take in all, in milliseconds. */
const OPERATION_TIMEOUT_MS = 10_000;

const RETRY_AFTER_SECONDS = 5;

/** Milliseconds until a lost connection is tried again, at the most: well within one call, so that an outage ends with its cause. */
const MAX_RECONNECT_BACKOFF_MS = 1_000;

let connection: Firestore | undefined;

/** The one connection of this process, made on first use. */
export function firestore(): Firestore {
  connection ??= connect();
  return connection;
}

function connect(): Firestore {
  const projectId = firestoreProject();
  const instance = getFirestore(namedApp("database", projectId === undefined ? {} : { projectId }));
  instance.settings({ clientConfig: CLIENT_CONFIG, "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_BACKOFF_MS });
  return instance;
}

/** Overrides of the Firestore client's own retry settings (google-gax), for the calls that the store makes. */
const CLIENT_CONFIG = {
  interfaces: {
    "google.firestore.v1.Firestore": {
      retry_params: {
        default: {
          initial_retry_delay_millis: 100,
          retry_delay_multiplier: 1.3,
          max_retry_delay_millis: 1_000,
          initial_rpc_timeout_millis: CALL_TIMEOUT_MS,
          rpc_timeout_multiplier: 1,
          max_rpc_timeout_millis: CALL_TIMEOUT_MS,
          total_timeout_millis: CALL_TIMEOUT_MS,
        },
      },
      methods: Object.fromEntries(
        ["BatchGetDocuments", "BeginTransaction", "Commit", "Rollback", "RunQuery"].map((method) => [
          method,
          { timeout_millis: CALL_TIMEOUT_MS, retry_params_name: "default" },
        ]),
      ),
    },
  },
};

/** Says whether an operation still has time. The store asks before it commits, so that no commit begins after the answer. */
export interface Deadline {
  /** Throws `unavailable` when the time is up. */
  check(): void;
}

/**
 * Runs one operation of the store. Where Firestore cannot serve it in time, throws AppError `unavailable`, which tells
 * the caller to try again; every write is idempotent, so trying again is safe even when the first try did get through.
 */
export async function operation<T>(
  run: (deadline: Deadline) => Promise<T>,
  timeoutMs = OPERATION_TIMEOUT_MS,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  const deadline: Deadline = {
    check: () => {
      if (Date.now() > end) throw unavailable(new Error("The operation ran out of time."));
    },
  };
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable(new Error("The operation ran out of time."))), timeoutMs);
  });
  try {
    return await Promise.race([run(deadline), timeUp]);
  } catch (error) {
    throw isTransient(error) ? unavailable(error) : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Commits these writes, all of them or none, without reading anything: one call. It is a transaction since
 * `WriteBatch.commit` would not keep to our time limits (docs/decisions/0003).
 */
export function commit<T>(
  write: (transaction: Transaction) => T | Promise<T>,
  options?: ReadWriteTransactionOptions,
): Promise<T> {
  return firestore().runTransaction((transaction) => Promise.resolve(write(transaction)), options);
}

/**
 * Reads these documents and commits what `write` makes of them, all of it or nothing. It writes what it has read by `create`, or by
 * `update` on the condition `asRead`: where one of them is something else by then, all of it is read, and written, anew.
 * No lock is held between the read and the commit (docs/decisions/0012).
 */
export async function readAndCommit<T>(
  references: readonly DocumentReference[],
  deadline: Deadline,
  write: (transaction: Transaction, snapshots: readonly DocumentSnapshot[]) => T | Promise<T>,
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    deadline.check();
    try {
      const snapshots = await firestore().getAll(...references);
      deadline.check();
      return await commit((transaction) => write(transaction, snapshots), { maxAttempts: 1 });
    } catch (error) {
      if (!isOutdated(error) && !WORTH_ANOTHER_TRY.has(codeOf(error))) throw error;
    }
    await sleep(waitMs * Math.random());
  }
}

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/** That a document is what it was when it was read. */
export function asRead({ updateTime }: DocumentSnapshot): Precondition {
  if (!updateTime) throw new Error("A document that is not there is not updated.");
  return { lastUpdateTime: updateTime };
}

/** Writes these fields of a document that has been read, each by its path, on the condition `asRead`; with none, it writes nothing. */
export function updateFields(
  transaction: Transaction,
  snapshot: DocumentSnapshot,
  changes: readonly (readonly [path: FieldPath, value: unknown])[],
): void {
  const [first, ...others] = changes;
  if (first) transaction.update(snapshot.ref, first[0], first[1], ...others.flat(), asRead(snapshot));
}

/** The gRPC status codes that the store tells apart (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const GRPC = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

const TRANSIENT: ReadonlySet<unknown> = new Set([
  GRPC.CANCELLED,
  GRPC.DEADLINE_EXCEEDED,
  GRPC.RESOURCE_EXHAUSTED,
  GRPC.ABORTED,
  GRPC.UNAVAILABLE,
]);

/** What may go better in a moment; whether the call was carried out is not said. */
const WORTH_ANOTHER_TRY: ReadonlySet<unknown> = new Set([...TRANSIENT, GRPC.INTERNAL, GRPC.UNKNOWN]);

/** Somebody else was there first: the document exists by now, or is being written. */
export function isContended(error: unknown): boolean {
  const code = codeOf(error);
  return code === GRPC.ALREADY_EXISTS || code === GRPC.ABORTED;
}

/** A document would be larger than Firestore lets it be. */
export function isTooLarge(error: unknown): boolean {
  return codeOf(error) === GRPC.INVALID_ARGUMENT && error instanceof Error && /\bsize\b/.test(error.message);
}

/** The document has changed since it was read. */
export function isOutdated(error: unknown): boolean {
  const code = codeOf(error);
  return code === GRPC.FAILED_PRECONDITION || code === GRPC.ALREADY_EXISTS;
}

function isTransient(error: unknown): boolean {
  return TRANSIENT.has(codeOf(error));
}

function unavailable(cause: unknown): AppError {
  return new AppError(
    "unavailable",
    "The database cannot be reached at the moment. Nothing is lost: send the same request again.",
    {
      headers: { "Retry-After": String(RETRY_AFTER_SECONDS) },
      cause,
    },
  );
}

/** As many lists as it takes, of so many at the most: a commit, a document and a read each take only so much. */
export function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_none, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** A stored timestamp, read as a Date. */
export const storedDateSchema = z.instanceof(Timestamp).transform((timestamp) => timestamp.toDate());
