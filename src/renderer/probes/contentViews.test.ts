import { describe, expect, it } from 'vitest'
import { type Content, type ContentCheck, contentChecks, contentWatchOf } from '../../shared/probeContent.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { notJudged } from './contentViews.ts'

const watch = contentWatchOf({ profile: null, checks: [...contentChecks], thresholds: {} }) ?? expect.fail('all is looked for')
const pictureChecks: readonly ContentCheck[] = ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion']
const soundChecks: readonly ContentCheck[] = ['silent', 'clipped', 'loudness']
const look = (given: Partial<Content>, reading: Partial<ProbeReading> = {}): ProbeReading => ({
  ...goodReading,
  content: {
    pictures: 0,
    undecoded: [],
    darkPercent: null,
    motionPercent: null,
    peakDbfs: null,
    clippedPercent: null,
    loudnessLufs: null,
    findings: [],
    evaluated: [...soundChecks],
    ...given,
  },
  ...reading,
})
const said = (reading: ProbeReading) => notJudged(watch, reading).map(({ why, checks }) => [why, checks])

describe('what could not be judged says why', () => {
  it('nothing, where all was', () => expect(said(look({ pictures: 3, evaluated: [...contentChecks] }))).toEqual([]))
  it('the last reading was before it was asked for', () => expect(said(goodReading)).toEqual([['notYet', contentChecks]]))
  it('no key frame came, or only one where two are compared', () => {
    expect(said(look({}, { keyframes: 0 }))).toEqual([['tooLittle', pictureChecks]])
    const evaluated = [...soundChecks, 'black', 'oneColour', 'colourBars'] as const
    expect(said(look({ pictures: 1, evaluated: [...evaluated] }))).toEqual([['tooLittle', ['frozen', 'noMotion']]])
  })
  it('the stream has no video, or no audio', () => {
    expect(said(look({}, { video: null }))).toEqual([['noVideo', pictureChecks]])
    expect(said(look({ pictures: 3, evaluated: [...pictureChecks] }, { audio: null }))).toEqual([['noAudio', soundChecks]])
  })
  it('it can’t be decoded', () => {
    expect(said(look({ undecoded: ['video', 'audio'], evaluated: [] }))).toEqual([['undecoded', [...pictureChecks, ...soundChecks]]])
  })
  it('a program does not recognise colour bars, and may not have come as far as a picture', () => {
    const rest = contentChecks.filter((check) => check !== 'colourBars')
    expect(said(look({ pictures: 3, evaluated: rest }))).toEqual([['noBars', ['colourBars']]])
    expect(said(look({}))).toEqual([
      ['tooLittle', ['black', 'oneColour', 'frozen', 'noMotion']],
      ['noBars', ['colourBars']],
    ])
  })
})
