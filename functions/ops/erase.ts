import { randomBytes } from "node:crypto";
import { CliError } from "../tools/cli/cli-error.ts";
import { examples, shortText } from "../tools/cli/program.ts";
import { printable, withProgress } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import { compareTexts } from "../src/domain/canonical-json.ts";
import { redactedId } from "../src/domain/erasure.ts";
import type { ErasedTexts } from "../src/domain/observation.ts";
import { namePartFinder, nearMissFinder } from "../src/domain/near-miss.ts";
import { addressOf, holdsAddress, intendedAddress, redacted } from "../src/domain/personal-text.ts";
import { apply } from "../src/store/apply.ts";
import { UnreadableDocumentError } from "../src/store/transaction-converter.ts";
import {
  beginErasure,
  eraseDocuments,
  eraseRevisions,
  eraseUnknownFields,
  type Erasure,
  finishErasure,
  franchiseeOf,
  labelsOf,
  keyOf,
  type Payment,
  type PersonalData,
  personalDataOf,
  type Match,
  type DataSubject,
  searchDatabase,
  type SearchResult,
  unfinishedErasures,
} from "../src/store/erasures.ts";
import { clipped } from "../src/store/totals.ts";
import { moveWorkshops } from "../src/store/legacy/month-workshops.ts";
import { transactionRef } from "../src/store/refs.ts";
import { relabelWorkshops } from "../src/store/workshops.ts";
import { BY_OPTION, DRY_RUN_OPTION, withCliErrors, type Ops } from "./command.ts";

export function addErase(ops: Ops): void {
  ops
    .command("erase")
    .summary("Erase a customer's name, email address and phone number.")
    .description(
      "Erase a customer's name, email address and phone number from the ledger permanently; keeps amounts and statuses. Resumes " +
        "interrupted erasures first. Reads every document of the database before and after. Texts that only resemble the address " +
        "or name are listed but kept. docs/personal-data.md covers data held by others.",
    )
    .requiredOption("--email <address>", "The address in any document or revision, in any case or encoding.")
    .requiredOption(...BY_OPTION)
    .requiredOption("--reason <text>", "Why, without the customer's name; stored with the payments.", shortText)
    .option(
      "--mentioned",
      "If someone else paid and a text names the customer: also erase the payer, not only the text.",
    )
    .option(...DRY_RUN_OPTION)
    .addHelpText(
      "after",
      examples('npm run ops -- erase --email ada@example.org --by "Grace" --reason "request 17" --dry-run --local'),
    )
    .action(async ({ email, by, reason, ...options }) => {
      const address = addressOf(email);
      const intended = intendedAddress(email);
      if (intended !== null && intended !== address) {
        throw new CliError(
          `--email must be an address only. Did you mean ${printable(intended)} instead of ${printable(email)}?`,
        );
      }
      if (address === null) throw new CliError("--email must be an address such as ada@example.org.");
      await withCliErrors(() => eraseCustomer(address, { by, reason }, options));
    });
}

type Justification = Pick<Erasure, "by" | "reason">;

interface Found extends PersonalData {
  payment: Payment;
}

interface Job extends Justification {
  /** Null until it is stored. */
  id: string | null;
  salt: string;
  found: Found[];
}

interface EraseOptions {
  mentioned?: true | undefined;
  dryRun?: true | undefined;
}

