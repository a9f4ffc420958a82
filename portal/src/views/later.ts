/** The views that are not needed at first: a file of their own, which components/Later.tsx loads. */
export { Closes } from "./Closes.tsx";
export { DepositView } from "./Deposit.tsx";
export { Deposits } from "./Deposits.tsx";
export { Emails } from "./Emails.tsx";
export { Exceptions } from "./Exceptions.tsx";
export { Overview } from "./Overview.tsx";
export { SearchView } from "./Search.tsx";
export { StatementView } from "./Statement.tsx";
