import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FileFault } from '../../../shared/fileFaults.ts'
import type { Fault, Finding } from '../../storage/checkMain.ts'
import { changedBytes, hashFile } from '../../storage/hashFile.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { damageOf } from '../../storage/storageTrouble.ts'
import { archivesInFolder, listedArchives, misnamedAs, openArchive, parseArchiveName } from '../archive/archive.ts'
import {
  ChunkDamaged,
  checkedCrc,
  chunkColumns,
  chunkRounds,
  decodeBuckets,
  decodeColumn,
  decodeRounds,
  type Packed,
  readPack,
  type SealRounds,
  storedObject,
} from '../codec/codec.ts'
import { createJournalDecoder, type EventRow, eventOfRow, readJournal } from '../live/live.ts'
import { chunkId, textToLayout } from '../protocol/protocol.ts'
import { checkArchive, decodingFault } from './checkArchive.ts'

export { checkArchive } from './checkArchive.ts'

/** Counts of what was checked. */
export interface ChecksDone {
  seals: number
  chunks: number
  minutes: number
  events: number
  facts: number
  archives: number
  /** Known values in archives' chunks, and known buckets of each column. */
  samples: number
  buckets: number
}

const rowsAtOnce = 1000

/**
 * Checks all contents of history.db, in short statements but for the journal: decodes every seal's rounds, chunks and minutes as a reader would,
 * and reads journal, facts and events. Reports problems to `find`.
 */
