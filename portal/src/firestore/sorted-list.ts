import { collection, type Firestore, query } from "firebase/firestore";
import { inOrder, type PaymentOrder } from "../payment-order.ts";
import { fromFirestore, type Transaction } from "./transaction.ts";
import { type Filter, newestFirst, type PaymentList } from "./transaction-list.ts";
import { subscribeToAll } from "./whole-list.ts";

/**
 * A franchisee's transactions in another order than the newest first, live. It has to read all of them first, at a read
 * each, so the first row may change until `isComplete`.
 */
export class SortedList implements PaymentList {
  readonly #open: () => () => void;
  #stop: () => void;
  #rows: { transaction: Transaction }[] = [];
  state: PaymentList["state"] = "loading";
  isComplete = false;

  constructor(
    database: Firestore,
    franchiseeId: string,
    { filter, order }: { filter: Filter; order: PaymentOrder },
    onChange: () => void,
  ) {
    const payments = collection(database, "franchisees", franchiseeId, "transactions");
    this.#open = () =>
      subscribeToAll(
        `sorted ${franchiseeId}`,
        query(payments, ...newestFirst(filter)),
        ({ all, isLoading }) => {
          const transactions = all.map((document) => fromFirestore(franchiseeId, document.id, document.data()));
          this.#rows = inOrder(transactions, order).map((transaction) => ({ transaction }));
          this.state = isLoading ? "loading" : "ready";
          this.isComplete = !isLoading;
          onChange();
        },
        ({ state }) => {
          this.state = state;
          onChange();
        },
      );
    this.#stop = this.#open();
  }

  get pages(): readonly (readonly { transaction: Transaction }[])[] {
    return [this.#rows];
  }

  get length(): number {
    return this.#rows.length;
  }

  /** All rows are listened to. */
  setVisible(): void {
    return undefined;
  }

  retry(): void {
    this.#stop();
    this.state = "loading";
    this.#stop = this.#open();
  }

  close(): void {
    this.#stop();
  }
}
