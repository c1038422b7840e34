import type { Server } from '../../shared/servers.ts'

/** No server is known at that moment: the console did not run, or nothing is kept. Paused ones count as known. */
export const nothingKnown = (servers: readonly Server[]): boolean => servers.every(({ state }) => state === 'unknown' || state === 'connecting')
