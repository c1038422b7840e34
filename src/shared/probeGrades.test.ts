import { describe, expect, test } from 'vitest'
import { contentFaultMs } from './probeContent.ts'
import { gradeLimits, gradeOf, gradeReasonsOf } from './probeGrades.ts'
import { goodReading } from './probeReadings.fixture.ts'
import type { ProbeReading } from './probeReadings.ts'

const graded = (change: Partial<ProbeReading>, variation: number | null = 0, lasting: Parameters<typeof gradeReasonsOf>[2] = []) => {
  const reasons = gradeReasonsOf({ ...goodReading, ...change }, variation, lasting)
  return [gradeOf(reasons), ...reasons.map((reason) => (reason.kind === 'figure' ? reason.figure : reason.kind))]
}

describe('a grade', () => {
  test('is good where no figure is beyond its limit', () => expect(graded({})).toEqual(['good']))

  test('is fair at best beyond the first limit of a figure, and poor beyond the second', () => {
    const { response } = goodReading
    const [fair, poor] = gradeLimits.answerMs
    expect(graded({ response: { ...response, answerMs: fair } })).toEqual(['good'])
    expect(graded({ response: { ...response, answerMs: fair + 1 } })).toEqual(['fair', 'answerMs'])
    expect(graded({ response: { ...response, answerMs: poor + 1 } })).toEqual(['poor', 'answerMs'])
  })

  test('names all that is wrong, the worst first', () => {
    const video = goodReading.video && { ...goodReading.video, fps: 12 }
    expect(graded({ video, ptsGaps: 1, audioAheadMs: -700 }, 0.5)).toEqual(['poor', 'fpsMissingPercent', 'variationPercent', 'ptsGaps', 'audioAheadMs'])
  })

  test('of sound alone is fair, and of video without a key frame poor', () => {
    expect(graded({ video: null, gop: null, keyframes: 0 })).toEqual(['fair', 'noVideo'])
    expect(graded({ keyframes: 0, gop: null })).toEqual(['poor', 'noKeyframe'])
  })

  test('counts what lasts in pictures and sound once it has lasted for long enough', () => {
    expect(graded({}, 0, [{ check: 'black', lastedMs: contentFaultMs.black }])).toEqual(['good'])
    expect(graded({}, 0, [{ check: 'black', lastedMs: contentFaultMs.black + 1 }])).toEqual(['poor', 'content'])
    expect(graded({}, 0, [{ check: 'noMotion', lastedMs: contentFaultMs.noMotion + 1 }])).toEqual(['fair', 'content'])
  })

  test('does not judge what is not known', () => {
    const video = goodReading.video && { ...goodReading.video, fps: null, declaredFps: 0 }
    const response = { ...goodReading.response, keyframeMs: null }
    expect(graded({ video, response, gop: null, audioAheadMs: null }, null)).toEqual(['good'])
  })
})
