import { basename } from 'node:path'
import { z } from 'zod'
import { mostBundledPictures } from '../../../shared/bundles.ts'
import { eventSchema } from '../../../shared/events.ts'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { messageOf } from '../../../shared/result.ts'
import { serverIdSchema } from '../../../shared/servers.ts'
import { tierStepMs } from '../../../shared/tiers.ts'
import { epochMs } from '../../../shared/time.ts'
import { damageOf, faultOf } from '../../storage/storageTrouble.ts'
import {
  type Archive,
  ArchiveDamaged,
  type BucketTier,
  blockOf,
  blockStart,
  decodeBucketRow,
  decodePicture,
  eachBlob,
  eachEvent,
  eachText,
  hourOf,
  isDamage,
  isJpeg,
  isUnreadable,
  lastMoment,
  lastSubject,
  misnamedAs,
  openArchive,
  parseArchiveName,
  periodSpan,
  placeOfRow,
  rowCrc,
  type SubjectRow,
  subjectOfRow,
} from '../archive/archive.ts'
import {
  type Buckets,
  decodeBuckets,
  decodePresence,
  decodeRounds,
  decodeSampleRow,
  eachColumn,
  mostColumns,
  type SealRounds,
  storedObject,
} from '../codec/codec.ts'
import { isOwnName, layoutOfPath } from '../protocol/protocol.ts'

/** No row of ours is longer, bytes. */
const mostRowBytes = 16 << 20
const longColumns = [
  ['subjects', 'path'],
  ['layouts', 'columns'],
  ['rounds', 'bytes'],
  ['samples', 'bytes'],
  ['buckets', 'bytes'],
  ['texts', 'json'],
  ['events', 'text'],
  ['events', 'facts'],
] as const
/**
 * More rounds than are possible in an hour: a poll every half second, and the clock set back three times. A limit is needed
 * because regular rounds take no space: a few damaged bytes could stand for a million of them.
 */
const mostRoundsOfHour = 32_768
/** Some megabytes of times. */
const mostKeptRounds = 1_000_000
/** Snapshots are far smaller. */
const mostPictureBytes = 4 << 20
const mostPicturePx = 16_384
/** A month of two hours; blocks of other tiers have fewer. */
const mostBucketsOfBlock = 31 * 12
const bucketTiers: readonly BucketTier[] = ['minutes', 'quarterHours', 'twoHours']

interface ArchiveCheck {
  /** At most `mostFindings`; empty: the file is fine. */
  readonly findings: readonly FileFault[]
  /** false: a disk error prevented reading it whole, which says nothing about the file; the last finding says why. */
  readonly isRead: boolean
}

const mostFindings = 50

const layoutSchema = z.array(z.tuple([z.string().min(1).max(100), z.number().positive()])).max(mostColumns)
const factsSchema = z.record(z.string().max(200), z.json())
const nameSchema = z.string().max(4096)
const metaSchema = z.object({
  kind: z.string(),
  period: z.string().max(10),
  from: epochMs.min(0),
  to: epochMs.min(0),
  madeBy: z.string().max(200),
  madeAt: epochMs,
  more: z.record(z.string().max(200), z.string().max(64 << 20)),
})

/**
 * Checks a whole archive or bundle and trusts nothing in it: SQLite's integrity check, every CRC, every chunk and bucket
 * decoded, every number plausible next to its neighbours, every text well-formed. Never throws because of the file's content.
 */
export async function checkArchive(file: string, turn: () => Promise<void> = async () => {}): Promise<ArchiveCheck> {
  const opened = openArchive(file)
  if (!opened.ok) return { findings: [opened.error.fault], isRead: opened.error.kind === 'databaseDamaged' }
  using archive = opened.value
  const check: Check = { archive, turn, findings: [], layouts: new Map(), subjects: new Map(), ownerNos: new Map() }
  const { findings } = check
  try {
    for (const part of [
      checkFile,
      checkLengths,
      checkMeta,
      checkLayouts,
      checkSubjects,
      checkRounds,
      checkSamples,
      checkBuckets,
      checkFacts,
      checkEvents,
      checkPictures,
    ]) {
      await part(check)
      await turn()
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error
    const isRead = isDamage(error)
    if (!isRead) findings.splice(mostFindings - 1)
    find(check, faultOf(error))
    return { findings, isRead }
  }
  return { findings, isRead: true }
}

interface Check {
  readonly archive: Archive
  readonly turn: () => Promise<void>
  readonly findings: FileFault[]
  /** How many columns each layout has. */
  readonly layouts: Map<number, number>
  readonly subjects: Map<number, SubjectRow>
  /** Numbers of the owners themselves. */
  readonly ownerNos: Map<string, number>
}

function find({ findings }: Check, fault: FileFault): void {
  if (findings.length < mostFindings) findings.push(fault)
}

/** Turns a failure of one row into a finding, so that the next row is still checked. */
function tryRow(check: Check, of: string, no: number | null, run: () => void): void {
  try {
    run()
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError || (isUnreadable(error) && !isDamage(error))) throw error
    find(check, decodingFault(error, no === null ? of : `${of} ${no}`))
  }
}

