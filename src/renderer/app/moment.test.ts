import { createMemoryRouter } from 'react-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addressEveryMs, goToMoment, keepMoment, keepMomentWithin, type MomentRouter, momentNow, readAt, startMoment, subscribeMoment } from './moment.ts'

const past = Date.UTC(2026, 10, 14, 3, 12, 40)
let stop = () => {}
function open(...entries: string[]) {
  const router = createMemoryRouter([{ path: '*' }], { initialEntries: entries })
  const stopMoment = startMoment(router as unknown as MomentRouter)
  stop = () => {
    stopMoment()
    router.dispose()
  }
  return router
}
const addressOf = (router: ReturnType<typeof open>) => `${router.state.location.pathname}${router.state.location.search}`

beforeEach(() => {
  vi.useFakeTimers({ now: past + 3_600_000 })
})
afterEach(() => {
  stop()
  stop = () => {}
  vi.useRealTimers()
})

describe('the moment of the window', () => {
  it('is now where the address names none, or nothing that is a time', () => {
    open('/streams?q=cam')
    expect(momentNow()).toBeNull()
    expect([readAt('?at='), readAt('?at=-1'), readAt('?at=1e5'), readAt('?at=12345678901234567')]).toEqual([null, null, null, null])
  })

  it('is read from the address, so that a pasted link shows the same', () => {
    open(`/streams?q=cam&at=${past}`)
    expect(momentNow()).toBe(past)
  })

  it('goes into the past, to another page, and back to now without losing what else stands in the address', async () => {
    const router = open('/streams?q=cam')
    goToMoment(past)
    expect(addressOf(router)).toBe(`/streams?q=cam&at=${past}`)
    await router.navigate('/servers/a?tab=streams')
    expect(addressOf(router)).toBe(`/servers/a?tab=streams&at=${past}`)
    await router.navigate({ pathname: '/settings/servers', search: '?add' })
    expect(readAt(router.state.location.search)).toBe(past)
    goToMoment(null)
    expect(momentNow()).toBeNull()
    expect(addressOf(router)).toBe('/settings/servers?add=')
  })

  it('is kept by a page that writes its own parameters anew', async () => {
    const router = open(`/streams?at=${past}`)
    await router.navigate('?q=gate', { replace: true })
    expect(addressOf(router)).toBe(`/streams?q=gate&at=${past}`)
    expect((router as unknown as MomentRouter).createHref({ pathname: '/x', search: '', hash: '' })).toContain(`at=${past}`)
  })

  it('comes back with back and forward', async () => {
    const router = open('/')
    goToMoment(past)
    goToMoment(past + 5000)
    await router.navigate(-1)
    expect(momentNow()).toBe(past)
    await router.navigate(-1)
    expect(momentNow()).toBeNull()
    await router.navigate(1)
    expect(momentNow()).toBe(past)
  })

  it('follows a moving cursor at once and writes the address a few times a second at most', async () => {
    const router = open('/')
    goToMoment(past)
    const seen: (number | null)[] = []
    const unsubscribe = subscribeMoment(() => seen.push(momentNow()))
    let writes = 0
    router.subscribe(() => writes++)
    for (let step = 1; step <= 50; step++) goToMoment(past + step * 1000, { replace: true })
    expect(seen.length).toBe(50)
    expect(addressOf(router)).toBe(`/?at=${past}`)
    vi.advanceTimersByTime(addressEveryMs)
    expect(addressOf(router)).toBe(`/?at=${past + 50_000}`)
    expect(writes).toBeLessThanOrEqual(2)
    await router.navigate(-1)
    expect(momentNow()).toBeNull()
    unsubscribe()
  })

  it('takes the newest moment along when the page changes before the address was written', async () => {
    const router = open(`/?at=${past}`)
    goToMoment(past + 2000, { replace: true })
    await router.navigate('/streams')
    expect(addressOf(router)).toBe(`/streams?at=${past + 2000}`)
    vi.advanceTimersByTime(addressEveryMs * 2)
    expect(addressOf(router)).toBe(`/streams?at=${past + 2000}`)
  })

  it('goes where a link says that names a moment of its own', async () => {
    const router = open(`/?at=${past}`)
    await router.navigate(`/streams?at=${past + 7000}`)
    expect(momentNow()).toBe(past + 7000)
    expect(addressOf(router)).toBe(`/streams?at=${past + 7000}`)
    expect(keepMoment(`/streams?at=${past}#x`)).toBe(`/streams?at=${past}#x`)
    expect(keepMoment('/streams?q=a%20b#x')).toBe(`/streams?q=a+b&at=${past + 7000}#x`)
  })

  it('is never in the future', () => {
    open('/')
    goToMoment(past + 3_600_000 * 5)
    expect(momentNow()).toBe(past + 3_600_000)
  })

  it('begins in a bundle where most was wrong, unless the address names a moment', () => {
    open('/')
    keepMomentWithin({ from: past - 60_000, to: past, worstAt: past - 20_000 })
    expect(momentNow()).toBe(past - 20_000)
    goToMoment(null)
    expect(momentNow()).toBe(past)
    // The engine is reached again: nobody is moved.
    keepMomentWithin({ from: past - 60_000, to: past, worstAt: past - 20_000 })
    expect(momentNow()).toBe(past)
  })

  it('stays where the address says in a bundle', () => {
    open(`/?at=${past - 30_000}`)
    keepMomentWithin({ from: past - 60_000, to: past, worstAt: past - 20_000 })
    expect(momentNow()).toBe(past - 30_000)
  })

  it('stays within a bundle, which has no now', async () => {
    const router = open('/')
    keepMomentWithin({ from: past - 60_000, to: past })
    expect(momentNow()).toBe(past)
    expect(addressOf(router)).toBe(`/?at=${past}`)
    goToMoment(null)
    expect(momentNow()).toBe(past)
    goToMoment(past - 3_600_000)
    expect(momentNow()).toBe(past - 60_000)
    await router.navigate('/streams')
    expect(addressOf(router)).toBe(`/streams?at=${past - 60_000}`)
  })
})
