import fc from "fast-check";
import { type Decision, decide } from "../../src/domain/decide.ts";
import type { GoldenObservation, Observation, StripeObservation } from "../../src/domain/observation.ts";
import { type Transaction } from "../../src/domain/transaction.ts";
import { finality, PAYMENT_STATUSES } from "../../src/domain/payment.ts";
import type { GoldenRecord } from "../../src/domain/golden-record.ts";
import {
  DEFAULTS,
  snapshotSeen,
  HIDDEN,
  NO_DETAILS,
  observation,
  PENDING,
  stripeSnapshot,
} from "../support/records.ts";

/** A document and its revisions: what the store does with decisions, without a database. */
class Ledger {
  transaction: Transaction | null = null;
  readonly revisions: Transaction[] = [];
  private clock = 1_000_000;

  deliver(arriving: Observation): Decision {
    this.clock += 1000;
    const decision = decide(this.transaction, arriving, { now: new Date(this.clock), defaults: DEFAULTS });
    if (decision.outcome === "updated" && this.transaction) this.revisions.push(this.transaction);
    if ("next" in decision) this.transaction = decision.next;
    return decision;
  }

  /**
   * Delivers everything, and repeats what was refused until nothing is: senders retry failures, and syncs read again.
   */
  deliverUntilAccepted(arriving: readonly Observation[]): void {
    let refused = arriving;
    for (let round = 0; refused.length > 0; round += 1) {
      if (round > arriving.length) throw new Error("A record is always refused.");
      refused = refused.filter((one) => ["conflict", "ignored"].includes(this.deliver(one).outcome));
    }
  }
}

const names = fc.constantFrom("Ada", "Grace", "Edsger", null);
const statuses = fc.constantFrom(...PAYMENT_STATUSES, null);
const nets = fc.integer({ min: 0, max: 3 }).map((cents) => 900 + cents);

/**
 * What an orchestrator sends about one payment over time: names and statuses change, even within a second. Amounts
 * change only by a correction, which never has an earlier status and is signed in its own second.
 */