export function checkLiveHistory(db: Database, done: ChecksDone, find: (fault: Fault) => void): void {
  const part = (fault: FileFault): void => find({ kind: 'part', fault })
  const trying = (where: string, run: () => void): void => {
    try {
      run()
    } catch (error) {
      part(decodingFault(error, where))
    }
  }
  /** Number of columns of each layout. */
  const layouts = new Map<number, number>()
  for (const { id, columns } of db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts').all())
    trying(`layout ${id}`, () => {
      layouts.set(id, textToLayout(columns).metrics.length)
    })

  const seals = db.prepare<[number, number], IdBytes>('SELECT id, rounds AS bytes FROM seals WHERE id > ? ORDER BY id LIMIT ?')
  const chunks = db.prepare<[number, number, number], IdBytes>('SELECT id, rows AS bytes FROM chunks WHERE id > ? AND id < ? ORDER BY id LIMIT ?')
  const minutes = db.prepare<[number, number, number], IdBytes>('SELECT id, bytes FROM minutes WHERE id > ? AND id < ? ORDER BY id LIMIT ?')
  for (const seal of paged(0, rowsAtOnce, (after, most) => seals.all(after, most))) {
    done.seals++
    let rounds = -1
    trying(`seal ${seal.id}`, () => {
      const [{ times, partLayout, ownLayout }] = decodeRounds(checkedCrc(seal.bytes)) as [SealRounds]
      rounds = times.length
      for (const layout of [partLayout, ownLayout]) if (!layouts.has(layout)) throw new ChunkDamaged(`there is no layout ${layout}`)
    })
    if (rounds < 0) continue
    const into = new Float64Array(rounds)
    const first = chunkId(seal.id, 0)
    const inSeal = function* (statement: typeof chunks, of: 'chunk' | 'minutes'): Iterable<Packed> {
      for (const { id, bytes } of paged(first - 1, rowsAtOnce, (after, most) => statement.all(after, chunkId(seal.id + 1, 0), most))) {
        let parts: Packed[] = []
        trying(`${of} ${id - first} of seal ${seal.id}`, () => {
          parts = readPack(id - first, bytes)
        })
        yield* parts
      }
    }
    for (const { no, bytes } of inSeal(chunks, 'chunk'))
      trying(`chunk ${no} of seal ${seal.id}`, () => {
        done.chunks++
        const chunk = checkedCrc(bytes)
        if (chunkRounds(chunk) !== rounds) throw new ChunkDamaged(`${chunkRounds(chunk)} rounds instead of ${rounds}`)
        for (const column of chunkColumns(chunk)) decodeColumn(chunk, column, into)
      })
    for (const { no, bytes } of inSeal(minutes, 'minutes'))
      trying(`minutes ${no} of seal ${seal.id}`, () => {
        done.minutes++
        decodeBuckets(checkedCrc(bytes))
      })
  }

  // At one moment: a console that writes meanwhile overwrites rows that were free, and moves the rounds that are sealed.
  const servers = db.transaction(() => {
    const sealedRounds = new Map(db.prepare<[], [number, number]>('SELECT no, sealed_round FROM servers').raw().all())
    const decode = createJournalDecoder((no) => sealedRounds.get(no))
    for (const row of readJournal(db).rows)
      trying(`journal row ${row.no}`, () => {
        for (const layout of [row.path_layout, row.server_layout]) if (!layouts.has(layout)) throw new ChunkDamaged(`there is no layout ${layout}`)
        decode(row.records, Math.max(layouts.get(row.path_layout) ?? 0, layouts.get(row.server_layout) ?? 0), () => {})
      })
    return sealedRounds
  })()

  const events = db.prepare<[number, number], EventRow>('SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?')
  for (const row of paged(0, rowsAtOnce, (after, most) => events.all(after, most)))
    trying(`event ${row.id}`, () => {
      done.events++
      eventOfRow(row)
    })
  const texts = db.prepare<[number, number], { id: number; json: string }>('SELECT id, json FROM texts WHERE id > ? ORDER BY id LIMIT ?')
  for (const { id, json } of paged(0, rowsAtOnce, (after, most) => texts.all(after, most)))
    trying(`text ${id}`, () => {
      done.facts++
      storedObject(json, 'it')
    })
  const lost = db
    .prepare<[], number>('SELECT count(*) FROM facts f WHERE text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM texts t WHERE t.id = f.text)')
    .pluck()
    .get()
  if (lost) part(damageOf(`${lost} facts have lost their text`))
  const unknown = db.prepare<[], number>('SELECT server FROM facts UNION SELECT server FROM paths UNION SELECT server FROM seals').pluck().all()
  for (const no of unknown) if (!servers.has(no)) part(damageOf(`there is no server ${no}`))
}

/** Detects an intact file under the wrong name, whose data would be shown at the wrong time. */
function misnamed(name: string, file: string): FileFault[] {
  const opened = openArchive(file)
  if (!opened.ok) return []
  const { kind, period } = opened.value.meta()
  opened.value.close()
  const of = parseArchiveName(name)
  return of && (of.tier !== kind || of.period !== period) ? [misnamedAs(kind, period)] : []
}

/**
 * Checks every archive whole, whether listed or only in the folder, and compares it with its entry in history.db. The list is
 * read again where needed, because retention may remove an archive meanwhile.
 */
export async function checkArchives(
  folder: string,
  history: Database | null,
  done: ChecksDone,
  find: (finding: Finding) => void,
  /** Called with each file that is not listed. */
  onUnlisted: (file: string) => void,
  /** Called with a line of progress for each file. */
  onProgress: (line: string) => void,
): Promise<void> {
  const listed = history === null ? [] : listedArchives(history)
  const names = new Set([...listed.map(({ name }) => name), ...archivesInFolder(folder)])
  for (const name of [...names].sort()) {
    const file = join(folder, name)
    const entry = listed.find((each) => each.name === name)
    const isListed = (): boolean => history !== null && listedArchives(history).some((each) => each.name === name)
    const say = (...faults: FileFault[]): void => {
      for (const fault of faults) find({ file: `history/${name}`, fault: { kind: 'whole', fault } })
    }
    onProgress(`history/${name} …`)
    if (!existsSync(file)) {
      if (isListed()) say({ kind: 'notThere' })
      continue
    }
    done.archives++
    if (entry?.sha256 && (await hashFile(file)).sha256 !== entry.sha256 && existsSync(file)) say(damageOf(changedBytes))
    const { findings, samples, buckets } = await checkArchive(file, nextTurn)
    if (findings.length === 0) say(...misnamed(name, file))
    done.samples += samples
    done.buckets += buckets
    // Retention may have removed it while it was read.
    if (existsSync(file)) say(...findings)
    if (history !== null && !entry && !isListed()) onUnlisted(`history/${name}`)
  }
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (name.endsWith('.db') && parseArchiveName(name) === null) find({ file: `history/${name}`, fault: { kind: 'whole', fault: { kind: 'notOurs' } } })
}

interface IdBytes {
  readonly id: number
  readonly bytes: Uint8Array
}

/** All rows with an id above `after`, read in pieces so that no statement stays open. */
function* paged<T extends { readonly id: number }>(after: number, most: number, read: (after: number, most: number) => readonly T[]): Iterable<T> {
  for (let last = after; ; ) {
    const rows = read(last, most)
    yield* rows
    const next = rows.at(-1)?.id ?? last
    if (rows.length < most || next <= last) return
    last = next
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
