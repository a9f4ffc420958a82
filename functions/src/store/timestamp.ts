import { Timestamp } from "firebase-admin/firestore";
import { z } from "zod";

/** A time as Firestore stores it, read as a Date. */
export const storedDateSchema = z.instanceof(Timestamp).transform((timestamp) => timestamp.toDate());
