import { Failure } from "../dev/failure.ts";
import { recordDefaults } from "../src/config.ts";
import { addressOf, redacted } from "../src/domain/erasure.ts";
import { apply } from "../src/store/apply.ts";
import { UnreadableDocument } from "../src/store/document.ts";
import {
  beginErasure,
  eraseRevisions,
  type Erasure,
  finishErasure,
  type Payment,
  paymentsWith,
  type PersonalData,
  personalDataOf,
  type UnfinishedErasure,
  unfinishedErasures,
} from "../src/store/erasures.ts";
import { type Command, type Options, TARGET_USAGE, textOf } from "./frame.ts";
import { reasonOf } from "./stripe.ts";

const USAGE = `Erases a customer's name, e-mail address and phone number from the ledger. Money, and how payments stand, stay as they are.

  npm run erase -- --email ADDRESS --by NAME --reason "why, without saying whose" [--mentioned] [--dry-run]

  --email      as it is in their payments now, or was in an earlier version of one; in upper or lower case
  --mentioned  erase also payments with which somebody else paid, as far as is known, where a correction or a reason names the address
  --dry-run    write nothing, and show what would be erased

An erasure that was interrupted is gone on with first.

What is erased stays so, whatever the orchestrator and Stripe say later. What others keep, and what to do about it, is in docs/personal-data.md.

${TARGET_USAGE}`;

export const erase: Command = {
  usage: USAGE,
  options: {
    email: { type: "string" },
    by: { type: "string" },
    reason: { type: "string" },
    mentioned: { type: "boolean" },
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

type Said = Pick<Erasure, "by" | "reason">;

interface Found extends PersonalData {
  payment: Payment;
}

const NOTHING = `Nothing of this address is left in the ledger: no payment has it, no earlier version of one, and no correction or reason names it.
Names were not looked for.`;

async function eraseCustomer(address: string, said: Said, options: Options): Promise<void> {
  const unfinished = await unfinishedErasures();
  const found = await look(await paymentsWith(address), address);
  // Both are kept with the payments, and in the entry.
  if (redacted(said.by, [address]) !== said.by) throw new Failure("--by is the customer's address: say it otherwise.");
  if (redacted(said.reason, [address, ...found.flatMap(({ texts }) => texts)]) !== said.reason) {
    throw new Failure("--reason names the customer, and is kept: say it without.");
  }
  const begun = new Set(unfinished.flatMap(({ payments }) => payments.map(nameOf)));
  const mine = found.filter(({ payment }) => !begun.has(nameOf(payment)));
  const left = options["mentioned"] === true ? [] : mine.filter(({ isOfAnother }) => isOfAnother);
  const wanted = mine.filter((one) => !left.includes(one));

  const failures: string[] = [];
  const isDryRun = options["dry-run"] === true;
  for (const erasure of unfinished) failures.push(...(await goOn(erasure, address, isDryRun)));
  for (const one of wanted) console.log(described(one));
  if (found.length === 0) console.log(NOTHING);
  else if (isDryRun) console.log(`${wanted.length} payments. Nothing was written.`);
  else if (wanted.length > 0) {
    const id = await beginErasure({ ...said, payments: wanted.map(({ payment }) => payment) }, new Date());
    failures.push(...(await eraseAll(id, wanted, address, said)));
  }
  if (left.length > 0) {
    const names = left.map(({ payment }) => nameOf(payment)).join(", ");
    failures.push(
      `A correction or a reason names the address, and nothing says that it is the customer's: ${names}. --mentioned erases these as well, customer and all.`,
    );
  }
  if (failures.length > 0) throw new Failure(failures.join("\n"));
}

async function look(payments: readonly Payment[], address: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const payment of payments) found.push({ payment, ...(await personalDataOf(payment, address)) });
  return found;
}

/** As whoever began it has said. Returns what has failed, as sentences. */
async function goOn(erasure: UnfinishedErasure, address: string, isDryRun: boolean): Promise<string[]> {
  const { id, startedAt, payments, by, reason } = erasure;
  const found = await look(payments, address);
  console.log(`The erasure ${id} of ${startedAt.toISOString()} has not come to its end.`);
  for (const one of found) console.log(described(one));
  return isDryRun ? [] : eraseAll(id, found, address, { by, reason });
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

/** Returns what has failed, as sentences. */
async function eraseAll(id: string, found: readonly Found[], address: string, said: Said): Promise<string[]> {
  const failures: string[] = [];
  const failed: Payment[] = [];
  for (const { payment, texts } of found) {
    try {
      await eraseFrom(payment, [address, ...texts], said);
    } catch (error) {
      // The others get their turn all the same.
      if (!(error instanceof UnreadableDocument)) throw error;
      failed.push(payment);
      failures.push(`${error.message}. Mend or delete it, and run this again.`);
    }
  }
  await finishErasure(id, failed, new Date());
  console.log(`${found.length - failed.length} payments erased: erasures/${id}.`);
  return failures;
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