async function eraseCustomer(
  address: string,
  justification: Justification,
  { mentioned, dryRun: isDryRun }: EraseOptions,
): Promise<void> {
  const resumed: (Job & { startedAt: Date })[] = [];
  for (const { payments, salt = newSalt(), ...erasure } of await unfinishedErasures()) {
    resumed.push({ ...erasure, salt, found: await readPayments(payments, address) });
  }
  const started = new Set(resumed.flatMap(({ found }) => found.map(({ payment }) => keyOf(payment))));
  const addressOnly: DataSubject = { address, personal: [], labels: new Map() };
  let known = await readEverything(addressOnly);
  const isNew = (payment: Payment): boolean => !started.has(keyOf(payment));
  const all = await readPayments(paymentsOf(known).filter(isNew), address);
  const mine = all.filter(({ belongsToOther }) => !belongsToOther || mentioned === true);
  const subject = dataSubjectOf(address, [...resumed.flatMap(({ found }) => found), ...mine]);
  if (subject.personal.length > 0) {
    // The names of the customer and their workshops are known now.
    known = await readEverything(subject);
  }
  const names = new Set(mine.map(({ payment }) => keyOf(payment)));
  const others = paymentsOf(known).filter((payment) => isNew(payment) && !names.has(keyOf(payment)));
  const mentions = others.map(({ franchiseeId, stripePaymentId }) => ({
    franchiseeId,
    stripePaymentId,
    isMention: true,
  }));
  mine.push(...(await readPayments(mentions, address, subject)));
  // Both are stored with the payments.
  if (redacted(justification.by, [address]) !== justification.by)
    throw new CliError("--by contains the customer's address, and is stored. Use a name.");
  const own = mine.filter(({ payment }) => payment.isMention !== true);
  if (redacted(justification.reason, [address, ...own.flatMap(({ texts }) => texts)]) !== justification.reason) {
    throw new CliError("--reason names the customer, and is stored. Remove the name.");
  }

  for (const { id, startedAt, found } of resumed) {
    console.log(`The erasure ${printable(id ?? "")} of ${startedAt.toISOString()} is not finished.`);
    for (const one of found) console.log(described(one));
  }
  for (const one of mine) console.log(described(one));
  const documents = known.matches.filter(({ payment }) => payment === null);
  for (const { document } of documents) console.log(`${printable(document.path)}: current version`);
  const labels = similarLabels([...resumed.flatMap(({ found }) => found), ...own], address);
  if (isDryRun && mine.length + documents.length > 0) {
    for (const match of known.matches.filter(isUnerasable)) console.log(printable(whyLeft(match)));
    const similar = listNearMisses(known, labels, new Set([...started, ...names]));
    console.log(`${mine.length} payments. Nothing was written. ${similar}`);
    return;
  }
  if (isDryRun) return reportErasure(known, labels, []);

  const jobs: Job[] =
    mine.length === 0 ? resumed : [...resumed, { ...justification, id: null, salt: newSalt(), found: mine }];
  const [failures, done]: [string[], string[]] = [[], []];
  for (const job of jobs) {
    const id =
      job.id ?? (await beginErasure({ ...job, payments: job.found.map(({ payment }) => payment) }, new Date()));
    const failed = await eraseAll(job, address);
    await finishErasure(
      id,
      failed.map(({ payment }) => payment),
      new Date(),
    );
    failures.push(...failed.map(({ reason }) => `${reason}. Correct or delete it, then rerun this command.`));
    done.push(`${job.found.length - failed.length} payments erased: erasures/${printable(id)}.`);
  }
  await eraseElsewhere(documents, address);
  const hasErased = jobs.length + documents.length > 0;
  reportErasure(hasErased ? await readEverything(subject) : known, labels, failures, done);
}

function readEverything(subject: DataSubject): Promise<SearchResult> {
  return withProgress("Reading every document", "{duration_formatted}", () => searchDatabase(subject));
}

function newSalt(): string {
  return randomBytes(16).toString("hex");
}

async function readPayments(payments: readonly Payment[], address: string, subject?: DataSubject): Promise<Found[]> {
  const found: Found[] = [];
  for (const payment of payments) {
    const labels = subject?.labels.get(payment.franchiseeId);
    const isMeant = (text: string): boolean => labels?.has(text) === true || holdsAddress(text, address);
    found.push({ payment, ...(await personalDataOf(payment, isMeant)) });
  }
  return found;
}

