import { describe, expect, it } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { nothingKnown } from './silence.ts'

describe('nothingKnown', () => {
  it('is so where every server is unknown, or there is none; a paused or silent one is known', () => {
    expect(nothingKnown([])).toBe(true)
    expect(nothingKnown([someServer('a', { state: 'unknown' }), someServer('b', { state: 'connecting' })])).toBe(true)
    expect(nothingKnown([someServer('a', { state: 'unknown' }), someServer('b', { state: 'down' })])).toBe(false)
    expect(nothingKnown([someServer('a', { state: 'paused' })])).toBe(false)
  })
})
