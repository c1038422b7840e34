import type { StreamFacts, StreamFigures } from '../../shared/streams.ts'
import type { StreamRow, StreamRowServer } from './streamRow.ts'

/** A row for tests: live, plain, everything overridable. */
export const testRow = (
  slot: number,
  facts: Partial<StreamFacts> = {},
  figures: Partial<StreamFigures> = {},
  server: Partial<StreamRowServer> = {},
): StreamRow => ({
  facts: {
    slot,
    serverId: server.id ?? 's1',
    path: `cam${slot}`,
    state: 'live',
    stateSince: 1_000,
    reason: null,
    sourceType: 'rtspSession',
    tracks: [],
    width: null,
    height: null,
    upSince: 1_000,
    lastLiveAt: 1_000,
    onDemand: false,
    expected: true,
    publisher: null,
    ...facts,
  },
  figures: {
    bytesReceived: null,
    bytesSent: null,
    bitrateInBps: null,
    bitrateOutBps: null,
    readers: null,
    ownReaders: 0,
    lostLastMinute: null,
    rttMs: null,
    readAt: null,
    ...figures,
  },
  server: { id: 's1', name: 'Berlin', tags: [], state: 'up', intervalSeconds: 2, ...server },
})
