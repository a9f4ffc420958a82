import { useEffect, useState } from "preact/hooks";
import { type Filter, readTransactions } from "../firestore/transaction-list.ts";
import { customerText, remarkText, statusText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import type { SignedIn } from "../session.ts";
import { earnedText, WATERFALL_TEXT } from "../waterfall.ts";
import { ColumnHeaders } from "./tables.tsx";
import { Time } from "./Time.tsx";

/** Some fifty pages. The file has all. */
const MOST = 1_000;

type Printed = Awaited<ReturnType<typeof readTransactions>>;

/** The list on the screen has only the rows in view. This reads all of them, and then prints the page. */
export function usePrintedPayments({ database }: SignedIn, franchiseeId: string, filter: Filter) {
  const [printed, setPrinted] = useState<Printed | "reading" | "failed" | null>(null);
  const isReady = printed !== null && typeof printed === "object";
  useEffect(() => {
    if (!isReady) return undefined;
    const end = (): void => setPrinted(null);
    addEventListener("afterprint", end);
    print();
    return () => removeEventListener("afterprint", end);
  }, [isReady]);
  const read = async (): Promise<void> => {
    setPrinted("reading");
    try {
      setPrinted(await readTransactions(database, franchiseeId, filter, MOST));
    } catch {
      setPrinted("failed");
    }
  };
  const button = (
    <div class="download">
      {printed === "failed" ? <span role="alert">{TEXT.failed}</span> : null}
      <button type="button" disabled={printed === "reading"} onClick={() => void read()}>
        {printed === "reading" ? TEXT.loading : TEXT.print}
      </button>
    </div>
  );
  return { button, table: <div class="printed">{isReady ? <Rows {...printed} /> : <p>{TEXT.printHint}</p>}</div> };
}

function Rows({ transactions, isComplete }: Printed) {
  return (
    <>
      <table aria-label={TEXT.payments}>
        <thead>
          <tr>
            <ColumnHeaders names={[TEXT.customer, TEXT.workshop, TEXT.date, TEXT.status]} />
            <ColumnHeaders names={[TEXT.amount, TEXT.net, WATERFALL_TEXT.earned]} isNumber />
          </tr>
        </thead>
        <tbody>
          {transactions.map((transaction) => {
            const { stripePaymentId, workshopName, createdAt, status, currency } = transaction;
            const remark = remarkText(transaction);
            return (
              <tr key={stripePaymentId}>
                <th scope="row" dir="auto">
                  {customerText(transaction)}
                </th>
                <td dir="auto">{workshopName ?? TEXT.none}</td>
                <td>{createdAt ? <Time at={createdAt} /> : TEXT.none}</td>
                <td>{[statusText(status), ...(remark === null ? [] : [remark])].join(", ")}</td>
                <td class="number">{money(transaction.amount_total, currency)}</td>
                <td class="number">{money(transaction.amount_franchisee_net, currency)}</td>
                <td class="number">{earnedText(transaction) ?? TEXT.none}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {isComplete ? null : <p>{`Only the newest ${MOST} payments are printed. Download the CSV for all of them.`}</p>}
    </>
  );
}
