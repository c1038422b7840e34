import { describe, expect, it } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { gapAround, nothingKnown } from './knownThen.ts'

describe('gapAround', () => {
  const started = { at: 5000, facts: { cause: 'notRunning', from: 2000, stopped: true } }
  const woke = { at: 9000, facts: { cause: 'slept', sleptMs: 1000 } }
  const offline = { at: 7000, facts: { cause: 'noNetwork', begins: true } }

  it('is the time before a start or a waking that the moment lies in', () => {
    const events = [woke, offline, started]
    expect(gapAround(events, 2000)).toEqual({ cause: 'notRunning', from: 2000, to: 5000 })
    expect(gapAround(events, 8500)).toEqual({ cause: 'slept', from: 8000, to: 9000 })
    expect([gapAround(events, 1999), gapAround(events, 5000), gapAround(events, 7500), gapAround(events, 9000)]).toEqual([null, null, null, null])
  })

  it('is none where an event does not tell how long it was', () => {
    expect(
      gapAround(
        [
          { at: 5000, facts: {} },
          { at: 6000, facts: { cause: 'slept', sleptMs: 'long' } },
          { at: 7000, facts: { cause: 'notRunning', from: null } },
        ],
        100,
      ),
    ).toBeNull()
  })
})

describe('nothingKnown', () => {
  it('is so where every server is unknown, or there is none; a paused or silent one is known', () => {
    expect(nothingKnown([])).toBe(true)
    expect(nothingKnown([someServer('a', { state: 'unknown' }), someServer('b', { state: 'connecting' })])).toBe(true)
    expect(nothingKnown([someServer('a', { state: 'unknown' }), someServer('b', { state: 'down' })])).toBe(false)
    expect(nothingKnown([someServer('a', { state: 'paused' })])).toBe(false)
  })
})
