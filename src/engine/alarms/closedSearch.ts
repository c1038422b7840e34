import type { Database } from '../storage/openDatabase.ts'
import { type AlarmSearch, indexQuery, searchTest } from './alarmSearch.ts'
import type { ClosedGuard } from './closedGuard.ts'
import { type ClosedReading, longMs, type Numbered } from './closedReading.ts'

/** Reference to an alarm; `closedAt` null: it is open. */
export interface AlarmRef {
  readonly no: number
  readonly closedAt: number | null
}
/** Selects by server or host with everything on it, and by stream. */
export interface AlarmPlace {
  readonly owner?: string | undefined
  readonly path?: string | undefined
}
/** Maximum number of references per period, newest first. */
const mostRefs = 100_000

/** Number of rows listed at once: takes about 2 ms. */
const listedAtOnce = 500
/** Number of index hits read at once after the first batch: each query scans the index from its end. */
const foundAtOnce = 10_000
/** Number of alarms unpacked at once: takes about 4 ms. */
const readAtOnce = 100

/** Searches all closed alarms in batches. */
export function createClosedSearch(db: Database, { guardedRead }: ClosedGuard, { at, lastNo, numbersOf }: ClosedReading) {
  const selectFirst = db.prepare('SELECT min(no) FROM closed_alarms').pluck()
  const selectLong = db.prepare(`
    SELECT no, closed_at AS closedAt FROM closed_alarms INDEXED BY long_spans
    WHERE closed_at - raised_at > ${longMs} AND closed_at > $beyond AND raised_at <= $to ORDER BY closed_at DESC LIMIT ${mostRefs}`)
  const selectClosed = db.prepare(`
    SELECT no, closed_at AS closedAt, raised_at AS raisedAt FROM closed_alarms INDEXED BY closed_spans
    WHERE closed_at >= $from AND (closed_at, raised_at, no) < ($closedAt, $raisedAt, $no) AND raised_at <= $to
    ORDER BY closed_at DESC, raised_at DESC, no DESC LIMIT ${listedAtOnce}`)
  const selectSpan = db.prepare('SELECT no, closed_at AS closedAt FROM closed_alarms WHERE no = ? AND closed_at >= ? AND raised_at <= ?')
  const selectPage = db.prepare('SELECT no FROM closed_alarms WHERE no < ? AND no >= ? ORDER BY no DESC LIMIT ?').pluck()
  const selectFound = db.prepare('SELECT rowid FROM closed_words WHERE closed_words MATCH ? AND rowid < ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?').pluck()

  /** Numbers of a range in batches, greatest first: those that match in the index, or all. */
  function* numbers(query: string | null, below: number, lowest: number): Generator<readonly number[]> {
    const end = Math.max(
      lowest,
      guardedRead(0, () => (selectFirst.get() as number | null) ?? 0),
    )
    let most = listedAtOnce
    for (let upper = Math.min(below, lastNo() + 1); upper > end; most = foundAtOnce) {
      const nos = guardedRead([], () => (query === null ? selectPage.all(upper, end, most) : selectFound.all(query, upper, end, most)) as number[])
      for (let place = 0; place < nos.length; place += listedAtOnce) yield nos.slice(place, place + listedAtOnce)
      upper = nos.length === most ? (nos.at(-1) ?? end) : end
    }
  }
  function* allWithin(from: number, to: number): Generator<readonly AlarmRef[]> {
    const beyond = to + longMs
    yield guardedRead([], () => selectLong.all({ beyond: Math.max(beyond, from), to }) as readonly AlarmRef[])
    for (let last = { closedAt: beyond + 1, raisedAt: 0, no: 0 }; ; ) {
      const rows = guardedRead([], () => selectClosed.all({ from, to, ...last }) as (typeof last)[])
      yield rows
      last = rows.at(-1) ?? last
      if (rows.length < listedAtOnce) return
    }
  }
  function* placeWithin(from: number, to: number, { owner, path }: AlarmPlace): Generator<readonly AlarmRef[]> {
    const found: AlarmRef[] = []
    const query = indexQuery({ serverId: owner === undefined ? undefined : [owner], path })
    for (const nos of numbers(query, numbersOf(0, to)?.below ?? 0, 0)) {
      if (found.length >= mostRefs) break
      found.push(...guardedRead([], () => nos.flatMap((no) => (selectSpan.get(no, from, to) as AlarmRef | undefined) ?? [])))
      yield []
    }
    yield found.sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  }
  return {
    /**
     * Alarms that were open at some time in a period, most recently closed first, in batches, some of which may be empty. For a single place, the
     * `mostRefs` most recently raised.
     */
    within: (from: number, to: number, of: AlarmPlace): Iterable<readonly AlarmRef[]> =>
      of.owner === undefined && of.path === undefined ? allWithin(from, to) : placeWithin(from, to, of),
    /** Searches the numbers from `lowest` to below `below` in batches, most recently raised first. `looked`: number of alarms unpacked. */
    *search(search: AlarmSearch, below: number, lowest: number): Generator<{ readonly looked: number; readonly found: readonly Numbered[] }> {
      const passes = searchTest(search)
      for (const nos of numbers(indexQuery(search), below, lowest))
        for (let place = 0; place < nos.length; place += readAtOnce) {
          const some = nos.slice(place, place + readAtOnce)
          yield { looked: some.length, found: some.flatMap((no) => at(no) ?? []).filter(passes) }
        }
    },
  }
}
