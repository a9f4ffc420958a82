import type Stripe from "stripe";
import { DOCUMENTED, type StripeBehaviour } from "./behaviour.ts";
import { newEvent, type StoredEvent } from "./event.ts";
import { type BalanceTransactionGiven, type FeesPayer, newAccount, newBalanceTransaction } from "./objects.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { type AccountBooks, newBooks } from "./object-store.ts";

export class FakeAccounts {
  readonly #accounts = new Map<string, AccountBooks>();
  readonly #deauthorized = new Set<string>();
  readonly platform = newBooks();
  /** The balance transactions of each payout, by id. */
  readonly paidOut = new Map<string, ReadonlySet<string>>();
  /** The payment of each balance transaction, by id; Stripe does not state it for all of them. */
  readonly bookedFor = new Map<string, string>();
  /** Ids of objects that are never expanded, as for lack of a permission. */
  readonly bare = new Set<string>();
  readonly #feesPayers = new Map<string, FeesPayer>();
  /** Which reading of Stripe's documentation this Stripe follows. */
  behaviour: StripeBehaviour = DOCUMENTED;
  /** In seconds; a test replaces it. */
  clock: () => number = () => Math.floor(Date.now() / 1000);
  /** Called with every stored event. Whoever delivers it sets its `pending_webhooks` to 0. */
  onEvent: ((event: StoredEvent) => void) | undefined;

  /** Connects an account to the platform, unless it is connected. */
  connect(id: string, feesPayer: FeesPayer = "account"): AccountBooks {
    const known = this.#accounts.get(id);
    if (known) return known;
    const books = newBooks();
    this.#accounts.set(id, books);
    this.#feesPayers.set(id, feesPayer);
    this.platform.account.add(newAccount(id, this.clock(), feesPayer));
    return books;
  }

  /** Custom and express accounts pay their own (https://docs.stripe.com/connect/direct-charges-fee-payer-behavior). */
  feesPayerOf({ mode, account }: PaymentSpec): "home" | "platform" {
    this.connect(account);
    return mode === "direct" && this.#feesPayers.get(account) === "application" ? "platform" : "home";
  }

  /** Books a balance transaction on an account, for a payment or for none. */
  book(on: AccountBooks, payment: string | null, given: BalanceTransactionGiven): Stripe.BalanceTransaction {
    const made = on.balance_transaction.add(newBalanceTransaction(given));
    if (payment !== null) this.bookedFor.set(made.id, payment);
    return made;
  }

  /** The platform can no longer see the account. */
  deauthorize(id: string): void {
    this.#deauthorized.add(id);
    this.platform.account.delete(id);
  }

  reauthorize(id: string): void {
    if (this.#deauthorized.delete(id))
      this.platform.account.add(newAccount(id, this.clock(), this.#feesPayers.get(id) ?? "account"));
  }

  /** What a request with this account header sees; undefined where the platform has no such account. */
  booksOf(account: string | null): AccountBooks | undefined {
    if (account === null) return this.platform;
    return this.#deauthorized.has(account) ? undefined : this.#accounts.get(account);
  }

  /** Stores an event on an account (null: the platform). A silent one, or a deauthorized account's, stays pending. */
  emitOn(account: string | null, type: Stripe.Event.Type, object: object, silent = false): void {
    const isHeard = this.booksOf(account) !== undefined;
    const pending = isHeard && (silent || this.onEvent !== undefined);
    const event = newEvent(type, object, { account, created: this.clock(), pending });
    (account === null ? this.platform : this.connect(account)).event.add(event);
    if (isHeard && !silent) this.onEvent?.(event);
  }
}
