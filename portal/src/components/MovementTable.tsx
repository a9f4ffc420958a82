import { collection, type Query } from "firebase/firestore";
import { movementText } from "../balance-messages.ts";
import { type Movement, toMovement } from "../firestore/balance.ts";
import { fromFirestore } from "../firestore/transaction.ts";
import { MAX_IDS, useDocumentsById } from "../firestore/use-firestore.ts";
import { customerText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import type { SignedIn } from "../session.ts";
import { PagedTable } from "./PagedTable.tsx";
import { ColumnHeaders } from "./tables.tsx";
import { Time } from "./Time.tsx";

interface MovementTableProps {
  session: SignedIn;
  franchiseeId: string;
  title: string;
  name: string;
  query: () => Query;
  /** Which of the movements to show. */
  isShown: (movement: Movement) => boolean;
  noRows: { title: string; lead?: string };
  /** The URL that opens a payment. */
  paymentAddress: (stripePaymentId: string) => string;
}

/** Movements on the balance, each with its payment's customer and workshop. */
export function MovementTable(props: MovementTableProps) {
  const { session, franchiseeId, isShown, paymentAddress, ...table } = props;
  return (
    <PagedTable
      {...table}
      convert={(document) => toMovement(document.id, document.data())}
      // The payments of a page are one query.
      pageSize={MAX_IDS}
      header={
        <>
          <ColumnHeaders names={[TEXT.date, TEXT.movement, TEXT.customer, TEXT.workshop]} />
          <ColumnHeaders names={[TEXT.amount, TEXT.fees, TEXT.net]} isNumber />
        </>
      }
    >
      {(movements) => (
        <MovementRows
          session={session}
          franchiseeId={franchiseeId}
          movements={movements.filter(isShown)}
          paymentAddress={paymentAddress}
        />
      )}
    </PagedTable>
  );
}

interface MovementRowsProps extends Pick<MovementTableProps, "session" | "franchiseeId" | "paymentAddress"> {
  movements: readonly Movement[];
}

function MovementRows({ session, franchiseeId, movements, paymentAddress }: MovementRowsProps) {
  const payments = useDocumentsById(
    collection(session.database, "franchisees", franchiseeId, "transactions"),
    movements.flatMap(({ stripePaymentId }) => stripePaymentId ?? []),
    (document) => fromFirestore(franchiseeId, document.id, document.data()),
  );
  return (
    <>
      {movements.map((movement) => {
        const { id, createdAt, stripePaymentId, description, currency, amount, fee, net } = movement;
        const payment = stripePaymentId === null ? undefined : payments.get(stripePaymentId);
        return (
          <tr key={id}>
            <td data-name={TEXT.date} class="nowrap">
              {createdAt ? <Time at={createdAt} /> : TEXT.none}
            </td>
            <th scope="row" data-name={TEXT.movement}>
              {movementText(movement)}
            </th>
            <td data-name={TEXT.customer}>
              {stripePaymentId === null ? (
                <bdi>{description ?? TEXT.none}</bdi>
              ) : (
                <a dir="auto" href={paymentAddress(stripePaymentId)}>
                  {payment ? customerText(payment) : stripePaymentId}
                </a>
              )}
            </td>
            <td data-name={TEXT.workshop}>
              <bdi>{payment?.workshopName ?? TEXT.none}</bdi>
            </td>
            <td class="number" data-name={TEXT.amount}>
              {money(amount, currency)}
            </td>
            <td class="number" data-name={TEXT.fees}>
              {money(-fee, currency)}
            </td>
            <td class="number" data-name={TEXT.net}>
              {money(net, currency)}
            </td>
          </tr>
        );
      })}
    </>
  );
}
