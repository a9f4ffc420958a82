import { Failure } from "../dev/failure.ts";
import { recordDefaults } from "../src/config.ts";
import { addressOf, redacted } from "../src/domain/erasure.ts";
import { apply } from "../src/store/apply.ts";
import { UnreadableDocument } from "../src/store/document.ts";
import {
  beginErasure,
  eraseRevisions,
  finishErasures,
  type Payment,
  paymentsWith,
  type PersonalData,
  personalDataOf,
  unfinishedErasures,
} from "../src/store/erasures.ts";
import { type Command, type Options, TARGET_USAGE, textOf } from "./frame.ts";
import { reasonOf } from "./stripe.ts";

const USAGE = `Erases a customer's name, e-mail address and phone number from the ledger. Money, and how payments stand, stay as they are.

  npm run erase -- --email ADDRESS --by NAME --reason "why, without saying whose" [--dry-run]

  --email      as it is in their payments now, or was in an earlier version of one; in upper or lower case
  --dry-run    write nothing, and show what would be erased

What is erased stays so, whatever the orchestrator and Stripe say later. What others keep, and what to do about it, is in docs/personal-data.md.

${TARGET_USAGE}`;

export const erase: Command = {
  usage: USAGE,
  options: {
    email: { type: "string" },
    by: { type: "string" },
    reason: { type: "string" },
    "dry-run": { type: "boolean" },
  },
  run: async (words, options) => {
    if (words.length > 0) throw new Failure(USAGE);
    const email = String(options["email"] ?? "");
    const address = addressOf(email);
    if (address === null) throw new Failure("--email takes an address such as ada@example.org.");
    const said = { by: textOf("by", options), reason: textOf("reason", options) };
    try {
      await eraseCustomer(address, said, options);
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(reasonOf(error));
    }
  },
};

interface Said {
  by: string;
  reason: string;
}

interface Found extends PersonalData {
  payment: Payment;
}

async function eraseCustomer(address: string, said: Said, options: Options): Promise<void> {
  const unfinished = await unfinishedErasures();
  const found: Found[] = [];
  for (const payment of eachOnce([...unfinished.payments, ...(await paymentsWith(address))])) {
    found.push({ payment, ...(await personalDataOf(payment)) });
  }
  // Both are kept with the payments, and in the entry.
  if (redacted(said.by, [address]) !== said.by) throw new Failure("--by is the customer's address: say it otherwise.");
  if (redacted(said.reason, [address, ...found.flatMap(({ texts }) => texts)]) !== said.reason) {
    throw new Failure("--reason names the customer, and is kept: say it without.");
  }
  for (const one of found) console.log(described(one));
  if (found.length === 0) console.log("Nothing of this address is left in the ledger.");
  else if (options["dry-run"] === true) console.log(`${found.length} payments. Nothing was written.`);
  else await eraseAll(found, unfinished.ids, address, said);
}

function eachOnce(payments: readonly Payment[]): Payment[] {
  return [...new Map(payments.map((payment) => [nameOf(payment), payment])).values()];
}

function nameOf({ franchiseeId, stripePaymentId }: Payment): string {
  return `${franchiseeId} ${stripePaymentId}`;
}

function described({ payment, isInDocument, revisions }: Found): string {
  const places = [
    ...(isInDocument ? ["as it is now"] : []),
    ...(revisions > 0 ? [`${revisions} earlier versions`] : []),
  ];
  return `${nameOf(payment)}: ${places.join(", ") || "nothing more"}`;
}

async function eraseAll(found: readonly Found[], interrupted: readonly string[], address: string, said: Said) {
  const id = await beginErasure({ ...said, payments: found.map(({ payment }) => payment) }, new Date());
  const failures: string[] = [];
  for (const { payment, texts } of found) {
    try {
      await eraseFrom(payment, [address, ...texts], said);
    } catch (error) {
      // The others get their turn all the same.
      if (!(error instanceof UnreadableDocument)) throw error;
      failures.push(`${error.message}. Mend or delete it, and run this again.`);
    }
  }
  console.log(`${found.length - failures.length} payments erased: erasures/${id}.`);
  if (failures.length > 0) throw new Failure(failures.join("\n"));
  await finishErasures([...interrupted, id], new Date());
}

/**
 * The revisions first, as long as it is known whose name is not to stand there; and again, since whoever changed the payment in between
 * has left what it said.
 */
async function eraseFrom(payment: Payment, personal: readonly string[], said: Said): Promise<void> {
  const { franchiseeId, stripePaymentId } = payment;
  await eraseRevisions(payment, personal);
  await apply(
    franchiseeId,
    { kind: "erasure", stripePaymentId, personal, ...said },
    { now: new Date(), defaults: recordDefaults() },
  );
  await eraseRevisions(payment, personal);
}
