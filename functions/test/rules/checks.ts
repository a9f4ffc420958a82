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
  getCountFromServer,
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
import { ADDRESS } from "../../tools/cli/ports.ts";

/** The rules have their own project, so that the coverage counts only these tests. */
const PROJECT_ID = "demo-moon-portal-rules";
const EMULATOR = process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore;

/** Where the emulator accepts new rules at any time (`securityRules`), and reports their coverage (`ruleCoverage`). */
export const emulatorUrl = (part: "securityRules" | "ruleCoverage"): string =>
  `http://${EMULATOR}/emulator/v1/projects/${PROJECT_ID}:${part}`;

const MINE = "franchisees/acct_mine";
const THEIRS = "franchisees/acct_theirs";
const KINDS = [
  "",
  "/transactions/pi_1",
  "/transactions/pi_1/revisions/1",
  "/revenue/2025-11",
  "/revenue/2025-11/workshops/none",
  "/revenue/2025-11/workshops/none/unknown/1",
  "/revenue/2025-11/unknown/1",
  "/balanceTransactions/txn_1",
  "/balanceTransactions/txn_1/unknown/1",
  "/payouts/po_1",
  "/payouts/po_1/unknown/1",
  "/closes/2025-11-14",
  "/closes/2025-11-14/unknown/1",
  "/repairs/1",
  "/profileChanges/1",
  "/worklist/pi_1",
  "/worklist/pi_1/unknown/1",
] as const;
const SERVER_ONLY = [
  "stripeEvents/evt_1",
  "stripeEventCounts/customer.created",
  "syncState/platform",
  "emailSettings/user",
  "emailProgress/exceptions",
  "mail/1",
  "erasures/1",
  "unknown/1",
];
const DOCUMENTS = [MINE, THEIRS].flatMap((franchisee) => KINDS.map((kind) => franchisee + kind)).concat(SERVER_ONLY);
const GROUPS = [
  "revisions",
  "repairs",
  "profileChanges",
  "revenue",
  "workshops",
  "balanceTransactions",
  "closes",
  "franchisees",
  "stripeEvents",
  "syncState",
  "erasures",
  "unknown",
];

const PRINCIPALS = {
  nobody: null,
  "a user without claims": {},
  "the owner": { franchisees: ["acct_mine"] },
  "the owner, whose email is not verified": { email_verified: false, franchisees: ["acct_mine"] },
  "an owner of both": { franchisees: ["acct_mine", "acct_theirs"] },
  "the owner of another": { franchisees: ["acct_theirs"] },
  "an owner by a grant to their address": { email: "o@x.org", grantedTo: "o@x.org", franchisees: ["acct_mine"] },
  "an owner whose address has changed since": { email: "s@x.org", grantedTo: "o@x.org", franchisees: ["acct_mine"] },
  "an owner who has no address any more": { grantedTo: "o@x.org", franchisees: ["acct_mine"] },
  "an admin": { admin: true },
  "an admin by a grant to their address": { email: "o@x.org", grantedTo: "o@x.org", admin: true },
  "an admin whose address has changed since": { email: "s@x.org", grantedTo: "o@x.org", admin: true },
  "an admin no more": { admin: false },
  "one whose admin claim is a text": { admin: "true" },
  "one whose claim is a map": { franchisees: { acct_mine: true } },
  "one whose claim is no list": { franchisees: "acct_mine" },
} as const;

export type Principal = keyof typeof PRINCIPALS;
export const principals = Object.keys(PRINCIPALS).filter((name): name is Principal => name in PRINCIPALS);

const ADMIN: readonly Principal[] = ["an admin", "an admin by a grant to their address"];
const READERS_OF_MINE: readonly Principal[] = [
  "the owner",
  "the owner, whose email is not verified",
  "an owner of both",
  "an owner by a grant to their address",
  ...ADMIN,
];
const READERS_OF_THEIRS: readonly Principal[] = ["the owner of another", "an owner of both", ...ADMIN];

const READABLE: ReadonlySet<string> = new Set(["transactions", "revenue", "balanceTransactions", "payouts", "closes"]);

function readersOf(path: string): readonly Principal[] {
  const [root, franchisee, kind, _id, below, _below, beyond] = path.split("/");
  const isWorkshop = kind === "revenue" && below === "workshops" && beyond === undefined;
  if (root !== "franchisees" || (below !== undefined && !isWorkshop)) return [];
  if (kind === "worklist") return ADMIN;
  if (kind !== undefined && !READABLE.has(kind)) return [];
  return franchisee === "acct_mine" ? READERS_OF_MINE : READERS_OF_THEIRS;
}

const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");

/** Something that the rules allow these principals, and no others. */
export interface Check {
  what: string;
  /** Rejects unless the rules allow it to this principal, whose view of the database is given. */
  holds: (principal: Principal, database: Firestore) => Promise<unknown>;
}

const isAllowed = (readers: readonly Principal[], principal: Principal) =>
  readers.includes(principal) ? assertSucceeds : assertFails;

const GETS = DOCUMENTS.map((path): Check => ({
  what: `reads only permitted documents: ${path}`,
  holds: (principal, database) => isAllowed(readersOf(path), principal)(getDoc(doc(database, path))),
}));

const LISTS = DOCUMENTS.map((path): Check => ({
  what: `lists only permitted documents, at most 500: next to ${path}`,
  holds: (principal, database) => {
    const readers = parentOf(path) === "franchisees" ? ADMIN : readersOf(path);
    const documents = collection(database, parentOf(path));
    return Promise.all([
      isAllowed(readers, principal)(getDocs(query(documents, limit(500)))),
      assertFails(getDocs(query(documents, limit(501)))),
      assertFails(getDocs(documents)),
    ]);
  },
}));

