import { connect, type Socket } from "node:net";

/** A connection to a served function on which anything can be sent. */
export class RawConnection {
  readonly #socket: Socket;
  #received = "";
  #wake = (): void => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.#received += bytes.toString("latin1");
      this.#wake();
    });
    // A server that closes while more is being sent resets the connection.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#wake());
  }

  static open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new RawConnection(socket)));
      socket.once("error", reject);
    });
  }

  /** Resolves when the system has taken the bytes, or the connection is closed. */
  async send(bytes: string | Buffer): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once("close", resolve);
      this.#socket.write(bytes, () => {
        this.#socket.off("close", resolve);
        resolve();
      });
    });
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** The statuses of the responses so far, a 100 among them. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  get received(): string {
    return this.#received;
  }

  /** The statuses when there are so many, or the server has closed the connection. */
  async responses(count = 1): Promise<number[]> {
    while (this.statuses.length < count && !this.isClosed) await new Promise<void>((wake) => (this.#wake = wake));
    return this.statuses;
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((wake) => (this.#wake = wake));
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** The head of a request: method, path, and headers beside Host. */
export function head(method: string, path: string, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries({ Host: "127.0.0.1", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A piece of a chunked body. */
export function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
