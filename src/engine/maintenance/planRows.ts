import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import { storedJson } from '../storage/storedJson.ts'

/** A plan entered in the console. */
export interface StoredPlan<Input> {
  readonly id: string
  readonly input: Input
  readonly by: string
  readonly addedAt: number
}
interface Row {
  readonly id: string
  readonly input: string
  readonly by: string
  readonly added_at: number
}

/** The stored plans of one use: the only SQL on `table`. */
export function createPlanRows<Input>(db: Database, table: 'maintenance' | 'on_air', schema: z.ZodType<Input>) {
  const all = db.prepare(`SELECT id, input, by, added_at FROM ${table} ORDER BY added_at, id`)
  const upsert = db.prepare(
    `INSERT INTO ${table} (id, input, by, added_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET input = excluded.input, by = excluded.by`,
  )
  const remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`)
  return {
    /** Unreadable plans are left out and counted. */
    all: (): { readonly plans: readonly StoredPlan<Input>[]; readonly unreadable: number } => {
      const rows = all.all() as readonly Row[]
      const plans = rows.flatMap(({ id, input, by, added_at: addedAt }): readonly StoredPlan<Input>[] => {
        const read = schema.safeParse(storedJson(input))
        return read.success ? [{ id, input: read.data, by, addedAt }] : []
      })
      return { plans, unreadable: rows.length - plans.length }
    },
    keep: ({ id, input, by, addedAt }: StoredPlan<Input>): void => void upsert.run(id, JSON.stringify(input), by, Math.round(addedAt)),
    remove: (id: string): void => void remove.run(id),
  }
}
