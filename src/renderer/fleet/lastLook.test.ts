import { describe, expect, it } from 'vitest'
import { afterInput, awayMs, isNewSince, type Look, newSince } from './lastLook.ts'

const begun: Look = { lastAt: null, leftAt: null }
const minute = 60_000
/** After inputs at these minutes. */
const after = (...minutes: readonly number[]) => minutes.reduce((look, at) => afterInput(look, at * minute), begun)

describe('what is new at a desk', () => {
  it('is nothing before anybody used it, and while it is used', () => {
    expect(newSince(begun, 5 * minute)).toBeNull()
    expect(newSince(after(10, 11, 12), 12 * minute + awayMs)).toBeNull()
  })
  it('is what began since the last input once nobody is there', () => {
    expect(newSince(after(10, 11), 14 * minute)).toBe(11 * minute)
  })
  it('stays new for whoever comes back, until the desk is left again', () => {
    const back = after(10, 40, 41)
    expect(newSince(back, 42 * minute)).toBe(10 * minute)
    expect(newSince(afterInput(back, 43 * minute), 43 * minute)).toBe(10 * minute)
    expect(newSince(back, 60 * minute)).toBe(41 * minute)
  })
  it('is no other after the clock was set back', () => {
    expect(newSince(after(10, 5), 5 * minute)).toBeNull()
  })
  it('is an alarm that was raised or came back since', () => {
    expect(isNewSince({ since: 1, raisedAt: 11 }, 10)).toBe(true)
    expect(isNewSince({ since: 11, raisedAt: 1 }, 10)).toBe(true)
    expect(isNewSince({ since: 8, raisedAt: 9 }, 10)).toBe(false)
    expect(isNewSince({ since: 11, raisedAt: 11 }, null)).toBe(false)
  })
})
