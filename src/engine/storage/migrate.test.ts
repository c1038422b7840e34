import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Migration, migrate } from './migrate.ts'

let db: BetterSqlite3.Database
beforeEach(() => {
  db = new BetterSqlite3(':memory:')
})
afterEach(() => void db.close())

const step = (version: number, sql: string): Migration => ({ version, run: (on) => void on.exec(sql) })
const version = () => db.pragma('user_version', { simple: true })

test('steps that were done are not done again', () => {
  const first = step(10, 'CREATE TABLE one(a INTEGER) STRICT')
  expect(migrate(db, [first]).ok).toBe(true)
  expect(migrate(db, [first, step(20, 'CREATE TABLE two(a INTEGER) STRICT')]).ok).toBe(true)
  expect(version()).toBe(20)
  expect(db.prepare('SELECT count(*) FROM two').pluck().get()).toBe(0)
})

test('a step that throws leaves the file as it was, and those before it done', () => {
  const broken: Migration = {
    version: 20,
    run: (on) => {
      on.exec('CREATE TABLE half(a INTEGER) STRICT')
      throw new Error('boom')
    },
  }
  expect(() => migrate(db, [step(10, 'CREATE TABLE one(a INTEGER) STRICT'), broken])).toThrow('boom')
  expect(version()).toBe(10)
  expect(db.prepare("SELECT name FROM sqlite_schema WHERE type='table'").pluck().all()).toEqual(['one'])
})

test('a file of a newer version is left alone', () => {
  db.pragma('user_version = 40')
  expect(migrate(db, [step(10, 'CREATE TABLE one(a INTEGER) STRICT')])).toEqual({
    ok: false,
    error: { is: 'newer', form: 40, known: 10 },
  })
  expect(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
})

test('a file of a form before the first step is left alone', () => {
  db.pragma('user_version = 1')
  expect(migrate(db, [step(2, 'CREATE TABLE one(a INTEGER) STRICT')])).toEqual({ ok: false, error: { is: 'older', form: 1, known: 2 } })
  expect(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
})

test('versions out of order are a bug', () => {
  expect(() => migrate(db, [step(20, ''), step(10, '')])).toThrow('migration 10 stands after 20')
})
