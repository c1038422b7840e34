import { describe, expect, it } from 'vitest'
import type { PictureReason } from '../../shared/previews.ts'
import { createFrozenWatch } from './frozenWatch.ts'
import { type HlsFailure, hlsFailureReason } from './hlsFailure.ts'

describe('a picture that should play', () => {
  it('says for how long its time has stood still', () => {
    const watch = createFrozenWatch()
    expect([0, 500, 2900, 3000].map((now) => watch.see(now, 7, true))).toEqual([0, 500, 2900, 3000])
  })
  it('is well again as soon as it moves', () => {
    const watch = createFrozenWatch()
    for (const now of [0, 4000]) watch.see(now, 7, true)
    expect(watch.see(4500, 7.5, true)).toBe(0)
    expect(watch.see(7000, 7.5, true)).toBe(2500)
    expect(watch.see(7500, 2, true)).toBe(0)
  })
  it('is not taken for playing where a stalled player nudges its time on', () => {
    const watch = createFrozenWatch()
    const seen = Array.from({ length: 11 }, (_, look) => watch.see(look * 500, 7 + look * 0.1, true))
    expect(seen.at(-1)).toBe(5000)
  })
  it('is never called frozen while it is paused or hidden', () => {
    const watch = createFrozenWatch()
    for (const now of [0, 4000, 9000]) expect(watch.see(now, 7, false)).toBe(0)
    expect(watch.see(9500, 7, true)).toBe(500)
  })
})
describe('why no picture comes', () => {
  const failure = (change: Partial<HlsFailure>): HlsFailure => ({
    type: 'networkError',
    details: 'manifestLoadError',
    status: null,
    text: null,
    ...change,
  })
  it('has its own words for each cause', () => {
    const causes = [
      failure({ status: 404 }),
      failure({ status: 401 }),
      failure({ status: 503 }),
      failure({ details: 'levelLoadTimeOut' }),
      failure({}),
      failure({ type: 'mediaError', details: 'bufferAppendError' }),
      failure({ type: 'otherError', details: 'x' }),
    ]
    expect(new Set(causes.map((cause) => hlsFailureReason(cause).why.kind)).size).toBe(causes.length)
  })
  it('lets the relay speak for itself, but never shows a page', () => {
    const relayed = (why: PictureReason) => hlsFailureReason(failure({ status: 502, text: JSON.stringify({ error: 'x', why }) }))
    expect(relayed({ kind: 'settingsChanged' })).toEqual({ why: { kind: 'settingsChanged' }, retry: true })
    expect(relayed({ kind: 'readRefused' })).toEqual({ why: { kind: 'readRefused' }, retry: false })
    for (const text of ['<html>nope', '{"error":"x"}', '{"why":{"kind":"of another version"}}', null])
      expect(hlsFailureReason(failure({ status: 404, text })).why).toEqual({ kind: 'noPictureNow' })
  })
  it('does not try again where it cannot help', () => {
    expect(hlsFailureReason(failure({ status: 401 })).retry).toBe(false)
    expect(hlsFailureReason(failure({ status: 502 })).retry).toBe(true)
    expect(hlsFailureReason(failure({ type: 'mediaError', details: 'bufferAddCodecError' })).retry).toBe(false)
  })
})
