import type { Scope } from '../../shared/maintenance.ts'
import { listEntered } from '../app/editing/fields.ts'

/** Keys of a line, as in the configuration file. */
const scopeKeys = ['tags', 'servers', 'streams'] as const
const scopeBegin = /(?:^|\s)(?:tags|servers|streams)\s*:/

/** What counts for some streams, as it is entered: `15 tags: studio, slides; streams: north/*`. `head`: what counts. */
export function scopeLine(head: string, scope: Pick<Scope, (typeof scopeKeys)[number]>): string {
  const parts = scopeKeys.flatMap((key) => (scope[key].length > 0 ? `${key}: ${scope[key].join(', ')}` : []))
  return [head, parts.join('; ')].join(' ').trim()
}

/** Reads such a line; null: it has another form, or names no streams, and would be about all of them. */
export function readScopeLine(line: string): { readonly head: string; readonly scope: Readonly<Record<string, readonly string[]>> } | null {
  const begin = scopeBegin.exec(line)?.index
  if (begin === undefined) return null
  const scope: Record<string, readonly string[]> = {}
  for (const part of line
    .slice(begin)
    .split(';')
    .filter((text) => text.trim() !== '')) {
    const colon = part.indexOf(':')
    const key = scopeKeys.find((one) => one === part.slice(0, colon).trim())
    const named = listEntered(part.slice(colon + 1))
    if (colon < 0 || key === undefined || scope[key] !== undefined || named.length === 0) return null
    scope[key] = named
  }
  return { head: line.slice(0, begin).trim(), scope }
}
/** Lines with something in them. */
export function linesEntered(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}
