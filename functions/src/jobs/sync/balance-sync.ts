import { isOfPayout, PAYMENTS, type StoredBalanceTransaction } from "../../domain/balance-transaction.ts";
import { canonicalJson, compareTexts } from "../../domain/canonical-json.ts";
import { addMovements, type KeptByPayment } from "../../domain/kept-by-payment.ts";
import { log } from "../../log.ts";
import { chunksOf } from "../../store/firestore.ts";
import type { CheckedBalance } from "../../store/balance-documents.ts";
import type { MovementCursor, MovementPage } from "../../store/balances.ts";
import type { BalanceScan, BalanceState } from "../../store/sync-state.ts";
import { type Movement, openBalanceReader } from "../../stripe/balance-reader.ts";
import type { Connection } from "../../stripe/client.ts";
import { UnreadablePaymentError } from "../../stripe/expansion.ts";
import { PAGE_SIZE } from "../../stripe/lists.ts";
import { readPayout, withContent } from "../../stripe/payouts.ts";
import type { SyncReport } from "./report.ts";
import { type ComparisonContext, comparePayments } from "./compare-payments.ts";
import { changedSince, planBalanceScan, scanOfAll, shouldScanAll, tailSince } from "./balance-window.ts";

/**
 * The sync of a connected account's balance (docs/decisions/0027): stores every movement that Stripe lists, compares
 * the payments with theirs, and the sum of all with the balance that Stripe states.
 *
 * It can stop after any step, and any step can be repeated.
 */

export interface BalanceSyncContext extends ComparisonContext {
  connection: Connection;
  now: () => Date;
  pageSize: number | undefined;
  report: SyncReport;
  /** Saves the progress. Throws TimeLimitError and LeaseLostError. */
  save: (state: BalanceState) => Promise<void>;
}

/** Returns the comparison with Stripe's balance. Throws as `syncScope` does. */
export async function syncBalance(state: BalanceState, context: BalanceSyncContext): Promise<BalanceSync> {
  const sync = new BalanceSync(state, context);
  await sync.run();
  return sync;
}

/** Longer lists are cut, and logged: a scan of all movements repeats the rest. */
const MAX_LISTED = 500;

/**
 * How often the movements are compared while they do not add up: money may move between two requests. While the
 * difference changes, they are compared more often.
 */
const TRIES = 3;
const MAX_TRIES = 6;

export class BalanceSync {
  readonly #context: BalanceSyncContext;
  readonly #reader: ReturnType<typeof openBalanceReader>;
  #state: BalanceState;
  /** The newest movement of this run. */
  #newest = new Date(0);
  /** Payments that this scan has compared. */
  readonly #compared = new Set<string>();
  checked: CheckedBalance | null = null;

  constructor(state: BalanceState, context: BalanceSyncContext) {
    this.#context = context;
    this.#reader = openBalanceReader(context.connection, context.account, context.pageSize);
    this.#state = state;
  }

  get state(): BalanceState {
    return this.#state;
  }

  async run(): Promise<void> {
    const { account, store, now } = this.#context;
    await this.#retryUnread();
    const scan = this.#state.scan ?? (await this.#planScan());
    await this.#completeScan(scan);
    await store.releaseMovements(account, now());
    let result = await this.#compare();
    let { from } = scan;
    if (result === "different" && from !== null && shouldScanAll(this.#state, now())) {
      from = null;
      await this.#completeScan(scanOfAll(now()));
      result = await this.#compare();
    }
    if (result === "equal" || (result === "different" && from === null)) {
      this.#change({ scannedDifferences: this.#state.differences });
    }
    if (result === "equal") this.#change({ explainedAt: this.#state.watermark });
    const count = await store.countMovements(account);
    const stored = from === null ? count : Math.max(count, this.#state.stored ?? 0);
    this.#change({ withoutPayment: await store.countWithoutPayment(account), stored });
    this.#report();
  }

  /** No run deletes a movement or its payment: if one is gone, all are scanned again. */
  async #planScan(): Promise<BalanceScan> {
    const { now } = this.#context;
    return (await this.#hasLost()) ? scanOfAll(now()) : planBalanceScan(this.#state, now());
  }

  /** A movement without a net, or on another balance than the compared one, is missing from no sum. */
  async #hasLost(): Promise<boolean> {
    const { account, store } = this.#context;
    const { withoutPayment, stored } = this.#state;
    if (stored !== null && (await store.countMovements(account)) < stored) return true;
    return withoutPayment !== null && (await store.countWithoutPayment(account)) > withoutPayment;
  }

  async #completeScan(scan: BalanceScan): Promise<void> {
    this.#change({ scan });
    this.#compared.clear();
    if (scan.step === "payouts") await this.#scanPayouts();
    if (this.#scan.step === "movements") await this.#scanMovements();
    await this.#scanPayments();
    const { startedAt, from, comparingAt } = this.#scan;
    const allScannedAt = from === null ? startedAt : this.#state.allScannedAt;
    this.#change({ scan: null, watermark: startedAt, allScannedAt, comparedAt: comparingAt });
  }

  get #scan(): BalanceScan {
    if (!this.#state.scan) throw new Error("No scan is in progress.");
    return this.#state.scan;
  }

  #change(changes: Partial<BalanceState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  #moveTo(changes: Partial<BalanceScan>): void {
    this.#change({ scan: { ...this.#scan, ...changes } });
  }

