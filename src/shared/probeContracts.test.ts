import { describe, expect, test } from 'vitest'
import { differencesOf, learnContract, streamContractSchema } from './probeContracts.ts'
import { goodReading } from './probeReadings.fixture.ts'

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