function paymentsOf({ matches }: SearchResult): Payment[] {
  const payments = matches.flatMap(({ payment }) => (payment ? [[keyOf(payment), payment] as const] : []));
  return [...new Map(payments).values()];
}

function dataSubjectOf(address: string, found: readonly Found[]): DataSubject {
  const own = found.filter(({ payment }) => payment.isMention !== true);
  const labels = Map.groupBy(own, ({ payment }) => payment.franchiseeId);
  return {
    address,
    personal: [...new Set(own.flatMap(({ texts }) => texts))],
    labels: new Map([...labels].map(([id, all]) => [id, new Map(all.flatMap((one) => labelsOf(one, address)))])),
  };
}

function described({ payment, isInDocument, revisions }: Found): string {
  const places = [...(isInDocument ? ["current version"] : []), ...(revisions > 0 ? [`${revisions} revisions`] : [])];
  const rest = payment.isMention === true ? " (someone else paid: only texts that name the customer)" : "";
  return printable(`${keyOf(payment)}: ${places.join(", ") || "nothing left"}${rest}`);
}

/** Workshops first, the customer's own payments last, so that an interrupted run can resume. Returns the failures. */
async function eraseAll(job: Job, address: string): Promise<{ payment: Payment; reason: string }[]> {
  const { found, salt } = job;
  const { labels } = dataSubjectOf(address, found);
  const franchisees = new Set(found.map(({ payment }) => payment.franchiseeId));
  const textsOf = (franchiseeId: string): string[] => {
    const own = found.filter(({ payment }) => payment.franchiseeId === franchiseeId && payment.isMention !== true);
    return [address, ...own.flatMap(({ texts }) => texts)];
  };
  const relabel = async (): Promise<void> => {
    for (const id of franchisees) await relabelAll(id, labels.get(id), { personal: textsOf(id), salt }, address);
  };
  const failed: { payment: Payment; reason: string }[] = [];
  await relabel();
  for (const { payment, texts } of found.toSorted((a, b) => orderOf(a) - orderOf(b))) {
    const isMention = payment.isMention === true;
    const personal = isMention ? textsOf(payment.franchiseeId) : [address, ...texts];
    try {
      await eraseFrom(payment, { personal, isMention, salt }, job);
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error;
      failed.push({ payment, reason: error.message });
    }
  }
  // Removes workshops whose payments now have another workshop id.
  await relabel();
  return failed;
}

function orderOf({ payment }: Found): number {
  return payment.isMention === true ? 0 : 1;
}

async function relabelAll(
  franchiseeId: string,
  labels: ReadonlyMap<string, string> | undefined,
  erasure: ErasedTexts,
  address: string,
): Promise<void> {
  await moveWorkshops(franchiseeId);
  await relabelWorkshops(franchiseeId, (label, field) => {
    const text = labels?.get(label) ?? (holdsAddress(label, address) ? label : null);
    if (text === null) return label;
    return field === "workshopId" ? redactedId(text, erasure) : clipped(redacted(text, erasure.personal));
  });
}

/** Erases revisions first, while the name is known, and again, for changes in the meantime. */
async function eraseFrom(payment: Payment, erasure: ErasedTexts, { by, reason }: Justification): Promise<void> {
  const { franchiseeId, stripePaymentId } = payment;
  await eraseRevisions(payment, erasure);
  await apply(
    franchiseeId,
    { kind: "erasure", stripePaymentId, ...erasure, by, reason },
    { now: new Date(), defaults: recordDefaults() },
  );
  await eraseUnknownFields(payment, erasure);
  await eraseRevisions(payment, erasure);
}

/** Erases from documents without a payment, except closes, which are immutable. */
async function eraseElsewhere(documents: readonly Match[], address: string): Promise<void> {
  const franchisees = new Set(documents.flatMap(({ document }) => franchiseeOf(document) ?? []));
  const erasure = { personal: [address], salt: newSalt() };
  for (const id of franchisees) await relabelAll(id, undefined, erasure, address);
  for (const { document, texts } of documents) {
    if (isClose(document.path)) continue;
    await eraseDocuments([document], { ...erasure, personal: [address, ...texts], isMention: texts.length === 0 });
  }
}

