import type { Server } from '../../shared/servers.ts'

/** Whether no server's state is known at a moment, because the console did not run or nothing is stored. Paused servers count as known. */
export function nothingKnown(servers: readonly Server[]): boolean {
  return servers.every(({ state }) => state === 'unknown' || state === 'connecting')
}
