import { expect, it } from 'vitest'
import { type MediaError, mediaErrorSchema, mediaErrorWords } from './media.ts'

it('every media error has its own sentence', () => {
  const examples: readonly MediaError[] = [
    { kind: 'refusedAddress', detail: 'it names no host' },
    { kind: 'timedOut', limitMs: 1500 },
    { kind: 'unreachable', detail: 'opening it: Connection refused' },
    { kind: 'unauthorized' },
    { kind: 'notFound' },
    { kind: 'noVideo' },
    { kind: 'undecodable', detail: 'this is no media' },
    { kind: 'crashed' },
    { kind: 'setAside', untilMs: 0 },
    { kind: 'noFfmpeg', problem: 'no ffmpeg is on the PATH', install: 'apt install ffmpeg' },
    { kind: 'unavailable', detail: 'FFmpeg is not part of this build' },
    { kind: 'cancelled' },
  ]
  expect(examples.map((error) => error.kind)).toEqual(mediaErrorSchema.options.map((option) => option.shape.kind.value))
  const words = examples.map(mediaErrorWords)
  expect(new Set(words).size).toBe(examples.length)
  for (const sentence of words) expect(sentence).toMatch(/^[A-Z].*\.$/)
  expect(words[1]).toContain('1.5 s')
})
