import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileFaultText } from '../../../i18n/consoleTroubleText.ts'
import { mostBundledPictures } from '../../../shared/bundles.ts'
import { someServer } from '../../../shared/servers.fixture.ts'
import { type ArchiveMeta, type ArchiveWriter, createArchive } from '../archive/archive.ts'
import { unpackBundle } from './bundle.ts'

// Files that somebody else made to harm whoever opens them. Those that are only damaged are in `checkArchive.test.ts` and `openBundle.test.ts`.

let dir: string
let file: string
let kept: number
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-hostile-'))
  file = join(dir, 'given.mtxdeck')
  kept = 0
})
afterEach(() => rmSync(dir, { recursive: true }))

const day = Date.UTC(2026, 10, 14)
const more = { note: '', from: String(day), to: String(day + 3_600_000), servers: '[]', configurations: '{}' }
const meta: ArchiveMeta = { kind: 'bundle', period: '', from: day, to: day + 3_600_000, madeBy: 'mtxdeck test', madeAt: day, more }
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)

function make(put: (into: ArchiveWriter, cam: number) => void, of: Partial<ArchiveMeta> = {}): void {
  const into = createArchive(file, { ...meta, ...of })
  into.subject('a', '')
  put(into, into.subject('a', 'cam'))
  into.finish()
}
/** What is done to the file behind our back. */
function alter(statements: string): void {
  const db = new BetterSqlite3(file)
  db.unsafeMode()
  db.exec(statements)
  db.close()
}
async function refused(): Promise<string | null> {
  const keepPicture = async () => void kept++
  const unpacked = await unpackBundle(file, { dataDir: join(dir, 'data'), turn: () => new Promise((resolve) => void setImmediate(resolve)), keepPicture })
  if (unpacked.ok) return null
  return unpacked.error.kind === 'bundleRefused' ? fileFaultText(unpacked.error.because, 'en') : unpacked.error.kind
}

test('one that is right is taken, with its pictures', async () => {
  make((into, cam) => {
    for (let n = 0; n < 20; n++) into.putPicture({ subject: cam, at: day + n, widthPx: 16, heightPx: 9, isSlate: false, lasts: false, jpeg })
  })
  expect([await refused(), kept]).toEqual([null, 20])
})

test('one of an earlier version is taken without cautions whose forms went', async () => {
  const cautions = [{ kind: 'valuesWrong', wrong: { names: ['bytesReceived'], more: 0 }, cut: { names: [], more: 0 } }]
  const servers = JSON.stringify([someServer('a', { cautions: cautions as never }), someServer('b', { cautions: [{ kind: 'openToAll' }] })])
  make(() => {}, { more: { ...more, servers } })
  const unpacked = await unpackBundle(file, { dataDir: join(dir, 'data'), turn: async () => {}, keepPicture: async () => {} })
  expect(unpacked.ok && unpacked.value.servers.map((server) => server.cautions)).toEqual([[], [{ kind: 'openToAll' }]])
})

test('what is no file is not waited for', async () => {
  mkdirSync(file)
  expect(await refused()).toBe('it is not a file of mtxdeck')
  rmSync(file, { recursive: true })
  if (process.platform === 'win32') return
  execFileSync('mkfifo', [file])
  expect(await refused()).toBe('it is not a file of mtxdeck')
})

test('a text of a hundred megabytes is not read, whatever it says of itself', async () => {
  make(() => {})
  alter("UPDATE meta SET value = CAST(zeroblob(95000000) AS TEXT) WHERE key = 'more.note'")
  expect(await refused()).toContain('meta is too long')
})

test('rows that are far too large are refused before one of them is read', async () => {
  make((into, cam) => into.putPicture({ subject: cam, at: day, widthPx: 16, heightPx: 9, isSlate: false, lasts: false, jpeg }))
  alter('UPDATE pictures SET bytes = zeroblob(5000000)')
  expect(await refused()).toContain('pictures are too long')
  for (const [part, change] of [
    ['texts', 'INSERT INTO texts VALUES (9, CAST(zeroblob(20000000) AS TEXT), 0)'],
    ['samples', 'INSERT INTO samples VALUES (9, zeroblob(20000000))'],
    ['events', "INSERT INTO events VALUES (9, 0, 'x', NULL, NULL, NULL, CAST(zeroblob(20000000) AS TEXT), '{}', 0)"],
  ] as const) {
    rmSync(file)
    make(() => {})
    alter(change)
    expect(await refused()).toContain(`${part} are too long`)
  }
})

test('more pictures than a bundle has are not written to the disk one by one', async () => {
  make((into, cam) => {
    for (let n = 0; n <= mostBundledPictures; n++) into.putPicture({ subject: cam, at: day + n, widthPx: 1, heightPx: 1, isSlate: false, lasts: false, jpeg })
  })
  expect(statSync(file).size).toBeLessThan(2_000_000)
  expect(await refused()).toBe('it holds more than mtxdeck can show')
  expect(kept).toBe(0)
})

test('a few names over ten years do not fill the disk', async () => {
  make(
    (into) => {
      for (let n = 0; n < 3_000; n++) into.subject('a', `cam-${n}`)
    },
    { from: day - 3_650 * 86_400_000 },
  )
  expect(await refused()).toBe('it holds more than mtxdeck can show')
})

test('a view, a trigger, or a name that only SQLite may give is refused, and a path that leads elsewhere is a name like others', async () => {
  for (const statement of [
    'CREATE VIEW extra AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n',
    'CREATE TRIGGER extra AFTER INSERT ON events BEGIN DELETE FROM events; END',
    'DROP TABLE facts; CREATE VIEW facts AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS subject, x AS at, x AS text, x AS crc FROM n',
  ]) {
    make(() => {})
    alter(statement)
    expect(await refused(), statement).toContain('its tables are not those of mtxdeck')
    rmSync(file)
  }
  make((into) =>
    into.putPicture({ subject: into.subject('a', '../../../etc/cron.d/x'), at: day, widthPx: 16, heightPx: 9, isSlate: false, lasts: false, jpeg }),
  )
  expect([await refused(), kept]).toEqual([null, 1])
})
