/** A gRPC proxy (unencrypted HTTP/2) to a Firestore emulator, which counts calls and injects faults. */
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fault, type FaultPolicy, type Status, STATUS } from "./firestore-faults.ts";
import { type Counts, Messages, Meter, noCounts } from "./firestore-meter.ts";

export interface FirestoreProxy {
  /** For FIRESTORE_EMULATOR_HOST. */
  address: string;
  /** Since the start, or `reset`. */
  counts: () => Counts;
  reset: () => void;
  fault: (policy: FaultPolicy | null) => void;
  close: () => Promise<void>;
}

export async function startFirestoreProxy(
  emulatorAddress: string,
  { fault = null, port = 0 }: { fault?: FaultPolicy | null; port?: number } = {},
): Promise<FirestoreProxy> {
  let policy = fault;
  let counts = noCounts();
  let called = new Map<string, number>();
  const sessions = new Set<ServerHttp2Session>();

  const server = createServer();
  server.on("session", (session) => {
    // One connection to the emulator for each, so that it sees when the client's ends.
    const upstream = connect(`http://${emulatorAddress}`);
    sessions.add(session);
    session.once("close", () => {
      sessions.delete(session);
      upstream.destroy();
    });
    upstream.once("close", () => session.destroy());
    for (const end of [session, upstream]) end.on("error", ignore);
    session.on("stream", (stream, headers) => {
      const method = methodOf(headers);
      const index = called.get(method) ?? 0;
      called.set(method, index + 1);
      counts.calls[method] = (counts.calls[method] ?? 0) + 1;
      const found = policy?.(method, index);
      if (found) counts.faults += 1;
      const call = new Call(stream, headers, upstream, new Meter(method, counts));
      void call.run(found);
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");

  return {
    address: `127.0.0.1:${address.port}`,
    counts: () => structuredClone(counts),
    reset: () => (counts = noCounts()),
    fault: (next) => {
      policy = next;
      called = new Map();
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function ignore(): void {
  // The connection is gone.
}

/** The last part of `/google.firestore.v1.Firestore/Commit`. */
function methodOf(headers: IncomingHttpHeaders): string {
  return String(headers[":path"]).replace(/^.*\//, "");
}

class Call {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #upstream: ClientHttp2Session;
  readonly #meter: Meter;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: ClientHttp2Session, meter: Meter) {
    this.#stream = stream;
    this.#headers = headers;
    this.#upstream = upstream;
    this.#meter = meter;
    stream.on("error", ignore);
  }

  async run(fault: Fault | undefined): Promise<void> {
    if (!fault) return this.#forward();
    const response = fault.when === "after" ? await this.#execute() : undefined;
    // In a later tick: Node crashes if a connection ends while it is being read.
    await sleep(fault.delayMs ?? 0);
    if (fault.when === "after" || fault.outcome !== undefined) this.#end(fault.outcome, response);
    else this.#forward();
  }

  get #isGone(): boolean {
    return [this.#stream, this.#upstream].some((end) => end.closed || end.destroyed);
  }

  #forward(): void {
    if (this.#isGone) return;
    const stream = this.#stream;
    const call = this.#call();
    let trailers: IncomingHttpHeaders = {};
    call.on("response", (headers, flags) => {
      if (stream.destroyed) return;
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond({ ...headers }, endStream ? { endStream } : { waitForTrailers: true });
      if (!endStream) call.pipe(stream);
    });
    call.once("trailers", (headers: IncomingHttpHeaders) => (trailers = headers));
    stream.once("wantTrailers", () => stream.sendTrailers({ ...trailers }));
    stream.once("close", () => call.close(constants.NGHTTP2_CANCEL));
    call.once("close", () => {
      if (call.rstCode !== constants.NGHTTP2_NO_ERROR) stream.close(call.rstCode);
    });
  }

  /** Executes the call on the emulator. Returns its response; undefined if the stream failed. */
  async #execute(): Promise<Response | undefined> {
    if (this.#isGone) return undefined;
    const call = this.#call();
    const result: Response = { headers: {}, body: [], trailers: {} };
    call.once("response", (headers) => (result.headers = headers));
    call.once("trailers", (headers: IncomingHttpHeaders) => (result.trailers = headers));
    call.on("data", (chunk: Buffer) => result.body.push(chunk));
    await new Promise((resolve) => call.once("close", resolve));
    return call.rstCode === constants.NGHTTP2_NO_ERROR ? result : undefined;
  }

  #call(): ClientHttp2Stream {
    // Uncompressed, so that it can be counted.
    const { "grpc-accept-encoding": _encodings, ...headers } = this.#headers;
    const call = this.#upstream.request(headers);
    const [requests, responses] = [new Messages(), new Messages()];
    this.#stream.on("data", (chunk: Buffer) => {
      for (const message of requests.take(chunk)) this.#meter.request(message);
    });
    call.on("data", (chunk: Buffer) => {
      for (const message of responses.take(chunk)) this.#meter.response(message);
    });
    // A status in the headers, without a message, is an error.
    call.once("trailers", (trailers: IncomingHttpHeaders) => {
      if (trailers["grpc-status"] === "0") this.#meter.succeed();
    });
    call.on("error", ignore);
    this.#stream.pipe(call);
    this.#stream.once("close", () => {
      if (!this.#stream.readableEnded) call.close(constants.NGHTTP2_CANCEL);
    });
    return call;
  }

  /** Ends the call with this status, or with Firestore's response. */
  #end(outcome: Status | "cut" | undefined, response?: Response): void {
    const stream = this.#stream;
    if (outcome === "cut") stream.session?.destroy();
    if (stream.closed || stream.destroyed) return;
    stream.resume();
    if (outcome !== undefined && outcome !== "cut") {
      const message = `${outcome}, injected by the proxy`;
      stream.respond({ ...GRPC, "grpc-status": String(STATUS[outcome]), "grpc-message": message }, { endStream: true });
    } else if (!response) {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else if (response.headers["grpc-status"] !== undefined) {
      stream.respond({ ...response.headers }, { endStream: true });
    } else {
      stream.respond({ ...response.headers }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ ...response.trailers }));
      stream.end(Buffer.concat(response.body));
    }
  }
}

interface Response {
  headers: IncomingHttpHeaders;
  body: Buffer[];
  trailers: IncomingHttpHeaders;
}

const GRPC = { ":status": 200, "content-type": "application/grpc" };
