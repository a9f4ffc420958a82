import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "@swc/core";
import { fieldText, humanize, shareText } from "../../../portal/src/messages.ts";
import { ROOT } from "../../tools/cli/paths.ts";

/** Every string, part of a template and text of an element in a syntax tree. */
function textsIn(tree: unknown): string[] {
  if (Array.isArray(tree)) return tree.flatMap(textsIn);
  if (typeof tree !== "object" || tree === null) return [];
  if ("type" in tree && ["StringLiteral", "TemplateElement", "JSXText"].includes(String(tree.type))) {
    return [String("raw" in tree && tree.type === "TemplateElement" ? tree.raw : "value" in tree && tree.value)];
  }
  return Object.values(tree).flatMap(textsIn);
}

const SOURCES = globSync("portal/src/**/*.{ts,tsx}", { cwd: ROOT }).flatMap((path) =>
  textsIn(parseSync(readFileSync(join(ROOT, path), "utf8"), { syntax: "typescript", tsx: path.endsWith("x") })),
);

const PAGES = globSync("portal/*.html", { cwd: ROOT }).flatMap((path) =>
  readFileSync(join(ROOT, path), "utf8").split(/<[^>]*>/),
);

/** Words without a capital or a blank are codes. */
const texts = [...SOURCES, ...PAGES].filter((text) => /\w/.test(text) && /[A-Z ]/.test(text));

test.each<[string, RegExp]>([
  ["curly apostrophes", /\w'\w/],
  ["contractions", /\b(are|can|could|did|do|does|has|have|is|was|were|will) ?not\b|\b(you are|they will|it is)\b/i],
  ["a percent sign without a blank", /\s%/],
  ["an ellipsis without a blank", /\s…|\.\.\./],
  [
    "Canadian spelling",
    /[^aev]is(ed|ing)\b|\b(organisation|authorisation|colors?(?!-)|center|cancel(ed|ing)|labeled)\b/i,
  ],
])("the portal's texts have %s", (_what, wrong) => {
  expect(texts.length).toBeGreaterThan(200);
  expect(texts.filter((text) => wrong.test(text))).toEqual([]);
});

test("a franchisee is addressed; head office reads about a franchisee", () => {
  const [owner, office] = [{ isAdmin: false }, { isAdmin: true }];
  expect([shareText(owner).net, shareText(office).net]).toEqual(["You receive", "Franchisee receives"]);
  expect([shareText(owner).kept, shareText(office).kept]).toEqual(["You keep", "Franchisee keeps"]);
  expect(["amount_franchisee_net", "amount_total"].map((field) => fieldText(field, office))).toEqual([
    "Franchisee receives",
    "Customer paid",
  ]);
});

test.each([
  ["under_review", "Under review"],
  ["canceled", "Cancelled"],
])("Stripe's word %s is shown as %s", (word, shown) => {
  expect(humanize(word)).toBe(shown);
});
