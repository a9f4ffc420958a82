/**
 * A body that cannot be parsed is refused by the platform's framework before any of this code runs, and the framework's Express logs the
 * parser's error with the body in it (express/lib/application.js, `logerror`): a customer's name and address with it.
 */

/** What body-parser calls its errors (https://github.com/expressjs/body-parser#errors). */
const TYPE = /^(entity|encoding|charset|request|stream|parameters)\.[a-z.]+$/;

/** Has `console.error` say of such an error what was wrong, and nothing of the body. */
export function keepBodiesOutOfLog(): void {
  // The console is what the framework logs by.
  // oxlint-disable no-console
  const error = console.error.bind(console);
  console.error = (...said: unknown[]) => error(...said.map(withoutBody));
}

/** What is logged in the place of this. */
export function withoutBody(said: unknown): unknown {
  // An older Express logs the stack, whose first line quotes the text around what is wrong.
  if (typeof said === "string" && /^SyntaxError: [^]* JSON/.test(said)) return "A request's body is no JSON.";
  if (!(said instanceof Error) || !("type" in said) || typeof said.type !== "string") return said;
  return TYPE.test(said.type) ? `A request's body could not be read: ${said.type}` : said;
}
