import { describe, expect, it } from 'vitest'
import { createBodyBuffers } from './bodyBuffers.ts'

describe('memory for answers', () => {
  it('is used again, also from a part of it', () => {
    const buffers = createBodyBuffers()
    const first = buffers.take(100_000)
    expect(first.length).toBeGreaterThanOrEqual(100_000)
    buffers.give(first.subarray(0, 70_000))
    expect(buffers.idleBytes()).toBe(first.length)
    expect(buffers.take(90_000).buffer).toBe(first.buffer)
    expect(buffers.idleBytes()).toBe(0)
  })

  it('is never lent to two', () => {
    const buffers = createBodyBuffers()
    const first = buffers.take(100_000)
    buffers.give(first)
    buffers.give(first)
    expect(buffers.take(100_000).buffer).not.toBe(buffers.take(100_000).buffer)
  })

  it('is not wasted on something small, and is bounded', () => {
    const buffers = createBodyBuffers()
    buffers.give(buffers.take(10_000_000))
    expect(buffers.take(1_000).length).toBeLessThan(100_000)
    const many = Array.from({ length: 10 }, () => buffers.take(5_000_000))
    for (const buffer of many) buffers.give(buffer)
    expect(buffers.idleBytes()).toBeLessThanOrEqual(16 << 20)
  })

  it('is given back where nobody needs it any more: what large answers needed once is not kept for small ones', () => {
    const buffers = createBodyBuffers()
    const large = Array.from({ length: 4 }, () => buffers.take(1_000_000))
    for (const buffer of large) buffers.give(buffer)
    const small = buffers.take(50_000)
    buffers.give(small)
    for (let n = 0; n < 10_000; n++) buffers.give(buffers.take(50_000))
    expect(buffers.take(50_000).buffer).toBe(small.buffer)
    expect(buffers.idleBytes()).toBe(0)
  })

  it('takes no foreign memory', () => {
    const buffers = createBodyBuffers()
    buffers.give(Buffer.from('of somebody else'))
    expect(buffers.idleBytes()).toBe(0)
  })
})
