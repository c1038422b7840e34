import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { type PictureReason, pictureReasonSchema } from '../../shared/previews.ts'
import type { View, ViewEnd, Views, ViewsInput } from '../../shared/viewing.ts'
import type { Log } from '../ports.ts'
import { databaseErrorOf } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'

interface ViewLogDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly db: Database
  readonly nameOf: (serverId: string) => string | null
  /** For how many days views are kept, like sessions; 0: not at all. */
  readonly keepDays: () => number
}

interface NewView {
  readonly by: { readonly id: string; readonly name: string }
  readonly serverId: string
  readonly path: string
  readonly way: View['way']
}
type StoredView = Omit<View, 'no' | 'words'> & { no: number | null }
/** To be told how a view ended, and when it was seen last. */
export type EndView = (end: 'closed' | 'failed', why: PictureReason | null, seenAt?: number) => void

const dayMs = 86_400_000
/** Number of views kept, whatever their age. */
const mostKept = 100_000
/** How many wait while the disk takes none. */
const mostWaiting = 1_000
/** A view that fails again within this time counts as another try of the same. */
const sameMs = 600_000
const mostFailing = 500
const pruneMs = 3_600_000
const prunedAtOnce = 5_000

/** Log of what people watched through this console. Still pictures are none, nor is what this console reads for itself. */
export class ViewLog {
  readonly #deps: ViewLogDeps
  readonly #rows: ReturnType<typeof rowsOf>
  /** What is not stored yet, the oldest first. */
  readonly #waiting = new Set<StoredView>()
  /** The last failed view by person, stream and reason. */
  readonly #failing = new Map<string, StoredView>()
  readonly #open = new Set<StoredView>()
  #isFailing = false
  #prunedAt = Number.NEGATIVE_INFINITY

  constructor(deps: ViewLogDeps) {
    this.#deps = deps
    this.#rows = rowsOf(deps.db)
    // When those of an earlier launch ended nobody noted.
    this.#attempt(() => this.#rows.interrupted())
  }

