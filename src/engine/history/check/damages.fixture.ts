import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'

/** Damage to the bytes of a closed database, below SQLite, as a disk or a power cut would cause it. */
function flipBit(file: string, at: number, bit = 3): void {
  rewrite(file, at, 1, (byte) => byte ^ (1 << bit))
}
function fillBytes(file: string, from: number, to: number, byte: number): void {
  rewrite(file, from, to - from, () => byte)
}
function cutFile(file: string, bytes: number): void {
  truncateSync(file, bytes)
}

function rewrite(file: string, from: number, length: number, next: (byte: number) => number): void {
  const handle = openSync(file, 'r+')
  try {
    const start = from < 0 ? fstatSync(handle).size + from : from
    const bytes = Buffer.alloc(length)
    readSync(handle, bytes, 0, length, start)
    writeSync(handle, bytes.map(next), 0, length, start)
  } finally {
    closeSync(handle)
  }
}

/** Flips a bit within the row at the end of a table's first page. */
function flipRow(file: string, table: string): void {
  flipBit(file, pageOf(file, table).end - 3)
}

/** Zeroes the first page with rows of a table or index: all of it, or only the rows, keeping their positions. Then they read as NULLs. */
export function zeroPage(file: string, name: string, what: 'page' | 'rows'): void {
  const { begin, rows, end } = pageOf(file, name)
  fillBytes(file, what === 'page' ? begin : rows, end, 0)
}

/** Position of the first page with rows of a table or index, and of its rows. */
function pageOf(file: string, name: string): { readonly begin: number; readonly rows: number; readonly end: number } {
  const db = new BetterSqlite3(file)
  const page = db.prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' AND ncell > 0 ORDER BY pageno").pluck().get(name) as
    | number
    | undefined
  const size = db.pragma('page_size', { simple: true }) as number
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  if (page === undefined) throw new Error(`${name} has no rows`)
  const begin = (page - 1) * size
  // The start of a page's content is at byte 5 of its header.
  return { begin, rows: begin + readFileSync(file).readUInt16BE(begin + 5), end: begin + size }
}

/** Runs SQL with foreign keys off, to write what a flipped bit could have left. */
function withSql(file: string, sql: string): void {
  const db = new BetterSqlite3(file)
  try {
    db.pragma('foreign_keys = OFF')
    db.exec(sql)
  } finally {
    db.close()
  }
}

/** One kind of damage to a data folder, and the finding of `mtxdeck check`. */
interface Damage {
  readonly name: string
  readonly make: (dataDir: string) => void
  /** Path of the reported file, relative to the data folder. */
  readonly file: RegExp
  readonly words: RegExp
}

const history = (dataDir: string): string => join(dataDir, 'history.db')
const main = (dataDir: string): string => join(dataDir, 'main.db')
function archive(dataDir: string, tier: string): string {
  const name = readdirSync(join(dataDir, 'history')).find((each) => each.startsWith(`${tier}-`) && each.endsWith('.db'))
  if (name === undefined) throw new Error(`there is no archive of ${tier}`)
  return join(dataDir, 'history', name)
}
const ofHistory = (name: string, sql: string, words: RegExp): Damage => ({
  name,
  make: (dataDir) => withSql(history(dataDir), sql),
  file: /^history\.db$/,
  words,
})

