import { expect, test } from 'vitest'
import { answerLimits, type FieldChecker } from './apiFields.ts'
import { readRecording, readSegments } from './listReadings.ts'

const now = Date.UTC(2026, 9, 24, 8)
function read(raw: unknown) {
  const noted: string[] = []
  const checker: FieldChecker = { note: (field, fault) => void noted.push(`${field} ${fault}`), now: () => now }
  return { found: readRecording(raw, checker), noted }
}
const segment = (at: number) => ({ start: new Date(at).toISOString() })

test('segments are in order of their starts, to the millisecond, whatever the zone of the server', () => {
  const { found, noted } = read({ name: 'a/b', segments: [{ start: '2026-10-24T09:30:00.123456+02:00' }, segment(now - 3_600_000)] })
  expect(found?.path).toBe('a/b')
  expect([...(found?.starts ?? [])]).toEqual([now - 3_600_000, now - 1_800_000 + 123])
  expect(noted).toEqual([])
})

test('what is no segment is left out and noted, and one without a name is nothing', () => {
  const { found, noted } = read({ name: 'a', segments: [null, 7, {}, { start: 'yesterday' }, segment(now + 10 * 86_400_000), segment(now)] })
  expect([...(found?.starts ?? [])]).toEqual([now])
  expect(noted).toEqual(['segments.start type', 'segments.start type', 'segments.start type', 'segments.start type', 'segments.start impossible'])
  for (const raw of [null, 'a', {}, { name: '' }, { name: 7, segments: [] }]) expect(read(raw).found).toBeNull()
  expect([...(read({ name: 'a', segments: null }).found?.starts ?? [1])]).toEqual([])
})

test('of more than are kept the newest are, and that there are more is said', () => {
  const many = Array.from({ length: answerLimits.segmentsOfPath + 5 }, (_, n) => segment(now - 86_400_000 * 365 + n * 1_000))
  const { found } = read({ name: 'a', segments: many })
  expect([found?.starts.length, found?.cut]).toEqual([answerLimits.segmentsOfPath, true])
  expect(found?.starts[0]).toBe(now - 86_400_000 * 365 + 5_000)
})

test('segments of a time keep their starts as they were written, because the server knows its files by them', () => {
  const checker: FieldChecker = { note: () => {}, now: () => now }
  const starts = ['2026-10-24T09:30:00.123456+02:00', '2026-10-24T06:00:00Z', 'yesterday', '2026-10-24T10:00:00+02:00']
  const found = readSegments({ segments: [...starts.map((start) => ({ start })), null, { start: `2026-10-24T09:30:00.${'1'.repeat(80)}Z` }] }, 0, now, checker)
  expect(found).toEqual([
    { start: '2026-10-24T06:00:00Z', at: now - 7_200_000 },
    { start: '2026-10-24T09:30:00.123456+02:00', at: now - 1_800_000 + 123 },
  ])
})
