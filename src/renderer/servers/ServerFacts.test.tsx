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
  expect(rowsOf(sampled)).toEqual(['server.lastAnswer', 'server.answerTime'])
})
it('how a server is asked is said where its address is known', () => {
  expect(rowsOf({ ...sampled, url: 'http://10.0.0.5:9997' })).toEqual([
    'server.address',
    'server.lastAnswer',
    'server.answerTime',
    'server.signIn',
    'server.tls',
    'server.doors',
  ])
})
