import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../../clock/clock.ts'
import { createAllowance } from '../../clock/semaphore.ts'
import { type AuditEntry, type AuditFilter, accountLimits } from '../../shared/accounts.ts'
import type { Log } from '../ports.ts'
import { sha256 } from '../sha256.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at' | 'count'>

interface Row {
  readonly id: number
  readonly at: number
  readonly by: string
  readonly by_id: string | null
  readonly sender: string | null
  readonly action: AuditEntry['action']
  readonly what: string
  readonly ids: string
  readonly count: number
  readonly previous: string
  readonly hash: string
}

/** The table is cut back once it has this many rows too many. */
const cutEvery = 1_000
/** Failed sign-ins that get a row of their own at once, and in an hour: who guesses must not push all other rows out. */
const [failuresAtOnce, failuresAnHour] = [10, 20]
/** Further ones share a row after a minute, which takes ever longer while more of them come. */
const [firstSumMs, longestSumMs, quietMs] = [60_000, 15 * 60_000, 3600_000]
const longest = { name: 200, text: 500, ids: 2_000 } as const

/**
 * Who did what, when and from where.
 *
 * 1. Rows are only added. Each carries the hash of itself and the row before it: whoever changes, removes or inserts one breaks the chain.
 * 2. What the disk does not take is in the log alone. Once it takes rows again, a row `lost` says how many are not here.
 * 3. Beyond `accountLimits.auditRows` the oldest are dropped; a row `pruned` records where the chain begins since, with the hash before it.
 */
export class Audit {
  readonly #clock: Clock
  readonly #log: Log
  readonly #db: Database
  readonly #insert
  readonly #newest
  readonly #oldest
  readonly #previousOf
  readonly #deleteBefore
  readonly #rows: number
  #last: { readonly id: number; readonly hash: string }
  readonly #hasOwnRow = createAllowance()
  /** `more`: how many share the next row, and `last` of them; `summedAt`: when the last such row was written. */
  readonly #failures = { more: 0, summedAt: 0, last: null as NewAuditEntry | null, sumMs: firstSumMs, timer: null as Timer | null }
  /** Entries that could not be stored. */
  #lost = 0

  /** `rows`: how many are kept. */
  constructor({ clock, log, db, rows = accountLimits.auditRows }: { readonly clock: Clock; readonly log: Log; readonly db: Database; readonly rows?: number }) {
    this.#rows = rows
    this.#clock = clock
    this.#log = log
    this.#db = db
    this.#insert = db.prepare(
      'INSERT INTO audit (id, at, by, by_id, sender, action, what, ids, count, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#newest = db.prepare<[], { id: number; hash: string }>('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1')
    this.#oldest = db.prepare<[], { id: number; at: number }>('SELECT id, at FROM audit ORDER BY id LIMIT 1')
    this.#previousOf = db.prepare<[number], string>('SELECT previous FROM audit WHERE id = ?').pluck()
    this.#deleteBefore = db.prepare<[number]>('DELETE FROM audit WHERE id < ?')
    this.#last = this.#readLast()
  }

  /** Adds a row. What the disk does not take is in the log alone: it must keep nobody from signing in. */
  record(entry: NewAuditEntry, count = 1): void {
    const isStored = attemptWrite(() =>
      this.#db.transaction(() => {
        if (this.#lost > 0) this.#add({ by: 'console', byId: null, from: null, action: 'lost', what: 'audit', of: {} }, this.#lost)
        this.#add(entry, count)
        this.#prune()
      })(),
    )
    // Without ids and hashes of a transaction that was rolled back.
    if (!isStored) this.#last = this.#readLast()
    if (!isStored && this.#lost === 0) this.#log.error({}, 'The audit cannot be written; what is done is in this log alone')
    if (!isStored) this.#log.warn(entry, 'Not in the audit')
    this.#lost = isStored ? 0 : this.#lost + count
  }

