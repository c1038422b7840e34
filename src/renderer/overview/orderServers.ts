import type { Server } from '../../shared/servers.ts'

const order: Record<Server['state'], number> = { down: 0, halted: 0, unknown: 1, connecting: 1, up: 2, paused: 3 }
/** Servers that do not answer come first, the rest by name. Pure. */
export const orderServers = (servers: readonly Server[]): readonly string[] => [...servers].sort((a, b) => order[a.state] - order[b.state]).map(({ id }) => id)