/** Damage in the content of history.db that SQLite does not detect. Needs a file with seals, facts, events and a journal. */
export const damagesOfContent: readonly Damage[] = [
  ofHistory(
    'a chunk of columns',
    "UPDATE chunks SET rows = CAST(substr(rows, 1, 9) || x'ff' || substr(rows, 11) AS BLOB) WHERE id = (SELECT max(id) FROM chunks WHERE id < 2 << 24)",
    /chunk \d+ of seal 1: it is not what was written/,
  ),
  ofHistory(
    'a chunk of another seal',
    'UPDATE chunks SET rows = (SELECT rows FROM chunks WHERE id < 2 << 24 ORDER BY id DESC LIMIT 1) WHERE id BETWEEN 2 << 24 AND 3 << 24',
    /chunk \d+ of seal 2/,
  ),
  ofHistory('minutes', 'UPDATE minutes SET bytes = substr(bytes, 1, 10) WHERE id BETWEEN 3 << 24 AND 4 << 24', /minutes \d+ of seal 3: /),
  ofHistory(
    'a chunk of a pack',
    "UPDATE chunks SET rows = CAST(substr(rows, 1, length(rows) - 1) || x'ff' AS BLOB) WHERE id = (SELECT max(id) FROM chunks WHERE id < 5 << 24)",
    /chunk 4 of seal 4: it is not what was written/,
  ),
  ofHistory(
    'the directory of a pack',
    "UPDATE minutes SET bytes = CAST(substr(bytes, 1, 6) || x'01' || substr(bytes, 8) AS BLOB) WHERE id = (SELECT min(id) FROM minutes WHERE id > 4 << 24)",
    /minutes 1 of seal 4: the directory of a pack/,
  ),
  ofHistory(
    'chunks that are zeros',
    'UPDATE chunks SET rows = zeroblob(length(rows)) WHERE id = (SELECT max(id) FROM chunks WHERE id < 5 << 24)',
    /chunk \d+ of seal 4/,
  ),
  ofHistory(
    'chunks that are random',
    "UPDATE chunks SET rows = x'00112233445566' WHERE id = (SELECT max(id) FROM chunks WHERE id < 5 << 24)",
    /chunk \d+ of seal 4/,
  ),
  ofHistory('rounds', 'UPDATE seals SET rounds = substr(rounds, 1, 6) WHERE id = 1', /seal 1: /),
  ofHistory('a layout', "UPDATE layouts SET columns = '[' WHERE id = 1", /layout 1: /),
  ofHistory('a layout that is not there', 'DELETE FROM layouts WHERE id = 2', /seal \d+: there is no layout 2/),
  ofHistory('the journal', "UPDATE journal SET bytes = 5, records = x'ff00000007'", /journal row 1: /),
  ofHistory('a journal of a server that is not there', 'DELETE FROM servers WHERE no = 4', /journal row 1: there is no server 4/),
  ofHistory('facts', "UPDATE texts SET json = '{'", /text 1: /),
  ofHistory('a fact without its text', 'DELETE FROM texts', /1 facts have lost their text/),
  ofHistory('an event', "UPDATE events SET facts = 'no'", /event 1: /),
  ofHistory('an event with facts that are none', "UPDATE events SET facts = 'null'", /event 1: /),
  ofHistory('an event outside of time', 'UPDATE events SET at = 1e300', /event 1: /),
  ofHistory('a server', "DELETE FROM servers WHERE id = 'b'", /there is no server 2/),
]

/** Tables and indexes of history.db. */
export const tablesOfHistory = [
  'servers',
  'paths',
  'seals',
  'chunks',
  'minutes',
  'journal',
  'journal_start',
  'events',
  'texts',
  'facts',
  'layouts',
  'archives',
  'seals_by_server',
  'events_by_at',
]
const tiersOfArchives = ['samples', 'minutes', 'quarterHours', 'twoHours'] as const
const ofFile = (name: string, pattern: RegExp, make: (dataDir: string) => void, words: RegExp): Damage => ({ name, file: pattern, make, words })
const anyWords = /./

