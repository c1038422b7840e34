/** Rows of one kind that wait in memory for the next transaction. */
export interface PendingRows {
  readonly isPending: () => boolean
  /** Writes them; inside a transaction. */
  readonly write: () => void
  /** They were committed. */
  readonly forget: () => void
}
