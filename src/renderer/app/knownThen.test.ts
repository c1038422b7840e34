import { describe, expect, it } from 'vitest'
import type { SeriesColumns } from '../../shared/history.ts'
import { someServer } from './fleetState.fixture.ts'
import { nothingKnown, unwatchedAround } from './knownThen.ts'

const columns = (at: readonly number[], gaps: readonly (readonly [number, number])[] = []): SeriesColumns => ({
  at: [...at],
  min: [...at],
  mean: [...at],
  max: [...at],
  gaps: gaps.map(([from, to]) => [from, to]),
  tier: 'samples',
})

describe('unwatchedAround', () => {
  it('is what all servers lack at once', () => {
    const first = columns([100, 200, 700, 800], [[205, 695]])
    const second = columns([100, 300, 600, 900], [[310, 590]])
    expect(unwatchedAround([first, second], 400, 0, 1000)).toEqual({ from: 310, to: 590 })
  })

  it('is nothing where one of them was read', () => {
    expect(unwatchedAround([columns([100, 800], [[150, 700]]), columns([100, 399, 401, 900])], 400, 0, 1000)).toBeNull()
  })

  it('has an open end where nothing was found before or after', () => {
    expect(unwatchedAround([columns([700, 800])], 400, 0, 1000)).toEqual({ from: null, to: 700 })
    expect(unwatchedAround([columns([100, 200])], 400, 0, 1000)).toEqual({ from: 200, to: null })
    expect(unwatchedAround([columns([])], 400, 0, 1000)).toEqual({ from: null, to: null })
    expect(unwatchedAround([], 400, 0, 1000)).toEqual({ from: null, to: null })
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
