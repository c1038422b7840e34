import type { DeckEvent } from '../../shared/events.ts'
import type { EventFilter, SeriesColumns } from '../../shared/history.ts'
import { type MetricId, metrics } from '../../shared/metrics.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createSeriesReducer, missingIntervals, usualInterval } from './reduceSeries.ts'
import { decodeRows, decodeTimes, rowForm } from './rowCodec.ts'
import { chunkId, pathLayout, type SampleLayout, serverLayout, textToLayout } from './sampleLayout.ts'
import type { HotSamples, MomentValues, ReaderAsks, StoredGap, Subject, SubjectMetrics, TailColumns } from './storeProtocol.ts'

/** Answers questions about the past from sealed chunks and from what the writer still holds in memory. */
export interface SampleReader {
  readonly range: (ask: ReaderAsks['range'][0], cancelled: () => boolean) => Promise<SeriesColumns[][]>
  readonly tail: (ask: ReaderAsks['tail'][0], cancelled: () => boolean) => Promise<TailColumns[][]>
  readonly at: (ask: ReaderAsks['at'][0], cancelled: () => boolean) => Promise<MomentValues[]>
  readonly events: (filter: EventFilter) => DeckEvent[]
}

/** About 10 ms of decoding. */
const sealsPerTurn = 200
/** Usual interval where a span holds too few rounds to tell. */
const assumedIntervalMs = 2000

/** Some minutes of one subject. */
interface Section {
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly rows: Uint8Array | null
  readonly usualMs: number | null
  readonly layout: SampleLayout
}

interface SealRow {
  readonly id: number
  readonly form: number
  readonly interval_ms: number | null
  readonly path_layout: number
  readonly server_layout: number
  readonly times: Uint8Array
  readonly gaps: string
}

