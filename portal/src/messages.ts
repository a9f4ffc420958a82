/** Every text of the page; balance-messages.ts has those that depend on a movement or a deposit. */
import type { Transaction } from "./firestore/transaction.ts";
import { money } from "./money.ts";

export const TEXT = {
  product: "Payments",
  loading: "Loading …",
  main: "Main",
  signOut: "Sign out",
  tryAgain: "Try again",
  refreshAccess: "Refresh access",
  showMore: "Show more",
  close: "Close",
  skip: "Skip to content",
  none: "–",

  signIn: "Sign in",
  signInLead: "Live payments, reconciled with Stripe to the cent.",
  email: "Email",
  password: "Password",
  emailLink: "Email me a link",
  emailLinkSent: "Check your email and open the link to sign in. It is valid for one hour.",
  emailLinkOpened: "Enter the email address that received the link.",
  google: "Continue with Google",
  or: "or",
  demoLead: "Local environment: sign in as",
  invalidLink: "This link was already used or has expired. Request a new one.",
  signInFailed: "That did not work. Check your input and try again.",
  unexpected: "Something went wrong. Reload the page and try again.",
  expired: "Your session has ended. Sign in again.",
  cannotStart: "The page could not start. Check your connection and try again.",

  noAccess: "No access",
  noAccessLead: "You are signed in, but you don't have access to any franchise yet.",
  noAccessHelp: "Ask head office to grant your address access, then refresh access.",
  accessDenied: "You don’t have access to this franchise",
  accessDeniedLead: "If you should have access, ask head office.",
  accessRevoked: "You no longer have access. If you should, ask head office, then refresh access.",
  failed: "This could not be loaded.",
  notFound: "Page not found",
  notFoundLead: "The link may be incomplete.",
  home: "Go to the start page",
  yours: "Your franchises",
  connection: "Connection",

  summary: "Summary",
  month: "Month",
  gross: "Gross",
  fees: "Fees",
  net: "Net",
  refunded: "Refunded",
  partlyRefunded: "Partly refunded",
  disputed: "Disputed",
  payments: "Payments",
  noRevenue: "No payments this month yet. New payments appear automatically.",
  revenue: "Revenue",
  byDay: "By day",
  byMonth: "By month",
  currency: "Currency",
  asTable: "Show as a table",
  day: "Day",
  count: "Payments",
  closes: "Daily closes",

  search: "Search payments",
  searchHint: "Customer or workshop",
  status: "Status",
  allStatuses: "All",
  from: "From",
  to: "To",
  clear: "Clear filters",
  download: "Download CSV",
  downloading: "Preparing the file …",
  downloadFailed: "The file could not be created. Try again.",
  noPayments: "No payments yet",
  noPaymentsLead: "New payments appear automatically.",
  noMatches: "No payment matches these filters",
  shortSearch: "Type at least two letters.",
  searchNotInFile: "The CSV file ignores the search.",
  end: "End of the list",
  date: "Date",
  customer: "Customer",
  workshop: "Workshop",
  amount: "Amount",
  unnamed: "Name not given",
  erased: "Name erased",

  payment: "Payment",
  noPayment: "No payment with this ID.",
  breakdown: "Fee breakdown",
  total: "Customer paid",
  stripeFee: "Stripe fee",
  platformFee: "Platform fee",
  franchiseeNet: "Franchisee receives",
  reconciliation: "Reconciliation",
  record: "Customer and workshop",
  stripeDetails: "Stripe details",
  noStripeDetails: "Stripe has not reported this payment yet.",
  refunds: "Refunds",
  disputes: "Disputes",
  payout: "Payout",
  noPayout: "Not paid out yet, or paid out manually.",
  history: "History",
  noHistory: "No changes since it was recorded.",
  historyFailed: "The history could not be loaded.",
  reason: "Reason",
  resolve: "Resolve",
  reopen: "Reopen",
  resolveHint: "Why is this acceptable? The franchisee sees this reason.",
  changed: "The payment has changed. Check it again before you decide.",
  resolveFailed: "This could not be saved. Try again.",
  recorded: "Recorded",
  stripe: "Stripe",
  difference: "Difference",

  deposits: "Deposits",
  deposit: "Deposit",
  noDeposits: "No deposits yet",
  noDepositsLead: "Each payout to your bank appears here automatically.",
  noDeposit: "No deposit with this ID.",
  arrival: "Arrival date",
  created: "Created",
  kind: "Kind",
  bank: "Bank account",
  bankUnknown: "Not reported by Stripe",
  explained: "Explained",
  statementDescriptor: "On the bank statement",
  depositId: "Deposit ID",
  reversalOf: "Reverses deposit",
  reversedBy: "Reversed by deposit",
  composition: "What it contains",
  composing: "Stripe is still composing this deposit. Its content appears here automatically.",
  noComposition:
    "Stripe does not list the content of manual and instant deposits: they take an amount from the balance. The balance statement explains it.",
  statementOfMonth: "Balance statement of that month",
  sum: "Sum",
  leftOver: "less than a payable unit, stays on the balance",
  leftBefore: "left on the balance before",
  unexplained: "not explained",
  category: "Category",
  movement: "Movement",
  movements: "Movements",
  noMovements: "No movements recorded yet",
  newer: "Newer",
  older: "Older",
  pages: "pages",

  balance: "Balance",
  available: "Available",
  pending: "Pending",
  nextDeposit: "Next deposit",
  noBalance: "Not compared with Stripe’s balance yet.",
  notDeposited: "Not in a deposit yet",
  notDepositedLead: "Every movement is in a deposit.",
  paidByHand: "Paid out by hand",
  paidByHandLead:
    "This account is paid out by hand, and Stripe does not list what such a deposit contains, so movements stay in this list.",
  unexplainedBalance: "Unexplained balance",
  stripeBalance: "Stripe’s balance",
  recordedMovements: "Recorded movements",
  since: "Since",
  onTheBalance: "On the balance",
  noBalanceMovements: "No movements on the balance yet.",
  tooManyMovements: "Only the newest 50 movements are shown, so they are not added up.",
  kept: "The franchisee keeps",

  statement: "Balance statement",
  print: "Print",
  period: "Period",
  until: "Movements until",
  stripeFees: "Stripe’s",
  platformFees: "the platform’s",
  disputeFees: "for disputes",
  timeZone: "Time zone",
  basis: "Basis",
  byMovement: "By date of movement. The revenue report is by date of payment, so their figures differ.",
  opening: "Opening balance",
  closing: "Closing balance",
  activity: "Activity",
  noActivity: "Nothing moved on the balance in this month, and it was zero.",
  noDepositsInMonth: "No deposits in this month.",
  comparison: "Comparison with Stripe",
  statementFailed: "The statement could not be loaded.",

  franchisees: "Franchisees",
  franchisee: "Franchisee",
  trend: "Recent months",
  exceptions: "Exceptions",
  freshness: "Freshness",
  noFranchisees: "No franchisees yet",
  noFranchiseesLead: "A franchisee appears with its first payment.",
  noExceptions: "No open exceptions",
  noExceptionsLead: "Every payment matches Stripe or has been resolved.",
  exception: "Exception",
  noPaymentExceptions: "No open exceptions of payments",
  paymentExceptions: "Exceptions of payments",
  unrelated: "Unrelated sales on this account",
  unrelatedLead: "Made by another system, so not included in the totals above.",
  feeNotStated: "Not reported by Stripe: part of the platform fee",
  noCloses: "No daily closes yet",
  noClosesLead: "Each day is closed during the following night.",
  hash: "Hash",
} as const;

