import { messageOf } from '../../../shared/result.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { type Buckets, decodeBuckets, decodeSampleRow, mergeBuckets } from '../codec/codec.ts'
import { createLiveStore, type EventRow, eventOfRow, type LiveSeal, type ReadPart } from '../live/live.ts'
import { isOwnName, layoutOfPath, ownerText, ownName, type SampleLayout } from '../protocol/protocol.ts'
import { type Archive, type ArchivedEvent, type ArchivedSeal, blockOf, hourOf, isDamage } from './archiveFile.ts'

/** A seal to be copied, of history.db or with its place in an archive. */
export type SourceSeal = LiveSeal | ArchivedSeal

export type BucketTier = Exclude<Tier, 'samples'>

/** Buckets of a path in a source. */
export interface FoundBuckets {
  readonly tier: BucketTier
  readonly layout: SampleLayout
  /** As stored. */
  readonly bytes: number
  /** Throws if they are unreadable. */
  readonly decode: () => Buckets
}

/**
 * A source to copy history from: history.db or an archive. An unreadable part of history.db is reported to `onDamage` and skipped, so
 * that the rest is still copied; a damaged file throws.
 */
export interface PartSource {
  readonly owners: () => readonly string[]
  /** '' first, then in the order that is fastest to read. */
  readonly paths: (owner: string) => readonly string[]
  /** Seals that overlap the span (both ends included), oldest first. */
  readonly seals: (owner: string, from: number, to: number) => SourceSeal[]
  readonly chunks: (
    owner: string,
    paths: readonly string[],
    seals: readonly SourceSeal[],
    take: (path: string, seal: SourceSeal, chunk: Uint8Array) => void,
  ) => void
  /** Whole blocks or seals of these tiers that overlap the span. */
  readonly buckets: (
    tiers: readonly BucketTier[],
    owner: string,
    paths: readonly string[],
    from: number,
    to: number,
    take: (path: string, found: FoundBuckets) => void,
  ) => void
  /** The newest facts at or before `from`, and all later ones before `to`. */
  readonly facts: (owner: string, path: string, from: number, to: number, take: (at: number, json: string | null) => void) => void
  readonly events: (from: number, to: number, take: (event: ArchivedEvent) => void) => void
}

const eventsAtOnce = 1000

/** The sealed data in history.db, of the seals that `wants` chooses by number and begin: days that are archived as well must not be copied twice. */
export function createLiveSource(db: Database, wants: (id: number, from: number) => boolean, onDamage: (words: string) => void): PartSource {
  /** The same part may be read several times. */
  const reported = new Set<string>()
  const ofPart: ReadPart = (read, instead) => {
    try {
      return read()
    } catch (error) {
      if (!isDamage(error)) throw error
      const words = `a part of ${last === null ? 'the events' : ownerText(last.owner)} cannot be read (${messageOf(error)})`
      if (!reported.has(words)) onDamage(words)
      reported.add(words)
      return instead
    }
  }
  const live = createLiveStore(db, ofPart)
  const sql = {
    names: db.prepare<[number], [string, number]>('SELECT name, no FROM paths WHERE server = ? ORDER BY no').raw(),
    heldFact: db.prepare<[number, number, number], { at: number; json: string | null }>(
      'SELECT at, json FROM facts LEFT JOIN texts ON texts.id = facts.text WHERE server = ? AND path = ? AND at <= ? ORDER BY at DESC LIMIT 1',
    ),
    facts: db.prepare<[number, number, number, number], { at: number; json: string | null }>(
      'SELECT at, json FROM facts LEFT JOIN texts ON texts.id = facts.text WHERE server = ? AND path = ? AND at > ? AND at < ? ORDER BY at',
    ),
    events: db.prepare<[number, number, number], EventRow>(
      `SELECT id, at, kind, server_id, server_name, path, text, facts FROM events WHERE at >= ? AND at < ? AND id > ? ORDER BY id LIMIT ${eventsAtOnce}`,
    ),
  }
  const ownerNos = new Map(db.prepare<[], [string, number]>('SELECT id, no FROM servers ORDER BY no').raw().all())
  /** The owner that is being copied, and its seals as asked for last: they are read once, not for each slice of its paths. */
  let last: { readonly owner: string; readonly nos: ReadonlyMap<string, number>; from: number; to: number; seals: LiveSeal[] } | null = null
  const lastOf = (owner: string) => {
    if (last?.owner !== owner) last = { owner, nos: new Map(sql.names.all(ownerNos.get(owner) ?? -1)), from: Number.NaN, to: Number.NaN, seals: [] }
    return last
  }
  const nosOf = (owner: string): ReadonlyMap<string, number> => lastOf(owner).nos
  const sealsOf = (owner: string, from: number, to: number): LiveSeal[] => {
    const known = lastOf(owner)
    if (known.from !== from || known.to !== to) Object.assign(known, { from, to, seals: live.wantedSeals(ownerNos.get(owner) ?? -1, from, to, wants) })
    return known.seals
  }
  const eachPart = (
    owner: string,
    paths: readonly string[],
    read: (nos: readonly number[]) => ReadonlyMap<number, Uint8Array>,
    take: (path: string, bytes: Uint8Array) => void,
  ): void => {
    const nos = nosOf(owner)
    const names = new Map(paths.flatMap((path): [number, string][] => (nos.has(path) ? [[nos.get(path) as number, path]] : [])))
    for (const [no, bytes] of read([...names.keys()])) take(names.get(no) as string, bytes)
  }
  return {
    owners: () => [...ownerNos.keys()],
    paths: (owner) => ownFirst([...nosOf(owner).keys()]),
    seals: sealsOf,
    chunks: (owner, paths, seals, take) => {
      for (const seal of seals) {
        if (!('id' in seal)) throw new Error('a seal of another source')
        eachPart(
          owner,
          paths,
          (nos) => live.chunks(seal, nos),
          (path, chunk) => take(path, seal, chunk),
        )
      }
    },
    buckets: (tiers, owner, paths, from, to, take) => {
      for (const seal of tiers.length > 0 ? sealsOf(owner, from, to) : [])
        eachPart(
          owner,
          paths,
          (nos) => live.minutes(seal, nos),
          (path, stored) => {
            const layout = layoutOfPath(seal, path)
            let decoded: Buckets | null = null
            const minutes = (): Buckets => {
              decoded ??= decodeBuckets(stored)
              return decoded
            }
            for (const tier of tiers)
              take(path, { tier, layout, bytes: stored.length, decode: () => (tier === 'minutes' ? minutes() : mergeBuckets([minutes()], tierStepMs[tier])) })
          },
        )
    },
    facts: (owner, path, from, to, take) => {
      const ownerNo = ownerNos.get(owner) ?? -1
      const no = nosOf(owner).get(path) ?? -1
      const held = sql.heldFact.get(ownerNo, no, from)
      for (const { at, json } of [...(held ? [held] : []), ...sql.facts.all(ownerNo, no, from, to)]) take(at, json)
    },
    events: (from, to, take) => {
      last = null
      for (let after = -1; ; ) {
        const rows = sql.events.all(from, to, after)
        for (const row of rows) {
          const event = ofPart(() => eventOfRow(row), null)
          if (event) take(event)
        }
        after = rows.at(-1)?.id ?? after
        if (rows.length < eventsAtOnce) return
      }
    },
  }
}

