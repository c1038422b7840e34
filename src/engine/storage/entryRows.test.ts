import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createEntryRows } from './entryRows.ts'

interface Entry {
  readonly id: string
  readonly input: { readonly name: string }
  readonly sealed: Uint8Array | null
  readonly pushed: readonly string[] | null
  readonly changedAt: number
}

test('entries come back as they were kept, whole numbers of times, and one that cannot be read is named', () => {
  using db = Object.assign(new Database(':memory:'), { [Symbol.dispose]: () => void db.close() })
  db.exec('CREATE TABLE entries (id TEXT PRIMARY KEY, input TEXT NOT NULL, sealed BLOB, pushed TEXT, changed_at INTEGER NOT NULL) STRICT')
  const fields = { input: z.object({ name: z.string() }), sealed: null, pushed: z.array(z.string()).nullable(), changedAt: null }
  const rows = createEntryRows<Entry>(db, 'entries', fields, 'changed_at')
  const gate: Entry = { id: 'b', input: { name: 'Gate' }, sealed: Buffer.from([1]), pushed: ['gate'], changedAt: 20.4 }
  rows.keep(gate)
  rows.keep({ ...gate, id: 'a', changedAt: 10, sealed: null, pushed: null })
  rows.keep({ ...gate, id: 'c', changedAt: 30 })
  rows.keep({ ...gate, input: { name: 'Yard' } })
  rows.remove('c')
  expect(rows.all()).toEqual({
    entries: [
      { ...gate, id: 'a', changedAt: 10, sealed: null, pushed: null },
      { ...gate, input: { name: 'Yard' }, changedAt: 20 },
    ],
    unreadable: [],
  })
  db.exec(`UPDATE entries SET input = '{"name":' WHERE id = 'a'`)
  expect(rows.all()).toMatchObject({ entries: [{ id: 'b' }], unreadable: ['a'] })
})
