import fc from "fast-check";
import { type Decision, decide, type GoldenObservation } from "../../src/domain/ledger.ts";
import { finality, type GoldenRecord, PAYMENT_STATUSES, type Transaction } from "../../src/domain/transaction.ts";
import { DEFAULTS, observation } from "../support/records.ts";

/** What the store does with decisions, without a database: one document and what it said before each change. */
class Ledger {
  transaction: Transaction | null = null;
  readonly revisions: Transaction[] = [];
  private clock = 1_000_000;

  deliver(arriving: GoldenObservation): Decision {
    this.clock += 1000;
    const decision = decide(this.transaction, arriving, { now: new Date(this.clock), defaults: DEFAULTS });
    if (decision.outcome === "updated" && this.transaction) this.revisions.push(this.transaction);
    if ("next" in decision) this.transaction = decision.next;
    return decision;
  }

  /** Delivers all of it, and again what was refused, as a sender does that retries failures, until nothing is. */
  deliverUntilAccepted(arriving: readonly GoldenObservation[]): void {
    let refused = arriving;
    for (let round = 0; refused.length > 0; round += 1) {
      if (round > arriving.length) throw new Error("Some record is refused for ever.");
      refused = refused.filter((one) => this.deliver(one).outcome === "conflict");
    }
  }
}

const names = fc.constantFrom("Ada", "Grace", "Edsger", null);
const statuses = fc.constantFrom(...PAYMENT_STATUSES, null);
const nets = fc.integer({ min: 0, max: 3 }).map((cents) => 900 + cents);

/**
 * What an orchestrator sends about one payment in the course of time: names and statuses come and go, in the same
 * second too, and money changes only by a correction, which is never behind in status and is signed in a second of its own.
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
  // A record that is sent again says when it was first signed: what else would tell the two apart?
  .filter((sent) => new Set(sent.map(({ record }) => JSON.stringify(record))).size === sent.length);

const deliveries = history.chain((sent) =>
  fc.record({
    sent: fc.constant(sent),
    order: fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 }),
  }),
);

function rank({ record, sentAt }: GoldenObservation): string {
  const content = Object.entries(record).map((entry) => JSON.stringify(entry));
  return [finality(record.status), String(sentAt.getTime()).padStart(12, "0"), ...content.toSorted()].join();
}

/** The record that must win, found without the code under test: most final, then latest, then by content. */
function winner(sent: readonly GoldenObservation[]): GoldenObservation {
  return sent.reduce((best, one) => (rank(one) > rank(best) ? one : best));
}

test("any order with any repetitions ends in the document of the newest record", () => {
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

test("whatever arrives, no revision is lost, the creation stays, and a record in force is a duplicate", () => {
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

/** A status never goes back, whatever arrives. */
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
  const { createdAt: _created, updatedAt: _updated, revision: _revision, ...rest } = transaction;
  return rest;
}