/** All file damage that tests cause. Needs a data folder with servers, history of today, archives of all tiers and a copy of main.db. */
export const damagesOfFiles: readonly Damage[] = [
  ...tablesOfHistory.flatMap((table): Damage[] => [
    ofFile(`a zeroed page of ${table} in history.db`, /^history\.db$/, (dataDir) => zeroPage(history(dataDir), table, 'page'), anyWords),
    ofFile(`zeroed rows of ${table} in history.db`, /^history\.db$/, (dataDir) => zeroPage(history(dataDir), table, 'rows'), anyWords),
  ]),
  ...['servers', 'settings'].flatMap((table): Damage[] => [
    ofFile(`a zeroed page of ${table} in main.db`, /^main\.db$/, (dataDir) => zeroPage(main(dataDir), table, 'page'), anyWords),
    ofFile(`zeroed rows of ${table} in main.db`, /^main\.db$/, (dataDir) => zeroPage(main(dataDir), table, 'rows'), anyWords),
  ]),
  ...tiersOfArchives.flatMap((tier): Damage[] => {
    const pattern = new RegExp(`^history/${tier}-.*\\.db$`)
    const rows = tier === 'samples' ? 'samples' : 'buckets'
    return [
      ofFile(`a zeroed page of ${tier}`, pattern, (dataDir) => zeroPage(archive(dataDir, tier), rows, 'page'), anyWords),
      ofFile(`zeroed rows of ${tier}`, pattern, (dataDir) => zeroPage(archive(dataDir, tier), rows, 'rows'), anyWords),
      ofFile(`zeroed subjects of ${tier}`, pattern, (dataDir) => zeroPage(archive(dataDir, tier), 'subjects', 'rows'), anyWords),
      ofFile(`a flipped bit of ${tier}`, pattern, (dataDir) => flipRow(archive(dataDir, tier), rows), anyWords),
      ofFile(`the first half of ${tier}`, pattern, (dataDir) => cutFile(archive(dataDir, tier), 5_000), anyWords),
      ofFile(`a missing file of ${tier}`, pattern, (dataDir) => rmSync(archive(dataDir, tier)), /not there/),
      ofFile(`an empty file of ${tier}`, pattern, (dataDir) => cutFile(archive(dataDir, tier), 0), anyWords),
      ofFile(
        `no database under the name of ${tier}`,
        pattern,
        (dataDir) => writeFileSync(archive(dataDir, tier), 'no database at all '.repeat(1000)),
        anyWords,
      ),
    ]
  }),
  ...(['history', 'main'] as const).flatMap((name): Damage[] => {
    const file = (dataDir: string): string => join(dataDir, `${name}.db`)
    const pattern = new RegExp(`^${name}\\.db$`)
    return [
      ofFile(`${name}.db that is no database`, pattern, (dataDir) => writeFileSync(file(dataDir), 'this was a database once '.repeat(1000)), anyWords),
      ofFile(`${name}.db without its end`, pattern, (dataDir) => cutFile(file(dataDir), 9970), /end is missing/),
      ofFile(`${name}.db without its last pages`, pattern, (dataDir) => cutFile(file(dataDir), 8192), anyWords),
      ofFile(
        `${name}.db overwritten behind its first page`,
        pattern,
        (dataDir) => fillBytes(file(dataDir), 4096, readFileSync(file(dataDir)).length, 0xab),
        anyWords,
      ),
      ofFile(`${name}.db of zeros`, pattern, (dataDir) => fillBytes(file(dataDir), 0, readFileSync(file(dataDir)).length, 0), anyWords),
      ofFile(`an empty ${name}.db`, pattern, (dataDir) => cutFile(file(dataDir), 0), anyWords),
      ofFile(`no ${name}.db`, pattern, (dataDir) => rmSync(file(dataDir)), /not there/),
      ofFile(`a flipped bit in the header of ${name}.db`, pattern, (dataDir) => flipBit(file(dataDir), 17), anyWords),
      ofFile(`${name}.db of a form that there is not`, pattern, (dataDir) => withSql(file(dataDir), 'PRAGMA user_version = -11'), /form/),
      ofFile(`${name}.db of a newer form`, pattern, (dataDir) => withSql(file(dataDir), 'PRAGMA user_version = 9999'), /newer/),
      ofFile(`${name}.db without a table`, pattern, (dataDir) => withSql(file(dataDir), `DROP TABLE ${name === 'main' ? 'settings' : 'archives'}`), anyWords),
    ]
  }),
  ofFile('a server of main.db that nobody can read', /^main\.db$/, (dataDir) => withSql(main(dataDir), "UPDATE servers SET settings = '{'"), anyWords),
  ofFile(
    'a host of main.db that nobody can read',
    /^main\.db$/,
    (dataDir) => withSql(main(dataDir), "INSERT INTO hosts(id, name, settings, created_at) VALUES ('host-00000000', 'Berlin', '{', 1)"),
    /host host-00000000/,
  ),
  ofFile(
    'a limit of main.db that nobody can read',
    /^main\.db$/,
    (dataDir) => withSql(main(dataDir), "INSERT INTO settings(key, value) VALUES ('keep.samples', '{')"),
    /limit samples/,
  ),
  ofFile('a damaged copy of main.db', /^backups\/main-.*\.db$/, (dataDir) => flipBit(copyOfMain(dataDir), 4096 + 8), anyWords),
  ofFile('a zeroed page in a copy of main.db', /^backups\/main-.*\.db$/, (dataDir) => zeroPage(copyOfMain(dataDir), 'servers', 'page'), anyWords),
  ofFile('a restore that did not end', /^restore-unfinished\.json$/, (dataDir) => writeFileSync(join(dataDir, 'restore-unfinished.json'), '{}'), /did not end/),
  ofFile(
    'a file of no name of ours among the archives',
    /^history\/mine\.db$/,
    (dataDir) => writeFileSync(join(dataDir, 'history', 'mine.db'), ''),
    /not a file of mtxdeck/,
  ),
  ofFile(
    'an archive under the name of another day',
    /^history\/minutes-2026-11-13\.db$/,
    (dataDir) => copyFileSync(archive(dataDir, 'minutes'), join(dataDir, 'history', 'minutes-2026-11-13.db')),
    anyWords,
  ),
  ofFile('a folder of archives that is gone', /^history\/samples-.*\.db$/, (dataDir) => rmSync(join(dataDir, 'history'), { recursive: true }), /not there/),
]

function copyOfMain(dataDir: string): string {
  const folder = join(dataDir, 'backups')
  const name = existsSync(folder) ? readdirSync(folder).find((each) => each.startsWith('main-')) : undefined
  if (name === undefined) throw new Error('there is no copy of main.db')
  return join(folder, name)
}
