import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPlayer, speeds } from './createPlayer.ts'

const start = Date.UTC(2026, 10, 14, 3, 0, 0)
const end = start + 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

const open = (from: number | null = start) => {
  let moment = from
  let behind = false
  let ends = 0
  const gone: number[] = []
  const player = createPlayer({
    now: () => Date.now(),
    later: (run, ms) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    moment: () => moment,
    goTo: (at) => {
      moment = at
      gone.push(at)
    },
    end: () => end,
    onEnd: () => ends++,
    isBehind: () => behind,
  })
  return {
    player,
    gone,
    shown: () => (moment === null ? null : moment - start),
    move: (at: number | null) => {
      moment = at
    },
    setBehind: (next: boolean) => {
      behind = next
    },
    ends: () => ends,
  }
}

describe('createPlayer', () => {
  it.each(speeds.map((speed) => [speed]))('goes on %i times as fast as it was', (speed) => {
    const { player, shown } = open()
    player.setSpeed(speed)
    player.toggle()
    vi.advanceTimersByTime(4000)
    expect(shown()).toBe(4000 * speed)
    player.toggle()
    vi.advanceTimersByTime(4000)
    expect([shown(), vi.getTimerCount(), player.state().playing]).toEqual([4000 * speed, 0, false])
  })

  it('changes its speed while it plays without a jump', () => {
    const { player, gone, shown } = open()
    player.setSpeed(1)
    player.toggle()
    vi.advanceTimersByTime(3000)
    player.setSpeed(60)
    vi.advanceTimersByTime(2000)
    expect(shown()).toBe(3000 + 120_000)
    expect(gone).toEqual([...gone].sort((a, b) => a - b))
  })

  it('goes on from where another hand moved the moment', () => {
    const { player, move, shown } = open()
    player.setSpeed(10)
    player.toggle()
    vi.advanceTimersByTime(1000)
    move(start + 600_000)
    vi.advanceTimersByTime(1000)
    expect(shown()).toBe(610_000)
    player.stepBy(-60_000)
    vi.advanceTimersByTime(1000)
    expect(shown()).toBe(560_000)
  })

  it('stops at the end, and says so once', () => {
    const { player, shown, ends } = open(end - 5000)
    player.setSpeed(10)
    player.toggle()
    vi.advanceTimersByTime(10_000)
    expect([shown(), ends(), player.state().playing, vi.getTimerCount()]).toEqual([end - start, 1, false, 0])
  })

  it('stops when the window goes back to now, and does not begin there', () => {
    const { player, move, gone } = open()
    player.toggle()
    move(null)
    vi.advanceTimersByTime(5000)
    expect([player.state().playing, gone.length, vi.getTimerCount()]).toEqual([false, 0, 0])
    player.toggle()
    player.stepBy(1000)
    expect([player.state().playing, gone.length]).toEqual([false, 0])
  })

  it('waits for a picture that takes long, and goes on without making up for it', () => {
    const { player, setBehind, shown } = open()
    player.setSpeed(600)
    player.toggle()
    setBehind(true)
    vi.advanceTimersByTime(10_000)
    const held = shown() ?? 0
    // For a moment it goes on: pictures always come a little later.
    expect(held).toBeLessThanOrEqual(600 * 600)
    setBehind(false)
    vi.advanceTimersByTime(1000)
    expect(shown()).toBe(held + 600_000)
  })

  it('steps to the end at most', () => {
    const { player, shown } = open(end - 1000)
    player.stepBy(10_000)
    expect(shown()).toBe(end - start)
    player.stepBy(-10_000)
    expect(shown()).toBe(end - start - 10_000)
  })
})
