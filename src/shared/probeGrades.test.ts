import { describe, expect, test } from 'vitest'
import { contentFaultMs } from './probeContent.ts'
import { differencesOf, gradeLimits, gradeOf, gradeReasonsOf, learnContract, streamContractSchema } from './probeGrades.ts'
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

describe('what a stream is agreed to be', () => {
  test('is learned from what it is, with room for what varies', () => {
    expect(learnContract(goodReading)).toEqual({
      videoCodec: 'h264',
      widthPx: 1_920,
      heightPx: 1_080,
      fps: { least: 22.5, most: 27.5 },
      bitrateBps: { least: 2_000_000, most: 6_000_000 },
      gopMs: { least: 0, most: 3_000 },
      audioCodec: 'aac',
      audioLayout: 'stereo',
      sampleRateHz: 48_000,
    })
    expect(differencesOf(learnContract(goodReading), goodReading)).toEqual([])
  })

  test('names what differs, with what was agreed and what was found', () => {
    const { video, audio } = goodReading
    const other = {
      ...goodReading,
      video: video && { ...video, widthPx: 1_280, heightPx: 720, fps: 12.5 },
      audio: audio && { ...audio, layout: 'mono' },
      bitrateBps: 900_000,
    }
    expect(differencesOf(learnContract(goodReading), other)).toEqual([
      { item: 'widthPx', agreed: 1_920, found: 1_280 },
      { item: 'heightPx', agreed: 1_080, found: 720 },
      { item: 'fps', agreed: { least: 22.5, most: 27.5 }, found: 12.5 },
      { item: 'bitrateBps', agreed: { least: 2_000_000, most: 6_000_000 }, found: 900_000 },
      { item: 'audioLayout', agreed: 'stereo', found: 'mono' },
    ])
  })

  test('is broken by a track that is missing, and not by what a look was too short to tell', () => {
    const { video } = goodReading
    const silent = { ...goodReading, audio: null, gop: null, bitrateBps: null, video: video && { ...video, fps: null } }
    expect(differencesOf(learnContract(goodReading), silent).map(({ item, found }) => [item, found])).toEqual([
      ['audioCodec', null],
      ['audioLayout', null],
      ['sampleRateHz', null],
    ])
  })

  test('asks for nothing that is left out of it', () => {
    expect(differencesOf(streamContractSchema.parse({ videoCodec: 'h264' }), { ...goodReading, audio: null })).toEqual([])
    expect(learnContract({ ...goodReading, audio: null })).toMatchObject({ audioCodec: null, sampleRateHz: null })
  })
})
