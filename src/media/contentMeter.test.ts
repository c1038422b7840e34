import { describe, expect, it, test } from 'vitest'
import { type ContentCheck, contentWatchOf } from '../shared/probeContent.ts'
import { createContentMeter, loudnessOf, type PictureFacts } from './contentMeter.ts'

const meterFor = (...checks: ContentCheck[]) => {
  const watch = contentWatchOf({ profile: null, checks, thresholds: {} })
  if (watch === null) return expect.fail('nothing is looked for')
  return createContentMeter(watch)
}
const moving: PictureFacts = { atMs: 0, darkPercent: 5, motionPercent: 4, isSame: false, isOneColour: false, isBars: false }
const frozen = { ...moving, motionPercent: 0, isSame: true }
const black = { ...moving, darkPercent: 99, motionPercent: 0, isSame: true, isOneColour: true }

describe('what lasts', () => {
  it('goes on over looks, until a picture is otherwise', () => {
    const meter = meterFor('black')
    for (const atMs of [0, 2_000, 4_000]) meter.picture({ ...black, atMs })
    expect(meter.take().findings).toEqual([{ check: 'black', seconds: 4, isFromStart: true }])
    meter.picture({ ...black, atMs: 6_000 })
    expect(meter.take().findings).toEqual([{ check: 'black', seconds: 6, isFromStart: true }])
    meter.picture({ ...moving, atMs: 8_000 })
    expect(meter.take().findings).toEqual([])
    for (const atMs of [10_000, 12_000]) meter.picture({ ...black, atMs })
    expect(meter.take().findings).toEqual([{ check: 'black', seconds: 2, isFromStart: false }])
  })

  it('goes on over jumps of timestamps, without their length', () => {
    const meter = meterFor('black')
    meter.picture({ ...black, atMs: 90_000_000 })
    meter.picture({ ...black, atMs: 90_002_000 })
    meter.picture({ ...black, atMs: 1_000 })
    expect(meter.take().findings).toMatchObject([{ seconds: 2 }])
    meter.picture({ ...black, atMs: 3_000 })
    expect(meter.take().findings).toMatchObject([{ seconds: 4 }])
  })

  it('is news when it is found, and when it has become a fault', () => {
    const meter = meterFor('frozen')
    const news: boolean[] = []
    for (let atMs = 0; atMs <= 10_000; atMs += 2_000) {
      meter.picture(atMs === 0 ? moving : { ...frozen, atMs })
      news.push(meter.hasNews())
    }
    expect(news).toEqual([false, true, false, true, false, false])
  })

  it('is one thing at a time: black is not frozen too, and bars are not', () => {
    const meter = meterFor('black', 'colourBars', 'oneColour', 'frozen', 'noMotion')
    for (const atMs of [0, 2_000]) meter.picture({ ...black, atMs })
    expect(meter.take().findings.map(({ check }) => check)).toEqual(['black'])
    for (const atMs of [4_000, 6_000]) meter.picture({ ...frozen, atMs, isBars: true })
    expect(meter.take().findings.map(({ check }) => check)).toEqual(['colourBars'])
    for (const atMs of [8_000, 10_000]) meter.picture({ ...frozen, atMs })
    expect(meter.take().findings.map(({ check }) => check)).toEqual(['frozen'])
    for (const atMs of [12_000, 14_000]) meter.picture({ ...moving, motionPercent: 0.1, atMs })
    expect(meter.take().findings.map(({ check }) => check)).toEqual(['noMotion'])
  })

  it('is no silence between two words', () => {
    const meter = meterFor('silent')
    const piece = { lengthMs: 100, rmsDbfs: -90, momentaryLufs: null }
    for (let atMs = 100; atMs <= 1_900; atMs += 100) meter.sound({ ...piece, atMs, peakDbfs: -80 })
    expect(meter.take()).toMatchObject({ findings: [], evaluated: ['silent'], peakDbfs: -80 })
    meter.sound({ ...piece, atMs: 2_000, peakDbfs: -80 })
    expect(meter.take().findings).toEqual([{ check: 'silent', seconds: 2, isFromStart: true }])
    meter.sound({ ...piece, atMs: 2_100, peakDbfs: -20 })
    expect(meter.take().findings).toEqual([])
  })

  it('is not judged by a look without a picture, nor standing still by the first one', () => {
    const meter = meterFor('black', 'frozen', 'silent')
    expect(meter.take()).toMatchObject({ pictures: 0, evaluated: [], darkPercent: null })
    meter.picture({ ...moving, motionPercent: null })
    expect(meter.take().evaluated).toEqual(['black'])
    meter.picture({ ...frozen, atMs: 2_000 })
    expect(meter.take()).toMatchObject({ evaluated: ['black', 'frozen'], findings: [{ check: 'frozen', seconds: 2 }] })
    expect(meter.take()).toMatchObject({ evaluated: [], findings: [] })
  })
})

test('figures that no sound or picture can have stay within their limits', () => {
  const meter = meterFor('black', 'clipped', 'loudness')
  meter.picture({ ...moving, darkPercent: Number.NaN, motionPercent: 1e9 })
  meter.sound({ atMs: 100, lengthMs: 100, peakDbfs: 758, rmsDbfs: Number.NaN, momentaryLufs: 740 })
  expect(meter.take()).toMatchObject({ darkPercent: null, motionPercent: 100, peakDbfs: 60, loudnessLufs: 60 })
})

test('loudness is gated: pauses and what is far below the programme do not count', () => {
  const loud = Array.from({ length: 50 }, () => -20)
  expect(loudnessOf(loud)).toBeCloseTo(-20)
  expect(loudnessOf([...loud, ...Array.from({ length: 100 }, () => -90)])).toBeCloseTo(-20)
  expect(loudnessOf([...loud, ...Array.from({ length: 100 }, () => -45)])).toBeCloseTo(-20)
  expect(loudnessOf([-90, -120])).toBeNull()
  expect(loudnessOf([])).toBeNull()
})