/** By Firebase's error codes; null if the user cancelled. No text reveals whether an address has an account. */
export const SIGN_IN_ERROR_TEXT: Readonly<Record<string, string | null>> = {
  "auth/popup-closed-by-user": null,
  "auth/cancelled-popup-request": null,
  "auth/popup-blocked": "The browser blocked Google’s window. Allow pop-ups and try again.",
  "auth/network-request-failed": "There is no connection. Check it and try again.",
  "auth/too-many-requests": "Too many attempts. Try again in a few minutes.",
  "auth/user-disabled": "This account is disabled. Ask head office.",
  "auth/invalid-action-code": TEXT.invalidLink,
  "auth/expired-action-code": TEXT.invalidLink,
  "auth/admin-restricted-operation":
    "This address has no access. Ask head office to invite it, or sign in with the address that was invited.",
  "auth/operation-not-allowed": "This sign-in method is disabled. Use another one, or ask head office.",
};

export const STATUS_TEXT: Readonly<Record<string, string>> = {
  succeeded: "Paid",
  processing: "Processing",
  requires_payment_method: "Not paid",
  requires_confirmation: "Confirmation required",
  requires_action: "Customer action required",
  requires_capture: "Authorised",
  canceled: "Canceled",
};

export const RECONCILIATION_TEXT: Readonly<Record<string, string>> = {
  expected: "Waiting for Stripe",
  matched: "Matches Stripe",
  mismatched: "Differs from Stripe",
  missing_in_portal: "Only in Stripe",
  missing_in_stripe: "Not in Stripe",
  unrelated: "Unrelated sale",
};

