import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkDatabase, type Finding } from '../storage/checkMain.ts'
import { archiveDay } from './archiveDay.ts'
import { type ChecksDone, checkArchives, checkLiveHistory } from './checkHistory.ts'
import { historyMigrations } from './historyMigrations.ts'
import { createTestHistory, type TestHistory } from './testHistory.ts'

let dir: string
let history: TestHistory
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-check-'))
  history = createTestHistory(join(dir, 'history.db'))
})
afterEach(() => {
  history.db.close()
  rmSync(dir, { recursive: true })
})

const day = Date.UTC(2026, 10, 14)
const every = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i * 2000)
const nothing = (): ChecksDone => ({ seals: 0, chunks: 0, minutes: 0, events: 0, facts: 0, archives: 0, samples: 0, buckets: 0 })
const fill = () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day, 90), gaps: [[30, day + 60_500]] })
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 600_000, 60), form: 1 })
  history.seal({ server: 'b', paths: ['', 'x', 'y'], times: every(day, 10), withoutSamples: true })
  history.seal({ server: 'c', paths: ['', 'x', 'y', 'z'], times: every(day, 30), form: 3 })
  history.fact('a', 'cam', day, { state: 'live' })
  history.event(day, 'a', 'cam', 'it came')
  history.db.prepare("INSERT INTO journal(form, path_layout, server_layout, records) VALUES (1, 1, 2, x'0500000007')").run()
}
const check = () => {
  const done = nothing()
  const found: string[] = []
  checkLiveHistory(history.db, done, (words) => found.push(words))
  return { done, found }
}

test('all that is there is read, and nothing is found where nothing is wrong', () => {
  fill()
  expect(check()).toEqual({ done: { ...nothing(), seals: 4, chunks: 8, minutes: 9, events: 1, facts: 1 }, found: [] })
  expect(checkDatabase(join(dir, 'history.db'), historyMigrations, () => {})).toEqual([])
})

const damages: readonly (readonly [string, string, RegExp])[] = [
  [
    'a chunk of columns',
    "UPDATE chunks SET rows = CAST(substr(rows, 1, 9) || x'ff' || substr(rows, 11) AS BLOB) WHERE id = (SELECT max(id) FROM chunks WHERE id < 2 << 24)",
    /^chunk \d+ of seal 1 can not be read: the checksum is another one/,
  ],
  [
    'a chunk of another seal',
    'UPDATE chunks SET rows = (SELECT rows FROM chunks WHERE id < 2 << 24 ORDER BY id DESC LIMIT 1) WHERE id BETWEEN 2 << 24 AND 3 << 24',
    /^chunk \d+ of seal 2/,
  ],
  [
    'a cut chunk of rows',
    "UPDATE chunks SET rows = CAST(substr(rows, 1, length(rows) - 1) || x'ff' AS BLOB) WHERE id BETWEEN 2 << 24 AND 3 << 24",
    /^chunk \d+ of seal 2 can not be read/,
  ],
  ['minutes', 'UPDATE minutes SET bytes = substr(bytes, 1, 10) WHERE id BETWEEN 3 << 24 AND 4 << 24', /^the minutes of path \d+ in seal 3 can not be read/],
  [
    'a chunk of a pack',
    "UPDATE chunks SET rows = CAST(substr(rows, 1, length(rows) - 1) || x'ff' AS BLOB) WHERE id = (SELECT max(id) FROM chunks)",
    /^chunk 4 of seal 4 can not be read: the checksum is another one/,
  ],
  [
    'the directory of a pack',
    "UPDATE minutes SET bytes = CAST(substr(bytes, 1, 6) || x'01' || substr(bytes, 8) AS BLOB) WHERE id = (SELECT min(id) FROM minutes WHERE id > 4 << 24)",
    /^the minutes from path 1 on in seal 4 can not be read: the directory of a pack is not what was written/,
  ],
  ['times', 'UPDATE seals SET times = substr(times, 1, 6) WHERE id = 1', /^the times of seal 1 can not be read/],
  ['gaps', "UPDATE seals SET gaps = '[[1' WHERE id = 1", /^the times of seal 1 can not be read/],
  ['a layout', "UPDATE layouts SET columns = '[' WHERE id = 1", /^layout 1 can not be read/],
  ['a layout that is not there', 'PRAGMA foreign_keys = OFF; UPDATE seals SET path_layout = 99 WHERE id = 2', /^seal 2 names layout 99, which is not there/],
  ['the journal', "UPDATE journal SET records = x'ff00000007'", /^row 1 of the journal can not be read: a record ends beyond it/],
  ['facts', "UPDATE texts SET json = '{'", /^fact 1 can not be read/],
  ['a fact without its text', 'PRAGMA foreign_keys = OFF; DELETE FROM texts', /^1 facts have lost their text/],
  ['an event', "UPDATE events SET facts = 'no'", /^event 1 can not be read/],
  ['a server', "PRAGMA foreign_keys = OFF; DELETE FROM servers WHERE id = 'b'", /^server 2 is named, and not there/],
]
describe('damage that SQLite does not notice is told by name:', () => {
  test.each(damages)('%s', (_, sql, words) => {
    fill()
    history.db.exec(sql)
    const { found } = check()
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toMatch(words)
  })
})

describe('archives', () => {
  const folder = () => join(dir, 'history')
  const archived = async () => {
    history.seal({ server: 'a', paths: ['', 'cam'], times: every(day, 90) })
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
    const notes: Finding[] = []
    await checkArchives(
      folder(),
      history.db,
      done,
      (finding) => found.push(finding),
      (note) => notes.push(note),
      () => {},
    )
    return { done, found, notes }
  }
  const samples = () => join(folder(), 'samples-2026-11-14.db')

  test('are read whole', async () => {
    await archived()
    const { done, found, notes } = await look()
    expect([found, notes, done.archives]).toEqual([[], [], 4])
    expect(done.samples).toBeGreaterThan(90)
  })

  test('that are damaged, missing or not listed are told', async () => {
    await archived()
    const bytes = readFileSync(samples())
    bytes[bytes.length - 50] = (bytes[bytes.length - 50] as number) ^ 8
    writeFileSync(samples(), bytes)
    copyFileSync(join(folder(), 'minutes-2026-11-14.db'), join(folder(), 'minutes-2026-11-14.2.db'))
    rmSync(join(folder(), 'minutes-2026-11-14.db'))
    writeFileSync(join(folder(), 'mine.db'), '')
    const { found, notes } = await look()
    expect(found).toContainEqual({ file: 'history/samples-2026-11-14.db', words: 'its bytes are not those that were written (SHA-256)' })
    expect(found).toContainEqual({ file: 'history/minutes-2026-11-14.db', words: 'it is missing, though the history lists it' })
    expect(found).toContainEqual({ file: 'history/mine.db', words: 'it has no name of ours' })
    expect(notes).toEqual([{ file: 'history/minutes-2026-11-14.2.db', words: expect.stringContaining('not listed yet') }])
  })
})