  /** The payouts come first, so that the movements in them are written once, with their payout. */
  async #scanPayouts(): Promise<void> {
    for (;;) {
      const { ids, hasMore } = await this.#reader.payouts(this.#scan.cursor);
      for (const id of ids) {
        await this.#readDeposit(id);
        this.#moveTo({ cursor: id });
        await this.#save();
      }
      if (!hasMore) break;
    }
    this.#moveTo({ step: "movements", cursor: null });
  }

  async #scanMovements(): Promise<void> {
    do {
      const page = await this.#reader.page(this.#scan.from, this.#scan.cursor);
      await this.#saveMovements(page.movements);
      const next = { step: "payments", cursor: null, comparingAt: this.#context.now() } as const;
      this.#moveTo(page.cursor === null ? next : { cursor: page.cursor });
      if (page.movements.length > 0) await this.#save();
    } while (this.#scan.step === "movements");
  }

  /**
   * Reads the payouts among the scanned movements, then compares the payments. A payout may contain movements that the
   * scan does not cover, because Stripe lists them late: payments that lack one are compared with it.
   */
  async #scanPayments(): Promise<void> {
    const { from, cursor } = this.#scan;
    if (cursor === null) {
      await this.#readDeposits(from);
      await this.#compareOthers();
    }
    await (from === null ? this.#compareAll(cursor) : this.#compareSince(from, cursor));
  }

  /** Those that may still change, and, unless the scan began with all payouts, those of its movements. */
  async #readDeposits(from: Date | null): Promise<void> {
    const { account, store } = this.#context;
    for (const id of await store.openDeposits(account)) await this.#readDeposit(id);
    if (from === null) return;
    let after: MovementCursor | null = null;
    do {
      const page: MovementPage = await store.movementsSince(account, from, after);
      await this.#readDepositsOf(page.movements);
      after = page.cursor;
      if (page.movements.length > 0) await this.#save();
    } while (after);
  }

  /** Reads each movement once: to query those of each payment would read them all again. */
  async #compareAll(last: string | null): Promise<void> {
    const { account, store } = this.#context;
    const kept: KeptByPayment = new Map();
    let after: MovementCursor | null = null;
    do {
      const page: MovementPage = await store.movementsSince(account, new Date(0), after);
      addMovements(kept, page.movements);
      await this.#readDepositsOf(page.movements);
      after = page.cursor;
      if (page.movements.length > 0) await this.#save();
    } while (after);
    const ids = [...kept.keys()].filter((id) => last === null || compareTexts(id, last) > 0);
    for (const page of chunksOf(ids.toSorted(compareTexts), PAGE_SIZE)) {
      await this.#comparePayments(page, kept);
      this.#moveTo({ cursor: page.at(-1) ?? null });
      await this.#save();
    }
  }

  async #compareSince(from: Date, cursor: string | null): Promise<void> {
    const { account, store } = this.#context;
    let after = cursor === null ? null : decode(cursor);
    do {
      const page = await store.movementsSince(account, from, after);
      await this.#comparePayments(page.movements.flatMap(({ stripePaymentId }) => stripePaymentId ?? []));
      after = page.cursor;
      if (after) this.#moveTo({ cursor: encode(after) });
      if (page.movements.length > 0) await this.#save();
    } while (after);
  }

  /** Payments without a movement of their own in the scan: some movements do not name theirs. */
  async #compareOthers(): Promise<void> {
    const { account, store } = this.#context;
    for (const page of chunksOf(this.#state.disagreeing, PAGE_SIZE)) {
      await this.#comparePayments(page);
      await this.#save();
    }
    const since = changedSince(this.#state, this.#scan);
    if (since === null) return;
    for await (const page of store.changedSince(account, since)) {
      await this.#comparePayments(page);
      await this.#save();
    }
  }

  async #save(): Promise<void> {
    await this.#context.save(this.#state);
  }

  async #saveMovements(movements: readonly Movement[], payout: { id: string; createdAt: Date } | null = null) {
    if (movements.length === 0) return;
    const { account, store, report } = this.#context;
    const balances = movements.map(({ balance }) => balance);
    const { writes } = await store.saveMovements(account, balances, payout);
    report.balance.movements += writes;
    const counted = balances.filter(({ balanceType }) => balanceType === PAYMENTS);
    this.#change({
      currencies: [...new Set([...this.#state.currencies, ...counted.map(({ currency }) => currency)])].toSorted(),
      unread: this.#bounded([
        ...this.#state.unread,
        ...movements.flatMap(({ balance, isUnread }) => (isUnread ? [balance.id] : [])),
      ]),
    });
    for (const { createdAt } of balances) if (createdAt > this.#newest) this.#newest = createdAt;
  }

  #bounded(ids: readonly string[]): string[] {
    const unique = [...new Set(ids)];
    if (unique.length > MAX_LISTED) {
      log.warn("stripe sync dropped movements to retry", { scope: this.#context.account, dropped: unique.length });
    }
    return unique.slice(0, MAX_LISTED);
  }

  async #retryUnread(): Promise<void> {
    const { unread } = this.#state;
    if (unread.length === 0) return;
    this.#change({ unread: [] });
    const found: Movement[] = [];
    for (const id of unread) {
      const movement = await this.#reader.movement(id);
      if (movement) found.push(movement);
    }
    await this.#saveMovements(found);
    const payments = found.flatMap(({ balance }) => balance.stripePaymentId ?? []);
    this.#change({ disagreeing: this.#bounded([...this.#state.disagreeing, ...payments]) });
    await this.#save();
  }

  /** Stores a payout, and, if Stripe lists its content, the payout of each movement in it. */
  async #readDeposit(id: string): Promise<void> {
    const { account, connection, store, report } = this.#context;
    try {
      const found = await readPayout(connection, account, id);
      if (!found) return;
      const content = [];
      if (found.isListed) {
        for await (const { movements, raw } of this.#reader.content(id)) {
          await this.#saveMovements(movements, found.deposit);
          content.push(...raw);
        }
      }
      const deposit = found.isListed ? withContent(found, content) : found.deposit;
      report.balance.payouts += (await store.saveDeposit(account, deposit)).writes;
    } catch (error) {
      if (!(error instanceof UnreadablePaymentError)) throw error;
      log.error("stripe sync cannot read a payout", error, { scope: account });
    }
  }

  /**
   * Reads the payouts behind these movements that are not stored, that a movement shows to have changed, or that an
   * event stored before their movements were known.
   */
  async #readDepositsOf(movements: readonly StoredBalanceTransaction[]): Promise<void> {
    const { account, store } = this.#context;
    const own = movements.filter((movement) => isOfPayout(movement) && movement.source !== null);
    const returned = new Set(own.flatMap(({ type, source }) => (type === "payout" ? [] : (source ?? []))));
    const ids = [...new Set(own.flatMap(({ source }) => source ?? []))].filter((id) => id.startsWith("po_"));
    if (ids.length === 0) return;
    const stored = new Map((await store.readDeposits(account, ids)).map((deposit) => [deposit.id, deposit]));
    for (const id of ids) {
      const deposit = stored.get(id);
      const isReturned = deposit?.status === "failed" || deposit?.status === "canceled";
      const isUnlinked =
        deposit?.composition &&
        own.some(({ type, source, payoutId }) => type === "payout" && source === id && payoutId === null);
      if (!deposit || (returned.has(id) && !isReturned) || isUnlinked) await this.#readDeposit(id);
    }
    const originals = [...stored.values()].flatMap(({ originalPayoutId }) => originalPayoutId ?? []);
    for (const original of await store.readDeposits(account, originals)) {
      if (original.reversedByPayoutId === null) await this.#readDeposit(original.id);
    }
  }

  async #comparePayments(stripePaymentIds: readonly string[], kept: KeptByPayment | null = null): Promise<void> {
    const ids = [...new Set(stripePaymentIds).difference(this.#compared)];
    if (ids.length === 0) return;
    for (const id of ids) this.#compared.add(id);
    const known = this.#state.disagreeing.filter((id) => !ids.includes(id));
    const found = await comparePayments(ids, this.#scan.asOf, kept, this.#context);
    this.#change({ disagreeing: this.#bounded([...known, ...found]) });
  }

  /** Compares the sum of all movements with Stripe's balance. Returns whether they agree. */
  async #compare(): Promise<"equal" | "different" | "moving"> {
    const { unexplainedSince, differences } = this.#state;
    const { report } = this.#context;
    let [last, known] = ["", -1];
    for (let tries = 1; ; tries += 1) {
      if (await this.#checkBalance()) return "equal";
      const found = canonicalJson(this.#state.differences);
      if (tries >= TRIES && found === last && report.balance.movements === known) return "different";
      if (tries === MAX_TRIES) break;
      [last, known] = [found, report.balance.movements];
      await this.#listTail();
    }
    // Money keeps moving between the requests: the next run compares again.
    this.checked = null;
    this.#change({ unexplainedSince, differences });
    return "moving";
  }

  /** Lists what has moved since the newest known movement. */
  async #listTail(): Promise<void> {
    const from = tailSince(this.#state, this.#newest);
    let cursor: string | null = null;
    do {
      const page = await this.#reader.page(from, cursor);
      await this.#saveMovements(page.movements);
      await this.#readDepositsOf(page.movements.map(({ balance }) => Object.assign(balance, { payoutId: null })));
      cursor = page.cursor;
    } while (cursor !== null);
  }

  async #checkBalance(): Promise<boolean> {
    const { account, store, now } = this.#context;
    // Whatever moves after the request is in neither figure.
    const askedAt = now();
    const stated = await this.#reader.balance();
    const currencies = [...new Set([...stated.keys(), ...this.#state.currencies])].toSorted();
    const sums = await store.sumMovements(account, currencies);
    const unsound: Record<string, number> = {};
    const missingPayouts = await store.countMissingPayouts(account);
    // Stripe may list a payout before its movement.
    if (missingPayouts > 0) unsound["payouts"] = missingPayouts;
    const compared: CheckedBalance["currencies"] = {};
    for (const currency of currencies) {
      const { available, pending } = stated.get(currency) ?? { available: 0, pending: 0 };
      const { amount, fee, net } = sums.get(currency) ?? { amount: 0, fee: 0, net: 0 };
      if (amount - fee !== net) unsound[`amount - fee - net ${currency}`] = amount - fee - net;
      // Stripe states the account's default currency even without any movement.
      if (available === 0 && pending === 0 && net === 0 && !this.#state.currencies.includes(currency)) continue;
      compared[currency] = { available, pending, recorded: net, difference: net - available - pending };
    }
    const isExplained = Object.values(compared).every(({ difference }) => difference === 0);
    const unexplainedSince = isExplained ? null : (this.#state.unexplainedSince ?? now());
    this.#change({ unexplainedSince, differences: { ...differencesIn(compared), ...unsound } });
    // This service's clock may be behind Stripe's.
    const checkedAt = this.#newest > askedAt ? this.#newest : askedAt;
    this.checked = { checkedAt, currencies: compared, isExplained, unexplainedSince };
    return Object.keys(this.#state.differences).length === 0;
  }

  #report(): void {
    const { account, report } = this.#context;
    report.balance.isExplained = this.checked?.isExplained ?? null;
    if (this.checked?.isExplained !== false) return;
    log.warn("unexplained balance", { franchiseeId: account, differences: this.#state.differences });
  }
}

function differencesIn(compared: CheckedBalance["currencies"]): Record<string, number> {
  const entries = Object.entries(compared).map(([currency, { difference }]) => [currency, difference] as const);
  return Object.fromEntries(entries.filter(([, difference]) => difference !== 0));
}

function encode({ createdAt, id }: MovementCursor): string {
  return `${createdAt.toISOString()} ${id}`;
}

function decode(cursor: string): MovementCursor {
  const [createdAt = "", id = ""] = cursor.split(" ");
  return { createdAt: new Date(createdAt), id };
}
