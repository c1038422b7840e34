import { createMemoryRouter } from 'react-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { goToMoment, keepMomentWithin, type MomentRouter, momentNow, startMoment } from './moment.ts'
import { changeSpeed, patienceMs, playerNow, setSpeed, startPlaying, stepBy, stepEveryMs, stopPlaying, togglePlay, waitForPictures } from './player.ts'

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
  waitForPictures(() => false)
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

  it('waits for a picture that takes long, and goes on without making up for it', () => {
    goToMoment(now - 10 * hour)
    setSpeed(600)
    let behind = true
    waitForPictures(() => behind)
    startPlaying()
    vi.advanceTimersByTime(20_000)
    const held = momentNow() ?? 0
    expect(held - (now - 10 * hour)).toBeLessThanOrEqual(patienceMs * 600)
    behind = false
    vi.advanceTimersByTime(2000)
    expect(momentNow()).toBe(held + 1_200_000)
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
