/** What Firestore bills, counted from the messages of its API. */
export interface Counts {
  calls: Record<string, number>;
  /** Including missing documents; 1 for an empty query, or an aggregation of up to 1,000 documents. */
  reads: number;
  /** Of successful commits. */
  writes: number;
  deletes: number;
  /** By a call, or as part of a first read. */
  transactionsBegun: number;
  transactionsRolledBack: number;
  faults: number;
}

export function noCounts(): Counts {
  return { calls: {}, reads: 0, writes: 0, deletes: 0, transactionsBegun: 0, transactionsRolledBack: 0, faults: 0 };
}

/** Field numbers of google/firestore/v1/firestore.proto. */
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

/** Counts one call. */
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

  response(message: Buffer): void {
    for (const { number } of fieldsOf(message)) {
      if (!READS[this.#method]?.includes(number)) continue;
      this.#reads += 1;
      this.#counts.reads += 1;
    }
  }

  succeed(): void {
    const counts = this.#counts;
    if (this.#method === "RunQuery" && this.#reads === 0) counts.reads += 1;
    if (this.#method === "BeginTransaction" || this.#begins) counts.transactionsBegun += 1;
    if (this.#method === "Rollback") counts.transactionsRolledBack += 1;
    counts.writes += this.#writes;
    counts.deletes += this.#deletes;
  }
}

/** Splits a stream into gRPC messages: one byte for compression, four for the length, then the message. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0);

  *take(chunk: Buffer): Generator<Buffer> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5) {
      if (this.#rest[0] !== 0) throw new Error("The message is compressed, which was not requested.");
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

/** The top-level fields of a message (https://protobuf.dev/programming-guides/encoding). */
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
    // A number, eight bytes, four bytes, or a length.
    if (type === 0) varint();
    const length = type === 0 ? 0 : type === 1 ? 8 : type === 5 ? 4 : varint();
    yield { number: Math.floor(tag / 8), bytes: message.subarray(at, at + length) };
    at += length;
  }
}
