import type { Server } from '../../shared/servers.ts'

const order: Record<Server['state'], number> = { down: 0, halted: 0, unknown: 1, connecting: 1, up: 2, paused: 3 }
/** Servers that do not answer come first, paused ones last, the rest as they came. Pure. */
export function worstFirst(servers: readonly Server[]): readonly Server[] {
  return [...servers].sort((a, b) => order[a.state] - order[b.state])
}
