import { expect, it } from 'vitest'
import { serverErrorWords } from '../../shared/words/errorText.ts'
import { costParts, percentWords, skewSeconds, stepWords } from './serverWords.ts'

it('writes estimates as estimates', () => expect([0.0001, 0.02, 0.38, 2.04, 41.6].map(percentWords)).toEqual(['0.01', '0.02', '0.4', '2.0', '42']))
it('says when polls were spaced out', () => {
  const cost = { bytesPerRound: 289_000, bytesPerSecond: 144_500, cpuPercent: 0.4, intervalSeconds: 2, effectiveIntervalSeconds: 2 }
  expect(costParts({ cost })).toEqual({ percent: '0.4', size: '289 kB', seconds: '2', insteadOf: null })
  expect(costParts({ cost: { ...cost, effectiveIntervalSeconds: 8.13 } })).toMatchObject({ seconds: '8.1', insteadOf: '2' })
  expect(costParts({ cost: null })).toBeNull()
})
it('does not read more out of a clock of seconds than there is', () => {
  expect([null, 900, -1999, 2000, -61_400].map(skewSeconds)).toEqual([null, 0, 0, 2, -61])
})

it('tells what to do once, and leaves a certificate to its own place', () => {
  const refused = { kind: 'unreachable', reason: 'refused' } as const
  const { what, todo } = serverErrorWords(refused, 'en')
  expect(stepWords({ what: 'api', address: 'a', outcome: 'failed', words: `${what} ${todo}`, error: refused })).toEqual({ what, todo })
  expect(stepWords({ what: 'hls', address: 'a', outcome: 'off', words: 'HLS is off.', error: null })).toEqual({ what: 'HLS is off.', todo: null })
  const untrusted = { kind: 'certificateUntrusted', fingerprint: 'AB:CD', subject: 'x', validTo: 'y' } as const
  const words = serverErrorWords(untrusted, 'en')
  expect(stepWords({ what: 'api', address: 'a', outcome: 'failed', words: `${words.what} ${words.todo}`, error: untrusted })).toEqual({
    what: words.what,
    todo: null,
  })
})
