import { afterEach, beforeEach, expect, test } from 'vitest'
import { openChecked } from './checkedDatabase.ts'
import type { Database } from './openDatabase.ts'
import { classifyStorageError } from './storageTrouble.ts'

let db: Database
beforeEach(() => {
  db = openChecked(':memory:')
  db.exec('CREATE TABLE rounds (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, name TEXT, at REAL NOT NULL) STRICT')
  db.exec("INSERT INTO rounds VALUES (1, x'01', NULL, 1.5), (2, x'02', 'two', 2)")
})
afterEach(() => void db.close())

/** What zeroed pages look like to whoever reads them. */
function damage(sql: string): void {
  const shape = db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'rounds'").pluck().get() as string
  db.unsafeMode(true)
  db.pragma('writable_schema = ON')
  const without = shape.replaceAll(' NOT NULL', '').replace(' STRICT', '')
  db.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'rounds'").run(without)
  db.pragma(`schema_version = ${(db.pragma('schema_version', { simple: true }) as number) + 1}`)
  db.exec(sql)
  db.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'rounds'").run(shape)
  db.pragma(`schema_version = ${(db.pragma('schema_version', { simple: true }) as number) + 1}`)
}
function thrown(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return error
  }
}

test('rows that their table can hold come as they are, however they are read', () => {
  expect(db.prepare('SELECT * FROM rounds WHERE id = ?').get(2)).toEqual({ id: 2, bytes: Buffer.of(2), name: 'two', at: 2 })
  expect(db.prepare('SELECT name FROM rounds').pluck().all()).toEqual([null, 'two'])
  expect(db.prepare('SELECT id, at FROM rounds').raw().all()).toEqual([
    [1, 1.5],
    [2, 2],
  ])
  expect([...db.prepare('SELECT id FROM rounds').iterate()]).toEqual([{ id: 1 }, { id: 2 }])
  expect(db.prepare('SELECT bytes FROM rounds WHERE id = 3').get()).toBe(undefined)
  expect(db.prepare('SELECT max(at) FROM rounds WHERE id = 3').pluck().get()).toBe(null)
  expect(db.prepare('SELECT a.id, b.bytes FROM rounds a LEFT JOIN rounds b ON b.id = a.id + 1 WHERE a.id = 2').get()).toEqual({ id: 2, bytes: null })
})

test.each([
  ['a NULL where there is none', 'UPDATE rounds SET bytes = NULL WHERE id = 2', 'rounds.bytes has a value that it cannot have'],
  ['another type', "UPDATE rounds SET bytes = 'text' WHERE id = 2", 'rounds.bytes has a value that it cannot have'],
  ['a number that is none', "UPDATE rounds SET at = 'text' WHERE id = 2", 'rounds.at has a value that it cannot have'],
])('%s is damage, however it is read', (_, sql, words) => {
  damage(sql)
  const reads = [
    () => db.prepare('SELECT * FROM rounds WHERE id = 2').get(),
    () => db.prepare('SELECT * FROM rounds').all(),
    () => db.prepare('SELECT bytes AS of, at AS moment FROM rounds').all(),
    () => db.prepare('SELECT id, bytes, at FROM rounds').raw().all(),
    () => [...db.prepare('SELECT bytes, at FROM rounds').iterate()],
    () =>
      db
        .prepare(sql.includes('bytes') ? 'SELECT bytes FROM rounds' : 'SELECT at FROM rounds')
        .pluck()
        .all(),
  ]
  for (const read of reads) {
    const error = thrown(read)
    expect(error).toMatchObject({ message: words })
    expect(classifyStorageError(error)).toBe('damaged')
  }
  expect(db.prepare('SELECT id FROM rounds').pluck().all()).toEqual([1, 2])
})
