import type { Scope } from '../../shared/maintenance.ts'
import { listEntered } from '../app/editing/fields.ts'
import type { StreamName } from './snapshots.ts'

const scopeKeys = ['tags', 'servers', 'streams'] as const
const scopeBegin = /(?:^|\s)(?:tags|servers|streams)\s*:/

/** `15 tags: studio, slides; streams: north/*`, where 15 is the head. */
export function scopeLine(head: string, scope: Pick<Scope, (typeof scopeKeys)[number]>): string {
  const parts = scopeKeys.flatMap((key) => (scope[key].length > 0 ? `${key}: ${scope[key].join(', ')}` : []))
  return [head, parts.join('; ')].join(' ').trim()
}

/** null: another form, or no scope, which would mean everything. */
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

export function linesEntered(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

export interface NamedServer {
  readonly id: string
  readonly name: string
}

const separator = ' / '

/** `known`: streams that were there before, also of servers that are no longer watched. */
export function streamLines(known: readonly StreamName[], servers: readonly NamedServer[]) {
  const names = new Map(servers.map(({ id, name }) => [id, name]))
  /** By the server's id if it is no longer watched. */
  const lineOf = ({ serverId, path }: StreamName): string => `${names.get(serverId) ?? serverId}${separator}${path}`
  const kept = new Map(known.map(({ serverId, path }) => [lineOf({ serverId, path }), { serverId, path }]))
  // A name may begin with that of another one.
  const heads = servers.map(({ id, name }) => ({ id, head: `${name}${separator}`.toLowerCase() })).sort((one, other) => other.head.length - one.head.length)
  /** null: a line that names no server. */
  const read = (text: string): readonly (StreamName | null)[] =>
    linesEntered(text).map((entered) => {
      const line = entered.trim()
      const asBefore = kept.get(line)
      if (asBefore !== undefined) return asBefore
      const server = heads.find(({ head }) => line.toLowerCase().startsWith(head))
      const path = server && line.slice(server.head.length).trim()
      return server !== undefined && path ? { serverId: server.id, path } : null
    })
  return {
    lineOf,
    read,
    /** Not if its path begins with a space, say, or with the rest of another server's name. */
    canName: ({ serverId, path }: StreamName): boolean => {
      const [found, ...more] = read(lineOf({ serverId, path }))
      return more.length === 0 && found?.serverId === serverId && found.path === path
    },
    withOne: (text: string, stream: StreamName): string => [...linesEntered(text), lineOf(stream)].join('\n'),
  }
}
export type StreamLines = ReturnType<typeof streamLines>
