import { createMemoryRouter } from 'react-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { goToMoment, keepMomentWithin, type MomentRouter, momentNow, startMoment } from './moment.ts'
import { changeSpeed, fetchPicturesWith, patienceMs, playerNow, setSpeed, startPlaying, stepBy, stepEveryMs, stopPlaying, togglePlay } from './player.ts'

const now = Date.UTC(2026, 10, 14, 3, 12, 40)
const hour = 3_600_000
let stop = () => {}

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] })
  const router = createMemoryRouter([{ path: '*' }], { initialEntries: ['/'] })
  const stopMoment = startMoment(router as unknown as MomentRouter)
  stop = () => {
    stopMoment()
    router.dispose()
  }
  setSpeed(10)
})
afterEach(() => {
  stopPlaying()
  fetchPicturesWith((_, isShown) => isShown())
  stop()
  vi.useRealTimers()
})

describe('playing the past', () => {
  it('moves the moment as fast as was chosen', () => {
    goToMoment(now - hour)
    setSpeed(60)
    startPlaying()
    vi.advanceTimersByTime(10_000)
    expect(momentNow()).toBe(now - hour + 600_000)
    setSpeed(1)
    vi.advanceTimersByTime(10_000)
    expect(momentNow()).toBe(now - hour + 610_000)
    togglePlay()
    vi.advanceTimersByTime(10_000)
    expect(momentNow()).toBe(now - hour + 610_000)
  })
  it('has nothing to play now', () => {
    startPlaying()
    expect(playerNow().playing).toBe(false)
  })
  it('goes on from where a cursor was moved to', () => {
    goToMoment(now - 5 * hour)
    startPlaying()
    vi.advanceTimersByTime(1000)
    goToMoment(now - 3 * hour)
    vi.advanceTimersByTime(1000)
    expect(momentNow()).toBe(now - 3 * hour + 10_000)
  })
  it('is live again when it has caught up with now', () => {
    goToMoment(now - 60_000)
    startPlaying()
    vi.advanceTimersByTime(7_000)
    expect([momentNow(), playerNow().playing]).toEqual([null, false])
  })
  it('stops when the window goes back to now', () => {
    goToMoment(now - hour)
    startPlaying()
    goToMoment(null)
    expect(playerNow().playing).toBe(false)
    vi.advanceTimersByTime(5 * stepEveryMs)
    expect(momentNow()).toBeNull()
  })
  it('stops at the end of a bundle', () => {
    keepMomentWithin({ from: now - 2 * hour, to: now - hour })
    goToMoment(now - hour - 5_000)
    startPlaying()
    vi.advanceTimersByTime(2_000)
    expect([momentNow(), playerNow().playing]).toEqual([now - hour, false])
  })
  it('has a slowest and a fastest speed', () => {
    for (let times = 0; times < 9; times++) changeSpeed(1)
    expect(playerNow().speed).toBe(600)
    for (let times = 0; times < 9; times++) changeSpeed(-1)
    expect(playerNow().speed).toBe(1)
  })

  it('goes to a moment with its picture, never before, and as fast as was chosen', () => {
    const start = now - 10 * hour
    const shownAt: number[] = [start]
    fetchPicturesWith((at, isShown) =>
      setTimeout(() => {
        shownAt.push(at)
        isShown()
      }, 350),
    )
    goToMoment(start)
    startPlaying()
    for (let passed = 0; passed < 10_000; passed += 10) {
      vi.advanceTimersByTime(10)
      expect(momentNow()).toBe(shownAt.at(-1))
    }
    // What is shown is as old as its picture took.
    expect((momentNow() ?? 0) - start).toBeGreaterThan(10 * (10_000 - 2 * 350 - stepEveryMs))
    expect((momentNow() ?? 0) - start).toBeLessThanOrEqual(10 * 10_000)
  })

  it('waits for a picture that takes long, and goes on without making up for it', () => {
    const start = now - 10 * hour
    let answer = () => {}
    fetchPicturesWith((_, isShown) => {
      answer = isShown
    })
    goToMoment(start)
    setSpeed(600)
    startPlaying()
    vi.advanceTimersByTime(20_000)
    expect(momentNow()).toBe(start)
    answer()
    const held = momentNow() ?? 0
    expect(held - start).toBe(stepEveryMs * 600)
    vi.advanceTimersByTime(1)
    answer()
    expect((momentNow() ?? 0) - held).toBe(patienceMs * 600)
  })

  it('leaves a cursor that was moved while a picture was on its way where it is, and goes on from there', () => {
    let answer = () => {}
    fetchPicturesWith((_, isShown) => {
      answer = isShown
    })
    goToMoment(now - 5 * hour)
    startPlaying()
    vi.advanceTimersByTime(stepEveryMs)
    goToMoment(now - 3 * hour)
    answer()
    expect(momentNow()).toBe(now - 3 * hour)
    vi.advanceTimersByTime(stepEveryMs)
    answer()
    expect(momentNow()).toBe(now - 3 * hour + 10 * stepEveryMs)
  })

  it('is stepped, also from now', () => {
    stepBy(-10_000)
    expect(momentNow()).toBe(now - 10_000)
    stepBy(-2000)
    expect(momentNow()).toBe(now - 12_000)
    stepBy(60_000)
    expect(momentNow()).toBeNull()
  })
})
