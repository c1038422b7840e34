import { describe, expect, it } from 'vitest'
import { type Content, type ContentFinding, isContentFault } from '../../shared/probeContent.ts'
import { createLastingContent } from './lastingContent.ts'

const check = (findings: ContentFinding[], evaluated: Content['evaluated'] = ['black', 'frozen']): Content => ({
  pictures: 3,
  undecoded: [],
  darkPercent: 1,
  motionPercent: 1,
  peakDbfs: null,
  clippedPercent: null,
  loudnessLufs: null,
  findings,
  evaluated,
})
/** For how long a reading counts. */
const holdsMs = 60_000
const black = (seconds: number, isFromStart: boolean): ContentFinding => ({ check: 'black', seconds, isFromStart })

describe('what lasts in pictures and sound', () => {
  it('goes on over turns where each look has it from its beginning', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([black(5, true)]), 130_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 96_000, lastedMs: 34_000 }])
    expect(content.all().map(({ lastedMs }) => lastedMs)).toEqual([34_000])
    expect(content.all().map(isContentFault)).toEqual([true])
  })

  it('goes on over the looks of a stream that stays open', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([black(10.1, false)]), 106_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 96_000, lastedMs: 10_000 }])
  })

  it('begins anew where a look saw something else in between', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([black(2, false)]), 106_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 104_000, lastedMs: 2_000 }])
    content.add(check([]), 112_000, holdsMs)
    expect(content.all()).toEqual([])
  })

  it('of two still pictures is one only where a look had it from beginning to end', () => {
    const still = (seconds: number, isFromStart: boolean): ContentFinding => ({ check: 'frozen', seconds, isFromStart })
    const content = createLastingContent()
    content.add(check([still(2, false)]), 100_000, holdsMs)
    content.add(check([still(5, true)]), 130_000, holdsMs)
    expect(content.all()).toMatchObject([{ check: 'frozen', since: 125_000 }])
    content.add(check([still(5, true)]), 160_000, holdsMs)
    expect(content.all()).toMatchObject([{ check: 'frozen', since: 125_000, lastedMs: 35_000 }])
    // A day later it is another one.
    content.add(check([still(5, true)]), 86_560_000, holdsMs)
    expect(content.all()).toMatchObject([{ check: 'frozen', since: 86_555_000 }])
  })

  it('is forgotten where it can’t be judged for longer than a reading counts', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([], ['silent']), 161_000, holdsMs)
    expect(content.all()).toEqual([])
  })

  it('stays as it was seen where a look can’t judge it, and ends where nothing is looked for any more', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([], []), 106_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 96_000, lastedMs: 4_000 }])
    content.add(null, 112_000, holdsMs)
    expect(content.all()).toEqual([])
  })
})