export const createSampleReader = (db: Database, onDamage: (error: unknown, text: string) => void): SampleReader => {
  const layouts = new Map<number, SampleLayout>()
  const readLayouts = db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts')
  const layoutById = (id: number): SampleLayout => {
    if (!layouts.has(id)) for (const row of readLayouts.all()) layouts.set(row.id, textToLayout(row.columns))
    return layouts.get(id) as SampleLayout
  }
  const readSeals = db.prepare<[number, number, number, number], SealRow>(
    `SELECT id, form, interval_ms, path_layout, server_layout, times, gaps FROM seals
     WHERE server = ? AND id <= ? AND to_at >= ? AND from_at <= ? ORDER BY id`,
  )
  const readSealsAround = db.prepare<[number, number, number, number], SealRow>(
    `SELECT id, form, interval_ms, path_layout, server_layout, times, gaps FROM seals
     WHERE server = ? AND id <= ? AND to_at >= ? - ${missingIntervals} * coalesce(interval_ms, ${assumedIntervalMs}) AND from_at <= ? ORDER BY id`,
  )
  const readChunk = db.prepare<[number], Uint8Array>('SELECT rows FROM chunks WHERE id = ?').pluck()

  const sectionOf = (seal: SealRow, no: number, path: string): Section => ({
    times: decodeTimes(seal.times),
    gaps: JSON.parse(seal.gaps) as StoredGap[],
    rows: readChunk.get(chunkId(seal.id, no)) ?? null,
    usualMs: seal.interval_ms,
    layout: layoutById(path === '' ? seal.server_layout : seal.path_layout),
  })

  /** Sections of one subject from the oldest on, sealed ones first. */
  async function* sectionsOf(
    subject: Subject,
    index: number,
    hot: HotSamples,
    seals: (server: number, lastSeal: number) => readonly SealRow[],
    cancelled: () => boolean,
  ): AsyncGenerator<Section> {
    const place = hot.subjects[index]
    const server = place && hot.servers[place.server]
    if (!server || !place || place.no < 0) return
    // All at once: an open statement would hold the database's log from being trimmed.
    for (const [n, seal] of seals(server.no, hot.lastSeal).entries()) {
      // Lets a cancellation, and short questions of others, come in between.
      if (n % sealsPerTurn === sealsPerTurn - 1) await nextTurn()
      if (cancelled()) return
      try {
        if (seal.form !== rowForm) throw new Error(`samples of form ${seal.form}`)
        yield sectionOf(seal, place.no, subject.path)
      } catch (error) {
        onDamage(error, `seal ${seal.id} of server ${subject.serverId} can not be read`)
      }
    }
    yield {
      times: server.times,
      gaps: server.gaps,
      rows: place.rows,
      usualMs: usualInterval(server.times),
      layout: subject.path === '' ? serverLayout : pathLayout,
    }
  }

  /** Feeds the wanted columns of a section, in order, to `sample` and gaps of the whole server to `gap`. */
  const walk = (
    section: Section,
    wanted: readonly MetricId[],
    sample: (index: number, at: number, value: number | null) => void,
    gap: (at: number) => void,
  ): void => {
    const columns = wanted.map((id) => section.layout.metrics.indexOf(id))
    const scales = columns.map((c) => section.layout.scales[c] ?? 1)
    let nextGap = 0
    const gapsUntil = (round: number): void => {
      for (let stored = section.gaps[nextGap]; stored && stored[0] <= round; stored = section.gaps[++nextGap]) gap(stored[1])
    }
    if (section.rows)
      decodeRows(section.rows, (round, wholes, known) => {
        if (nextGap < section.gaps.length) gapsUntil(round)
        const at = section.times[round] as number
        for (let i = 0; i < columns.length; i++) {
          const c = columns[i] as number
          sample(i, at, c >= 0 && (known & (1 << c)) !== 0 ? (wholes[c] as number) / (scales[i] as number) : null)
        }
      })
    gapsUntil(Number.POSITIVE_INFINITY)
  }

  const eachSubject = async <T>(
    subjects: readonly SubjectMetrics[],
    cancelled: () => boolean,
    one: (subject: SubjectMetrics, index: number) => Promise<T>,
  ): Promise<T[]> => {
    const out: T[] = []
    for (const [index, subject] of subjects.entries()) {
      if (index > 0) await nextTurn()
      if (cancelled()) break
      out.push(await one(subject, index))
    }
    if (cancelled()) throw new Error('cancelled')
    return out
  }

  return {
    range: (ask, cancelled) =>
      eachSubject(ask.subjects, cancelled, async ({ subject, metrics: wanted }, index) => {
        const reducers = wanted.map((id) => createSeriesReducer({ from: ask.from, to: ask.to, points: ask.points, isState: metrics[id].kind === 'state' }))
        let usualMs = assumedIntervalMs
        for await (const section of sectionsOf(subject, index, ask.hot, (server, lastSeal) => readSeals.all(server, lastSeal, ask.from, ask.to), cancelled)) {
          usualMs = section.usualMs ?? usualMs
          walk(
            section,
            wanted,
            (i, at, value) => {
              if (value === null) reducers[i]?.unknown(at)
              else reducers[i]?.add(at, value, usualMs)
            },
            (at) => {
              for (const reducer of reducers) reducer.unknown(at)
            },
          )
        }
        return reducers.map((reducer) => reducer.finish(ask.until))
      }),

    tail: (ask, cancelled) =>
      eachSubject(ask.subjects, cancelled, async ({ subject, metrics: wanted }, index) => {
        const columns = wanted.map((): { at: number[]; values: (number | null)[] } => ({ at: [], values: [] }))
        const put = (column: { at: number[]; values: (number | null)[] } | undefined, at: number, value: number | null): void => {
          if (at <= ask.since || !column) return
          // A gap that ends at the moment it began is none.
          if (column.at.at(-1) === at && column.values.at(-1) === null) {
            column.values[column.values.length - 1] = value
            return
          }
          column.at.push(at)
          column.values.push(value)
        }
        let usualMs = assumedIntervalMs
        for await (const section of sectionsOf(
          subject,
          index,
          ask.hot,
          (server, lastSeal) => readSeals.all(server, lastSeal, ask.since, Number.MAX_VALUE),
          cancelled,
        )) {
          usualMs = section.usualMs ?? usualMs
          walk(
            section,
            wanted,
            (i, at, value) => {
              const column = columns[i]
              const last = column?.at.at(-1)
              if (last !== undefined && at - last > missingIntervals * usualMs && column?.values.at(-1) !== null) put(column, last + usualMs, null)
              put(column, at, value)
            },
            (at) => {
              for (const column of columns) put(column, at, null)
            },
          )
        }
        return columns
      }),

    at: async (ask, cancelled) => {
      const out: MomentValues[] = []
      const { moment } = ask
      for (const [index, subject] of ask.subjects.entries()) {
        if (index % 50 === 49) await nextTurn()
        if (cancelled()) break
        let found: { at: number; values: Partial<Record<MetricId, number>> } | null = null
        let gapAt: number | null = null
        let usualMs = assumedIntervalMs
        for await (const section of sectionsOf(
          subject,
          index,
          ask.hot,
          (server, lastSeal) => readSealsAround.all(server, lastSeal, moment, moment),
          cancelled,
        )) {
          usualMs = section.usualMs ?? usualMs
          const values: Partial<Record<MetricId, number>> = {}
          let foundHere: number | null = null
          // Only the newest row counts, but a row says only what changed: all before it are read.
          if (section.rows)
            decodeRows(section.rows, (round, wholes, known) => {
              const at = section.times[round] as number
              if (at > moment || (foundHere !== null && at < foundHere) || (found !== null && at < found.at)) return
              foundHere = at
              section.layout.metrics.forEach((id, c) => {
                if ((known & (1 << c)) !== 0) values[id] = (wholes[c] as number) / (section.layout.scales[c] as number)
                else delete values[id]
              })
            })
          if (foundHere !== null) found = { at: foundHere, values }
          for (const [, at] of section.gaps) if (at <= moment && (gapAt === null || at > gapAt)) gapAt = at
        }
        const known = found !== null && moment - found.at <= missingIntervals * usualMs && (gapAt === null || gapAt <= found.at)
        out.push(known && found ? { ...found.values, at: found.at } : null)
      }
      if (cancelled()) throw new Error('cancelled')
      return out
    },

    events: (filter) => {
      const where: string[] = []
      const values: (string | number)[] = []
      const also = (sql: string, ...of: (string | number)[]): void => {
        where.push(sql)
        values.push(...of)
      }
      if (filter.serverId !== undefined) also('server_id = ?', filter.serverId)
      if (filter.path !== undefined) also('path = ?', filter.path)
      if (filter.kinds !== undefined) also(`kind IN (${filter.kinds.map(() => '?').join(', ') || 'NULL'})`, ...filter.kinds)
      if (filter.from !== undefined) also('at >= ?', filter.from)
      if (filter.to !== undefined) also('at < ?', filter.to)
      if (filter.before !== undefined) also('id < ?', filter.before)
      const rows = db
        .prepare<(string | number)[], EventRow>(
          `SELECT id, at, kind, server_id, server_name, path, text, facts FROM events ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY id DESC LIMIT ?`,
        )
        .all(...values, filter.limit)
      return rows.map(({ server_id, server_name, facts, ...row }) => ({
        ...row,
        serverId: server_id,
        serverName: server_name,
        facts: JSON.parse(facts) as DeckEvent['facts'],
      }))
    },
  }
}

interface EventRow {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly server_id: string | null
  readonly server_name: string | null
  readonly path: string | null
  readonly text: string
  readonly facts: string
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
