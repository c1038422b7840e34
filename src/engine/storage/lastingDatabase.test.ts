import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLastingDatabase, type LastingDatabase } from './lastingDatabase.ts'

let lasting: LastingDatabase
function opened(...names: readonly string[]) {
  const db = new BetterSqlite3(':memory:')
  db.exec('CREATE TABLE names (name TEXT)')
  for (const name of names) db.prepare('INSERT INTO names VALUES (?)').run(name)
  return db
}
function replace(...names: readonly string[]) {
  lasting.db.close()
  lasting.replace(opened(...names))
}
beforeEach(() => {
  lasting = createLastingDatabase(opened('before'))
})
afterEach(() => void lasting.db.close())

test('statements go on after another database took its place, in the form that was asked for', () => {
  const rows = lasting.db.prepare('SELECT name FROM names')
  const plucked = lasting.db.prepare('SELECT name FROM names').pluck()
  const raw = lasting.db.prepare('SELECT name FROM names').raw()
  const every = () => [rows.all(), [...plucked.iterate()], raw.get()]
  expect(every()).toEqual([[{ name: 'before' }], ['before'], ['before']])
  replace('after', 'later')
  expect(every()).toEqual([[{ name: 'after' }, { name: 'later' }], ['after', 'later'], ['after']])
})

test.each([undefined, 'deferred', 'immediate', 'exclusive'] as const)('a transaction goes on too: %s', (mode) => {
  const insert = lasting.db.prepare('INSERT INTO names VALUES (?)')
  const count = lasting.db.prepare('SELECT count(*) FROM names').pluck()
  const run = lasting.db.transaction((name: string, fails: boolean) => {
    insert.run(name)
    if (fails) throw new Error('no')
    return name
  })
  const add = mode === undefined ? run : run[mode]
  replace()
  expect(add('one', false)).toBe('one')
  expect(() => add('two', true)).toThrow('no')
  expect(count.get()).toBe(1)
})

test('what would be lost with the database that it was asked of is refused', () => {
  const statement = lasting.db.prepare('SELECT name FROM names WHERE name = ?')
  expect(() => statement.bind('before')).toThrow('bind')
  expect(() => statement.safeIntegers()).toThrow('safeIntegers')
  expect(() => statement.expand()).toThrow('expand')
  expect(() => lasting.db.function('one', () => 1)).toThrow('function')
})
