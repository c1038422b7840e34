import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import type { Server } from '../../shared/servers.ts'
import { costParts, percentText, ServerFacts, skewSeconds } from './ServerFacts.tsx'

// @vitest-environment happy-dom

afterEach(cleanup)

/** Of a server of which history has samples only, as a past moment shows it. */
const sampled = {
  url: '',
  origin: 'stored',
  auth: { kind: 'none', user: null, hasSecret: false },
  fingerprint: null,
  tags: [],
  addressesGiven: {},
  addresses: {},
  addressesFrom: 'defaults',
  addressesAssumed: true,
  state: 'up',
  version: null,
  startedAt: null,
  lastAnswerAt: 0,
  nextTryAt: null,
  answerMs: 3,
  clockSkewMs: null,
  cost: null,
  notEnabled: [],
} as unknown as Server
const rowsOf = (server: Server) => [...render(<ServerFacts server={server} />).container.querySelectorAll('dt')].map((term) => term.textContent)

it('how a server was asked is not said of a moment of which only samples are known', () => {
  expect(rowsOf(sampled)).toEqual(['server.lastAnswer', 'common.answerTime'])
})
it('until when a certificate is valid is said where it is known', () => {
  const rowOf = (certificate: Server['certificate']) => {
    const server = { ...sampled, url: 'https://10.0.0.5:9997', ...(certificate && { certificate }) }
    const { container } = render(<ServerFacts server={server} />)
    const text = [...container.querySelectorAll('dt')].find((term) => term.textContent === 'TLS')?.nextElementSibling?.textContent?.trim()
    cleanup()
    return text
  }
  expect(rowOf(null)).toBe('server.systemTrust')
  expect(rowOf({ fingerprint: 'AA', validTo: null })).toBe('server.systemTrust')
  expect(rowOf({ fingerprint: 'AA', validTo: Date.UTC(2027, 0, 1) })).toBe('server.systemTrust server.validUntil')
})
it('how a server is asked is said where its address is known', () => {
  expect(rowsOf({ ...sampled, url: 'http://10.0.0.5:9997' })).toEqual([
    'common.address',
    'server.lastAnswer',
    'common.answerTime',
    'common.signIn2',
    'TLS',
    'server.endpoints',
  ])
})

it('writes estimates as estimates', () => expect([0.0001, 0.02, 0.38, 2.04, 41.6].map(percentText)).toEqual(['0.01', '0.02', '0.4', '2.0', '42']))
it('says when polls were spaced out', () => {
  const cost = { bytesPerRound: 289_000, cpuPercent: 0.4, intervalSeconds: 2, effectiveIntervalSeconds: 2, authServer: null }
  expect(costParts({ cost })).toEqual({ percent: '0.4', size: '289 kB', seconds: '2', authServer: null, insteadOf: null })
  expect(costParts({ cost: { ...cost, effectiveIntervalSeconds: 8.13 } })).toMatchObject({ seconds: '8.1', insteadOf: '2' })
  expect(costParts({ cost: null })).toBeNull()
})
it('does not read more out of a clock of seconds than there is', () => {
  expect([null, 900, -1999, 2000, -61_400].map(skewSeconds)).toEqual([null, 0, 0, 2, -61])
})
