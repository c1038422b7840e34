import { z } from 'zod'
import { type ActReason, reasonOfText, reasonToText } from '../../shared/actReasons.ts'
import { serverErrorSchema } from '../../shared/errors.ts'
import { type PathChangeKind, type PathEditOutcome, pathChanges, pathEditOutcomes } from '../../shared/pathChanges.ts'
import { type PathEdit, settingLineSchema } from '../../shared/pathEdits.ts'
import type { KeyStore } from '../storage/keptSecrets.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'

/** Settings with their secrets. */
export type RawSettings = Readonly<Record<string, unknown>>

const settings = z.record(z.string(), z.unknown())
/** What is needed to set a change back: of `set` the settings that it named, else the whole entry. null: there was none. */
const keptSchema = z.object({ before: settings.nullable(), after: settings.nullable() })
export type KeptValues = z.infer<typeof keptSchema>

const lines = z.array(settingLineSchema)
const shownSchema = z.object({
  lines,
  error: serverErrorSchema.nullable(),
  notTaken: lines,
  notVerified: z.array(z.string()),
})
export type ShownEdit = z.infer<typeof shownSchema>
const nothingShown: ShownEdit = { lines: [], error: null, notTaken: [], notVerified: [] }

/** Who changes what, and why. */
interface NewEdit {
  readonly at: number
  readonly by: string
  readonly reason: ActReason
  readonly path: string
  readonly change: PathChangeKind
  readonly undoes: number | null
}

interface EditRow extends Omit<NewEdit, 'reason'> {
  readonly reason: string
  readonly no: number
  readonly change: PathChangeKind
  readonly outcome: PathEditOutcome
  readonly shown: string
  readonly kept: Uint8Array | null
  readonly sealed: number
  readonly undone_by: number | null
}

/** Most changes kept of one server, and the longest time, ms. */
const mostEdits = 200
const longestKeptMs = 400 * 86_400_000
/** Most bytes of what is kept to set changes back, of one server. */
const mostKeptBytes = 4 << 20

/** The table of changes in main.db. A change is written before it is made, safe against a power cut: what stood before must not be lost. */
export function createPathEditRows(db: Database, box: KeyStore['box']) {
  const undoneBy = "(SELECT min(u.no) FROM path_edits u WHERE u.server_id = e.server_id AND u.undoes = e.no AND u.outcome IN ('applied', 'partly', 'unknown'))"
  const one = db.prepare<[string, number], EditRow>(`SELECT *, ${undoneBy} AS undone_by FROM path_edits e WHERE server_id = ? AND no = ?`)
  const newest = db.prepare<[string, number], EditRow>(`SELECT *, ${undoneBy} AS undone_by FROM path_edits e WHERE server_id = ? ORDER BY no DESC LIMIT ?`)
  const add = db.prepare(
    'INSERT INTO path_edits (server_id, at, by, reason, path, change, outcome, shown, kept, sealed, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const finish = db.prepare('UPDATE path_edits SET outcome = ?, shown = ?, kept = ?, sealed = ? WHERE no = ?')
  const dropBeyond = db.prepare<[string, string, number]>(
    'DELETE FROM path_edits WHERE server_id = ? AND no NOT IN (SELECT no FROM path_edits WHERE server_id = ? ORDER BY no DESC LIMIT ?)',
  )
  const dropOld = db.prepare<[string, number]>('DELETE FROM path_edits WHERE server_id = ? AND at < ?')
  const dropKept = db.prepare<[string, string, number]>(
    `UPDATE path_edits SET kept = NULL WHERE server_id = ? AND no IN (SELECT no FROM
      (SELECT no, sum(coalesce(length(kept), 0)) OVER (ORDER BY no DESC) AS total FROM path_edits WHERE server_id = ?) WHERE total > ?)`,
  )
  const forget = db.prepare<[string]>('DELETE FROM path_edits WHERE server_id = ?')
  const servers = db.prepare<[], string>('SELECT DISTINCT server_id FROM path_edits').pluck()

  const owner = (serverId: string) => `path edits of ${serverId}`
  const packed = (serverId: string, kept: KeptValues | null): readonly [Uint8Array | null, number] => {
    if (kept === null) return [null, 0]
    const json = JSON.stringify(kept)
    return box === null ? [Buffer.from(json), 0] : [box.seal(json, owner(serverId)), 1]
  }
  const unpacked = (serverId: string, { kept, sealed }: EditRow): KeptValues | null => {
    if (kept === null) return null
    const json = sealed === 1 ? (box?.open(kept, owner(serverId)) ?? null) : Buffer.from(kept).toString()
    return json === null ? null : (keptSchema.safeParse(storedJson(json)).data ?? null)
  }
  const editOf = (row: EditRow): PathEdit => {
    const { no, at, by, path, undoes } = row
    return {
      id: no,
      ...{ at, by, reason: reasonOfText(row.reason), path, undoes },
      change: z.enum(pathChanges).catch('set').parse(row.change),
      outcome: z.enum(pathEditOutcomes).catch('unknown').parse(row.outcome),
      ...(shownSchema.safeParse(storedJson(row.shown)).data ?? nothingShown),
      undoneBy: row.undone_by,
      canUndo: row.kept !== null && row.outcome !== 'refused' && row.undone_by === null,
    }
  }
  const read = (serverId: string, no: number): PathEdit | null => {
    const row = one.get(serverId, no)
    return row === undefined ? null : editOf(row)
  }

  return {
    read,
    list: (serverId: string, most: number): PathEdit[] => newest.all(serverId, most).map(editOf),
    /** What stood before and after a change, with its secrets; null: it is not kept, or its key is lost. */
    kept: (serverId: string, no: number): KeptValues | null => {
      const row = one.get(serverId, no)
      return row === undefined ? null : unpacked(serverId, row)
    },
    /** Notes a change that is about to be made; until it is finished, its outcome is unknown. */
    begin: (serverId: string, edit: NewEdit, shown: readonly ShownEdit['lines'][number][], kept: KeptValues | null): number =>
      db.transaction(() => {
        const text = JSON.stringify({ ...nothingShown, lines: shown })
        const { lastInsertRowid } = add.run(
          serverId,
          edit.at,
          edit.by,
          reasonToText(edit.reason),
          edit.path,
          edit.change,
          'unknown',
          text,
          ...packed(serverId, kept),
          edit.undoes,
        )
        dropBeyond.run(serverId, serverId, mostEdits)
        dropOld.run(serverId, edit.at - longestKeptMs)
        dropKept.run(serverId, serverId, mostKeptBytes)
        return Number(lastInsertRowid)
      })(),
    finish: (serverId: string, no: number, outcome: PathEditOutcome, shown: ShownEdit, kept: KeptValues | null): void => {
      finish.run(outcome, JSON.stringify(shown), ...packed(serverId, kept), no)
    },
    forget: (serverId: string): void => void forget.run(serverId),
    /** Once at a start: all other servers were removed while mtxdeck did not run. */
    forgetOthers: (serverIds: ReadonlySet<string>): void => {
      for (const id of servers.all()) if (!serverIds.has(id)) forget.run(id)
    },
  }
}
export type PathEditRows = ReturnType<typeof createPathEditRows>
