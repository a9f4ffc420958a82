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

/** For one call with its retries, in milliseconds; the client's default is ten minutes. */
const CALL_TIMEOUT_MS = 5_000;

/** For one operation of the store, in milliseconds. */
const OPERATION_TIMEOUT_MS = 10_000;

const RETRY_AFTER_SECONDS = 5;

/** Far below the timeout of a call, so that calls succeed soon after an outage. */
const MAX_RECONNECT_BACKOFF_MS = 1_000;

let connection: Firestore | undefined;

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

/** Overrides the Firestore client's retry settings (google-gax) for the calls that the store makes. */
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

/** The store checks it before each commit, so that no commit starts after the response. */
export interface Deadline {
  /** Throws AppError `unavailable` after the deadline. */
  check(): void;
}

/**
 * Throws AppError `unavailable` if Firestore does not serve the operation in time. Every write is idempotent, so the
 * caller may retry even if it succeeded.
 */
export async function operation<T>(
  run: (deadline: Deadline) => Promise<T>,
  timeoutMs = OPERATION_TIMEOUT_MS,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  const timedOut = () => unavailable(new Error("The operation timed out."));
  const deadline: Deadline = {
    check: () => {
      if (Date.now() > end) throw timedOut();
    },
  };
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(timedOut()), timeoutMs);
  try {
    return await Promise.race([run(deadline), timeout]);
  } catch (error) {
    throw isTransient(error) ? unavailable(error) : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Commits writes atomically, in one call. Uses a transaction, because `WriteBatch.commit` ignores our timeouts
 * (docs/decisions/0003).
 */
export function commit<T>(
  write: (transaction: Transaction) => T | Promise<T>,
  options?: ReadWriteTransactionOptions,
): Promise<T> {
  return firestore().runTransaction((transaction) => Promise.resolve(write(transaction)), options);
}

/**
 * Reads documents and commits the writes of `write` atomically. Writes use `create`, or `update` with the precondition
 * `ifUnchanged`; if a document has changed, it reads and writes again. No lock is held between read and commit
 * (docs/decisions/0012).
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
      if (!isOutdated(error) && !RETRYABLE.has(codeOf(error))) throw error;
    }
    await sleep(waitMs * Math.random());
  }
}

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

export function ifUnchanged({ updateTime }: DocumentSnapshot): Precondition {
  if (!updateTime) throw new Error("A missing document cannot be updated.");
  return { lastUpdateTime: updateTime };
}

/** Updates fields with the precondition `ifUnchanged`. Without changes, writes nothing. */
export function updateFields(
  transaction: Transaction,
  snapshot: DocumentSnapshot,
  changes: readonly (readonly [path: FieldPath, value: unknown])[],
): void {
  const [first, ...others] = changes;
  if (first) transaction.update(snapshot.ref, first[0], first[1], ...others.flat(), ifUnchanged(snapshot));
}

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
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

/** The call may have been executed. */
const RETRYABLE: ReadonlySet<unknown> = new Set([...TRANSIENT, GRPC.INTERNAL, GRPC.UNKNOWN]);

/** The document exists by now, or is being written. */
export function isContended(error: unknown): boolean {
  const code = codeOf(error);
  return code === GRPC.ALREADY_EXISTS || code === GRPC.ABORTED;
}

/** Whether the document would exceed Firestore's size limit. */
export function isTooLarge(error: unknown): boolean {
  return codeOf(error) === GRPC.INVALID_ARGUMENT && error instanceof Error && /\bsize\b/.test(error.message);
}

/** Whether the document has changed since it was read. */
export function isOutdated(error: unknown): boolean {
  const code = codeOf(error);
  return code === GRPC.FAILED_PRECONDITION || code === GRPC.ALREADY_EXISTS;
}

function isTransient(error: unknown): boolean {
  return TRANSIENT.has(codeOf(error));
}

function unavailable(cause: unknown): AppError {
  return new AppError("unavailable", "Database temporarily unavailable. Requests are idempotent; retry.", {
    headers: { "Retry-After": String(RETRY_AFTER_SECONDS) },
    cause,
  });
}

/** Splits a list into chunks: a commit, a document and a read have limits. */
export function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_none, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

export const storedDateSchema = z.instanceof(Timestamp).transform((timestamp) => timestamp.toDate());

/** Names the document and the fields that do not match its schema. */
export function unreadable({ path }: DocumentReference, error: z.ZodError): string {
  const fields = [...new Set(error.issues.map((issue) => issue.path.join(".")))].join(", ");
  return `The document ${path} cannot be read: ${fields}`;
}
