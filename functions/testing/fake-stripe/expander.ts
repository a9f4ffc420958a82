import { z } from "zod";
import type { FakeBooks } from "./books.ts";
import { forbidden, invalid } from "./api-error.ts";
import type { Grant } from "./permissions.ts";
import type { AccountObjects } from "./object-store.ts";

export type Kind = keyof AccountObjects;

type Target = Kind | "source";

/** The expandable properties and their kinds; the kind of a `source` follows from its id. */
export const EXPANDABLE: Partial<Record<Kind, Readonly<Record<string, Target>>>> = {
  charge: {
    balance_transaction: "balance_transaction",
    application_fee: "application_fee",
    payment_intent: "payment_intent",
    transfer: "transfer",
    source_transfer: "transfer",
  },
  payment_intent: { latest_charge: "charge" },
  transfer: { destination_payment: "charge", source_transaction: "charge", balance_transaction: "balance_transaction" },
  application_fee: { charge: "charge", originating_transaction: "charge", balance_transaction: "balance_transaction" },
  refund: {
    charge: "charge",
    payment_intent: "payment_intent",
    balance_transaction: "balance_transaction",
    failure_balance_transaction: "balance_transaction",
  },
  dispute: { charge: "charge", payment_intent: "payment_intent" },
  payout: {
    balance_transaction: "balance_transaction",
    failure_balance_transaction: "balance_transaction",
    destination: "external_account",
    original_payout: "payout",
    reversed_by: "payout",
  },
  balance_transaction: { source: "source" },
};

const SOURCES: Readonly<Record<string, Kind>> = {
  ch: "charge",
  py: "charge",
  re: "refund",
  pyr: "refund",
  dp: "dispute",
  po: "payout",
  tr: "transfer",
  fee: "application_fee",
};

/** The refunds that a charge and an application fee include, the newest. */
const REFUNDS_INCLUDED = 10;

const includedList = z.looseObject({ data: z.array(z.unknown()) });

const jsonObject = z.record(z.string(), z.unknown());

export class Expander {
  readonly #books: FakeBooks;
  readonly #account: string | null;
  readonly #grant: Grant;

  constructor(books: FakeBooks, account: string | null, grant: Grant) {
    this.#books = books;
    this.#account = account;
    this.#grant = grant;
  }

  /** Throws Stripe's error if the key may not read an expansion, even of a missing object. */
  requirePermissions(kind: Kind, paths: readonly string[]): void {
    for (const path of paths) if (kindsAlong(kind, path.split(".")).includes("external_account")) this.#allowsBanks();
    if (this.#books.behaviour.unpermittedExpansion !== "403") return;
    for (const path of paths) for (const expanded of kindsAlong(kind, path.split("."))) this.#grant.require(expanded);
  }

  expand(object: object, kind: Kind, paths: readonly string[], account = this.#account): Record<string, unknown> {
    const copy = jsonObject.parse(structuredClone(object));
    if (kind === "application_fee") {
      const { data, ...list } = includedList.parse(copy["refunds"]);
      copy["refunds"] = { ...list, data: data.slice(0, REFUNDS_INCLUDED), has_more: data.length > REFUNDS_INCLUDED };
    }
    const byProperty = Map.groupBy(paths, (path) => path.split(".")[0] ?? "");
    for (const [property, below] of byProperty) {
      if (kind === "charge" && property === "refunds") {
        copy[property] = this.#refundsOf(object, below, account);
        continue;
      }
      const into = EXPANDABLE[kind]?.[property];
      if (!into) throw notExpandable(property);
      const id = copy[property];
      if (typeof id !== "string" || this.#books.unexpanded.has(id)) continue;
      const target = into === "source" ? SOURCES[id.split("_")[0] ?? ""] : into;
      const owner = ownerOf(kind, property, copy, account);
      const found = target && (this.#books.objectsOf(owner)?.[target].get(id) ?? this.#books.platform[target].get(id));
      if (!found || !this.#mayExpand(target)) continue;
      if (target === "external_account" && !this.#allowsBanks()) continue;
      const rest = below.flatMap((path) => (path === property ? [] : [path.slice(property.length + 1)]));
      copy[property] = this.expand(found, target, into === "source" ? pathsOfSource(target, rest) : rest, owner);
    }
    return copy;
  }

  #mayExpand(kind: Kind): boolean {
    if (this.#books.behaviour.unpermittedExpansion === "403") this.#grant.require(kind);
    return this.#grant.allows(kind);
  }

  /** Whether Stripe expands a bank account. Throws as Stripe does for a Standard account (stripe/stripe-node#683). */
  #allowsBanks(): boolean {
    const { payoutDestination } = this.#books.behaviour;
    if (payoutDestination === "refused" && this.#account !== null) {
      throw forbidden(
        `This application does not have the required permissions for this endpoint on account '${this.#account}'. The required permissions are not available for use by Standard Connect applications.`,
      );
    }
    return payoutDestination === "an object";
  }

  /** Stripe expands the ten newest refunds of a charge. */
  #refundsOf(charge: object, paths: readonly string[], account: string | null): object {
    const id = "id" in charge ? charge.id : undefined;
    const all = (this.#books.objectsOf(account)?.refund.newestFirst() ?? []).filter((refund) => refund.charge === id);
    const below = paths.flatMap((path) =>
      path.startsWith("refunds.data.") ? [path.slice("refunds.data.".length)] : [],
    );
    return {
      object: "list",
      url: `/v1/charges/${String(id)}/refunds`,
      has_more: all.length > REFUNDS_INCLUDED,
      data: all.slice(0, REFUNDS_INCLUDED).map((refund) => this.expand(refund, "refund", below, account)),
    };
  }
}

/** The kinds of objects on an expanded path, as far as known. */
function kindsAlong(kind: Kind, [property = "", ...below]: readonly string[]): Kind[] {
  if (kind === "charge" && property === "refunds") return ["refund", ...kindsAlong("refund", below.slice(1))];
  const into = EXPANDABLE[kind]?.[property];
  return into === undefined || into === "source" ? [] : [into, ...kindsAlong(into, below)];
}

/** The account of the referenced object. */
function ownerOf(kind: Kind, property: string, object: Record<string, unknown>, account: string | null): string | null {
  switch (`${kind}.${property}`) {
    case "transfer.destination_payment":
      return String(object["destination"]);
    case "application_fee.charge":
      return String(object["account"]);
    case "transfer.source_transaction":
    case "application_fee.originating_transaction":
    case "charge.transfer":
    case "charge.source_transfer":
      return null;
    default:
      return account;
  }
}

/** The paths that apply to this kind of source. Throws for a path that applies to none. */
function pathsOfSource(kind: Kind, paths: readonly string[]): string[] {
  return paths.filter((path) => {
    const property = path.split(".")[0] ?? "";
    const isExpandable = (one: Kind) =>
      EXPANDABLE[one]?.[property] !== undefined || (one === "charge" && property === "refunds");
    if (!Object.values(SOURCES).some(isExpandable)) throw notExpandable(property);
    return isExpandable(kind);
  });
}

function notExpandable(property: string): Error {
  return invalid(400, `This property cannot be expanded (${property}).`);
}
