import { type Server, serverStaleAfterMs } from '../../shared/servers.ts'
import type { StreamFacts } from '../../shared/streams.ts'

/** The engine reports it as up, but its last answer is stale. */
export function isSilent(server: Server, now: number): boolean {
  return server.state === 'up' && server.lastAnswerAt !== null && now - server.lastAnswerAt > serverStaleAfterMs(server)
}

/** Its state is unknown since its last answer. */
export function silentServer(server: Server): Server {
  return {
    ...server,
    state: 'unknown',
    stateSince: server.lastAnswerAt ?? server.stateSince,
    outageSince: server.outageSince ?? server.lastAnswerAt,
    answerMs: null,
    totals: {
      ...server.totals,
      live: 0,
      slate: 0,
      waiting: 0,
      stalled: 0,
      gone: 0,
      unknown: (server.totals.streams ?? 0) - (server.totals.ended ?? 0),
      unknownOnAir: (server.totals.live ?? 0) + (server.totals.stalled ?? 0),
      expectedLive: 0,
      expectedSlate: 0,
      expectedStalled: 0,
      expectedGone: 0,
      expectedWaiting: 0,
      expectedUnknown: (server.totals.expected ?? 0) - (server.totals.expectedMaintenance ?? 0),
      readers: null,
      ownReaders: null,
      bitrateInBps: null,
      bitrateOutBps: null,
    },
  }
}

/** If it was live, its outage starts at the last answer; an ended stream stays ended. */
export function factsOfSilent(facts: StreamFacts, server: Server): StreamFacts {
  return facts.state === 'ended'
    ? facts
    : {
        ...facts,
        state: 'unknown',
        stateSince: server.stateSince,
        outageSince: facts.outageSince ?? (facts.state === 'live' ? server.outageSince : null),
      }
}

/** An outage counts from its last good data, whatever states it goes through. */
export function standsSince({ outageSince, stateSince }: { readonly outageSince: number | null; readonly stateSince: number }): number {
  return outageSince ?? stateSince
}

/** The console did not run or nothing is stored. Paused servers count as known. */
export function nothingKnown(servers: readonly Server[]): boolean {
  return servers.every(({ state }) => state === 'unknown' || state === 'connecting')
}
