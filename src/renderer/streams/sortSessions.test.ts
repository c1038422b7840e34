import { expect, it } from 'vitest'
import { sessionBytes, sessionLoss, sessionRate } from '../../shared/sessions.ts'
import type { Session } from '../../shared/streams.ts'
import { sortSessions } from './streamSort.ts'

const session = (rest: Partial<Session>): Session => ({
  id: 'a',
  protocol: 'srt',
  role: 'reader',
  path: 'p',
  remoteAddr: null,
  user: null,
  userAgent: null,
  transport: null,
  own: false,
  audience: 'person',
  createdAt: null,
  inboundBytes: null,
  outboundBytes: null,
  bitrateInBps: 1,
  bitrateOutBps: 2,
  framesDiscarded: null,
  rtp: null,
  srt: null,
  readAt: 0,
  ...rest,
})
const srt = {
  rttMs: 5,
  rateMbps: null,
  linkCapacityMbps: null,
  packetsLoss: 310,
  packetsRetransmitted: 310,
  packetsDropped: 14,
  packetsBelated: 3,
  packetsUnrecovered: 12,
  packetsUndecryptable: null,
  latencyMs: 120,
  receiveBufferMs: null,
}
const rtp = { packets: 100, lost: 4, inError: null, jitter: null, reportedLost: 9, discarded: null }

it('counts as lost what the viewer misses, not what SRT repaired', () => {
  expect(sessionLoss(session({ srt, role: 'publisher' }))).toBe(12)
  expect(sessionLoss(session({ srt }))).toBe(14)
})
it('does not know what an SRT publisher lost where its server cannot tell', () =>
  expect(sessionLoss(session({ srt: { ...srt, packetsUnrecovered: null, packetsUndecryptable: 0 }, role: 'publisher' }))).toBeNull())
it('asks the side that knows: a publisher by what arrived here, a reader by what it reported', () => {
  expect(sessionLoss(session({ rtp, role: 'publisher' }))).toBe(4)
  expect(sessionLoss(session({ rtp }))).toBe(9)
})
it('does not know the loss of protocols that tell nothing', () => expect(sessionLoss(session({ protocol: 'rtmp' }))).toBeNull())
it('shows the rate in the direction of the media', () => expect([sessionRate(session({ role: 'publisher' })), sessionRate(session({}))]).toEqual([1, 2]))
it('shows what was sent in the direction of the media', () =>
  expect([{ role: 'publisher' as const }, {}].map((rest) => sessionBytes(session({ ...rest, inboundBytes: 7, outboundBytes: 9 })))).toEqual([7, 9]))
it('puts the publisher first and our own last', () => {
  const rows = [
    session({ id: 'own', own: true, createdAt: 1 }),
    session({ id: 'new', createdAt: 9 }),
    session({ id: 'old', createdAt: 2 }),
    session({ id: 'pub', role: 'publisher', createdAt: 5 }),
  ]
  expect(sortSessions(rows).map((row) => row.id)).toEqual(['pub', 'old', 'new', 'own'])
})
