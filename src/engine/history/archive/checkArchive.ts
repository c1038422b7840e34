import { z } from 'zod'
import { eventSchema } from '../../../shared/events.ts'
import { tierStepMs } from '../../../shared/history.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { serverIdSchema } from '../../../shared/servers.ts'
import {
  chunkColumns,
  chunkRounds,
  decodeBuckets,
  decodeColumn,
  decodePresence,
  decodeRounds,
  decodeSampleRow,
  mostColumns,
  type SealRounds,
} from '../codec/codec.ts'
import { isOwnName } from '../protocol/protocol.ts'
import { parseArchiveName, periodSpan } from './archiveCatalogue.ts'
import {
  type Archive,
  ArchiveDamaged,
  type ArchivedEvent,
  type ArchivedEventRow,
  blockOf,
  blockStart,
  checkedEvent,
  createPieceJoiner,
  hourOf,
  isDamage,
  isUnreadable,
  lastSubject,
  openArchive,
  placeOfRow,
  rowCrc,
  subjectOfRow,
  unsealed,
} from './archiveFile.ts'
import type { BucketTier } from './partSource.ts'

/** Blobs that are read at once; some megabytes. */
const rowsPerTurn = 64
/**
 * More than anybody polls within an hour: every half second, and the clock set back three times. Rounds that come regularly
 * take no room, so that some bytes could stand for a million of them.
 */
const mostRoundsOfHour = 32_768
/** Some megabytes of times. */
const mostKeptRounds = 1_000_000
/** A month of two hours; blocks of other tiers have fewer. */
const mostBucketsOfBlock = 31 * 12
const bucketTiers: readonly BucketTier[] = ['minutes', 'quarterHours', 'twoHours']

interface BlobRow {
  readonly id: number
  readonly bytes: Uint8Array
}

/** Calls `each` for every row of a table of blobs, its CRC checked, in the order of their ids. */
async function eachBlob(archive: Archive, table: 'rounds' | 'samples' | 'buckets', turn: () => Promise<void>, each: (row: BlobRow) => void): Promise<void> {
  const read = archive.db.prepare<[number, number], BlobRow>(`SELECT id, bytes FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`)
  for (let last = -(2 ** 53); ; ) {
    const rows = read.all(last, rowsPerTurn)
    for (const { id, bytes } of rows) each({ id, bytes: unsealed(table, id, bytes) })
    await turn()
    if (rows.length < rowsPerTurn) return
    const next = rows.at(-1)?.id ?? last
    // In a damaged file the order of rows may be a lie.
    if (!(next > last)) throw new ArchiveDamaged(`rows of ${table} stand in no order`)
    last = next
  }
}

/** Reads every row and compares its CRC; throws what `isDamage` knows. `turn` is awaited after every few megabytes. */
export async function checkRows(archive: Archive, turn: () => Promise<void>): Promise<void> {
  archive.meta()
  archive.layouts()
  archive.subjects()
  for (const table of ['rounds', 'samples', 'buckets'] as const) await eachBlob(archive, table, turn, () => {})
  eachText(archive, () => {})
  archive.factsBetween(-Number.MAX_VALUE, Number.MAX_VALUE)
  eachEvent(archive, () => {})
}

function eachText(archive: Archive, each: (id: number, json: string) => void): void {
  for (const { id, json, crc } of archive.db.prepare<[], { id: number; json: string; crc: number }>('SELECT id, json, crc FROM texts').iterate()) {
    if (crc !== rowCrc('texts', id, json)) throw new ArchiveDamaged(`text ${id} is not what was written`)
    each(id, json)
  }
}
function eachEvent(archive: Archive, each: (event: ArchivedEvent) => void): void {
  for (const row of archive.db.prepare<[], ArchivedEventRow>('SELECT * FROM events').iterate()) each(checkedEvent(row))
}

export interface ArchiveCheck {
  /** In words; none: all is as it should be. At most `mostFindings`. */
  readonly findings: readonly string[]
  /** false: the disk did not let it be read whole, which says nothing of the file; the last finding says why. */
  readonly isRead: boolean
  /** A newer mtxdeck wrote it. */
  readonly isNewer: boolean
  readonly subjects: number
  /** Known values in chunks. */
  readonly samples: number
  /** Known buckets, each column counted. */
  readonly buckets: number
  readonly events: number
}

export const mostFindings = 50

const layoutSchema = z.array(z.tuple([z.string().min(1).max(100), z.number().positive()])).max(mostColumns)
const factsSchema = z.record(z.string().max(200), z.json())
const nameSchema = z.string().max(4096)
const metaSchema = z.object({
  kind: z.string(),
  period: z.string().max(10),
  from: z.number().min(0),
  to: z.number().min(0),
  madeBy: z.string().max(200),
  madeAt: z.number(),
  more: z.record(z.string().max(200), z.string().max(64 << 20)),
})

