/** Rows of one kind waiting in memory for the next transaction. */
export interface PendingRows {
  readonly isPending: () => boolean
  /** Writes the rows. Call inside a transaction. */
  readonly write: () => void
  /** Call after the rows were committed. */
  readonly forget: () => void
}
