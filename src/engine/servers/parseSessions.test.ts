import { expect, it } from 'vitest'
import { sessionsOfItems } from './answers.fixture.ts'

const session = (id: string, change: object = {}) => ({ id, state: 'publish', path: 'cam', conns: ['a', 'b'], inboundBytes: 5, ...change })

it('which sessions of HLS are a CDN is read', () => {
  const readings = sessionsOfItems('hlsSessions', [session('a', { isCDN: false }), session('b', { isCDN: true }), session('c')])
  expect(readings.map(({ isCdn }) => isCdn)).toEqual([false, true, false])
})

it('which publishers have hung up is read', () => {
  const readings = sessionsOfItems('rtspSessions', [session('a'), session('b', { conns: [] }), session('c', { conns: ['x'] })])
  expect(readings.map(({ hasHungUp }) => hasHungUp)).toEqual([false, true, false])
})
