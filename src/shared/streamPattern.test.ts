import { describe, expect, it } from 'vitest'
import { matchesPattern } from './streamPattern.ts'

describe('a pattern of streams', () => {
  it('without a star is one path, whose case counts', () => {
    expect(matchesPattern('north/gate', 'north/gate')).toBe(true)
    expect(matchesPattern('north/gate', 'north/gate2')).toBe(false)
    expect(matchesPattern('north/gate', 'North/gate')).toBe(false)
  })
  it('takes any letters for a star, also none and also slashes', () => {
    for (const path of ['north/', 'north/gate', 'north/gate/low']) expect(matchesPattern('north/*', path)).toBe(true)
    expect(matchesPattern('*', 'anything at all')).toBe(true)
    expect(matchesPattern('*/gate/*', 'north/gate/low')).toBe(true)
    expect(matchesPattern('*/gate/*', 'north/gate')).toBe(false)
    expect(matchesPattern('a*b*c', 'a1b2b3c')).toBe(true)
  })
  it('does not use letters twice', () => {
    expect(matchesPattern('aba*aba', 'aba')).toBe(false)
    expect(matchesPattern('a*b*ba', 'aba')).toBe(false)
    expect(matchesPattern('a*bb*ba', 'abba')).toBe(false)
  })
  it('takes signs of other pattern languages as they are', () => {
    expect(matchesPattern('cam[1].+?', 'cam[1].+?')).toBe(true)
    expect(matchesPattern('cam.', 'cam1')).toBe(false)
  })
})