  /** A sign-in that was refused. A flood of them is counted, not listed, here as in the log. */
  failed(entry: NewAuditEntry): void {
    const failures = this.#failures
    const now = this.#clock.monotonic()
    if (this.#hasOwnRow(failuresAtOnce, failuresAnHour, now)) {
      this.record(entry)
      this.#log.warn({ address: entry.from, by: entry.by }, 'A sign-in was refused')
      return
    }
    if (failures.more === 0 && now - failures.summedAt > quietMs) failures.sumMs = firstSumMs
    failures.more++
    failures.last = entry
    failures.timer ??= this.#clock.setTimeout(() => {
      failures.sumMs = Math.min(longestSumMs, failures.sumMs * 2)
      this.#flush()
    }, failures.sumMs)
  }

  /** The newest first. */
  list({ by = '', action, text = '', from, to, before, limit }: AuditFilter): {
    readonly entries: AuditEntry[]
    readonly more: boolean
    readonly keptSince: number | null
  } {
    const like = (part: string) => `%${part.replace(/[\\%_]/g, String.raw`\$&`)}%`
    const rows = this.#db
      .prepare<unknown[], Row>(
        `SELECT * FROM audit WHERE id < ? AND at >= ? AND at < ? AND (? IS NULL OR action = ?) AND by LIKE ? ESCAPE '\\'
           AND (what LIKE ? ESCAPE '\\' OR ids LIKE ? ESCAPE '\\' OR sender LIKE ? ESCAPE '\\') ORDER BY id DESC LIMIT ?`,
      )
      .all(
        before ?? Number.MAX_SAFE_INTEGER,
        ...[from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER],
        ...[action ?? null, action ?? null, like(by)],
        ...[like(text), like(text), like(text), limit + 1],
      )
    return { entries: rows.slice(0, limit).map(entryOf), more: rows.length > limit, keptSince: this.#oldest.get()?.at ?? null }
  }

  /** Writes what is only counted yet. */
  [Symbol.dispose](): void {
    this.#flush()
  }

  #flush(): void {
    const { more, last, timer } = this.#failures
    if (timer !== null) this.#clock.clearTimeout(timer)
    this.#failures.timer = null
    this.#failures.more = 0
    this.#failures.summedAt = this.#clock.monotonic()
    if (more === 0 || last === null) return
    this.record(last, more)
    this.#log.warn({ more, address: last.from, by: last.by }, 'More sign-ins were refused; address and name are of the last one')
  }

  #readLast(): { readonly id: number; readonly hash: string } {
    return this.#newest.get() ?? { id: 0, hash: '' }
  }

  #add({ by, byId, from, action, what, of }: NewAuditEntry, count: number): void {
    const { id: before, hash: previous } = this.#last
    const row = {
      ...{ id: before + 1, at: Math.round(this.#clock.now()), by: by.slice(0, longest.name), by_id: byId, sender: from },
      ...{ action, what: what.slice(0, longest.text), ids: boundedIds(of), count, previous },
    }
    const hash = hashOf(row)
    this.#insert.run(row.id, row.at, row.by, row.by_id, row.sender, row.action, row.what, row.ids, row.count, previous, hash)
    this.#last = { id: row.id, hash }
  }

  #prune(): void {
    const oldest = this.#oldest.get()?.id ?? 0
    if (this.#last.id - oldest < this.#rows + cutEvery) return
    // One less, for the row that says so.
    const first = this.#last.id - this.#rows + 2
    const previous = this.#previousOf.get(first)
    if (previous === undefined) return
    this.#deleteBefore.run(first)
    this.#add({ by: 'console', byId: null, from: null, action: 'pruned', what: 'audit', of: { first: String(first), previous } }, 1)
  }
}

/** As JSON: of what is too long, as many as fit. An address that was fetched may have any query. */
function boundedIds(of: AuditEntry['of']): string {
  let length = 0
  const fitting = Object.entries(of).filter((each) => {
    length += JSON.stringify(each).length
    return length <= longest.ids
  })
  return JSON.stringify(Object.fromEntries(fitting))
}

const entryOf = ({ id, at, by, by_id: byId, sender: from, action, what, ids, count }: Row): AuditEntry => ({
  ...{ id, at, by, byId, from, action, what, count },
  of: (storedJson(ids) ?? {}) as AuditEntry['of'],
})

/** The row as canonical JSON: an array in the order of the columns. */
function hashOf({ id, at, by, by_id, sender, action, what, ids, count, previous }: Omit<Row, 'hash'>): string {
  return sha256(previous + JSON.stringify([id, at, by, by_id, sender, action, what, ids, count]))
}

/** The first row that does not fit the chain; null: all do. */
export function brokenAuditRow(db: Database): number | null {
  let last: { readonly id: number; readonly hash: string } | null = null
  let begin: { readonly id: number; readonly previous: string } | null = null
  let isRecorded = true
  for (const row of db.prepare<[], Row>('SELECT * FROM audit ORDER BY id').iterate()) {
    if (last === null) {
      begin = row
      isRecorded = row.id === 1 && row.previous === ''
    } else if (row.id !== last.id + 1 || row.previous !== last.hash) return row.id
    if (row.hash !== hashOf(row)) return row.id
    const { first, previous } = entryOf(row).of
    if (row.action === 'pruned' && first === String(begin?.id) && previous === begin?.previous) isRecorded = true
    last = row
  }
  return isRecorded ? null : (begin?.id ?? null)
}
