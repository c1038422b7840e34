import { type RemedyActed, remedyActSchema } from '../../shared/remedies.ts'
import type { RemedyOutcome, RemedyWhy } from '../../shared/remedyOutcomes.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'

/** Who let a remedy act, or no more. */
export interface Arming {
  readonly rule: string
  /** Of the rule and remedy as they were. */
  readonly fingerprint: string
  readonly by: string
  readonly at: number
  readonly reason: string
  readonly armed: boolean
  /** When it stopped by itself; null: it did not. */
  readonly stoppedAt: number | null
}

interface ArmingRow extends Omit<Arming, 'armed' | 'stoppedAt'> {
  readonly armed: number
  readonly stopped_at: number | null
}
interface ActRow {
  readonly id: number
  readonly rule: string
  readonly at: number
  readonly act: string
  readonly subject: string
  readonly owner_name: string
  readonly alarm: string
  readonly outcome: string
  readonly why: string | null
  readonly helped: number | null
}

/** Most acts that are kept. */
const mostKept = 10_000

/** The tables of remedies in main.db. An act is written before it is done, safe against a power cut: it must not be done twice. */
export function createRemedyRows(db: Database) {
  const arm = db.prepare(
    `INSERT INTO remedy_arms (rule, fingerprint, by, at, reason, armed, stopped_at) VALUES (?, ?, ?, ?, ?, ?, NULL)
     ON CONFLICT (rule) DO UPDATE SET fingerprint = excluded.fingerprint, by = excluded.by, at = excluded.at, reason = excluded.reason,
       armed = excluded.armed, stopped_at = NULL`,
  )
  const stop = db.prepare('UPDATE remedy_arms SET stopped_at = ? WHERE rule = ?')
  const armings = db.prepare<[], ArmingRow>('SELECT * FROM remedy_arms')
  const begin = db.prepare("INSERT INTO remedy_acts (rule, at, act, subject, owner_name, alarm, outcome) VALUES (?, ?, ?, ?, ?, ?, 'begun')")
  const finish = db.prepare('UPDATE remedy_acts SET outcome = ?, why = ? WHERE id = ?')
  const settle = db.prepare('UPDATE remedy_acts SET helped = ? WHERE id = ?')
  const dropOld = db.prepare('DELETE FROM remedy_acts WHERE id <= ?')
  const newest = db.prepare<[number], ActRow>('SELECT * FROM remedy_acts ORDER BY id DESC LIMIT ?')
  const newestOf = db.prepare<[string, number], ActRow>('SELECT * FROM remedy_acts WHERE rule = ? ORDER BY id DESC LIMIT ?')
  const interrupted = db.prepare<[string]>("UPDATE remedy_acts SET outcome = 'unknown', why = ? WHERE outcome = 'begun'")

  const actOf = ({ owner_name, ...row }: ActRow): RemedyActed[] => {
    const read = remedyActSchema.safeParse({
      ...row,
      ownerName: owner_name,
      subject: storedJson(row.subject),
      why: row.why === null ? null : storedJson(row.why),
      helped: row.helped === null ? null : row.helped === 1,
    })
    return read.success ? [read.data] : []
  }
  return {
    armings: (): Arming[] => armings.all().map(({ stopped_at, armed, ...row }) => ({ ...row, armed: armed === 1, stoppedAt: stopped_at })),
    arm: ({ rule, fingerprint, by, at, reason, armed }: Omit<Arming, 'stoppedAt'>): void =>
      void arm.run(rule, fingerprint, by, Math.round(at), reason, armed ? 1 : 0),
    stop: (rule: string, at: number): void => void stop.run(Math.round(at), rule),
    begin: ({ rule, at, act, subject, ownerName, alarm }: Pick<RemedyActed, 'rule' | 'at' | 'act' | 'subject' | 'ownerName' | 'alarm'>): number =>
      db.transaction(() => {
        const id = Number(begin.run(rule, Math.round(at), act, JSON.stringify(subject), ownerName, alarm).lastInsertRowid)
        dropOld.run(id - mostKept)
        return id
      })(),
    finish: (id: number, outcome: RemedyOutcome, why: RemedyWhy | null): void => void finish.run(outcome, why && JSON.stringify(why), id),
    settle: (id: number, helped: boolean): void => void settle.run(helped ? 1 : 0, id),
    /** Newest first. */
    acts: (most: number, rule?: string): RemedyActed[] => (rule === undefined ? newest.all(most) : newestOf.all(rule, most)).flatMap(actOf),
    /** Once at a start: what had begun may have been done. */
    interrupt: (): void => void interrupted.run(JSON.stringify({ kind: 'interrupted' } satisfies RemedyWhy)),
  }
}
export type RemedyRows = ReturnType<typeof createRemedyRows>
