/** Counts what Firestore bills, by the messages of its API as they go over the wire. */

export interface Counts {
  /** By method, whatever became of them. */
  calls: Record<string, number>;
  /** Documents, those that are not there among them; a query that finds nothing counts as one, as does an aggregation (of up to 1,000). */
  reads: number;
  /** Documents of commits that went through. */
  writes: number;
  deletes: number;
  /** By a call of its own, or by a first read. A commit without a read is none, and needs none. */
  transactionsBegun: number;
  transactionsRolledBack: number;
  /** Calls that something was made to go wrong with. */
  faults: number;
}

export function noCounts(): Counts {
  return { calls: {}, reads: 0, writes: 0, deletes: 0, transactionsBegun: 0, transactionsRolledBack: 0, faults: 0 };
}

/** Where a message of google/firestore/v1/firestore.proto says what is counted: the numbers of its fields. */
const WRITES = 2;
const DELETE_OF_WRITE = 2;
const BEGINS: Readonly<Record<string, number>> = { BatchGetDocuments: 5, RunQuery: 6, RunAggregationQuery: 5 };
const READS: Readonly<Record<string, readonly number[]>> = {
  BatchGetDocuments: [1, 2],
  RunQuery: [1],
  RunAggregationQuery: [1],
  ListDocuments: [1],
  Listen: [3],
};
const WRITING = new Set(["Commit", "BatchWrite"]);

/** One call, which is counted as it goes on. */
export class Meter {
  readonly #method: string;
  readonly #counts: Counts;
  #reads = 0;
  #writes = 0;
  #deletes = 0;
  #begins = false;

  constructor(method: string, counts: Counts) {
    this.#method = method;
    this.#counts = counts;
  }

  request(message: Buffer): void {
    for (const { number, bytes } of fieldsOf(message)) {
      if (number === BEGINS[this.#method]) this.#begins = true;
      if (number !== WRITES || !WRITING.has(this.#method)) continue;
      if ([...fieldsOf(bytes)].some((field) => field.number === DELETE_OF_WRITE)) this.#deletes += 1;
      else this.#writes += 1;
    }
  }

  answer(message: Buffer): void {
    for (const { number } of fieldsOf(message)) {
      if (!READS[this.#method]?.includes(number)) continue;
      this.#reads += 1;
      this.#counts.reads += 1;
    }
  }

  /** Firestore has carried it out. */
  succeed(): void {
    const counts = this.#counts;
    if (this.#method === "RunQuery" && this.#reads === 0) counts.reads += 1;
    if (this.#method === "BeginTransaction" || this.#begins) counts.transactionsBegun += 1;
    if (this.#method === "Rollback") counts.transactionsRolledBack += 1;
    counts.writes += this.#writes;
    counts.deletes += this.#deletes;
  }
}

/** Takes a stream apart into gRPC's messages: a byte that says whether it is compressed, four for the length, and so many bytes. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0);

  *take(chunk: Buffer): Generator<Buffer> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5) {
      if (this.#rest[0] !== 0) throw new Error("A compressed message, which nobody was asked for.");
      const end = 5 + this.#rest.readUInt32BE(1);
      if (this.#rest.length < end) return;
      yield this.#rest.subarray(5, end);
      this.#rest = this.#rest.subarray(end);
    }
  }
}

interface Field {
  number: number;
  /** Of a text, bytes or a message. */
  bytes: Buffer;
}

/** The fields of a message, not those of the messages in it (https://protobuf.dev/programming-guides/encoding). */
function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const type = tag % 8;
    // A number, eight bytes, or four; else it says how many.
    if (type === 0) varint();
    const length = type === 0 ? 0 : type === 1 ? 8 : type === 5 ? 4 : varint();
    yield { number: Math.floor(tag / 8), bytes: message.subarray(at, at + length) };
    at += length;
  }
}
