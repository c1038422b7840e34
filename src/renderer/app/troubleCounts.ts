import { isServerTroubled, type Severity, severities, type Trouble } from '../../shared/troubles.ts'
import type { FleetRows } from './fleetRows.ts'
import type { FleetServers } from './fleetServers.ts'

/** Number of troubles by severity, and in total. */
export type TroubleCounts = Readonly<Record<Severity, number>> & { readonly total: number }

export interface Troubles {
  /** Worst first; at most 500 of them. */
  readonly list: readonly Trouble[]
  readonly counts: TroubleCounts
}

export const noTroubles: Troubles = { list: [], counts: { critical: 0, major: 0, minor: 0, warning: 0, total: 0 } }

/** Troubles as sent by the engine: the worst ones, and the total number. */
export interface SentTroubles {
  readonly list: readonly Trouble[]
  readonly total: number
}

/** Troubles as shown: for a silent server, only the trouble of the server itself. */
export function troublesOf({ list: sent, total }: SentTroubles, servers: FleetServers, rows: FleetRows): Troubles {
  const list = servers.anySilent() ? sent.filter(({ serverId, path }) => path === null || !servers.isSilent(serverId)) : sent
  const counts = { ...noTroubles.counts }
  if (sent.length >= total) for (const { severity } of list) counts[severity]++
  else {
    // The list was cut, so count over all known servers and streams instead.
    for (const server of servers.each()) if (isServerTroubled(server)) counts.critical++
    for (const row of rows.each()) if (row.severity !== null) counts[row.severity]++
  }
  return { list, counts: { ...counts, total: severities.reduce((sum, severity) => sum + counts[severity], 0) } }
}