/** What an error says about the part that was being decoded. In a check any error that says nothing about a file is one of a decoder. */
export function decodingFault(error: unknown, where: string): FileFault {
  const fault = faultOf(error, where)
  return fault.kind === 'internal' ? damageOf(`${where}: ${messageOf(error)}`) : fault
}

function must(holds: boolean, otherwise: FileFault | string): void {
  if (!holds) throw new ArchiveDamaged(otherwise)
}
function columnsOf({ layouts }: Check, layout: number): number {
  const columns = layouts.get(layout)
  if (columns === undefined) throw new ArchiveDamaged(`there is no layout ${layout}`)
  return columns
}
function subjectOf({ subjects }: Check, no: number): SubjectRow {
  const subject = subjects.get(no)
  if (!subject) throw new ArchiveDamaged(`there is no subject ${no}`)
  return subject
}

function checkFile(check: Check): void {
  for (const line of check.archive.db.pragma('integrity_check(20)', { simple: false }) as { integrity_check: string }[])
    if (line.integrity_check !== 'ok') find(check, damageOf(line.integrity_check))
}

/** By the lengths alone, before anything is read: in a stranger's file one row may be a gigabyte, and many may share the same pages. */
function checkLengths({ archive }: Check): void {
  const isLonger = (table: string, column: string, most: number): boolean =>
    archive.db.prepare<[number], 1>(`SELECT 1 FROM ${table} WHERE octet_length(${column}) > ? LIMIT 1`).pluck().get(most) !== undefined
  for (const [table, column] of longColumns) must(!isLonger(table, column, mostRowBytes), `${table} are too long`)
  if (!archive.hasPictures) return
  must(!isLonger('pictures', 'bytes', mostPictureBytes + 64), 'pictures are too long')
  const count = archive.db.prepare<[], number>('SELECT count(*) FROM pictures').pluck().get() ?? 0
  must(count <= mostBundledPictures, { kind: 'tooLarge' })
}

function checkMeta(check: Check): void {
  const meta = check.archive.meta()
  const { kind } = meta
  tryRow(check, 'about', null, () => {
    metaSchema.parse(meta)
    must(meta.from <= meta.to, 'it ends before it begins')
    if (kind === 'bundle') must(meta.period === '', 'its period does not exist')
    else {
      must(parseArchiveName(`${kind}-${meta.period}.db`) !== null, 'its period does not exist')
      const span = periodSpan(meta.period)
      must(span !== null && meta.from >= span.from && meta.from < span.to, 'it begins outside its period')
    }
    // Intact, but its data would be shown at the wrong time.
    const name = parseArchiveName(basename(check.archive.file))
    must(name === null || (name.tier === kind && name.period === meta.period), misnamedAs(kind, meta.period))
  })
}

function checkLayouts(check: Check): void {
  for (const { id, columns, crc } of check.archive.db.prepare<[], { id: number; columns: string; crc: number }>('SELECT * FROM layouts').all())
    tryRow(check, 'layout', id, () => {
      must(crc === rowCrc('layouts', id, columns), 'it is not what was written')
      must(id > 0, 'its number is out of range')
      check.layouts.set(id, layoutSchema.parse(JSON.parse(columns)).length)
    })
}

function checkSubjects(check: Check): void {
  for (const subject of check.archive.subjects())
    tryRow(check, 'subject', subject.no, () => {
      must(subject.no > 0 && subject.no <= lastSubject, 'its number is out of range')
      serverIdSchema.parse(subject.server)
      nameSchema.parse(subject.path)
      check.subjects.set(subject.no, subject)
      if (isOwnName(subject.path)) check.ownerNos.set(subject.server, subject.no)
    })
}

const checkRounds = (check: Check): Promise<void> =>
  eachBlob(check.archive, 'rounds', check.turn, ({ id, bytes }) =>
    tryRow(check, 'rounds', id, () => {
      must(isOwnName(subjectOf(check, subjectOfRow(id)).path), 'it belongs to no server')
      for (const seal of decodeRounds(bytes, mostRoundsOfHour)) {
        must(hourOf(seal.from) === placeOfRow(id), 'it lies outside its hour or block')
        columnsOf(check, seal.partLayout)
        columnsOf(check, seal.ownLayout)
      }
    }),
  )

async function checkSamples(check: Check): Promise<void> {
  const roundsOf = roundsLookup(check)
  await eachBlob(check.archive, 'samples', check.turn, ({ id, bytes }) =>
    tryRow(check, 'samples', id, () => {
      const { server, path } = subjectOf(check, subjectOfRow(id))
      const seals = roundsOf(server, placeOfRow(id))
      let before = -1
      for (const { seal: index, chunk } of decodeSampleRow(bytes)) {
        must(index > before, 'it is out of order')
        before = index
        const seal = seals[index]
        if (!seal) throw new ArchiveDamaged(`there is no seal ${index}`)
        checkChunk(chunk, seal.times.length, columnsOf(check, layoutOfPath(seal, path)))
      }
    }),
  )
}

