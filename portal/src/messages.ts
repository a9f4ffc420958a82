/**
 * Every text of the page, in one place. What tests and screen readers find things by:
 *
 * - headings (level 1): "Sign in", "Your franchises", "Franchisees", "Exceptions", "Daily closes", "No access", and a franchisee's id
 * - signing in: textbox "E-mail", textbox "Password", buttons "Sign in", "E-mail me a link", "Continue with Google";
 *   in the local world buttons "Franchisee", "Owner of two", "Head office", "Nothing granted"
 * - always: button "Sign out"; navigation "Main" with links "Franchisees", "Exceptions" (head office) or "Your franchises"
 * - a franchisee: region "Summary" (select "Month"; figures by currency: term "Gross", "Fees", "Net", "Refunded"),
 *   region "Revenue" (radio buttons "By day", "By month", select "Currency", table "Revenue by day" or "Revenue by month"
 *   under "Show as a table"), region "Payments": searchbox "Search payments", select "Status", textboxes "From" and "To",
 *   button "Download CSV", button "Clear filters", table "Payments" whose rows hold a link, named by the customer, to the payment
 * - a payment: dialog "Payment", button "Close", region "Where the money went" with img "Split of …", regions "Compared with
 *   Stripe", "Customer and workshop", "Stripe's books", "Refunds", "Disputes", "Payout", "History" (head office);
 *   where it is an open exception, for head office: textbox "Reason", button "Resolve" (or "Reopen")
 * - head office: table "Franchisees" (column headings hold sort buttons "Franchisee", "Gross", "Net", "Exceptions", "Freshness"),
 *   table "Exceptions", table "Daily closes"
 * - states: status "Connection" while offline; alert with what went wrong; buttons "Look again", "Try again", "Show more"
 */
import { money } from "./money.ts";
import type { Payment } from "./firestore/transaction.ts";

export const TEXT = {
  product: "Payments",
  loading: "Loading …",
  main: "Main",
  signOut: "Sign out",
  tryAgain: "Try again",
  lookAgain: "Look again",
  showMore: "Show more",
  close: "Close",
  back: "Back",
  skip: "Skip to content",
  none: "–",

  signIn: "Sign in",
  signInLead: "Your payments, as they happen, checked with Stripe to the cent.",
  email: "E-mail",
  password: "Password",
  emailLink: "E-mail me a link",
  emailLinkSent: "Look into your mailbox: the link in our message signs you in. It is good for one hour.",
  emailLinkOpened: "Confirm the address that the link was sent to, and you are signed in.",
  google: "Continue with Google",
  or: "or",
  demoLead: "The local world: sign in as",
  ended: "Your session has ended. Sign in again.",
  cannotStart: "The page could not be started. Check your connection and try again.",

  notInvited: "This address has no access. Ask head office to invite it, or sign in with the address that was invited.",
  noAccess: "No access",
  noAccessLead: "You are signed in, but no franchise has been granted to you yet.",
  noAccessWhom: "Ask head office to grant your address access, then look again.",
  notYours: "This franchise is not yours to see",
  notYoursLead: "You are signed in, but your account has no access to this franchise. If it should, ask head office.",
  refused: "Access to this has been taken back. If it should not have been, ask head office, then look again.",
  failed: "This could not be loaded. It is tried again when you ask for it.",
  unknown: "There is nothing at this address",
  unknownLead: "The link may be incomplete.",
  home: "Go to the start",
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
  noMoney: "No payments in this month yet. The first one appears here by itself.",
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
  downloadFailed: "The file could not be made. Try again.",
  noPayments: "No payments yet",
  noPaymentsLead: "As soon as somebody pays, the payment appears here by itself.",
  noMatches: "No payment matches these filters",
  shortSearch: "Type at least two letters.",
  searchNotInFile: "The search does not narrow the CSV file.",
  end: "That is all of them.",
  date: "Date",
  customer: "Customer",
  workshop: "Workshop",
  amount: "Amount",
  unnamed: "Name not given",
  erased: "Name erased",

  payment: "Payment",
  noPayment: "There is no payment with this id here.",
  split: "Where the money went",
  total: "Customer paid",
  stripeFee: "Stripe’s fee",
  platformFee: "Platform’s fee",
  youGet: "Franchisee gets",
  compared: "Compared with Stripe",
  record: "Customer and workshop",
  books: "Stripe’s books",
  noBooks: "Stripe has not told anything of this payment yet.",
  refunds: "Refunds",
  disputes: "Disputes",
  payout: "Payout",
  noPayout: "Not paid out yet, or not automatically.",
  history: "History",
  noHistory: "Nothing has been changed since it was recorded.",
  historyFailed: "The history could not be loaded.",
  reason: "Reason",
  resolve: "Resolve",
  reopen: "Reopen",
  resolveHint: "Why may it stay as it is? The franchisee reads it too, with your address.",
  changedMeanwhile: "It has changed meanwhile. Look at it again before you decide.",
  resolveFailed: "That could not be saved. Try again.",
  recorded: "Recorded",
  stripe: "Stripe",
  difference: "Difference",

  franchisees: "Franchisees",
  franchisee: "Franchisee",
  trend: "Last months",
  exceptions: "Exceptions",
  freshness: "Freshness",
  noFranchisees: "No franchisee yet",
  noFranchiseesLead: "The first payment that is recorded brings its franchisee.",
  noExceptions: "Nothing to look at",
  noExceptionsLead: "Every payment agrees with Stripe, or has been resolved.",
  unrelated: "Unrelated sales on this account",
  unrelatedLead: "Made by another system, so not in the totals above.",
  feeNotStated: "Not stated by Stripe: part of the platform fee",
  noCloses: "No day has been closed yet",
  noClosesLead: "Every night the day before is closed.",
  hash: "Seal",
} as const;