function isClose(path: string): boolean {
  return path.split("/").at(-2) === "closes";
}

/** Prints the result. Throws a CliError if anything is left. */
function reportErasure(
  found: SearchResult,
  labels: readonly NearMiss[],
  failures: readonly string[],
  done: readonly string[] = [],
): void {
  const similar = listNearMisses(found, labels);
  if (found.matches.length === 0) console.log(nothingIn(found));
  const left = found.matches.map(whyLeft);
  const hasFailed = failures.length + left.length > 0;
  const lines = hasFailed ? done : [...done.slice(0, -1), [...done.slice(-1), similar].join(" ")];
  for (const line of lines) console.log(line);
  if (hasFailed) throw CliError.of([...failures, ...left, similar]);
}

function isUnerasable({ document, isInPath, references }: Match): boolean {
  return isClose(document.path) || isInPath || references.length > 0;
}

/** Why a document still has the address, and the remedy. */
function whyLeft({ document: { path }, isInPath, references }: Match): string {
  if (isClose(path)) return `${path} has it, but a close is immutable: docs/close.md.`;
  const remedies = references.map(
    ({ field, target }) =>
      `The field ${field} refers to ${target}: point it at a document without the address, or delete it.`,
  );
  if (isInPath) {
    remedies.unshift("Its path has the address: copy it and everything below it to another id, then delete it.");
  }
  return [`${path} still has it.`, ...remedies].join(" ");
}

function nothingIn({ documents }: SearchResult): string {
  const count = [...documents.values()].reduce((sum, one) => sum + one, 0);
  const byName = [...documents].toSorted(([one], [other]) => compareTexts(one, other));
  const collections = byName.map(([name, some]) => `${printable(name)} ${some}`);
  return `No trace of this address is left in the ledger: none of the ${count} documents of the database has it (${collections.join(", ") || "none"}).
Not checked: logs, backups, exports, Stripe, the orchestrator. See docs/personal-data.md.`;
}

type NearMiss = SearchResult["nearMisses"][number];

/** Labels of the customer's workshops that may name the customer. */
function similarLabels(found: readonly Found[], address: string): NearMiss[] {
  return found.flatMap(({ payment, texts, workshop }) => {
    if (payment.isMention === true) return [];
    const [partIn, nearMissIn] = [namePartFinder(texts), nearMissFinder(address, texts)];
    const left = new Set(workshop.map((label) => redacted(label, [address, ...texts])));
    const { path } = transactionRef(payment.franchiseeId, payment.stripePaymentId);
    return [...left].flatMap((label) => {
      const text = partIn(label) ?? nearMissIn(label);
      return text === null ? [] : [{ path, text }];
    });
  });
}

/** Prints near misses, except in these payments, and all `labels`. Returns a sentence with their number. */
function listNearMisses(
  { nearMisses, furtherNearMisses }: SearchResult,
  labels: readonly NearMiss[],
  except: ReadonlySet<string> = new Set(),
): string {
  const shown = nearMisses.filter(({ path }) => {
    const [, franchiseeId, , stripePaymentId] = path.split("/");
    return !except.has(`${franchiseeId} ${stripePaymentId}`);
  });
  const lines = new Set([...shown, ...labels].map(({ path, text }) => `${printable(path)}: ${printable(text)}`));
  for (const line of lines) console.log(`Similar, not erased: ${line}`);
  if (furtherNearMisses === 0) return `Similar texts listed and not erased: ${lines.size}.`;
  console.log(`Similar, not erased: ${furtherNearMisses} more.`);
  return `Similar texts not erased: ${lines.size + furtherNearMisses}, of which ${lines.size} are listed.`;
}
