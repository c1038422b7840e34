import { type Server, serverStaleAfterMs } from '../../shared/servers.ts'
import type { StreamFacts } from '../../shared/streams.ts'

/** The engine reports it as up, but its last answer is too old for that. */
export const isSilent = (server: Server, now: number): boolean =>
  server.state === 'up' && server.lastAnswerAt !== null && now - server.lastAnswerAt > serverStaleAfterMs(server)

/** A silent server as it is shown: nothing of it is known since its last answer. */
export const silentServer = (server: Server): Server => ({
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
    readers: null,
    ownReaders: null,
    bitrateInBps: null,
    bitrateOutBps: null,
  },
})

/** A stream of a silent server. One that was live has its last good data from the last answer; one that ended stays ended. */
export const factsOfSilent = (facts: StreamFacts, server: Server): StreamFacts =>
  facts.state === 'ended'
    ? facts
    : {
        ...facts,
        state: 'unknown',
        stateSince: server.stateSince,
        outageSince: facts.outageSince ?? (facts.state === 'live' ? server.outageSince : null),
      }

/** Since when it stands as it does: an outage has one age from its last good data on, whatever it is called on the way. */
export const standsSince = ({ outageSince, stateSince }: { readonly outageSince: number | null; readonly stateSince: number }): number =>
  outageSince ?? stateSince
