/** Emails head office about exceptions: a digest each morning, and at once about large ones. */
import { mailSettings, recordDefaults } from "../../config.ts";
import { dayOf } from "../../domain/calendar.ts";
import { discrepancySize } from "../../domain/discrepancy-size.ts";
import { alert, digest, type Mail, type MailedException } from "../../domain/exception-mail.ts";
import { log } from "../../log.ts";
import { exceptions } from "../../store/exceptions.ts";
import { type AddressedMail, openedBetween, readProgress, sendMails } from "../../store/exception-mails.ts";
import { headOffice, type Recipient } from "../../store/head-office.ts";
import type { Entry } from "../../store/transaction-converter.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Longer than a commit takes after the time that it states: nothing opens before it any more. */
const SETTLED_MS = 2 * MINUTE_MS;

/** In the reporting time zone, a digest is due from 07:00 on. */
const DIGEST_MS = 7 * 60 * MINUTE_MS;

/**
 * Sends what is due, once, however often it runs. The first run sends nothing. Throws AppError `unavailable`, and an
 * error of Firebase Auth; the next run then sends it.
 */
export async function mailExceptions(now: Date): Promise<void> {
  const settings = mailSettings();
  if (!settings) return;
  const before = await readProgress();
  const checkedUntil = new Date(now.getTime() - SETTLED_MS);
  const digestDay = dayOf(new Date(now.getTime() - DIGEST_MS), recordDefaults().timeZone);
  // A clock may be behind that of the last run.
  if (before && checkedUntil <= before.checkedUntil) return;
  const after = { checkedUntil, digestDay };

  const opened = before ? await collect(openedBetween(before.checkedUntil, checkedUntil)) : [];
  const isDigestDue = before !== null && before.digestDay < digestDay;
  const open = isDigestDue ? await collect(exceptions("open")) : [];
  const recipients = opened.length + open.length > 0 ? await headOffice() : [];

  const mails: AddressedMail[] = [];
  for (const recipient of recipients) {
    const { uid, email: to } = recipient;
    const warning = alertTo(recipient, opened, settings.portal);
    if (warning) mails.push({ ...warning, id: `alert-${checkedUntil.getTime()}-${uid}`, to });
    const summary = digestTo(recipient, open, now, settings.portal);
    if (summary) mails.push({ ...summary, id: `digest-${digestDay}-${uid}`, to });
  }
  const isSent = await sendMails(settings.collection, mails, { before, after });
  log.info("exceptions mailed", { opened: opened.length, open: open.length, mails: isSent ? mails.length : 0 });
}

interface OpenException extends MailedException {
  openedAt: Date | null;
}

async function collect(pages: AsyncGenerator<Entry[]>): Promise<OpenException[]> {
  const all: OpenException[] = [];
  for await (const page of pages) {
    for (const entry of page) {
      // The doctor and the audit name documents that cannot be read.
      if ("unreadable" in entry) continue;
      const { reconciliation, currency, exceptionOpenedAt } = entry.transaction;
      const size = discrepancySize(entry.transaction);
      all.push({ status: reconciliation.status, currency, size, openedAt: exceptionOpenedAt });
    }
  }
  return all;
}

function alertTo({ immediateFrom }: Recipient, opened: readonly OpenException[], portal: string): Mail | null {
  return immediateFrom === null ? null : alert(opened, immediateFrom, portal);
}

function digestTo({ daily }: Recipient, open: readonly OpenException[], now: Date, portal: string): Mail | null {
  const recent = open.filter(({ openedAt }) => now.getTime() - (openedAt?.getTime() ?? 0) < DAY_MS);
  return daily ? digest(open, recent.length, portal) : null;
}
