/**
 * Every text of the page; start-messages.ts has those shown before it is loaded, balance-messages.ts those that depend
 * on a movement or a deposit. Canadian English, with contractions and curly apostrophes
 * (test/unit/portal-texts.test.ts).
 */
import type { Happening } from "../../functions/src/domain/filter-terms.ts";
import { isInquiry, isOpenDispute } from "../../functions/src/domain/reversal-statuses.ts";
import type { Transaction } from "./firestore/transaction.ts";
import { money } from "./money.ts";
import { START_TEXT } from "./start-messages.ts";

/** What a franchisee is known by. */
export const PROFILE_TEXT = { businessName: "Business name", city: "City", owner: "Owner" } as const;

export const OVERVIEW_TEXT = {
  overview: "Overview",
  previousMonth: "Previous month",
  nextMonth: "Next month",
  compare: "Compare",
  sameDays: "Same days",
  wholeMonths: "Whole months",
  asOf: "As of",
  readAgain: "Read again",
  network: "All franchisees",
  versus: "vs",
  rank: "Rank",
  trend: "Trend",
} as const;

export const JOURNAL_TEXT = { quickbooks: "QuickBooks Online", xero: "Xero" } as const;

export const TEXT = {
  disputeLost: "Dispute lost",
  journal: "A journal of this month’s deposits, for:",
  editProfile: "Edit name, city and owner",
  save: "Save",
  profileHint: "Leave a field empty to show what Stripe has.",
  profileFailed: "The name wasn’t saved. Try again.",
  product: "Payments",
  loading: "Loading…",
  needsConnection: "This needs a connection. It loads when you reconnect.",
  main: "Main",
  signOut: "Sign out",
  tryAgain: START_TEXT.tryAgain,
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
  emailLinkSent: "Check your inbox for a sign-in link. It works for one hour.",
  emailLinkOpened: "Enter the email address that received the link.",
  resetPassword: "Reset password",
  passwordResetSent: "If this address has an account, check its inbox for a link to set a new password.",
  google: "Continue with Google",
  or: "or",
  demoLead: "Local environment: sign in as",
  invalidLink: "This link was already used or has expired. Request a new one.",
  signInFailed: "Sign-in failed. Check your email and password, and try again.",
  unexpected: "Something went wrong. Reload the page and try again.",
  expired: "Your session has ended. Sign in again.",

  noAccess: "No access",
  noAccessLead: "You don’t have access to a franchise yet.",
  noAccessHelp: "Ask head office to grant your address access, then refresh access.",
  accessDenied: "You don’t have access to this franchise",
  accessDeniedLead: "If you should have access, ask head office.",
  accessRevoked: "You no longer have access. If you should, ask head office, then refresh access.",
  failed: "This couldn’t be loaded. Try again.",
  notFound: "Page not found",
  notFoundLead: "The link may be incomplete.",
  home: "Go to home",
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
  noRevenue: "No payments in this period. New payments appear automatically.",
  revenue: "Revenue",
  byDay: "By day",
  byMonth: "By month",
  revenueByDay: "Revenue by day",
  revenueByMonth: "Revenue by month",
  currency: "Currency",
  asTable: "Show as a table",
  day: "Day",
  count: "Payments",
  closes: "Daily closes",

  search: "Search payments",
  searchResults: "Search results",
  searchOn: "Search further",
  searchHelp: "What can be found",
  searchHelpLines: [
    "Every word of a customer, an email address or a workshop, by its beginning. Several words must all match. A word needs two letters; in Chinese, Japanese, Korean or Thai, one is enough.",
    "A whole email address, as the customer typed it. Dots and a +tag make it another address.",
    "A phone number, or at least its last four digits.",
    "An amount, as paid or as received after fees, such as 1,898.96, 1898,96 or 1898. Amounts of refunds, fees and deposits aren’t searched.",
    "An ID: pi_… or ch_… finds the payment, by its latest charge; po_… opens the deposit, acct_… the franchisee.",
    "A long name or workshop is found by its first words. The newest payments come first.",
  ],
  status: "Status",
  allStatuses: "All",
  from: "From",
  to: "To",
  previousPeriod: "Previous period",
  nextPeriod: "Next period",
  yearBefore: "A year earlier",
  has: "With",
  any: "Any",
  allCurrencies: "All",
  noPaymentsInPeriod: "No payments in this period",
  showAllTime: "Show all payments",
  reversedPeriod: "“From” is after “To”, so no payment can match.",
  clear: "Clear filters",
  download: "Download CSV",
  downloading: "Preparing the download…",
  downloadFailed: "The download failed. Try again.",
  noPayments: "No payments yet",
  noPaymentsLead: "New payments appear automatically.",
  noMatches: "No payment matches these filters",
  emptySearch: "Enter a name, an email address, a phone number, an amount or an ID.",
  shortSearch: "Enter at least two characters.",
  noSearchMatches: "No payment matches all of this",
  noMatchYet: "No match among the newest payments yet",
  similarAddresses: "No payment has exactly this email address. These are similar.",
  noSuchId: "Nothing has this ID",
  noSuchIdLead: "It may belong to a franchise that you don’t have access to, or be too new.",
  end: "End of the list",
  date: "Date",
  customer: "Customer",
  workshop: "Workshop",
  byWorkshop: "By workshop",
  noWorkshop: "No workshop recorded",
  allWorkshops: "All workshops",
  byGroup: "By workshop and organization type",
  byOrganizationType: "By organization type",
  organizationType: "Organization type",
  noOrganizationType: "No organization type recorded",
  allOrganizationTypes: "All organization types",
  moreWorkshops: "There are too many workshops to show all of them.",
  amount: "Amount",
  unnamed: "Name not given",
  erased: "Name erased",

  payment: "Payment",
  noPayment: "No payment with this ID.",
  breakdown: "Fee breakdown",
  total: "Customer paid",
  stripeFee: "Stripe fee",
  platformFee: "Platform fee",
  reconciliation: "Reconciliation",
  record: "Customer and workshop",
  stripeDetails: "Stripe details",
  noStripeDetails: "Stripe hasn’t reported this payment yet.",
  timeline: "Timeline",
  charge: "Charge",
  account: "Account",
  refund: "Refund",
  dispute: "Dispute",
  inquiry: "Inquiry",
  respondBy: "Respond by",
  wasDue: "A response was due",
  arrives: "Arrives",
  ids: "IDs",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Couldn’t copy",
  openInStripe: "Open in Stripe",
  history: "History",
  noHistory: "No changes since it was recorded.",
  historyFailed: "The history couldn’t be loaded.",
  reason: "Reason",
  resolve: "Accept difference",
  reopen: "Reopen",
  resolveHint: "Why is this acceptable? The franchisee sees this reason.",
  changed: "The payment has changed. Check it again before you decide.",
  resolveFailed: "This couldn’t be saved. Try again.",
  recorded: "Recorded",
  stripe: "Stripe",
  difference: "Difference",

  deposits: "Deposits",
  deposit: "Deposit",
  noDeposits: "No deposits yet",
  noDepositsLead: "Each deposit to your bank account appears here automatically.",
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
  composition: "Contents",
  composing: "Stripe is still preparing this deposit. Its contents appear here automatically.",
  noComposition:
    "Stripe doesn’t list the contents of manual and instant deposits. The balance statement explains them.",
  statementOfMonth: "Balance statement for that month",
  sum: "Total",
  leftOver: "too small to pay out, stays on the balance",
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
  paidByHand: "Paid out manually",
  paidByHandLead:
    "This account is paid out manually. Stripe doesn’t list what manual deposits contain, so movements stay in this list.",
  unexplainedBalance: "Unexplained balance",
  stripeBalance: "Stripe’s balance",
  recordedMovements: "Recorded movements",
  since: "Since",
  onTheBalance: "On the balance",
  noBalanceMovements: "No movements on the balance yet.",
  tooManyMovements: "Only the newest 50 movements are shown, so they aren’t added up.",

  statement: "Balance statement",
  print: "Print",
  printHint: "To print the payments, too, use the “Print” button above the list.",
  period: "Period",
  until: "Movements until",
  stripeFees: "Stripe",
  platformFees: "platform",
  disputeFees: "disputes",
  timeZone: "Time zone",
  basis: "Basis",
  byMovement: "By date of movement. The revenue report is by date of payment, so their figures differ.",
  opening: "Opening balance",
  closing: "Closing balance",
  activity: "Activity",
  noActivity: "No activity this month, and the balance was zero.",
  noDepositsInMonth: "No deposits this month.",
  comparison: "Comparison with Stripe",
  statementFailed: "The statement couldn’t be loaded.",

  franchisees: "Franchisees",
  franchisee: "Franchisee",
  trend: "Last 4 months",
  exceptions: "Exceptions",
  allFranchisees: "Show all franchisees",
  freshness: "Last checked",
  noFranchisees: "No franchisees yet",
  noFranchiseesLead: "A franchisee appears with its first payment.",
  noExceptions: "No open exceptions",
  noExceptionsLead: "Every payment matches Stripe, or its difference was accepted.",
  exception: "Exception",
  noPaymentExceptions: "No open payment exceptions",
  paymentExceptions: "Payment exceptions",
  unrelated: "Unrelated sales on this account",
  unrelatedLead: "Made by another system, so they aren’t included in the totals above.",
  feeNotStated: "Not reported by Stripe: part of the platform fee",
  noCloses: "No daily closes yet",
  noClosesLead: "Each day is closed during the following night.",
  checksum: "Checksum",
  checksumLead:
    "Each close has a checksum (SHA-256) of its figures, its payments and the previous checksum, so a later change would show.",
} as const;