export const STATUS_TEXT: Readonly<Record<string, string>> = {
  succeeded: "Paid",
  processing: "Processing",
  requires_payment_method: "Not paid",
  requires_confirmation: "To be confirmed",
  requires_action: "Customer has to act",
  requires_capture: "Authorised",
  canceled: "Canceled",
};

export const STANDING_TEXT: Readonly<Record<string, string>> = {
  expected: "Waiting for Stripe",
  matched: "Agrees with Stripe",
  mismatched: "Differs from Stripe",
  missing_in_portal: "Known from Stripe alone",
  missing_in_stripe: "Unknown to Stripe",
  unrelated: "Unrelated sale",
};

export const STANDING_EXPLAINED: Readonly<Record<string, string>> = {
  expected: "Stripe’s figures are not final yet. They are compared as soon as they are.",
  matched: "Every figure that was recorded is the same in Stripe’s books, to the cent.",
  mismatched: "What was recorded is not what Stripe’s books say.",
  missing_in_portal: "Stripe has this payment; its record was never received. The figures are Stripe’s.",
  missing_in_stripe: "This payment was recorded more than a day ago, and Stripe does not know it.",
  unrelated: "This sale was made on the franchisee’s own account by another system. It is not in the totals.",
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
  return FEE_TEXT[type] ?? plain(type);
}

const FIELD_TEXT: Readonly<Record<string, string>> = {
  amount_total: TEXT.total,
  amount_stripe_fee: TEXT.stripeFee,
  amount_platform_fee: TEXT.platformFee,
  amount_franchisee_net: TEXT.youGet,
  unallocated: "Not accounted for",
  currency: TEXT.currency,
  livemode: "Live mode",
  status: TEXT.status,
};

/** Of a word of Stripe's, or of ours, that has no text of its own: under_review is "Under review". */
export function plain(word: string): string {
  const spaced = word.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function statusText(status: string | null): string {
  return status === null ? "Not told" : (STATUS_TEXT[status] ?? plain(status));
}

export function standingText(standing: string): string {
  return STANDING_TEXT[standing] ?? plain(standing);
}

/** Who paid, where it is known. */
export function customerText({ name, erasedAt }: Pick<Payment, "name" | "erasedAt">): string {
  return name ?? (erasedAt ? TEXT.erased : TEXT.unnamed);
}

/** Whether the portal shows a fee of 0 for Stripe because neither Stripe nor a record states one. */
export function lacksStripeFee({ stripeFee, stripe }: Pick<Payment, "stripeFee" | "stripe">): boolean {
  if (stripeFee !== 0 || !stripe?.settled || stripe.platformPaidFee) return false;
  return !stripe.settled.fees.some(({ type }) => type === "stripe_fee");
}

/** What is to be known of a payment beside its status, the most urgent first; null where there is nothing. */
export function remarkText({
  exception,
  standing,
  stripe,
  total,
}: Pick<Payment, "exception" | "standing" | "stripe" | "total">): string | null {
  if (exception === "open" || standing === "unrelated") return standingText(standing);
  if (stripe?.disputes.some(({ status }) => status === "needs_response" || status === "under_review")) {
    return TEXT.disputed;
  }
  if (!stripe || stripe.amountRefunded === 0) return null;
  return stripe.amountRefunded < (stripe.charged?.amount ?? total) ? TEXT.partlyRefunded : TEXT.refunded;
}

export function fieldText(field: string): string {
  return FIELD_TEXT[field] ?? plain(field);
}

/** What stands on one side of a difference: an amount in its currency, or a word. */
export function sideText(value: unknown, currency: string): string {
  if (typeof value === "number") return money(value, currency);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return typeof value === "string" ? plain(value) : TEXT.none;
}
