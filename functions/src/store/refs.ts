import type { CollectionReference, DocumentReference, Query } from "firebase-admin/firestore";
import { firestore } from "./connection.ts";

/** The path of every document and collection (docs/data-model.md). */

export function franchiseesRef(): CollectionReference {
  return firestore().collection("franchisees");
}

export function franchiseeRef(franchiseeId: string): DocumentReference {
  return franchiseesRef().doc(franchiseeId);
}

export function transactionsRef(franchiseeId: string): CollectionReference {
  return franchiseeRef(franchiseeId).collection("transactions");
}

export function transactionRef(franchiseeId: string, stripePaymentId: string): DocumentReference {
  return transactionsRef(franchiseeId).doc(stripePaymentId);
}

export function allTransactions(): Query {
  return firestore().collectionGroup("transactions");
}

/** A document per change of a transaction, named by its number. */
export function revisionsRef(transaction: DocumentReference): CollectionReference {
  return transaction.collection("revisions");
}

export function revenueRef(franchiseeId: string): CollectionReference {
  return franchiseeRef(franchiseeId).collection("revenue");
}

export function workshopsRef(month: DocumentReference): CollectionReference {
  return month.collection("workshops");
}

export function allWorkshops(): Query {
  return firestore().collectionGroup("workshops");
}

/** A document per correction of the totals, named by its number. */
export function repairsRef(franchiseeId: string): CollectionReference {
  return franchiseeRef(franchiseeId).collection("repairs");
}

/** A document per change of the franchisee's profile by head office, named by its number. */
export function profileChangesRef(franchiseeId: string): CollectionReference {
  return franchiseeRef(franchiseeId).collection("profileChanges");
}

/** A document per movement on the franchisee's Stripe balance. */
export function balanceTransactionsRef(franchiseeId: string): CollectionReference {
  return franchiseeRef(franchiseeId).collection("balanceTransactions");
}

/** A document per payout to the franchisee's bank. */
export function payoutsRef(franchiseeId: string): CollectionReference {
  return franchiseeRef(franchiseeId).collection("payouts");
}

export function closesRef(franchiseeId: string): CollectionReference {
  return franchiseeRef(franchiseeId).collection("closes");
}

/** What head office noted on a payment: a document per payment, with its id. Franchisees cannot read it. */
export function worklistRef(franchiseeId: string, stripePaymentId: string): DocumentReference {
  return franchiseeRef(franchiseeId).collection("worklist").doc(stripePaymentId);
}

/** A document per scope: `platform`, or a connected account. */
export function syncStatesRef(): CollectionReference {
  return firestore().collection("syncState");
}

export function eventsRef(): CollectionReference {
  return firestore().collection("stripeEvents");
}

export function eventRef(id: string): DocumentReference {
  return eventsRef().doc(id);
}

/** A document per type of event that needs no processing. */
export function eventCountsRef(): CollectionReference {
  return firestore().collection("stripeEventCounts");
}

/** A document per user of head office who changed which emails they get. */
export function emailSettingsRef(): CollectionReference {
  return firestore().collection("emailSettings");
}

/** How far emails about exceptions have been sent: one document. */
export function emailProgressRef(): DocumentReference {
  return firestore().collection("emailProgress").doc("exceptions");
}

/** Emails to send, which the extension deletes or keeps as it is configured. */
export function mailRef(collection: string, id: string): DocumentReference {
  return firestore().collection(collection).doc(id);
}

export function erasuresRef(): CollectionReference {
  return firestore().collection("erasures");
}

/**
 * Every document of the database, including those without a parent. Without an id, `CollectionSelector` of the
 * Firestore API selects all descendants; the SDK's own `recursiveDelete` relies on it.
 */
export function allDocuments(): Query {
  return firestore().collectionGroup("");
}