/** Sorts the owner itself before its parts. */
const ownFirst = (paths: string[]): string[] => paths.sort((a, b) => (isOwnName(a) ? -1 : isOwnName(b) ? 1 : 0))

/** The contents of an archive or a bundle. Throws if the file is damaged. */
export function createArchiveSource(archive: Archive): PartSource {
  const { kind } = archive.meta()
  const owners = archive.owners()
  let paths: ReadonlyMap<string, string[]> | null = null
  /** Calls `take` for each of the paths that the file knows, with its number. */
  const eachSubject = (owner: string, of: readonly string[], take: (path: string, no: number) => void): void => {
    for (const path of of) {
      const no = archive.subjectNo(owner, path)
      if (no !== null) take(path, no)
    }
  }
  return {
    owners: () => owners,
    paths: (owner) => {
      paths ??= new Map([...Map.groupBy(archive.subjects(), ({ server }) => server)].map(([server, rows]) => [server, ownFirst(rows.map(({ path }) => path))]))
      return paths.get(owner) ?? []
    },
    seals: (owner, from, to) => {
      const no = archive.subjectNo(owner, ownName)
      // A seal may be long (the machine slept), so all seals of the file are checked. There are few.
      const seals = no === null ? [] : archive.seals(no, 0, hourOf(to))
      return seals.filter((seal) => seal.to >= from && seal.from <= to)
    },
    chunks: (owner, of, seals, take) => {
      const hours = new Map<number, Map<number, SourceSeal>>()
      for (const seal of seals) {
        if (!('hour' in seal)) throw new Error('a seal of another source')
        hours.set(seal.hour, (hours.get(seal.hour) ?? new Map()).set(seal.index, seal))
      }
      if (hours.size === 0) return
      const first = Math.min(...hours.keys())
      const last = Math.max(...hours.keys())
      eachSubject(owner, of, (path, no) => {
        for (const { hour, bytes } of archive.sampleRows(no, first, last))
          for (const part of hours.has(hour) ? decodeSampleRow(bytes) : []) {
            const seal = hours.get(hour)?.get(part.seal)
            if (seal) take(path, seal, part.chunk)
          }
      })
    },
    buckets: (tiers, owner, of, from, to, take) => {
      for (const tier of tiers)
        if (kind === tier || kind === 'bundle')
          eachSubject(owner, of, (path, no) => {
            for (const { parts } of archive.bucketRows(no, blockOf(tier, from), blockOf(tier, to)))
              for (const { layout, bytes } of parts)
                take(path, { tier, layout: archive.layout(layout), bytes: bytes.length, decode: () => decodeBuckets(bytes) })
          })
    },
    facts: (owner, path, from, to, take) => {
      const no = archive.subjectNo(owner, path)
      for (const { at, json } of no === null ? [] : archive.factsOf(no, from, to)) if (at < to) take(at, json)
    },
    events: (from, to, take) => {
      for (const event of archive.events(from, to)) take(event)
    },
  }
}
