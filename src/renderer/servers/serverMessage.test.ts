import { expect, it } from 'vitest'
import { costParts, percentText, skewSeconds } from './ServerFacts.tsx'

it('writes estimates as estimates', () => expect([0.0001, 0.02, 0.38, 2.04, 41.6].map(percentText)).toEqual(['0.01', '0.02', '0.4', '2.0', '42']))
it('says when polls were spaced out', () => {
  const cost = { bytesPerRound: 289_000, bytesPerSecond: 144_500, cpuPercent: 0.4, intervalSeconds: 2, effectiveIntervalSeconds: 2, authServer: null }
  expect(costParts({ cost })).toEqual({ percent: '0.4', size: '289 kB', seconds: '2', authServer: null, insteadOf: null })
  expect(costParts({ cost: { ...cost, effectiveIntervalSeconds: 8.13 } })).toMatchObject({ seconds: '8.1', insteadOf: '2' })
  expect(costParts({ cost: null })).toBeNull()
})
it('does not read more out of a clock of seconds than there is', () => {
  expect([null, 900, -1999, 2000, -61_400].map(skewSeconds)).toEqual([null, 0, 0, 2, -61])
})
