/**
 * The part of the Logging query language (https://cloud.google.com/logging/docs/view/logging-query-language) that the
 * filters of functions/ops/monitoring use: comparisons of fields with texts and numbers, AND, OR and parentheses.
 */

/** Whether a log entry matches. Throws on unsupported syntax. */
export function matches(filter: string, entry: unknown): boolean {
  const tokens = [...filter.matchAll(TOKEN)].map(([token]) => token);
  if (tokens.join("") !== filter.replaceAll(/\s(?=(?:[^"]*"[^"]*")*[^"]*$)/g, ""))
    throw new Error(`Unsupported syntax: ${filter}`);
  const query = new Query(tokens, entry);
  const isMatch = query.conjunction();
  if (query.rest.length > 0) throw new Error(`Unsupported syntax: ${query.rest.join(" ")}`);
  return isMatch;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|=~|!=|>=|<=|[=<>()]|[^\s"=<>!()]+/g;

/** The value of a field, such as `jsonPayload.scope`, or undefined. */
export function valueOf(path: string, entry: unknown): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return new Map<string, unknown>(Object.entries(value)).get(key);
  }, entry);
}

class Query {
  readonly rest: string[];
  readonly #entry: unknown;

  constructor(tokens: string[], entry: unknown) {
    this.rest = tokens;
    this.#entry = entry;
  }

  #take(): string {
    return this.rest.shift() ?? "";
  }

  /** OR binds more tightly than AND. */
  conjunction(): boolean {
    let isMatch = this.#disjunction();
    while (this.rest[0] === "AND") {
      this.#take();
      const isNext = this.#disjunction();
      isMatch &&= isNext;
    }
    return isMatch;
  }

  #disjunction(): boolean {
    let isMatch = this.#term();
    while (this.rest[0] === "OR") {
      this.#take();
      const isNext = this.#term();
      isMatch ||= isNext;
    }
    return isMatch;
  }

  #term(): boolean {
    const first = this.#take();
    if (first !== "(") return this.#comparison(first);
    const isMatch = this.conjunction();
    if (this.#take() !== ")") throw new Error("A closing parenthesis is missing.");
    return isMatch;
  }

  #comparison(path: string): boolean {
    const [operator, word] = [this.#take(), this.#take()];
    const value = valueOf(path, this.#entry);
    // A missing field matches nothing.
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return false;
    const expected: unknown = JSON.parse(word);
    if (operator === "=~") return new RegExp(String(expected)).test(String(value));
    if (operator === "=")
      return typeof expected === "string" ? String(value).toLowerCase() === expected.toLowerCase() : value === expected;
    if (operator === ">") return Number(value) > Number(expected);
    if (operator === ">=") return Number(value) >= Number(expected);
    throw new Error(`Unsupported syntax: ${operator}`);
  }
}
