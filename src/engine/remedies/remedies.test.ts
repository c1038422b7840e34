import { expect, it } from 'vitest'
import type { Remedy } from '../../shared/remedyInput.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { heldBack, isUnhelpful } from './remedies.ts'

const remedy: Remedy = { act: 'kickPublisher', afterSeconds: 30, againSeconds: 600, mostAnHour: 3 }
const cam = (path: string) => streamSubject('berlin', path)

it('holds back what was done to the same stream too recently, and what is too much within the hour', () => {
  const at = (path: string, seconds: number) => ({ at: seconds * 1000, subject: cam(path) })
  expect(heldBack(remedy, [at('a', 0)], cam('a'), 599_000)).toBe('again')
  expect(heldBack(remedy, [at('a', 0)], cam('a'), 600_000)).toBeNull()
  expect(heldBack(remedy, [at('a', 0)], cam('b'), 1_000)).toBeNull()
  expect(heldBack(remedy, [at('a', 0), at('b', 10), at('c', 20)], cam('d'), 3_599_000)).toBe('tooMany')
  expect(heldBack(remedy, [at('a', 0), at('b', 10), at('c', 20)], cam('d'), 3_600_000)).toBeNull()
})

it('an act of a later time, as after the clock was set back, holds others back', () => {
  expect(heldBack(remedy, [{ at: 5_000_000, subject: cam('a') }], cam('a'), 0)).toBe('again')
})

it('what failed, was not seen to end, or did not help, three times in a row, is unhelpful', () => {
  const bad = { outcome: 'done', helped: false } as const
  const good = { outcome: 'done', helped: true } as const
  expect(isUnhelpful([bad, bad])).toBe(false)
  expect(isUnhelpful([bad, { outcome: 'failed', helped: null }, { outcome: 'unknown', helped: null }])).toBe(true)
  expect(isUnhelpful([bad, good, bad, bad])).toBe(false)
  // What is not known yet says nothing.
  expect(isUnhelpful([{ outcome: 'done', helped: null }, { outcome: 'begun', helped: null }, bad, bad, bad])).toBe(true)
})
