import { setTimeout as sleep } from "node:timers/promises";
import { type DocumentReference, type DocumentSnapshot, type Precondition, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { AppError, codeOf } from "../errors.ts";
import { firestore, firestoreApi, reconnectIfBroken } from "./connection.ts";
import { Writes } from "./writes.ts";

/** For one operation of the store, in milliseconds. */
const OPERATION_TIMEOUT_MS = 10_000;

const RETRY_AFTER_SECONDS = 5;

/** The store checks it before each commit, so that no commit starts after the response. */
export interface Deadline {
  /** Throws AppError `unavailable` after the deadline. */
  check(): void;
}

/**
 * Throws AppError `unavailable` if Firestore does not serve the operation in time. Every write is idempotent, except
 * the count of ignored events, so the caller may retry even if it succeeded.
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

/** The update time of each written document, in order, and the result of `write`. */
interface Committed<T> {
  result: T;
  updateTimes: Timestamp[];
}

/** Commits writes atomically in one call, within the store's time limits (docs/decisions/0022). */
export async function commitOnce<T>(write: (writes: Writes) => T | Promise<T>): Promise<Committed<T>> {
  const { client, database, options } = await firestoreApi();
  const writes = new Writes(database);
  const result = await write(writes);
  if (writes.protos.length === 0) return { result, updateTimes: [] };
  const request = { database, writes: writes.protos };
  const [{ writeResults, commitTime }] = await client.commit(request, options).catch((error: unknown) => {
    reconnectIfBroken(error);
    throw error;
  });
  const updateTimes = (writeResults ?? []).map(({ updateTime }) => timestampOf(updateTime ?? commitTime));
  return { result, updateTimes };
}

function timestampOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): Timestamp {
  return new Timestamp(Number(time?.seconds), time?.nanos ?? 0);
}

/** Commits as `commitOnce`, and retries until the deadline. */
export function commit<T>(
  write: (writes: Writes) => T | Promise<T>,
  deadline: Deadline,
  isRetryable = isWorthRetry,
): Promise<Committed<T>> {
  return retried(deadline, isRetryable, () => commitOnce(write));
}

/**
 * Reads documents and commits the writes of `write` atomically. Writes use `create`, or `update` with the precondition
 * `ifUnchanged`; if a document has changed, it reads and writes again. No lock is held between read and commit
 * (docs/decisions/0012).
 */
export function readAndCommit<T>(
  references: readonly DocumentReference[],
  deadline: Deadline,
  write: (writes: Writes, snapshots: readonly DocumentSnapshot[]) => T | Promise<T>,
): Promise<T> {
  return commitRead(() => firestore().getAll(...references), deadline, write);
}

/** As `readAndCommit`, with a given read; `isFirst` is false for a retry. */
export function commitRead<Read, T>(
  read: (isFirst: boolean) => Promise<Read>,
  deadline: Deadline,
  write: (writes: Writes, read: Read) => T | Promise<T>,
): Promise<T> {
  let isFirst = true;
  // Whether an update of a document that is gone fails with NOT_FOUND or FAILED_PRECONDITION is not documented.
  const isRetryable = (error: unknown): boolean =>
    isOutdated(error) || isWorthRetry(error) || codeOf(error) === GRPC.NOT_FOUND;
  return retried(deadline, isRetryable, async () => {
    const known = await read(isFirst);
    isFirst = false;
    const { result } = await commitOnce(async (writes) => {
      const derived = await write(writes, known);
      deadline.check();
      return derived;
    });
    return result;
  });
}

async function retried<T>(
  deadline: Deadline,
  isRetryable: (error: unknown) => boolean,
  run: () => Promise<T>,
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    deadline.check();
    try {
      return await run();
    } catch (error) {
      if (!isRetryable(error)) throw error;
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

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const GRPC = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const TRANSIENT: ReadonlySet<unknown> = new Set([
  GRPC.CANCELLED,
  GRPC.DEADLINE_EXCEEDED,
  GRPC.RESOURCE_EXHAUSTED,
  GRPC.ABORTED,
  GRPC.UNAVAILABLE,
]);

/**
 * The call may succeed if it is retried; it may also have been executed. As the SDK's transactions decide
 * (@google-cloud/firestore 7.11.6, transaction.ts, isRetryableTransactionError): a token may have expired on the way.
 */
function isWorthRetry(error: unknown): boolean {
  return isTransient(error) || RETRIED_BY_SDK.has(codeOf(error));
}

const RETRIED_BY_SDK: ReadonlySet<unknown> = new Set([GRPC.INTERNAL, GRPC.UNKNOWN, GRPC.UNAUTHENTICATED]);

/** Another commit was in the way. Nothing was written. */
export function isAborted(error: unknown): boolean {
  return codeOf(error) === GRPC.ABORTED;
}

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
