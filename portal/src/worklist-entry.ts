/** What head office noted on a payment (docs/data-model.md). */
export interface WorklistEntry {
  assignee: string | null;
  note: string | null;
}

export const NO_ENTRY: WorklistEntry = { assignee: null, note: null };