/** By Firebase's error codes; null if the user cancelled. No text reveals whether an address has an account. */
export const SIGN_IN_ERROR_TEXT: Readonly<Record<string, string | null>> = {
  "auth/popup-closed-by-user": null,
  "auth/cancelled-popup-request": null,
  "auth/popup-blocked": "The browser blocked Google’s window. Allow pop-ups and try again.",
  "auth/network-request-failed": "You’re offline. Check your connection and try again.",
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
  requires_confirmation: "Awaiting confirmation",
  requires_action: "Waiting for customer",
  requires_capture: "Authorized",
  canceled: "Cancelled",
};

export const RECONCILIATION_TEXT: Readonly<Record<string, string>> = {
  expected: "Waiting for Stripe",
  matched: "Matches Stripe",
  mismatched: "Differs from Stripe",
  missing_in_portal: "Only in Stripe",
  missing_in_stripe: "Not found in Stripe",
  unrelated: "Unrelated sale",
};

export const RECONCILIATION_HELP: Readonly<Record<string, string>> = {
  expected: "Stripe’s figures aren’t final yet. They’ll be compared once they are.",
  matched: "Every recorded figure matches Stripe to the cent.",
  mismatched: "Recorded amounts differ from Stripe’s.",
  missing_in_portal: "Stripe has this payment, but no record of it was received. The figures are Stripe’s.",
  missing_in_stripe: "This payment was recorded more than a day ago, but Stripe doesn’t have it.",
  unrelated: "This sale was made on the franchisee’s account by another system. It isn’t included in the totals.",
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
  unallocated: "Unallocated",
  currency: TEXT.currency,
  livemode: "Live mode",
  status: TEXT.status,
};

