import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { type Database, openDatabase } from '../../storage/openDatabase.ts'
import { defaultLimits } from '../protocol/protocol.ts'
import { historyMigrations } from './historyMigrations.ts'
import { createSampleWriter, type SampleWriter, type SampleWriterOptions } from './sampleWriter.ts'

/** A new history.db for each test, and the problems that its writers report, in words. */
interface WrittenHistory {
  readonly dir: string
  readonly db: Database
  readonly troubles: string[]
  /** A writer that has read the journal. */
  readonly create: (options?: Partial<SampleWriterOptions>) => SampleWriter
}

export function useWrittenHistory(): WrittenHistory {
  const troubles: string[] = []
  let dir: string
  let db: Database
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mtxdeck-writer-'))
    const result = openDatabase(join(dir, 'history.db'), { migrations: historyMigrations, shrinks: true })
    if (!result.ok) throw new Error(result.error.words)
    db = result.value
    troubles.length = 0
  })
  afterEach(async () => {
    db.close()
    await rm(dir, { recursive: true })
  })
  return {
    get dir() {
      return dir
    },
    get db() {
      return db
    },
    troubles,
    create: (options) => {
      const writer = createSampleWriter({ db, limits: defaultLimits, onTrouble: (_, text) => void troubles.push(text), ...options })
      writer.readJournal()
      return writer
    },
  }
}

/** Seals all that is in memory. */
export function sealAll(writer: SampleWriter): void {
  writer.closeAll()
  while (writer.sealNext());
  writer.commit(0)
}
