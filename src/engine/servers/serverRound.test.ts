import { expect, it } from 'vitest'
import { serverMetricIds } from '../../shared/metrics.ts'
import { unknownTotals } from '../../shared/servers.ts'
import { type AnsweredRound, serverSample } from './serverRound.ts'

const answered: AnsweredRound = {
  totals: { ...unknownTotals, bitrateInBps: 2, bitrateOutBps: 3, live: 4, readers: 5 },
  streamsInTrouble: 6,
  answerMs: 7,
  pollBytes: 8,
  certificateDays: 10,
  clockSkewMs: 9,
}
const known = (found: AnsweredRound | null) => {
  const { metrics, values } = serverSample('a', 0, found)
  return Object.fromEntries(metrics.map((id, column) => [id, values[column]]).filter(([, value]) => !Number.isNaN(value)))
}

it('keeps every metric of a server that answered', () => {
  expect(Object.keys(known(answered))).toEqual([...serverMetricIds])
  expect(new Set(Object.values(known(answered))).size, 'no figure is kept as two metrics').toBe(serverMetricIds.length)
})

it('keeps only that it was not reachable of a server that did not answer', () => {
  expect(known(null)).toEqual({ 'server.reachable': 0 })
})

it('keeps no 0 for what a server does not tell', () => {
  expect(known({ ...answered, totals: unknownTotals, answerMs: null, certificateDays: null, clockSkewMs: null })).toEqual({
    'server.reachable': 1,
    'server.streamsInTrouble': 6,
    'server.pollBytes': 8,
  })
})
