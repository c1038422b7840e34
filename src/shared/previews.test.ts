import { describe, expect, it } from 'vitest'
import { previewSchema, stillSchema } from './previews.ts'

describe('an answer', () => {
  it('has a picture, or says why there is none', () => {
    const playing = { url: '/relay/t/index.m3u8', previewId: 'p', obstacle: null, why: null, closed: null }
    const obstructed = { url: null, previewId: null, obstacle: 'hlsOff', why: { kind: 'hlsOff' }, closed: null }
    for (const preview of [playing, { ...playing, why: { kind: 'slate' }, closed: 'p0' }, obstructed]) expect(previewSchema.parse(preview)).toEqual(preview)
    for (const change of [{ url: null }, { previewId: null }, { url: null, previewId: null }, { url: null, previewId: null, obstacle: 'notLive' }])
      expect(previewSchema.safeParse({ ...playing, ...change }).success).toBe(false)
    expect(previewSchema.safeParse({ ...obstructed, why: null }).success).toBe(false)
  })

  it('has a still and when it was taken, or says why there is none', () => {
    const taken = { jpeg: '/9j/', at: 1, why: null, obstacle: null }
    const refused = { jpeg: null, at: null, why: { kind: 'noVideo' }, obstacle: null }
    for (const still of [taken, { ...taken, why: { kind: 'slate' } }, refused]) expect(stillSchema.parse(still)).toEqual(still)
    for (const still of [
      { ...taken, jpeg: null, at: null },
      { ...taken, at: null },
      { ...refused, why: null },
    ])
      expect(stillSchema.safeParse(still).success).toBe(false)
  })
})
