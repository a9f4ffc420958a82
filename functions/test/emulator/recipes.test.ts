import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localKeys } from "../../tools/cli/signing.ts";
import { HOSTING, newFranchisee, newPayment, transactionsPath } from "../support/api.ts";
import { transactionsOf } from "../support/database.ts";
import { legacyExample } from "../support/records.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

const guide = readFileSync(join(__dirname, "../../../docs/api.md"), "utf8");

/** The unchanged recipe of docs/api.md. */
function recipe(language: string): string {
  const blocks = [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block);
  const code = blocks.find((block) => /signed_?request/i.test(block ?? ""));
  if (code === undefined) throw new Error(`docs/api.md has no recipe in ${language}.`);
  return code;
}

/** Each posts the record in its first argument, then reads it, and prints both responses. */
const CLIENTS: [language: string, command: string, file: string, rest: string][] = [
  [
    "python",
    "python3",
    "client.py",
    `import sys
base, target, record = sys.argv[1:]
print(json.dumps(signed_request("POST", base, target, record.encode())))
print(json.dumps(signed_request("GET", base, target + "?limit=1&status=succeeded")))`,
  ],
  [
    "js",
    process.execPath,
    "client.mjs",
    `const [base, target, record] = process.argv.slice(2);
console.log(JSON.stringify(await signedRequest("POST", base, target, record)));
console.log(JSON.stringify(await signedRequest("GET", base, target + "?limit=1&status=succeeded")));`,
  ],
  [
    "bash",
    "bash",
    "client.sh",
    `signed_request POST "$1" "$2" "$3"; echo
signed_request GET "$1" "$2?limit=1&status=succeeded"; echo`,
  ],
];

test.each(CLIENTS)("the documented recipe in %s can post and read", async (language, command, file, rest) => {
  const path = join(newFolder(), file);
  writeFileSync(path, `${recipe(language)}\n${rest}\n`);
  const franchiseeId = newFranchisee();
  const record = { ...legacyExample, stripePaymentId: newPayment(), name: "Zoë 名前" };
  const { stdout, stderr } = spawnSync(
    command,
    [path, HOSTING, transactionsPath(franchiseeId), JSON.stringify(record)],
    { encoding: "utf8", env: { ...process.env, ORCHESTRATOR_SIGNING_KEY: localKeys()[0] } },
  );
  expect(stderr).toBe("");
  const [posted, read] = stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(posted).toMatchObject({ success: true, outcome: "created" });
  expect(read).toMatchObject({ success: true, transactions: [record] });
  expect((await transactionsOf(franchiseeId).get()).size).toBe(1);
});