export const RECONCILIATION_HELP: Readonly<Record<string, string>> = {
  expected: "Stripe’s figures are not final yet. They are compared as soon as they are.",
  matched: "Every recorded figure matches Stripe to the cent.",
  mismatched: "At least one recorded figure differs from Stripe.",
  missing_in_portal: "Stripe has this payment, but no record of it was received. The figures are Stripe’s.",
  missing_in_stripe: "This payment was recorded more than a day ago, but Stripe does not have it.",
  unrelated: "This sale was made on the franchisee’s account by another system. It is not included in the totals.",
};

/** The types of fees that Stripe deducts from a payment. */
const FEE_TEXT: Readonly<Record<string, string>> = {
  stripe_fee: "Stripe fee",
  payment_method_passthrough_fee: "Payment method fee",
  tax: "Tax on fees",
  withheld_tax: "Tax withheld",
  application_fee: "Platform fee",
};

export function feeText(type: string): string {
  return FEE_TEXT[type] ?? humanize(type);
}

const FIELD_TEXT: Readonly<Record<string, string>> = {
  amount_total: TEXT.total,
  amount_stripe_fee: TEXT.stripeFee,
  amount_platform_fee: TEXT.platformFee,
  amount_franchisee_net: TEXT.franchiseeNet,
  unallocated: "Unallocated",
  currency: TEXT.currency,
  livemode: "Live mode",
  status: TEXT.status,
};

export function fieldText(field: string): string {
  return FIELD_TEXT[field] ?? humanize(field);
}

/** under_review is "Under review". */
export function humanize(word: string): string {
  const spaced = word.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function statusText(status: string | null): string {
  return status === null ? "Unknown" : (STATUS_TEXT[status] ?? humanize(status));
}

export function reconciliationText(status: string): string {
  return RECONCILIATION_TEXT[status] ?? humanize(status);
}

export function customerText({ name, erasedAt }: Pick<Transaction, "name" | "erasedAt">): string {
  return name ?? (erasedAt ? TEXT.erased : TEXT.unnamed);
}

/** Whether Stripe's fee is 0 because neither Stripe nor a golden record states one. */
export function lacksStripeFee(transaction: Pick<Transaction, "amount_stripe_fee" | "stripe">): boolean {
  const { amount_stripe_fee, stripe } = transaction;
  if (amount_stripe_fee !== 0 || !stripe?.settled || stripe.platformPaidFee) return false;
  return !stripe.settled.fees.some(({ type }) => type === "stripe_fee");
}

/** The most urgent remark about a payment, in addition to its status; null without one. */
export function remarkText(transaction: Pick<Transaction, "exception" | "reconciliation" | "stripe">): string | null {
  const { exception, reconciliation, stripe } = transaction;
  if (exception === "open" || reconciliation.status === "unrelated") return reconciliationText(reconciliation.status);
  if (stripe?.disputes.some(({ status }) => status === "needs_response" || status === "under_review")) {
    return TEXT.disputed;
  }
  if (!stripe || stripe.amountRefunded === 0) return null;
  return stripe.amountRefunded < stripe.charged.amount ? TEXT.partlyRefunded : TEXT.refunded;
}

/** One side of a discrepancy: an amount or a word. */
export function valueText(value: unknown, currency: string): string {
  if (typeof value === "number") return money(value, currency);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return typeof value === "string" ? humanize(value) : TEXT.none;
}
