// @vitest-environment happy-dom
import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import type { Server } from '../../shared/servers.ts'
import { ServerFacts } from './ServerFacts.tsx'

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
const rowsOf = (server: Server) => [...render(<ServerFacts server={server} zone="utc" />).container.querySelectorAll('dt')].map((term) => term.textContent)

it('how a server was asked is not said of a moment of which only samples are known', () => {
  expect(rowsOf(sampled)).toEqual(['server.lastAnswer', 'common.answerTime'])
})
it('until when a certificate is valid is said where it is known', () => {
  const rowOf = (certificate: Server['certificate']) => {
    const server = { ...sampled, url: 'https://10.0.0.5:9997', ...(certificate && { certificate }) }
    const { container } = render(<ServerFacts server={server} zone="utc" />)
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
