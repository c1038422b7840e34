import { linesEntered } from './scopeLines.ts'
import type { StreamName } from './snapshots.ts'

/** What is known of servers, to name the streams of a list. */
export interface NamedServer {
  readonly id: string
  readonly name: string
}

const separator = ' / '

/** Reads and writes the lines of streams. `known`: streams that were there before, also of servers that are not watched any more. */
export function streamLines(known: readonly StreamName[], servers: readonly NamedServer[]) {
  const names = new Map(servers.map(({ id, name }) => [id, name]))
  /** One of a server that is not watched any more by the server's id. */
  const lineOf = ({ serverId, path }: StreamName): string => `${names.get(serverId) ?? serverId}${separator}${path}`
  const kept = new Map(known.map(({ serverId, path }) => [lineOf({ serverId, path }), { serverId, path }]))
  // A name may begin with that of another one.
  const heads = servers.map(({ id, name }) => ({ id, head: `${name}${separator}`.toLowerCase() })).sort((one, other) => other.head.length - one.head.length)
  /** null: a line names no server. */
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
    /** Whether the line of a stream is read as that stream: not if its path begins with a space, say, or with the rest of another server's name. */
    canName: ({ serverId, path }: StreamName): boolean => {
      const [found, ...more] = read(lineOf({ serverId, path }))
      return more.length === 0 && found?.serverId === serverId && found.path === path
    },
    /** The lines with one more. */
    withOne: (text: string, stream: StreamName): string => [...linesEntered(text), lineOf(stream)].join('\n'),
  }
}
export type StreamLines = ReturnType<typeof streamLines>