const history = fc
  .array(
    fc.record({ name: names, status: statuses, gap: fc.integer({ min: 0, max: 2 }), correctedNet: fc.option(nets) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((steps) => {
    let [sentAt, amount_franchisee_net, mostFinal] = [100, 900, null as GoldenRecord["status"]];
    return steps.map(({ name, status, gap, correctedNet }, index) => {
      const corrects = correctedNet !== null && correctedNet !== amount_franchisee_net && index > 0;
      if (corrects) amount_franchisee_net = correctedNet;
      if (finality(status) > finality(mostFinal)) mostFinal = status;
      sentAt += corrects ? 1 : gap;
      const fields = { name, status: corrects ? mostFinal : status, amount_franchisee_net };
      const sent = observation({ ...fields, correction: corrects ? `correction ${index}` : null }, sentAt);
      if (corrects) sentAt += 1;
      return sent;
    });
  })
  // A repeated record has the signing time of its first occurrence: nothing else distinguishes the two.
  .filter((sent) => new Set(sent.map(({ record }) => JSON.stringify(record))).size === sent.length);

const deliveries = history.chain((sent) =>
  fc.record({
    sent: fc.constant(sent),
    order: fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 }),
  }),
);

function rank({ record, sentAt }: GoldenObservation): string {
  const content = (part: object) => Object.entries(part).map((entry) => JSON.stringify(entry));
  const parts = [...content({ ...record, name: null }).toSorted(), ...content(record).toSorted()];
  return [finality(record.status), String(sentAt.getTime()).padStart(12, "0"), ...parts].join();
}

/**
 * The record that must win, computed without the code under test: most final, then latest, then by content, customer
 * data last.
 */
function winner(sent: readonly GoldenObservation[]): GoldenObservation {
  return sent.reduce((best, one) => (rank(one) > rank(best) ? one : best));
}

test("any order with any repetitions results in the document of the newest record", () => {
  fc.assert(
    fc.property(deliveries, ({ sent, order }) => {
      const ledger = new Ledger();
      ledger.deliverUntilAccepted(order);
      const { record, sentAt } = winner(sent);
      const alone = new Ledger();
      alone.deliver({ kind: "golden", record, sentAt });
      expect(timeless(ledger.transaction)).toEqual(timeless(alone.transaction));
    }),
    { numRuns: 2000 },
  );
});

/**
 * What Stripe states over time. Its accounts only move forward: a payment is in progress, then it has succeeded or is
 * canceled; its figures arrive late and never return to an earlier value. Some results no longer show the figures.
 */
const books = fc
  .record({
    steps: fc.array(
      fc.record({
        isShown: fc.boolean(),
        livemode: fc.boolean(),
        currency: fc.constantFrom("cad", "usd"),
        name: names,
      }),
      { minLength: 1, maxLength: 6 },
    ),
    pendingSteps: fc.nat(3),
    late: fc.nat(2),
    end: fc.constantFrom("succeeded", "succeeded", "canceled"),
  })
  .map(({ steps, pendingSteps, late, end }) =>
    steps.map(({ isShown, livemode, currency, name }, index) => {
      const status = index < pendingSteps ? "processing" : end;
      const { settled } = stripeSnapshot();
      const shown = isShown ? { settled, feesStatus: "final" as const } : { settled, ...HIDDEN };
      const figures = status === "succeeded" && index >= pendingSteps + late ? shown : PENDING;
      const charged = { currency, amount: 1000 };
      const details = { ...NO_DETAILS, name };
      return snapshotSeen({ ...figures, status, charged, livemode, details, amountRefunded: index }, 99 + index);
    }),
  );

/**
 * Stripe's last statement; figures of a success that it has shown once are kept. Computed without the code under test.
 */
function newestSnapshot(seen: readonly StripeObservation[]): StripeObservation {
  const snapshot = seen.flatMap((one) => (one.kind === "snapshot" ? [one.snapshot] : []));
  const newest = snapshot.at(-1);
  if (!newest) throw new Error("There is no snapshot.");
  const { settled, feesStatus, amounts } = snapshot.find((one) => one.amounts) ?? newest;
  const figures =
    newest.status === "succeeded" && newest.feesStatus === "hidden" ? { settled, feesStatus, amounts } : {};
  return { kind: "snapshot", stripePaymentId: "pi_1", snapshot: { ...newest, ...figures } };
}

test("any order of records and Stripe snapshots results in the document of the newest of each", () => {
  const mixtures = fc.tuple(history, books).chain(([sent, seen]) =>
    fc.record({
      sent: fc.constant(sent),
      seen: fc.constant(seen),
      order: fc.shuffledSubarray([...sent, ...seen, ...sent, ...seen], { minLength: 2 * (sent.length + seen.length) }),
    }),
  );
  fc.assert(
    fc.property(mixtures, ({ sent, seen, order }) => {
      const ledger = new Ledger();
      ledger.deliverUntilAccepted(order);
      const alone = new Ledger();
      alone.deliverUntilAccepted([winner(sent), newestSnapshot(seen)]);
      expect(timeless(ledger.transaction)).toEqual(timeless(alone.transaction));
      expect(ledger.transaction?.golden).toEqual(winner(sent).record);
    }),
    { numRuns: 2000 },
  );
});

const erasure = { kind: "erasure" as const, stripePaymentId: "pi_1", personal: [], reason: "as asked", by: "Barbara" };

/** Without records that equal an earlier one once names are removed: then nothing distinguishes them. */
function distinctWithoutNames(sent: readonly GoldenObservation[]): GoldenObservation[] {
  const contents = sent.map(({ record }) => JSON.stringify({ ...record, name: null }));
  return sent.filter((_one, index) => contents.indexOf(contents[index] ?? "") === index);
}

test("whenever the personal data are erased, no name returns, and everything else is unaffected", () => {
  const mixtures = fc.tuple(history.map(distinctWithoutNames), books).chain(([sent, seen]) => {
    const all = [...sent, ...seen, ...sent, ...seen, erasure];
    return fc.record({
      sent: fc.constant(sent),
      seen: fc.constant(seen),
      order: fc.shuffledSubarray(all, { minLength: all.length }),
    });
  });
  fc.assert(
    fc.property(mixtures, ({ sent, seen, order }) => {
      const ledger = new Ledger();
      ledger.deliverUntilAccepted(order);
      const alone = new Ledger();
      alone.deliverUntilAccepted([winner(sent), newestSnapshot(seen), erasure]);
      expect(timeless(ledger.transaction)).toEqual(timeless(alone.transaction));
      expect(JSON.stringify(ledger.transaction)).not.toMatch(/Ada|Grace|Edsger/);
    }),
    { numRuns: 500 },
  );
});

const anything = fc
  .array(
    fc.record({
      name: names,
      status: statuses,
      amount_franchisee_net: nets,
      amount_platform_fee: fc.constantFrom(41, null),
      correction: fc.constantFrom(null, null, "typing error"),
      sentAt: fc.integer({ min: 100, max: 105 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((all) => all.map(({ sentAt, ...fields }) => observation(fields, sentAt)));

test("whatever arrives, no revision is lost, the creation time stays, and the record in force is a duplicate", () => {
  fc.assert(
    fc.property(anything, (arriving) => {
      const ledger = new Ledger();
      const versions: (Transaction | null)[] = [];
      for (const one of arriving) {
        const before = ledger.transaction;
        const decision = ledger.deliver(one);
        if (ledger.transaction !== before) versions.push(ledger.transaction);
        expect("next" in decision).toBe(ledger.transaction !== before);
        if ("next" in decision) expect(ledger.deliver(one).outcome).toBe("duplicate");
      }
      expect([...ledger.revisions, ledger.transaction]).toEqual(versions);
      expect(versions.map((version) => version?.revision)).toEqual(versions.map((_version, index) => index));
      expect(new Set(versions.map((version) => version?.createdAt.getTime())).size).toBe(1);
    }),
    { numRuns: 2000 },
  );
});

/** A status never moves back, whatever arrives. */
test("a payment's status never becomes less final", () => {
  fc.assert(
    fc.property(anything, (arriving) => {
      const ledger = new Ledger();
      const seen = arriving.map((one) => {
        ledger.deliver(one);
        return finality(ledger.transaction?.status ?? null);
      });
      expect(seen).toEqual(seen.toSorted());
    }),
  );
});

function timeless(transaction: Transaction | null) {
  if (!transaction) throw new Error("There is no transaction.");
  const {
    createdAt: _created,
    updatedAt: _updated,
    erasedAt: _erased,
    exceptionOpenedAt: _opened,
    revision: _revision,
    ...rest
  } = transaction;
  return rest;
}