/** Whether the reader is head office. */
interface Reader {
  isAdmin: boolean;
}

/** The franchisee’s part of a payment: a franchisee is addressed as “you”. */
export function shareText({ isAdmin }: Reader): Record<"net" | "received" | "kept", string> {
  return isAdmin
    ? { net: "Franchisee receives", received: "Franchisee received", kept: "Franchisee keeps" }
    : { net: "You receive", received: "You received", kept: "You keep" };
}

export function fieldText(field: string, reader: Reader): string {
  if (field === "amount_franchisee_net") return shareText(reader).net;
  return FIELD_TEXT[field] ?? humanize(field);
}

/** under_review is "Under review". Stripe spells as Americans do. */
export function humanize(word: string): string {
  const spaced = word.replaceAll("_", " ").replaceAll("canceled", "cancelled");
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

/** What payments can be filtered by, besides status and currency. */
export const HAPPENING_TEXT: Readonly<Record<Happening, string>> = {
  refund: "Refund",
  dispute: "Dispute",
  open_exception: "Open exception",
  resolved_exception: "Accepted difference",
};

export function countText(payments: number): string {
  return `${payments} ${payments === 1 ? "payment" : "payments"}`;
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
  const open = stripe?.disputes.filter(isOpenDispute) ?? [];
  if (open.length > 0) return open.every(isInquiry) ? TEXT.inquiry : TEXT.disputed;
  if (stripe?.disputes.some(({ status }) => status === "lost")) return TEXT.disputeLost;
  if (!stripe || stripe.amountRefunded === 0) return null;
  return stripe.amountRefunded < stripe.charged.amount ? TEXT.partlyRefunded : TEXT.refunded;
}

/** One side of a discrepancy: an amount or a word. */
export function valueText(value: unknown, currency: string): string {
  if (typeof value === "number") return money(value, currency);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return typeof value === "string" ? humanize(value) : TEXT.none;
}
