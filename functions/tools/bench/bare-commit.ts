import { v1 } from "firebase-admin/firestore";
import { grpc } from "google-gax";
import { z } from "zod";
import { decide } from "../../src/domain/decide.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import { transactionRef } from "../../src/store/refs.ts";
import { TotalsUpdate } from "../../src/store/totals.ts";
import { toFirestore } from "../../src/store/transaction-converter.ts";
import { Writes } from "../../src/store/writes.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import sample from "../local/sample-golden-record.json" with { type: "json" };
import { newPaymentId, nextFranchisee } from "./measure.ts";

const DATABASE = `projects/${PROJECT_ID}/databases/(default)`;
const METHOD = "/google.firestore.v1.Firestore/Commit";
const DEFAULTS = { currency: "cad", livemode: false, timeZone: "America/Vancouver", applicationId: null };

/**
 * The plainest client that commits what a first golden record commits: the request is encoded once, by the product's
 * own code; each call replaces the ids in its bytes. It needs FIRESTORE_EMULATOR_HOST.
 */
export class BareCommit {
  readonly #client: grpc.Client;
  readonly #metadata = new grpc.Metadata();
  readonly #request: Buffer;
  readonly #franchisees: readonly number[];
  readonly #payments: readonly number[];

  private constructor(address: string, request: Buffer, franchiseeId: string, stripePaymentId: string) {
    this.#client = new grpc.Client(address, grpc.credentials.createInsecure());
    this.#metadata.set("authorization", "Bearer owner");
    this.#metadata.set("google-cloud-resource-prefix", DATABASE);
    this.#request = request;
    this.#franchisees = positionsOf(franchiseeId, request);
    this.#payments = positionsOf(stripePaymentId, request);
  }

  /** `hasLifetime`: whether it writes the franchisee's document, with the lifetime totals. */
  static async connect(address: string, { hasLifetime }: { hasLifetime: boolean }): Promise<BareCommit> {
    const franchiseeId = nextFranchisee();
    const stripePaymentId = newPaymentId();
    const lifetime = `${DATABASE}/documents/franchisees/${franchiseeId}`;
    const writes = writesOfFirst(franchiseeId, stripePaymentId);
    const kept = writes.filter(({ update }) => hasLifetime || update?.name !== lifetime);
    const encode = await commitEncoder();
    return new BareCommit(address, encode({ database: DATABASE, writes: kept }), franchiseeId, stripePaymentId);
  }

  /** Commits a first record of the next franchisee. */
  async run(): Promise<void> {
    const request = Buffer.from(this.#request);
    const franchiseeId = nextFranchisee();
    const stripePaymentId = newPaymentId();
    for (const position of this.#franchisees) request.write(franchiseeId, position, "latin1");
    for (const position of this.#payments) request.write(stripePaymentId, position, "latin1");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#client.makeUnaryRequest(METHOD, unchanged, unchanged, request, this.#metadata, (error) => {
      if (error) reject(error);
      else resolve();
    });
    await promise;
  }

  close(): void {
    this.#client.close();
  }
}

function writesOfFirst(franchiseeId: string, stripePaymentId: string): Writes["protos"] {
  const now = new Date();
  const record = goldenRecordSchema.parse({ ...sample, stripePaymentId });
  const decision = decide(null, { kind: "golden", record, sentAt: now }, { now, defaults: DEFAULTS });
  if (decision.outcome !== "created") throw new Error(decision.outcome);
  const writes = new Writes(DATABASE);
  writes.create(transactionRef(franchiseeId, stripePaymentId), toFirestore(decision.next));
  const totals = new TotalsUpdate(DEFAULTS);
  totals.add({ franchiseeId, before: null, after: decision.next });
  totals.write(writes, []);
  return writes.protos;
}

type Encoder = (request: object) => Buffer;

const serviceSchema = z.object({
  Commit: z.object({ requestSerialize: z.custom<Encoder>((value) => typeof value === "function") }),
});

/** The generated client's own encoder. */
async function commitEncoder(): Promise<Encoder> {
  const client = new v1.FirestoreClient({
    projectId: PROJECT_ID,
    servicePath: "127.0.0.1",
    sslCreds: grpc.credentials.createInsecure(),
  });
  const stub = await client.initialize();
  const { Commit } = serviceSchema.parse(Reflect.get(stub.constructor, "service"));
  await client.close();
  return Commit.requestSerialize;
}

function positionsOf(text: string, bytes: Buffer): number[] {
  const positions: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) positions.push(at);
  return positions;
}

function unchanged(bytes: Buffer): Buffer {
  return bytes;
}