function checkChunk(chunk: Uint8Array, rounds: number, columns: number): void {
  const values = new Float64Array(rounds)
  decodePresence(chunk, new Uint8Array(rounds))
  eachColumn(chunk, values, (column) => {
    must(column < columns, `there is no column ${column}`)
    // NaN: not known.
    must(
      values.every((value) => Number.isNaN(value) || Number.isFinite(value)),
      'a number is not finite',
    )
  })
}

/** Decodes the rounds of an owner's hour, and caches them up to `mostKeptRounds`. */
function roundsLookup({ archive, ownerNos }: Check): (owner: string, hour: number) => readonly SealRounds[] {
  const kept = new Map<string, readonly SealRounds[]>()
  let keptRounds = 0
  return (owner, hour) => {
    const key = `${hour} ${owner}`
    const known = kept.get(key)
    if (known) return known
    const no = ownerNos.get(owner)
    const [stored] = no === undefined ? [] : archive.rounds(no, hour, hour)
    if (!stored) throw new ArchiveDamaged('its rounds are missing')
    const seals = decodeRounds(stored.bytes, mostRoundsOfHour)
    keptRounds += seals.reduce((sum, { times, gaps }) => sum + times.length + gaps.length, 1)
    if (keptRounds > mostKeptRounds) {
      kept.clear()
      keptRounds = 0
    }
    kept.set(key, seals)
    return seals
  }
}

function checkBuckets(check: Check): Promise<void> {
  const { archive } = check
  const { kind } = archive.meta()
  return eachBlob(archive, 'buckets', check.turn, ({ id, bytes: row }) =>
    tryRow(check, 'buckets', id, () => {
      subjectOf(check, subjectOfRow(id))
      const block = placeOfRow(id)
      const layoutsOfRow = new Set<number>()
      for (const { layout, bytes } of decodeBucketRow(block, row).parts) {
        must(!layoutsOfRow.has(layout), `layout ${layout} is there twice`)
        layoutsOfRow.add(layout)
        const buckets = decodeBuckets(bytes, undefined, mostBucketsOfBlock)
        const tier = bucketTiers.find((one) => tierStepMs[one] === buckets.stepMs)
        if (!tier || (kind !== tier && kind !== 'bundle')) throw new ArchiveDamaged(`a step of ${buckets.stepMs} ms`)
        checkPlace(buckets, tier, block)
        checkBucketColumns(check, buckets, layout)
        checkSpans(buckets)
      }
    }),
  )
}

function checkPlace({ first, length, stepMs }: Buckets, tier: BucketTier, block: number): void {
  const begin = first * stepMs
  must(length === 0 || (begin >= blockStart(tier, block) && begin + (length - 1) * stepMs < blockStart(tier, block + 1)), 'it lies outside its hour or block')
  must(blockOf(tier, blockStart(tier, block)) === block, 'it lies outside its hour or block')
}

function checkBucketColumns(check: Check, buckets: Buckets, layout: number): void {
  for (const [column, { count, min, max, sum, first, last }] of buckets.columns) {
    must(column < columnsOf(check, layout), `there is no column ${column}`)
    for (let k = 0; k < buckets.length; k++) {
      if ((count[k] as number) === 0) continue
      const low = min[k] as number
      const high = max[k] as number
      must(isBetween(low, first[k] as number, high) && isBetween(low, last[k] as number, high) && Number.isFinite(sum[k]), 'it contradicts itself')
    }
  }
}

const isBetween = (low: number, value: number, high: number): boolean => low <= value && value <= high

function checkSpans({ spans }: Buckets): void {
  let until = Number.NEGATIVE_INFINITY
  for (const [from, to] of spans) {
    must(from >= until && to >= from, 'it is out of order')
    until = to
  }
}

async function checkFacts(check: Check): Promise<void> {
  const { archive } = check
  eachText(archive, (id, json) => tryRow(check, 'text', id, () => void factsSchema.parse(storedObject(json, 'it'))))
  await check.turn()
  for (const { subject } of archive.factsBetween(-Number.MAX_VALUE, Number.MAX_VALUE)) tryRow(check, 'facts', subject, () => void subjectOf(check, subject))
}

function checkEvents(check: Check): void {
  eachEvent(check.archive, (event) =>
    tryRow(check, 'event', event.id, () => {
      eventSchema.parse(event)
    }),
  )
}

/** Whether they can be decoded is found by whoever shows them. */
async function checkPictures(check: Check): Promise<void> {
  const { archive } = check
  if (!archive.hasPictures) return
  must(archive.meta().kind === 'bundle', 'only a bundle has pictures')
  await eachBlob(archive, 'pictures', check.turn, ({ id, bytes }) =>
    tryRow(check, 'picture', id, () => {
      const subject = subjectOfRow(id)
      subjectOf(check, subject)
      const { at, widthPx, heightPx, jpeg } = decodePicture(subject, bytes)
      must(at < lastMoment, 'it has no time')
      must(Math.min(widthPx, heightPx) > 0 && Math.max(widthPx, heightPx) <= mostPicturePx, 'it has no size')
      must(jpeg.length <= mostPictureBytes && isJpeg(jpeg), 'it is no JPEG')
    }),
  )
}
