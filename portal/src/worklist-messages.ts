/** The texts of head office's worklist. */
export const WORKLIST_TEXT = {
  allFranchisees: "All franchisees",
  kind: "Kind",
  openFor: "Open for",
  assignee: "Assignee",
  anybody: "Anybody",
  nobody: "Nobody",
  minimum: "At least",
  opened: "Opened",
  size: "At stake",
  sizeHint: "The largest difference; the whole payment if one side doesn’t have it, or the currencies differ.",
  sums: "Sums",
  count: "Exceptions",
  note: "Note",
  noMatch: "No exception matches these filters.",
  cut: "Only the newest 10,000 exceptions are listed and counted.",
  loadingMore: "Loading more exceptions. The sums aren’t complete yet.",
  selectAll: "Select all on this page",
  selectRow: "Select",
  selected: "Selected exceptions",
  selectNone: "Select none",
  accept: "Accept differences",
  assign: "Assign",
  save: "Save",
  entry: "Worklist",
  entryHint: "Head office alone sees the assignee and the note.",
  notSaved: "This couldn’t be saved. Try again.",
  changed: "changed meanwhile",
  failed: "not saved",
} as const;

export function agesText(days: number): string {
  return days === 1 ? "1 day or more" : `${days} days or more`;
}

export function selectedText(count: number): string {
  return count === 1 ? "1 exception selected" : `${count} exceptions selected`;
}

export function selectMatchingText(count: number): string {
  return `Select all ${count} that match`;
}

export function progressText(done: number, of: number): string {
  return `${done} of ${of} done`;
}

export function doneText(count: number): string {
  return count === 1 ? "1 exception saved." : `${count} exceptions saved.`;
}

export function failedText(count: number): string {
  return count === 1
    ? "1 exception wasn’t saved; it stays selected:"
    : `${count} exceptions weren’t saved; they stay selected:`;
}

export const EMAIL_TEXT = {
  title: "Emails about exceptions",
  lead: "These settings are yours alone. Emails have counts and sums, and no names.",
  notSending: "This deployment doesn’t send emails yet: your settings apply once it does.",
  daily: "Each morning: which exceptions are open",
  immediate: "Within minutes: exceptions with much at stake",
  amount: "At stake, in any currency: at least",
  save: "Save",
  saved: "Saved.",
  notSaved: "This couldn’t be saved. Try again.",
} as const;
