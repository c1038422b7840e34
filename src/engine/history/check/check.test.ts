import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkDatabase, type Finding, faultText } from '../../storage/checkMain.ts'
import { openDatabase } from '../../storage/openDatabase.ts'
import { archiveDay } from '../archiver/archiveDay.ts'
import { historyMigrations } from '../live/historyMigrations.ts'
import { fillTestHistory, type TestHistory } from '../testHistory.fixture.ts'
import { type ChecksDone, checkArchives, checkLiveHistory } from './check.ts'
import { damagesOfContent } from './damages.fixture.ts'

let dir: string
let history: TestHistory
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-check-'))
  history = fillTestHistory(join(dir, 'history.db'), day)
})
afterEach(() => {
  history.db.close()
  rmSync(dir, { recursive: true })
})

const day = Date.UTC(2026, 10, 14)
const nothing = (): ChecksDone => ({ parts: 0, events: 0, archives: 0 })
function check() {
  const done = nothing()
  const found: string[] = []
  checkLiveHistory(history.db, done, (fault) => found.push(faultText(fault)))
  return { done, found }
}

test('all that is there is read, and nothing is found where nothing is wrong', () => {
  expect(check()).toEqual({ done: { ...nothing(), parts: 19, events: 1 }, found: [] })
  expect(checkDatabase(join(dir, 'history.db'), historyMigrations, () => {})).toEqual([])
})

test('a console that goes on writing meanwhile is not taken for damage: the journal is read as it was at one moment', () => {
  history.journal('d', 'cam', 1, day + 2000, 8)
  history.db.exec('UPDATE journal SET bytes = 5, records = zeroblob(5) WHERE no = 1')
  const file = join(dir, 'history.db')
  const writing = openDatabase(file, { migrations: historyMigrations })
  if (!writing.ok) throw new Error(writing.error.words)
  const found: string[] = []
  checkLiveHistory(history.db, nothing(), (fault) => {
    found.push(faultText(fault))
    // As a commit does when this row is free.
    writing.value.exec('UPDATE journal SET no = 3, bytes = 500, records = zeroblob(500) WHERE no = 2')
  })
  writing.value.close()
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(/journal row 1: /)
})

describe('damage that SQLite does not notice is told by name:', () => {
  test.each(damagesOfContent.map((damage) => [damage.name, damage] as const))('%s', (_, { make, words }) => {
    make(dir)
    const { found } = check()
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toMatch(words)
  })
})

describe('archives', () => {
  const folder = () => join(dir, 'history')
  const archived = async () => {
    const made = await archiveDay({
      history: history.db,
      folder: folder(),
      day: { dayStart: day, lastSeal: 1 },
      now: day + 90_000_000,
      madeBy: 'test',
      turn: async () => {},
    })
    for (const { name, tier, from, to, bytes, sha256 } of made.list) history.list(name, tier, from, to, bytes, sha256)
  }
  const look = async () => {
    const done = nothing()
    const found: Finding[] = []
    await checkArchives(
      folder(),
      history.db,
      done,
      (finding) => found.push(finding),
      () => {},
    )
    return { done, found }
  }
  const samples = () => join(folder(), 'samples-2026-11-14.db')

  test('are read whole', async () => {
    await archived()
    const { done, found } = await look()
    expect([found, done.archives]).toEqual([[], 4])
  })

  test('that are damaged, missing or of others are told', async () => {
    await archived()
    const bytes = readFileSync(samples())
    bytes[bytes.length - 50] = (bytes[bytes.length - 50] as number) ^ 8
    writeFileSync(samples(), bytes)
    copyFileSync(join(folder(), 'minutes-2026-11-14.db'), join(folder(), 'minutes-2026-11-14.2.db'))
    rmSync(join(folder(), 'minutes-2026-11-14.db'))
    writeFileSync(join(folder(), 'mine.db'), '')
    const { found } = await look()
    expect(found).toContainEqual({
      file: 'history/samples-2026-11-14.db',
      fault: { kind: 'whole', fault: { kind: 'damaged', detail: expect.stringContaining('SHA-256') } },
    })
    expect(found).toContainEqual({ file: 'history/minutes-2026-11-14.db', fault: { kind: 'whole', fault: { kind: 'notThere' } } })
    expect(found).toContainEqual({ file: 'history/mine.db', fault: { kind: 'whole', fault: { kind: 'notOurs' } } })
  })
})
