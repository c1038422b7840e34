import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FileFault } from '../../../shared/fileFaults.ts'
import type { Fault, Finding } from '../../storage/checkMain.ts'
import { changedBytes, hashFile } from '../../storage/hashFile.ts'
import { type Database, type PrepareOnce, preparedOnce } from '../../storage/openDatabase.ts'
import { damageOf } from '../../storage/storageTrouble.ts'
import { archivesInFolder, listedArchives, parseArchiveName } from '../archive/archive.ts'
import { ChunkDamaged, checkedCrc, decodeBuckets, decodeRounds, eachColumn, readPack, type SealRounds, storedObject } from '../codec/codec.ts'
import { createJournalDecoder, type EventRow, eventOfRow, readJournal } from '../live/live.ts'
import { chunkId, textToLayout } from '../protocol/protocol.ts'
import { checkArchive, decodingFault } from './checkArchive.ts'

export { checkArchive } from './checkArchive.ts'

export interface ChecksDone {
  /** Chunks and minutes in history.db. */
  parts: number
  events: number
  archives: number
}

/**
 * Checks all contents of history.db, in short statements but for the journal: decodes every seal's rounds, chunks and minutes as a reader would,
 * and reads journal, facts and events. Reports problems to `find`.
 */
export function checkLiveHistory(db: Database, done: ChecksDone, find: (fault: Fault) => void): void {
  const prepare = preparedOnce(db)
  const part = (fault: FileFault): void => find({ kind: 'part', fault })
  const trying = (where: string, run: () => void): void => {
    try {
      run()
    } catch (error) {
      part(decodingFault(error, where))
    }
  }
  const layouts = new Map<number, number>()
  for (const { id, columns } of rowsOf<{ id: number; columns: string }>(prepare, 'layouts'))
    trying(`layout ${id}`, () => {
      layouts.set(id, textToLayout(columns).metrics.length)
    })
  const mustHaveLayouts = (...ids: readonly number[]): void => {
    for (const id of ids) if (!layouts.has(id)) throw new ChunkDamaged(`there is no layout ${id}`)
  }

  for (const seal of rowsOf<IdBytes>(prepare, 'seals', 'id, rounds AS bytes')) {
    let rounds = -1
    trying(`seal ${seal.id}`, () => {
      const [{ times, partLayout, ownLayout }] = decodeRounds(checkedCrc(seal.bytes)) as [SealRounds]
      rounds = times.length
      mustHaveLayouts(partLayout, ownLayout)
    })
    if (rounds < 0) continue
    const into = new Float64Array(rounds)
    const first = chunkId(seal.id, 0)
    const eachOfSeal = (of: 'chunk' | 'minutes', packs: Iterable<IdBytes>, decode: (bytes: Uint8Array) => void): void => {
      for (const pack of packs)
        trying(`${of} ${pack.id - first} of seal ${seal.id}`, () => {
          for (const { no, bytes } of readPack(pack.id - first, pack.bytes))
            trying(`${of} ${no} of seal ${seal.id}`, () => {
              done.parts++
              decode(checkedCrc(bytes))
            })
        })
    }
    eachOfSeal('chunk', rowsOf<IdBytes>(prepare, 'chunks', 'id, rows AS bytes', first, chunkId(seal.id + 1, 0)), (chunk) => eachColumn(chunk, into, () => {}))
    eachOfSeal('minutes', rowsOf<IdBytes>(prepare, 'minutes', 'id, bytes', first, chunkId(seal.id + 1, 0)), decodeBuckets)
  }

  // At one moment: a console that writes meanwhile overwrites rows that were free, and moves the rounds that are sealed.
  const servers = db.transaction(() => {
    const sealedRounds = new Map(db.prepare<[], [number, number]>('SELECT no, sealed_round FROM servers').raw().all())
    const decode = createJournalDecoder((no) => sealedRounds.get(no))
    for (const row of readJournal(db).rows)
      trying(`journal row ${row.no}`, () => {
        mustHaveLayouts(row.path_layout, row.server_layout)
        decode(row.records, Math.max(layouts.get(row.path_layout) ?? 0, layouts.get(row.server_layout) ?? 0), () => {})
      })
    return sealedRounds
  })()

  for (const row of rowsOf<EventRow>(prepare, 'events'))
    trying(`event ${row.id}`, () => {
      done.events++
      eventOfRow(row)
    })
  for (const { id, json } of rowsOf<{ id: number; json: string }>(prepare, 'texts')) trying(`text ${id}`, () => void storedObject(json, 'it'))
  const lost = db
    .prepare<[], number>('SELECT count(*) FROM facts f WHERE text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM texts t WHERE t.id = f.text)')
    .pluck()
    .get()
  if (lost) part(damageOf(`${lost} facts have lost their text`))
  const unknown = db.prepare<[], number>('SELECT server FROM facts UNION SELECT server FROM paths UNION SELECT server FROM seals').pluck().all()
  for (const no of unknown) if (!servers.has(no)) part(damageOf(`there is no server ${no}`))
}

/**
 * Checks every archive whole, whether listed or only in the folder, and compares it with its entry in history.db. The list is
 * read again after each, because retention may have removed it meanwhile.
 */
export async function checkArchives(
  folder: string,
  history: Database | null,
  done: ChecksDone,
  find: (finding: Finding) => void,
  onProgress: (line: string) => void,
): Promise<void> {
  const list = () => new Map((history === null ? [] : listedArchives(history)).map((entry) => [entry.name, entry]))
  const listed = list()
  for (const name of [...new Set([...listed.keys(), ...archivesInFolder(folder)])].sort()) {
    const file = join(folder, name)
    onProgress(`history/${name} …`)
    const faults: FileFault[] = []
    if (existsSync(file)) {
      done.archives++
      const sha256 = listed.get(name)?.sha256
      if (sha256 && (await hashFile(file)).sha256 !== sha256) faults.push(damageOf(changedBytes))
      faults.push(...(await checkArchive(file, nextTurn)).findings)
    } else faults.push({ kind: 'notThere' })
    for (const fault of existsSync(file) || list().has(name) ? faults : []) find({ file: `history/${name}`, fault: { kind: 'whole', fault } })
  }
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (name.endsWith('.db') && parseArchiveName(name) === null) find({ file: `history/${name}`, fault: { kind: 'whole', fault: { kind: 'notOurs' } } })
}

interface IdBytes {
  readonly id: number
  readonly bytes: Uint8Array
}

const rowsAtOnce = 1000

/** The rows of a table with ids from `from` up to, not including, `to`, read in pieces so that no statement stays open. */
function* rowsOf<Row extends { readonly id: number }>(
  prepare: PrepareOnce,
  table: string,
  columns = '*',
  from = 1,
  to = Number.MAX_SAFE_INTEGER,
): Iterable<Row> {
  const read = prepare<[number, number], Row>(`SELECT ${columns} FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ${rowsAtOnce}`)
  for (let next = from; ; ) {
    const rows = read.all(next, to)
    yield* rows
    const last = rows.at(-1)?.id ?? 0
    if (rows.length < rowsAtOnce || last < next) return
    next = last + 1
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
