import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
  type RulesTestEnvironment,
} from "@firebase/rules-unit-testing";
import {
  addDoc,
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  type Firestore,
  getDoc,
  getDocs,
  limit,
  orderBy,
  query,
  setLogLevel,
  setDoc,
  updateDoc,
  where,
} from "firebase/firestore";
import { ADDRESS } from "../../dev/ports.ts";
import { PROJECT_ID, readCoverage } from "./coverage.ts";

let environment: RulesTestEnvironment;

beforeAll(async () => {
  // The client warns of every denial, and denials are what these tests are about.
  setLogLevel("silent");
  const [host = "", port] = ADDRESS.firestore.split(":");
  const rules = readFileSync(join(__dirname, "../../../firestore.rules"), "utf8");
  environment = await initializeTestEnvironment({
    projectId: PROJECT_ID,
    firestore: { host, port: Number(port), rules },
  });
  await environment.withSecurityRulesDisabled(async (context) => {
    for (const path of DOCUMENTS) await setDoc(doc(context.firestore(), path), { amount_total: 1 });
  });
});

afterAll(() => environment.cleanup());

const MINE = "franchisees/acct_mine";
const THEIRS = "franchisees/acct_theirs";
const KINDS = [
  "",
  "/transactions/pi_1",
  "/transactions/pi_1/revisions/1",
  "/revenue/2025-11",
  "/closes/2025-11-14",
  "/repairs/1",
] as const;
const SERVER_ONLY = ["stripeEvents/evt_1", "stripeEventCounts/customer.created", "syncState/platform", "unknown/1"];
const DOCUMENTS = [MINE, THEIRS].flatMap((franchisee) => KINDS.map((kind) => franchisee + kind)).concat(SERVER_ONLY);

const PRINCIPALS = {
  nobody: null,
  "a user without claims": {},
  "the owner": { franchisees: ["acct_mine"] },
  "the owner, whose e-mail is not verified": { email_verified: false, franchisees: ["acct_mine"] },
  "an owner of both": { franchisees: ["acct_mine", "acct_theirs"] },
  "the owner of another": { franchisees: ["acct_theirs"] },
  "an admin": { admin: true },
  "an admin no more": { admin: false },
  "one whose admin claim is a text": { admin: "true" },
  "one whose claim is a map": { franchisees: { acct_mine: true } },
  "one whose claim is no list": { franchisees: "acct_mine" },
} as const;

type Principal = keyof typeof PRINCIPALS;
const principals = Object.keys(PRINCIPALS).filter((name): name is Principal => name in PRINCIPALS);

const READERS_OF_MINE: readonly Principal[] = [
  "the owner",
  "the owner, whose e-mail is not verified",
  "an owner of both",
  "an admin",
];
const READERS_OF_THEIRS: readonly Principal[] = ["the owner of another", "an owner of both", "an admin"];

const databases = new Map<Principal, Firestore>();

/** The database as this principal's browser sees it: one connection for all that they do. */
function as(principal: Principal): Firestore {
  const open = databases.get(principal);
  if (open) return open;
  const claims = PRINCIPALS[principal];
  const context = claims ? environment.authenticatedContext("user", claims) : environment.unauthenticatedContext();
  // The library's type is the one of the older API; the instance serves the modular functions.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const database = context.firestore() as unknown as Firestore;
  databases.set(principal, database);
  return database;
}

function readersOf(path: string): readonly Principal[] {
  const [root, franchisee, kind, _id, below] = path.split("/");
  if (root !== "franchisees" || below !== undefined) return [];
  if (kind !== undefined && !["transactions", "revenue", "closes"].includes(kind)) return [];
  return franchisee === "acct_mine" ? READERS_OF_MINE : READERS_OF_THEIRS;
}

const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");
const isAllowed = (readers: readonly Principal[], principal: Principal) =>
  readers.includes(principal) ? assertSucceeds : assertFails;

describe.each(principals)("%s", (principal) => {
  test.each(DOCUMENTS)("gets what they may: %s", async (path) => {
    await isAllowed(readersOf(path), principal)(getDoc(doc(as(principal), path)));
  });

  test.each(DOCUMENTS)("lists what they may, 500 at most: beside %s", async (path) => {
    const readers = parentOf(path) === "franchisees" ? (["an admin"] as const) : readersOf(path);
    const documents = collection(as(principal), parentOf(path));
    await Promise.all([
      isAllowed(readers, principal)(getDocs(query(documents, limit(500)))),
      assertFails(getDocs(query(documents, limit(501)))),
      assertFails(getDocs(documents)),
    ]);
  });

  test.each(DOCUMENTS)("writes nothing: %s", async (path) => {
    const database = as(principal);
    await Promise.all([
      assertFails(setDoc(doc(database, path), { amount_total: 2 })),
      assertFails(updateDoc(doc(database, path), { amount_total: 2 })),
      assertFails(deleteDoc(doc(database, path))),
      assertFails(addDoc(collection(database, parentOf(path)), { amount_total: 2 })),
    ]);
  });

  test("looks through everybody's transactions as an admin alone, 500 at most", async () => {
    const transactions = collectionGroup(as(principal), "transactions");
    const open = where("exception", "==", "open");
    await Promise.all([
      isAllowed(["an admin"], principal)(getDocs(query(transactions, open, orderBy("createdAt", "desc"), limit(500)))),
      assertFails(getDocs(query(transactions, open, limit(501)))),
      assertFails(getDocs(query(transactions, open))),
    ]);
  });

  test.each(["revisions", "repairs", "revenue", "closes", "franchisees", "stripeEvents", "syncState", "unknown"])(
    "lists no group: %s",
    async (group) => {
      await assertFails(getDocs(query(collectionGroup(as(principal), group), limit(1))));
    },
  );
});

test("every expression of the rules was reached, in each way that it can end", async () => {
  const { expressions, unreached, oneSided } = await readCoverage();
  process.stderr.write(`Rules coverage: ${expressions - unreached.length} of ${expressions} expressions reached\n`);
  expect(expressions).toBeGreaterThan(10);
  expect(unreached).toEqual([]);
  expect(oneSided).toEqual([]);
});