/**
 * Reads one archive or bundle strictly, and trusts nothing in it: SQLite's own check of the whole file, every CRC, every
 * chunk and bucket decoded, every number within what its neighbours allow, every text of the right shape. Never throws
 * because of what is in the file.
 */
export async function checkArchive(file: string, turn: () => Promise<void> = async () => {}): Promise<ArchiveCheck> {
  const findings: string[] = []
  const found = (words: string): void => {
    if (findings.length < mostFindings) findings.push(words)
  }
  const counts = { subjects: 0, samples: 0, buckets: 0, events: 0 }
  const opened = openArchive(file)
  if (!opened.ok)
    return { findings: [opened.error.words], isRead: opened.error.kind === 'databaseDamaged', isNewer: opened.error.kind === 'databaseNewer', ...counts }
  const archive = opened.value
  let isRead = true
  try {
    /** What is wrong with one row is told, and the next one read. */
    const row = (what: string, run: () => void): void => {
      try {
        run()
      } catch (error) {
        if (error instanceof TypeError || error instanceof ReferenceError || (isUnreadable(error) && !isDamage(error))) throw error
        found(`${what}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`)
      }
    }
    const must = (holds: boolean, words: string): void => {
      if (!holds) throw new ArchiveDamaged(words)
    }

    for (const line of archive.db.pragma('integrity_check(20)', { simple: false }) as { integrity_check: string }[])
      if (line.integrity_check !== 'ok') found(`SQLite says: ${line.integrity_check}`)
    await turn()

    const meta = archive.meta()
    const { kind } = meta
    row('meta', () => {
      metaSchema.parse(meta)
      must(meta.from <= meta.to, 'it ends before it begins')
      if (kind === 'bundle') must(meta.period === '', 'a bundle has no period')
      else {
        must(parseArchiveName(`${kind}-${meta.period}.db`) !== null, `${meta.period} is no period of ${kind}`)
        const span = periodSpan(meta.period)
        must(span !== null && meta.from >= span.from && meta.from < span.to, 'it begins outside its period')
      }
    })

    const layouts = new Map<number, number>()
    for (const { id, columns, crc } of archive.db.prepare<[], { id: number; columns: string; crc: number }>('SELECT * FROM layouts').all())
      row(`layout ${id}`, () => {
        must(crc === rowCrc('layouts', id, columns), 'it is not what was written')
        must(id > 0, 'its number is none')
        layouts.set(id, layoutSchema.parse(JSON.parse(columns)).length)
      })
    const columnsOf = (layout: number): number => {
      const columns = layouts.get(layout)
      if (columns === undefined) throw new ArchiveDamaged(`there is no layout ${layout}`)
      return columns
    }

    const subjects = new Map<number, { readonly server: string; readonly path: string }>()
    const serverNos = new Map<string, number>()
    for (const subject of archive.subjects())
      row(`subject ${subject.no}`, () => {
        must(subject.no > 0 && subject.no <= lastSubject, 'its number is out of range')
        serverIdSchema.parse(subject.server)
        nameSchema.parse(subject.path)
        subjects.set(subject.no, subject)
        if (isOwnName(subject.path)) serverNos.set(subject.server, subject.no)
      })
    counts.subjects = subjects.size
    const subjectOf = (no: number): { readonly server: string; readonly path: string } => {
      const subject = subjects.get(no)
      if (!subject) throw new ArchiveDamaged(`there is no subject ${no}`)
      return subject
    }

    await eachBlob(archive, 'rounds', turn, ({ id, bytes }) =>
      row(`rounds ${id}`, () => {
        must(isOwnName(subjectOf(subjectOfRow(id)).path), 'they belong to no server')
        for (const seal of decodeRounds(bytes, mostRoundsOfHour)) {
          must(hourOf(seal.from) === placeOfRow(id), 'a seal began in another hour')
          must(seal.from <= seal.to, 'a seal ends before it begins')
          must(
            seal.times.every((at) => at >= seal.from && at <= seal.to),
            'a round lies outside of its seal',
          )
          columnsOf(seal.partLayout)
          columnsOf(seal.ownLayout)
        }
      }),
    )

    const roundsKept = new Map<string, readonly SealRounds[]>()
    let keptRounds = 0
    const roundsOf = (server: string, hour: number): readonly SealRounds[] => {
      const key = `${hour} ${server}`
      let seals = roundsKept.get(key)
      if (!seals) {
        const no = serverNos.get(server)
        const [stored] = no === undefined ? [] : archive.rounds(no, hour, hour)
        if (!stored) throw new ArchiveDamaged('there are no rounds of its hour')
        seals = decodeRounds(stored.bytes, mostRoundsOfHour)
        keptRounds += seals.reduce((sum, { times }) => sum + times.length, 1)
        if (keptRounds > mostKeptRounds) {
          roundsKept.clear()
          keptRounds = 0
        }
        roundsKept.set(key, seals)
      }
      return seals
    }
    const joiner = createPieceJoiner()
    await eachBlob(archive, 'samples', turn, (piece) =>
      row(`samples ${piece.id}`, () => {
        const whole = joiner.put(piece.id, piece.bytes)
        if (!whole) return
        const { bytes } = whole
        const { server, path } = subjectOf(subjectOfRow(whole.row))
        const seals = roundsOf(server, placeOfRow(whole.row))
        let before = -1
        for (const part of decodeSampleRow(bytes)) {
          must(part.seal > before, 'its chunks stand in no order')
          before = part.seal
          const seal = seals[part.seal]
          if (!seal) throw new ArchiveDamaged(`there is no seal ${part.seal} in its hour`)
          const { chunk } = part
          const rounds = chunkRounds(chunk)
          must(rounds === seal.times.length, `a chunk of ${rounds} rounds where there are ${seal.times.length}`)
          const columns = columnsOf(isOwnName(path) ? seal.ownLayout : seal.partLayout)
          const values = new Float64Array(rounds)
          decodePresence(chunk, new Uint8Array(rounds))
          for (const column of chunkColumns(chunk)) {
            must(column < columns, `there is no column ${column}`)
            decodeColumn(chunk, column, values)
            for (const value of values) {
              if (Number.isNaN(value)) continue
              must(Number.isFinite(value), 'a number is not finite')
              counts.samples++
            }
          }
        }
      }),
    )

    row('samples', () => joiner.end())

    await eachBlob(archive, 'buckets', turn, ({ id }) =>
      row(`buckets ${id}`, () => {
        subjectOf(subjectOfRow(id))
        const block = placeOfRow(id)
        const [stored] = archive.bucketRows(subjectOfRow(id), block, block)
        const layoutsOfRow = new Set<number>()
        for (const { layout, bytes } of stored?.parts ?? []) {
          must(!layoutsOfRow.has(layout), `it has layout ${layout} twice`)
          layoutsOfRow.add(layout)
          const buckets = decodeBuckets(bytes, undefined, mostBucketsOfBlock)
          const tier = bucketTiers.find((one) => tierStepMs[one] === buckets.stepMs)
          if (!tier || (kind !== tier && kind !== 'bundle')) throw new ArchiveDamaged(`buckets of ${buckets.stepMs} ms`)
          const begin = buckets.first * buckets.stepMs
          must(
            buckets.length === 0 || (begin >= blockStart(tier, block) && begin + (buckets.length - 1) * buckets.stepMs < blockStart(tier, block + 1)),
            'they lie outside of their block',
          )
          must(blockOf(tier, blockStart(tier, block)) === block, 'there is no such block')
          for (const [column, { count, min, max, sum, first, last }] of buckets.columns) {
            must(column < columnsOf(layout), `there is no column ${column}`)
            for (let k = 0; k < buckets.length; k++) {
              if ((count[k] as number) === 0) continue
              counts.buckets++
              const low = min[k] as number
              const high = max[k] as number
              must(
                low <= (first[k] as number) &&
                  (first[k] as number) <= high &&
                  low <= (last[k] as number) &&
                  (last[k] as number) <= high &&
                  Number.isFinite(sum[k]),
                'a bucket contradicts itself',
              )
            }
          }
          let until = Number.NEGATIVE_INFINITY
          for (const [from, to] of buckets.spans) {
            must(from >= until && to >= from, 'spans stand in no order')
            until = to
          }
        }
      }),
    )

    eachText(archive, (id, json) => row(`text ${id}`, () => void factsSchema.parse(JSON.parse(json))))
    await turn()
    for (const fact of archive.factsBetween(-Number.MAX_VALUE, Number.MAX_VALUE)) row(`facts of subject ${fact.subject}`, () => void subjectOf(fact.subject))
    await turn()
    eachEvent(archive, (event) =>
      row(`event ${event.id}`, () => {
        eventSchema.parse(event)
        counts.events++
      }),
    )
  } catch (error) {
    if (!isUnreadable(error)) throw error
    isRead = isDamage(error)
    if (!isRead) findings.splice(mostFindings - 1)
    found(`The file cannot be read further (${messageOf(error)}).`)
  } finally {
    archive.close()
  }
  return { findings, isRead, isNewer: false, ...counts }
}
