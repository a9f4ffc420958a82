import { withoutBody } from "../../src/http/unread-bodies.ts";

const body = '{"name":"Ada "Countess" Lovelace"}';

function parserError(): Error {
  try {
    JSON.parse(body);
  } catch (error) {
    if (error instanceof Error) return Object.assign(error, { type: "entity.parse.failed", body, status: 400 });
  }
  throw new Error("It was parsed.");
}

test.each([
  ["the parser's error, with the body", parserError(), "A request's body could not be read: entity.parse.failed"],
  ["its stack, which quotes the body", parserError().stack, "A request's body is no JSON."],
  [
    "a body too large",
    Object.assign(new Error("too large"), { type: "entity.too.large", body }),
    "A request's body could not be read: entity.too.large",
  ],
])("of %s nothing of the body is logged", (_what, said, logged) => {
  expect(withoutBody(said)).toBe(logged);
});

test.each([
  ["a text", "SyntaxError: Unexpected identifier"],
  ["our own error", new Error("entity.parse.failed")],
  ["an error of another kind", Object.assign(new Error("no"), { type: "StripeCardError" })],
  ["an error with a code for its type", Object.assign(new Error("no"), { type: 3 })],
  ["nothing", undefined],
])("%s is logged as it is", (_what, said) => {
  expect(withoutBody(said)).toBe(said);
});