  /** A picture was opened. */
  begin(of: NewView): EndView {
    const stored = this.#new(of, 'open')
    this.#open.add(stored)
    this.#keep(stored)
    return (end, why, seenAt = this.#deps.clock.now()) => {
      if (!this.#open.delete(stored)) return
      // The clock may have been set back.
      Object.assign(stored, { ended: Math.max(stored.began, seenAt), end, why })
      this.#keep(stored)
    }
  }

  /** A picture could not be opened. */
  failed(of: NewView, why: PictureReason): void {
    const now = this.#deps.clock.now()
    const key = JSON.stringify([of.by.id, of.serverId, of.path, of.way, why.kind])
    const before = this.#failing.get(key)
    const isSame = before !== undefined && Math.abs(now - (before.ended ?? 0)) < sameMs
    const stored = isSame ? Object.assign(before, { ended: now, why, tries: before.tries + 1 }) : { ...this.#new(of, 'failed'), ended: now, why }
    this.#failing.delete(key)
    this.#failing.set(key, stored)
    for (const oldest of this.#failing.keys()) if (this.#failing.size > mostFailing) this.#failing.delete(oldest)
    this.#keep(stored)
  }

  /** `streams`: only of these; null: of all. Returns null if they cannot be read. */
  list(
    { from, to, lastMs, serverId, path, person, before, limit }: Omit<ViewsInput, 'format' | 'cameraId'>,
    streams: readonly Pick<View, 'serverId' | 'path'>[] | null = null,
  ): Views | null {
    this.#prune()
    this.#flush()
    const end = to ?? this.#deps.clock.now()
    const of = streams && JSON.stringify(streams.map((stream) => `${stream.serverId}\n${stream.path}`))
    const period = { from: from ?? end - lastMs, to: end, serverId: serverId ?? null, path: path ?? null, person: person ?? null, of }
    const keepDays = this.#deps.keepDays()
    if (keepDays === 0) return { views: [], more: false, keepDays }
    const found = this.#attempt(() => this.#rows.within({ ...period, before: before ?? Number.MAX_SAFE_INTEGER, limit: limit + 1 }))
    return found && { views: found.slice(0, limit), more: found.length > limit, keepDays }
  }

  /** Deletes all of them. Throws if the file or its disk fails. */
  clear(): void {
    this.#rows.clear()
    this.#waiting.clear()
    this.#failing.clear()
    // Another view may get the number of one that still lasts.
    for (const one of this.#open) one.no = null
  }

  close(): void {
    this.#flush()
  }

  #new({ by, serverId, path, way }: NewView, end: ViewEnd): StoredView {
    const server = this.#deps.nameOf(serverId) ?? serverId
    return { no: null, personId: by.id, person: by.name, serverId, server, path, way, began: this.#deps.clock.now(), ended: null, end, why: null, tries: 1 }
  }

  #keep(stored: StoredView): void {
    if (this.#deps.keepDays() === 0) return
    this.#waiting.add(stored)
    for (const oldest of this.#waiting) if (this.#waiting.size > mostWaiting) this.#waiting.delete(oldest)
    this.#prune()
    this.#flush()
  }

  #flush(): void {
    if (this.#waiting.size === 0) return
    const some = [...this.#waiting]
    const nos = this.#attempt(() => this.#rows.store(some))
    if (nos === null) return
    for (const [place, stored] of some.entries()) stored.no = nos[place] as number
    this.#waiting.clear()
  }

  #prune(): void {
    const now = this.#deps.clock.now()
    if (Math.abs(now - this.#prunedAt) < pruneMs) return
    const isDone = this.#attempt(() => !this.#rows.drop(now - this.#deps.keepDays() * dayMs))
    if (isDone === true) this.#prunedAt = now
  }

  /** Runs what reads or writes the file; null: the file or its disk failed, which is logged once until it works again. */
  #attempt<T>(work: () => T): T | null {
    try {
      const done = work()
      this.#isFailing = false
      return done
    } catch (error) {
      const known = databaseErrorOf(this.#deps.db.name, error)
      if (known === null) throw error
      if (!this.#isFailing) this.#deps.log.warn({ trouble: known.trouble.kind }, 'views cannot be read or stored now')
      this.#isFailing = true
      return null
    }
  }
}

/** The only SQL on the views in sessions.db. */
function rowsOf(db: Database) {
  const put = db.prepare(`
    INSERT OR REPLACE INTO views (no, person_id, person, server_id, server, path, way, began, ended, how, why, tries)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const interrupted = db.prepare(`UPDATE views SET how = 'unknown' WHERE how = 'open'`)
  // Of one whose end is unknown it is known that it began.
  const within = db.prepare<[object], Omit<View, 'why' | 'words'> & { readonly why: string | null }>(`
    SELECT no, person_id AS personId, person, server_id AS serverId, server, path, way, began, ended,
      CASE WHEN how IN ('open', 'failed', 'unknown') THEN how ELSE 'closed' END AS end, why, tries FROM views
    WHERE no < $before AND began <= $to AND (how = 'open' OR coalesce(ended, began) >= $from)
      AND ($serverId IS NULL OR server_id = $serverId) AND ($path IS NULL OR path = $path)
      AND ($of IS NULL OR server_id || char(10) || path IN (SELECT value FROM json_each($of)))
      AND ($person IS NULL OR person_id = $person OR person = $person COLLATE NOCASE)
    ORDER BY no DESC LIMIT $limit`)
  const dropOld = db.prepare(`DELETE FROM views WHERE no IN (SELECT no FROM views WHERE how <> 'open' AND coalesce(ended, began) < ? LIMIT ${prunedAtOnce})`)
  const dropMany = db.prepare(`DELETE FROM views WHERE no <= (SELECT no FROM views ORDER BY no DESC LIMIT 1 OFFSET ${mostKept})`)
  return {
    interrupted: (): void => void interrupted.run(),
    store: db.transaction((views: readonly StoredView[]): number[] =>
      views.map(({ no, personId, person, serverId, server, path, way, began, ended, end, why, tries }) => {
        const times = [Math.round(began), ended && Math.round(ended)]
        const text = why && JSON.stringify(why)
        return Number(put.run(no, personId, person, serverId, server, path, way, ...times, end, text, tries).lastInsertRowid)
      }),
    ),
    within: (asked: object): View[] =>
      within.all(asked).map((row) => ({ ...row, why: pictureReasonSchema.safeParse(storedJson(row.why ?? 'null')).data ?? null })),
    clear: (): void => void db.exec('DELETE FROM views'),
    /** Deletes what ended before a moment, and what is too much. Returns whether there is more. */
    drop: db.transaction((before: number): boolean => {
      dropMany.run()
      return dropOld.run(Math.round(before)).changes === prunedAtOnce
    }),
  }
}
