import { cautionText } from '../i18n/noticeText.ts'
import { countedTotals, countStreams } from './countStreams.ts'
import type { Server } from './servers.ts'

/** A server for tests that answers and has no streams. */
export function someServer(id: string, change: Partial<Server> = {}): Server {
  return {
    id,
    name: id,
    url: 'http://127.0.0.1:9997',
    origin: 'stored',
    auth: { kind: 'none', user: null, hasSecret: false },
    fingerprint: null,
    intervalSeconds: 2,
    tags: [],
    paused: false,
    addressesGiven: {},
    addresses: { hls: null, webrtc: null, rtsp: null, srt: null, playback: null, metrics: null },
    addressesFrom: 'defaults',
    addressesAssumed: true,
    state: 'up',
    stateSince: 0,
    error: null,
    lastAnswerAt: 1000,
    outageSince: null,
    isSilent: false,
    answerMs: 5,
    roundMs: 5,
    nextTryAt: null,
    version: 'v1.20.1',
    startedAt: null,
    clockSkewMs: null,
    openToAll: null,
    notEnabled: [],
    cost: null,
    totals: {
      ...countedTotals(countStreams([])),
      readers: 0,
      ownReaders: 0,
      bitrateInBps: 0,
      bitrateOutBps: 0,
    },
    cautions: [],
    ...change,
  }
}

/** What a server is to be looked at for, in English. */
export function cautionsOf(server: Server | undefined): readonly string[] {
  return (server?.cautions ?? []).map((caution) => cautionText(caution, 'en'))
}
