import type { Database } from '../../storage/openDatabase.ts'
import { dayMs } from '../protocol/protocol.ts'
import { factRowBytes } from './factWriter.ts'
import type { SealRemover } from './sealRemover.ts'
import type { Tallies } from './tallies.ts'

/**
 * Drops an archived day, one step per call: first its seals up to `lastSeal`, then facts that only held on that day, then texts
 * that no fact refers to. Returns true if there is more to do. Throws if no archive of the day's minutes is listed.
 */
export type DropDay = (dayStart: number, lastSeal: number) => boolean

/** Several seals per transaction, because each transaction writes some pages anyway: of five indexes and of the free list. */
const sealsPerStep = 32
/** Takes a few ms. */
const bytesPerStep = 2 << 20
const textsPerStep = 5000

export function createDayDropper(deps: {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  readonly transact: (run: () => void) => boolean
}): DropDay {
  const { db, tallies, remove, transact } = deps
  const sql = {
    seals: db.prepare<[number, number, number, number], { id: number; sample_bytes: number | null; minute_bytes: number }>(
      'SELECT id, sample_bytes, minute_bytes FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ? ORDER BY from_at LIMIT ?',
    ),
    isListed: db.prepare<[string, string], number>('SELECT 1 FROM archives WHERE name = ? OR name GLOB ? LIMIT 1').pluck(),
    owners: db.prepare<[], number>('SELECT no FROM servers ORDER BY no').pluck(),
    // Facts superseded within the archived time, or of subjects that are gone.
    dropFacts: db.prepare<{ owner: number; end: number }>(
      `DELETE FROM facts WHERE server = @owner AND at < @end AND (text IS NULL OR EXISTS
         (SELECT 1 FROM facts later WHERE later.server = facts.server AND later.path = facts.path AND later.at > facts.at AND later.at <= @end))`,
    ),
    textsAfter: db.prepare<[number, number], { id: number; json: string }>('SELECT id, json FROM texts WHERE id > ? ORDER BY id LIMIT ?'),
    isTextUsed: db.prepare<[number], number>('SELECT 1 FROM facts WHERE text = ? LIMIT 1').pluck(),
    dropText: db.prepare<[number]>('DELETE FROM texts WHERE id = ?'),
  }
  /** Progress of dropping the day's facts and texts. */
  let progress: { readonly dayStart: number; readonly owners: number[]; textsAfter: number } | null = null

  /** Drops some seals; null: none are left. */
  const dropSeals = (dayStart: number, lastSeal: number): boolean | null => {
    const seals = sql.seals.all(dayStart, dayStart + dayMs, lastSeal, sealsPerStep)
    if (seals.length === 0) return null
    const name = `minutes-${new Date(dayStart).toISOString().slice(0, 10)}`
    if (sql.isListed.get(`${name}.db`, `${name}.*.db`) === undefined) throw new Error(`no archive of ${name} is listed`)
    return transact(() => {
      let bytes = 0
      for (const seal of seals) {
        remove.whole(seal.id, seal.minute_bytes)
        bytes += (seal.sample_bytes ?? bytesPerStep) + seal.minute_bytes
        if (bytes >= bytesPerStep) return
      }
    })
  }

  const dropFacts = (owner: number, end: number): boolean => transact(() => tallies.add('facts', -sql.dropFacts.run({ owner, end }).changes * factRowBytes))

  const dropUnusedTexts = (texts: readonly { readonly id: number; readonly json: string }[]): boolean =>
    transact(() => {
      // Checked inside the transaction, as a fact pending until now may use a text again.
      const unused = texts.filter(({ id }) => sql.isTextUsed.get(id) === undefined)
      for (const { id } of unused) sql.dropText.run(id)
      tallies.add('facts', -unused.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0))
    })

  return (dayStart, lastSeal) => {
    const dropped = dropSeals(dayStart, lastSeal)
    if (dropped !== null) return dropped
    if (progress?.dayStart !== dayStart) progress = { dayStart, owners: sql.owners.all(), textsAfter: 0 }
    const owner = progress.owners.at(-1)
    if (owner !== undefined) {
      if (!dropFacts(owner, dayStart + dayMs)) return false
      progress.owners.pop()
      return true
    }
    const texts = sql.textsAfter.all(progress.textsAfter, textsPerStep)
    if (!dropUnusedTexts(texts)) return false
    const isLast = texts.length < textsPerStep
    if (isLast) progress = null
    else progress.textsAfter = texts.at(-1)?.id ?? 0
    return !isLast
  }
}
