import type { EvaluatedServer } from '../../shared/fleet.ts'
import type { Server } from '../../shared/servers.ts'
import { findOldest, type OldestAnswer, sumFigures } from './fleetFigures.ts'
import { byName } from './fleetRows.ts'
import { isSilent, silentServer } from './silence.ts'

/** Stores the servers of a fleet, as last sent by the engine and as shown. These differ while a server is silent. */
export function createFleetServers() {
  const sent = new Map<string, EvaluatedServer>()
  const shown = new Map<string, Server>()
  const silent = new Set<string>()
  let list: readonly Server[] = []
  let figures = sumFigures([])
  let oldestAnswer: OldestAnswer | null = null
  return {
    size: () => shown.size,
    byId: (id: string) => shown.get(id),
    each: () => shown.values(),
    /** Sorted by name. A new array only after a change. */
    list: (): readonly Server[] => list,
    figures: () => figures,
    oldestAnswer: (): OldestAnswer | null => oldestAnswer,
    sent: (id: string) => sent.get(id),
    /** Whether the server's last answer is stale. */
    isSilent: (id: string) => silent.has(id),
    anySilent: () => silent.size > 0,
    put: (server: EvaluatedServer) => void sent.set(server.id, server),
    remove: (id: string) => {
      sent.delete(id)
      shown.delete(id)
      silent.delete(id)
    },
    clear: () => {
      sent.clear()
      shown.clear()
      silent.clear()
    },
    /** Judges the age of each answer at `now`, engine's clock. Returns servers that fell silent or answer again. */
    evaluate: (now: number): readonly string[] => {
      const changed: string[] = []
      for (const server of sent.values()) {
        const { id } = server
        const old = isSilent(server, now)
        shown.set(id, old ? silentServer(server) : server)
        if (old === silent.has(id)) continue
        changed.push(id)
        if (old) silent.add(id)
        else silent.delete(id)
      }
      return changed
    },
    /** Rebuilds the list and the totals after changes. */
    relist: () => {
      list = [...shown.values()].sort((a, b) => byName.compare(a.name, b.name))
      figures = sumFigures(list)
      oldestAnswer = findOldest(sent.values())
    },
  }
}