const QUERY_OF_ALL_FRANCHISEES: Check = {
  what: "queries all franchisees' transactions only as an admin, at most 500",
  holds: (principal, database) => {
    const transactions = collectionGroup(database, "transactions");
    const open = where("exception", "==", "open");
    return Promise.all([
      isAllowed(ADMIN, principal)(getDocs(query(transactions, open, orderBy("createdAt", "desc"), limit(500)))),
      assertFails(getDocs(query(transactions, open, limit(501)))),
      assertFails(getDocs(query(transactions, open))),
    ]);
  },
};

const WORKLIST_OF_ALL_FRANCHISEES: Check = {
  what: "queries head office's worklist only as an admin, at most 500",
  holds: (principal, database) => {
    const worklist = collectionGroup(database, "worklist");
    return Promise.all([
      isAllowed(ADMIN, principal)(getDocs(query(worklist, limit(500)))),
      assertFails(getDocs(query(worklist, limit(501)))),
      assertFails(getDocs(worklist)),
    ]);
  },
};

/** What the search asks for, by its words and by ids. */
const SEARCH_OF_ALL_FRANCHISEES: Check = {
  what: "searches all franchisees only as an admin: 500 payments at most, one payout",
  holds: (principal, database) => {
    const transactions = collectionGroup(database, "transactions");
    const payouts = collectionGroup(database, "payouts");
    const order = orderBy("createdAt", "desc");
    const terms = query(transactions, where("search", "array-contains-any", ["ada", "$1898"]), order);
    const payment = query(transactions, where("stripePaymentId", "==", "pi_1"));
    const charge = query(transactions, where("stripe.chargeId", "==", "ch_1"));
    const payout = query(payouts, where("id", "==", "po_1"));
    const ifAdmin = isAllowed(ADMIN, principal);
    return Promise.all([
      ...[terms, payment, charge].flatMap((one) => [
        ifAdmin(getDocs(query(one, limit(500)))),
        assertFails(getDocs(query(one, limit(501)))),
        assertFails(getDocs(one)),
      ]),
      ifAdmin(getCountFromServer(query(terms, limit(500)))),
      assertFails(getCountFromServer(query(terms, limit(501)))),
      assertFails(getCountFromServer(terms)),
      ifAdmin(getDocs(query(payout, limit(1)))),
      assertFails(getDocs(query(payout, limit(2)))),
      assertFails(getDocs(payout)),
      assertFails(getCountFromServer(payout)),
    ]);
  },
};

/** A franchisee searches their own, and never another's by a condition. */
const SEARCH_OF_ONE_FRANCHISEE: Check = {
  what: "searches only permitted franchisees",
  holds: (principal, database) =>
    Promise.all(
      (
        [
          [MINE, READERS_OF_MINE],
          [THEIRS, READERS_OF_THEIRS],
        ] as const
      ).flatMap(([path, readers]) => {
        const transactions = collection(database, path, "transactions");
        const terms = query(transactions, where("search", "array-contains-any", ["ada"]), orderBy("createdAt", "desc"));
        const charge = query(transactions, where("stripe.chargeId", "==", "ch_1"), limit(1));
        const ifReader = isAllowed(readers, principal);
        return [
          ifReader(getDocs(query(terms, limit(500)))),
          ifReader(getCountFromServer(query(terms, limit(500)))),
          ifReader(getDocs(charge)),
          assertFails(getDocs(query(terms, limit(501)))),
          assertFails(getCountFromServer(terms)),
        ];
      }),
    ),
};

const QUERIES_OF_OTHER_GROUPS = GROUPS.map((group): Check => ({
  what: `lists no collection group: ${group}`,
  holds: (_principal, database) => assertFails(getDocs(query(collectionGroup(database, group), limit(1)))),
}));

const WRITES = DOCUMENTS.map((path): Check => ({
  what: `writes nothing: ${path}`,
  holds: (_principal, database) =>
    Promise.all([
      assertFails(setDoc(doc(database, path), { amount_total: 2 })),
      assertFails(updateDoc(doc(database, path), { amount_total: 2 })),
      assertFails(deleteDoc(doc(database, path))),
      assertFails(addDoc(collection(database, parentOf(path)), { amount_total: 2 })),
    ]),
}));

/** Reads first: they are the fastest, and the most informative. */
export const CHECKS: readonly Check[] = [
  ...GETS,
  ...LISTS,
  QUERY_OF_ALL_FRANCHISEES,
  WORKLIST_OF_ALL_FRANCHISEES,
  SEARCH_OF_ALL_FRANCHISEES,
  SEARCH_OF_ONE_FRANCHISEE,
  ...QUERIES_OF_OTHER_GROUPS,
  ...WRITES,
];

/** The emulator with these rules and a document of every kind. */
export async function openEmulator(rules: string): Promise<RulesTestEnvironment> {
  // The client warns of every denial, which these checks expect.
  setLogLevel("silent");
  const [host = "", port] = EMULATOR.split(":");
  const environment = await initializeTestEnvironment({
    projectId: PROJECT_ID,
    firestore: { host, port: Number(port), rules },
  });
  await environment.withSecurityRulesDisabled(async (context) => {
    const database = context.firestore();
    await Promise.all(DOCUMENTS.map((path) => setDoc(doc(database, path), { amount_total: 1 })));
  });
  return environment;
}

/** The database as this principal's browser sees it: one connection for all checks. */
export function browserOf(principal: Principal, environment: RulesTestEnvironment): Firestore {
  const claims = PRINCIPALS[principal];
  const context = claims ? environment.authenticatedContext("user", claims) : environment.unauthenticatedContext();
  // The library declares the older API's type; the instance works with the modular functions.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return context.firestore() as unknown as Firestore;
}
