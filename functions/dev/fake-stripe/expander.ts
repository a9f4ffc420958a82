import { z } from "zod";
import type { FakeBooks } from "./books.ts";
import { invalid } from "./refusal.ts";
import type { AccountBooks } from "./shelf.ts";

export type Kind = keyof AccountBooks;

/** Which properties can be expanded, and into what. What arrives by a transfer is on the account that it went to. */
const EXPANDABLE: Partial<Record<Kind, Readonly<Record<string, Kind>>>> = {
  charge: {
    balance_transaction: "balance_transaction",
    application_fee: "application_fee",
    payment_intent: "payment_intent",
    transfer: "transfer",
    source_transfer: "transfer",
  },
  payment_intent: { latest_charge: "charge" },
  transfer: { destination_payment: "charge", source_transaction: "charge", balance_transaction: "balance_transaction" },
  application_fee: { charge: "charge", balance_transaction: "balance_transaction" },
  refund: {
    charge: "charge",
    payment_intent: "payment_intent",
    balance_transaction: "balance_transaction",
    failure_balance_transaction: "balance_transaction",
  },
  dispute: { charge: "charge", payment_intent: "payment_intent" },
  balance_transaction: {},
};

const REFUNDS_WITH_CHARGE = 10;

const jsonObject = z.record(z.string(), z.unknown());

/** Puts objects in the place of their ids. */
export class Expander {
  readonly #books: FakeBooks;
  readonly #account: string | null;

  constructor(books: FakeBooks, account: string | null) {
    this.#books = books;
    this.#account = account;
  }

  expand(object: object, kind: Kind, paths: readonly string[], account = this.#account): Record<string, unknown> {
    const copy = jsonObject.parse(structuredClone(object));
    const byProperty = Map.groupBy(paths, (path) => path.split(".")[0] ?? "");
    for (const [property, below] of byProperty) {
      if (kind === "charge" && property === "refunds") {
        copy[property] = this.#refundsOf(object, below, account);
        continue;
      }
      const into = EXPANDABLE[kind]?.[property];
      if (!into) throw invalid(400, `This property cannot be expanded (${property}).`);
      const id = copy[property];
      if (typeof id !== "string") continue;
      const isThere = kind === "transfer" && property === "destination_payment";
      const owner = isThere ? String(copy["destination"]) : kind === "charge" && into === "transfer" ? null : account;
      const target = this.#books.booksOf(owner)?.[into].get(id) ?? this.#books.platform[into].get(id);
      if (!target) continue;
      const rest = below.flatMap((path) => (path === property ? [] : [path.slice(property.length + 1)]));
      copy[property] = this.expand(target, into, rest, owner);
    }
    return copy;
  }

  /** With a charge come its ten newest refunds, where they are asked for. */
  #refundsOf(charge: object, paths: readonly string[], account: string | null): object {
    const id = "id" in charge ? charge.id : undefined;
    const all = (this.#books.booksOf(account)?.refund.newestFirst() ?? []).filter((refund) => refund.charge === id);
    const below = paths.flatMap((path) =>
      path.startsWith("refunds.data.") ? [path.slice("refunds.data.".length)] : [],
    );
    return {
      object: "list",
      url: `/v1/charges/${String(id)}/refunds`,
      has_more: all.length > REFUNDS_WITH_CHARGE,
      data: all.slice(0, REFUNDS_WITH_CHARGE).map((refund) => this.expand(refund, "refund", below, account)),
    };
  }
}
