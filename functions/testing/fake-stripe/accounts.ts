import type Stripe from "stripe";
import { DOCUMENTED, type StripeBehaviour } from "./behaviour.ts";
import { newEvent, type StoredEvent } from "./event.ts";
import { type BalanceTransactionGiven, type FeesPayer, newAccount, newBalanceTransaction } from "./objects.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { type AccountBooks, newBooks } from "./object-store.ts";

/** A platform and its connected accounts, with the balance transactions and events of each. */
export class FakeAccounts {
  readonly #accounts = new Map<string, AccountBooks>();
  readonly #deauthorized = new Set<string>();
  readonly platform = newBooks();
  /** The balance transactions that each payout is made of, by their ids. */
  readonly paidOut = new Map<string, ReadonlySet<string>>();
  /** The payment of each balance transaction, by ids; Stripe does not say it of all of them. */
  readonly bookedFor = new Map<string, string>();
  /** Objects that are never expanded, by their ids: requests see the id alone, as for lack of a permission. */
  readonly bare = new Set<string>();
  readonly #feesPayers = new Map<string, FeesPayer>();
  /** Which reading of Stripe's documentation this Stripe follows. */
  behaviour: StripeBehaviour = DOCUMENTED;
  /** The time in seconds; set it to a function of your own to turn the clock. */
  clock: () => number = () => Math.floor(Date.now() / 1000);
  /** Called with every stored event. Its delivery must set `pending_webhooks` to 0. */
  onEvent: ((event: StoredEvent) => void) | undefined;

  /** Connects an account to the platform, if it is not yet. */
  connect(id: string, feesPayer: FeesPayer = "account"): AccountBooks {
    const known = this.#accounts.get(id);
    if (known) return known;
    const books = newBooks();
    this.#accounts.set(id, books);
    this.#feesPayers.set(id, feesPayer);
    this.platform.account.add(newAccount(id, this.clock(), feesPayer));
    return books;
  }

  /**
   * Whether Stripe takes its fees for a payment from the account that it is charged on, or from the platform. Of a direct charge on an
   * account of type `custom` or `express`, the account pays them (https://docs.stripe.com/connect/direct-charges-fee-payer-behavior).
   */
  feesPayerOf({ mode, account }: PaymentSpec): "home" | "platform" {
    this.connect(account);
    return mode === "direct" && this.#feesPayers.get(account) === "application" ? "platform" : "home";
  }

  /** Books a balance transaction on an account, for a payment (null: for none). */
  book(on: AccountBooks, payment: string | null, given: BalanceTransactionGiven): Stripe.BalanceTransaction {
    const made = on.balance_transaction.add(newBalanceTransaction(given));
    if (payment !== null) this.bookedFor.set(made.id, payment);
    return made;
  }

  /** The account withdraws its authorisation: the platform can no longer see it. */
  deauthorize(id: string): void {
    this.#deauthorized.add(id);
    this.platform.account.delete(id);
  }

  /** The account lets the platform in again. */
  reauthorize(id: string): void {
    if (this.#deauthorized.delete(id))
      this.platform.account.add(newAccount(id, this.clock(), this.#feesPayers.get(id) ?? "account"));
  }

  /** What a request with this account header sees; undefined where there is no such account for the platform. */
  booksOf(account: string | null): AccountBooks | undefined {
    if (account === null) return this.platform;
    return this.#deauthorized.has(account) ? undefined : this.#accounts.get(account);
  }

  /**
   * Stripe's own record of what happened on an account (null: on the platform); the object is as it was at that moment. Silent
   * events stay undelivered. An account that has withdrawn its authorisation sends none to the platform.
   */
  emitOn(account: string | null, type: Stripe.Event.Type, object: object, silent = false): void {
    const isHeard = this.booksOf(account) !== undefined;
    const pending = isHeard && (silent || this.onEvent !== undefined);
    const event = newEvent(type, object, { account, created: this.clock(), pending });
    (account === null ? this.platform : this.connect(account)).event.add(event);
    if (isHeard && !silent) this.onEvent?.(event);
  }
}
