import type { Database } from 'better-sqlite3'

export interface Escalation {
  readonly incident: string
  readonly channel: string
  /** Epoch ms. */
  readonly due_at: number
}

/** Which channels to notify of an incident that nobody acknowledges, and when: the only SQL on `escalations`. */
export function createEscalationRows(db: Database) {
  const add = db.prepare('INSERT OR IGNORE INTO escalations (incident, channel, due_at) VALUES (?, ?, ?)')
  const removeOf = db.prepare('DELETE FROM escalations WHERE incident = ?')
  const remove = db.prepare('DELETE FROM escalations WHERE incident = ? AND channel = ?')
  const due = db.prepare('SELECT * FROM escalations WHERE due_at <= ? ORDER BY due_at')
  const advance = db.prepare('UPDATE escalations SET due_at = due_at - ?')
  const removeOthers = db.prepare('DELETE FROM escalations WHERE channel NOT IN (SELECT value FROM json_each(?))')
  return {
    /** One that is there already keeps its time. */
    add: (incident: string, channel: string, dueAt: number): void => void add.run(incident, channel, Math.round(dueAt)),
    /** Somebody took the incident, or it is over. */
    removeOf: (incident: string): void => void removeOf.run(incident),
    remove: ({ incident, channel }: Escalation): void => void remove.run(incident, channel),
    due: (at: number): readonly Escalation[] => due.all(Math.round(at)) as Escalation[],
    /** The clock was set back by so much: all are due as long from now as before. */
    setBack: (ms: number): void => void advance.run(Math.round(ms)),
    /** Those to other channels than these are not wanted any more. */
    keepOnly: (channels: readonly string[]): void => void removeOthers.run(JSON.stringify(channels)),
  }
}
