import type { Database } from 'better-sqlite3'
import { type Scope, type Span, scopeSchema } from '../../shared/maintenance.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'

/** A window that is open now. */
interface CurrentWindow extends Span {
  readonly key: string
  readonly scope: Scope
}

/** Retention, ms, longer than any availability report looks back; and maximum number. */
const keptMs = 100 * 86_400_000
const mostKept = 10_000

interface Row {
  readonly key: string
  readonly scope: string
  readonly from_at: number
  readonly to_at: number
}

/** Records past maintenance windows, however they ended and whatever is planned now: the only SQL on `held_maintenance`. */
export function createHeldMaintenance(db: Database, now: number) {
  const keep = db.prepare(
    `INSERT INTO held_maintenance (key, scope, from_at, to_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET scope = excluded.scope, to_at = excluded.to_at`,
  )
  const end = db.prepare('UPDATE held_maintenance SET to_at = ? WHERE key = ?')
  const forget = db.prepare('DELETE FROM held_maintenance WHERE to_at < ? OR key IN (SELECT key FROM held_maintenance ORDER BY to_at DESC LIMIT -1 OFFSET ?)')
  const within = db.prepare('SELECT * FROM held_maintenance WHERE to_at > ? AND from_at < ? ORDER BY from_at')
  const selectCurrent = db.prepare('SELECT * FROM held_maintenance WHERE to_at > ?')
  /** Stored ends of the open windows, by key. */
  let stored = new Map((selectCurrent.all(now) as Row[]).map(({ key, to_at: to }) => [key, to]))
  let asked: { readonly from: number; readonly to: number; readonly found: readonly { readonly scope: Scope; readonly spans: readonly Span[] }[] } | null = null
  return {
    /** Records which windows are open. If storing fails, it is retried with the next change. */
    update: (windows: readonly CurrentWindow[], at: number): void => {
      const current = new Map(windows.map((window) => [window.key, window]))
      const begun = windows.filter(({ key, to }) => stored.get(key) !== Math.round(to))
      const over = [...stored].filter(([key]) => !current.has(key))
      if (begun.length === 0 && over.length === 0) return
      asked = null
      const write = db.transaction(() => {
        for (const { key, scope, from, to } of begun) keep.run(key, JSON.stringify(scope), Math.round(from), Math.round(to))
        for (const [key, to] of over) if (to > at) end.run(Math.round(at), key)
        forget.run(at - keptMs, mostKept)
      })
      if (attemptWrite(() => write())) stored = new Map(windows.map(({ key, to }) => [key, Math.round(to)]))
    },
    /** The windows that overlap a period, grouped by scope. */
    within: (from: number, to: number): readonly { readonly scope: Scope; readonly spans: readonly Span[] }[] => {
      if (asked?.from === from && asked.to === to) return asked.found
      const scopes = new Map<string, Span[]>()
      for (const row of within.all(from, to) as Row[]) {
        const spans = scopes.get(row.scope) ?? []
        scopes.set(row.scope, spans)
        spans.push({ from: row.from_at, to: row.to_at })
      }
      const found = Array.from(scopes, ([scope, spans]) => ({ scope: scopeSchema.safeParse(storedJson(scope)), spans })).flatMap(({ scope, spans }) =>
        scope.success ? [{ scope: scope.data, spans }] : [],
      )
      asked = { from, to, found }
      return found
    },
  }
}
