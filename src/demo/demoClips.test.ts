import { expect, it } from 'vitest'
import { createClips } from './demoClips.ts'

it.each(['process', 'thread'] as const)('a %s makes a clip of eight equal segments, once for each name', async (where) => {
  await using clips = createClips(() => {}, undefined, where)
  const first = clips.clip('a/b')
  expect(clips.clip('a/b')).toBe(first)
  const [clip, other] = await Promise.all([first, clips.clip('other')])
  for (const rendition of [clip.video, clip.audio]) {
    expect(rendition.segments).toHaveLength(8)
    for (const segment of rendition.segments) expect(Buffer.from(segment).toString('latin1', 4, 8)).toBe('moof')
  }
  // The name stands in the picture.
  expect(Buffer.from(other.video.segments[0] ?? []).equals(Buffer.from(clip.video.segments[0] ?? []))).toBe(false)
  expect(Buffer.from(other.audio.segments[0] ?? []).equals(Buffer.from(clip.audio.segments[0] ?? []))).toBe(true)
})

it('an encoder that breaks fails the calls that wait, is logged, and is started again at the next call', async () => {
  const logged: string[] = []
  await using clips = createClips((text) => logged.push(text), new URL('data:text/javascript,nothing'), 'thread')
  await expect(clips.clip('a')).rejects.toThrow()
  await expect(clips.clip('a')).rejects.toThrow()
  expect(logged).toHaveLength(2)
})
