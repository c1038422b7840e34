import type { EvaluatedStream } from '../../shared/fleet.ts'
import type { Server } from '../../shared/servers.ts'
import type { Severity } from '../../shared/severities.ts'
import type { StreamFacts, StreamFigures } from '../../shared/streams.ts'

/** One object while the stream exists, whose fields change with each tick: don't keep copies of its parts, and don't change it. */
export interface StreamRow {
  readonly slot: number
  /** `${serverId}/${path}`, stable across restarts of the engine. */
  readonly key: string
  readonly serverName: string
  readonly facts: StreamFacts
  /** bytesReceived and bytesSent are always null, because windows do not receive them. */
  readonly figures: StreamFigures
  /** The worst of its lasting alarms that nobody has put away; null: none, or its server is silent. */
  readonly severity: Severity | null
}
type GrowingFigures = { -readonly [K in keyof StreamFigures]: StreamFigures[K] }
export interface OwnRow extends StreamRow {
  serverName: string
  facts: StreamFacts
  figures: StreamFigures
  severity: Severity | null
  /** As last sent by the engine. The shown facts differ while the server is silent. */
  engineFacts: EvaluatedStream
  readonly engineFigures: GrowingFigures
}

export const byName = new Intl.Collator('en', { numeric: true })
export function keyOf(serverId: string, path: string) {
  return `${serverId}/${path}`
}

export function createFleetRows() {
  let bySlot: (OwnRow | undefined)[] = []
  const byKey = new Map<string, OwnRow>()
  const ofServer = new Map<string, OwnRow[]>()
  const unsorted = new Set<string>()
  let listed: readonly StreamRow[] | null = []

  const sortedOfServer = (id: string): readonly OwnRow[] => {
    const list = ofServer.get(id) ?? []
    if (unsorted.delete(id)) list.sort((a, b) => byName.compare(a.facts.path, b.facts.path))
    return list
  }
  return {
    bySlot: (slot: number) => bySlot[slot],
    byPath: (serverId: string, path: string) => byKey.get(keyOf(serverId, path)),
    /** In no order. */
    ofServer: (id: string): readonly OwnRow[] => ofServer.get(id) ?? [],
    sortedOfServer,
    /** In the order of the servers, then by path. A new array only after a change. */
    list: (servers: readonly Server[]): readonly StreamRow[] => {
      listed ??= servers.flatMap(({ id }) => sortedOfServer(id))
      return listed
    },
    /** Whether the streams or a server's name have changed since the last call of `list`. */
    isListOld: () => listed === null,
    add: (row: OwnRow) => {
      const { serverId } = row.facts
      bySlot[row.slot] = row
      byKey.set(row.key, row)
      const list = ofServer.get(serverId)
      if (list) list.push(row)
      else ofServer.set(serverId, [row])
      unsorted.add(serverId)
      listed = null
    },
    remove: (row: OwnRow) => {
      const { serverId } = row.facts
      bySlot[row.slot] = undefined
      if (byKey.get(row.key) === row) byKey.delete(row.key)
      const list = ofServer.get(serverId)
      const place = list?.indexOf(row) ?? -1
      if (place >= 0) list?.splice(place, 1)
      if (list?.length === 0) ofServer.delete(serverId)
      listed = null
    },
    renameServer: (id: string, name: string) => {
      for (const row of ofServer.get(id) ?? []) row.serverName = name
      listed = null
    },
    clear: () => {
      bySlot = []
      byKey.clear()
      ofServer.clear()
      unsorted.clear()
      listed = null
    },
  }
}
