import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { closeWithoutBugs, createSite } from '../../tests/fakes/testFleet.ts'
import { createTestClock } from '../clock/testClock.ts'
import { createReceiver } from './notifications/channels.fixture.ts'
import { createTestEngines } from './testEngines.ts'
import { createTestLog } from './testLog.ts'
import { Updates } from './updates.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const dayMs = 24 * 3_600_000
const unknown = { newest: null, released: null, isNewer: false, problem: null }
const release = (version: string, released = '2026-12-04') => JSON.stringify({ version, released })

/** What version 0.0.0 makes of a feed that answers like this. */
async function follow(answer: (response: ServerResponse) => void) {
  const open = new AsyncDisposableStack()
  const site = open.use(await createReceiver(answer))
  const clock = createTestClock(startAt)
  const stop = new AbortController()
  const updates = new Updates({ clock, log: createTestLog(), version: '0.0.0' }, `${site.origin}/release.json`, stop.signal)
  expect(updates.state()).toEqual({ ...unknown, checkedAt: null })
  return {
    /** The state of the next look, which begins after this long. */
    after: async (ms: number) => {
      const before = updates.state().checkedAt
      await clock.advance(ms)
      await vi.waitFor(() => expect(updates.state().checkedAt).not.toBe(before))
      return updates.state()
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await updates.ended
      await open.disposeAsync()
    },
  }
}

test('a newer version is told of, once a day, and what was read stays where the feed fails later', async () => {
  let isThere = true
  await using feed = await follow((response) => (isThere ? response.end(release('0.1.0')) : response.writeHead(404).end('no')))
  const newer = { newest: '0.1.0', released: '2026-12-04', isNewer: true }
  expect(await feed.after(0)).toEqual({ ...newer, checkedAt: startAt, problem: null })
  isThere = false
  expect(await feed.after(dayMs)).toEqual({ ...newer, checkedAt: startAt + dayMs, problem: 'HTTP 404' })
})

test.each([
  ['0.0.1', true],
  ['0.0.1-rc.1', true],
  ['0.0.0', false],
  ['0.0.0-rc.1', false],
])('by the order of semantic versions %s is newer than 0.0.0: %s', async (version, isNewer) => {
  await using feed = await follow((response) => response.end(release(version)))
  expect(await feed.after(0)).toMatchObject({ newest: version, isNewer, problem: null })
})

test.each([
  ['is no JSON', (response: ServerResponse) => response.end('<html>'), 'release.json'],
  ['names no version', (response: ServerResponse) => response.end(release('newest')), 'release.json'],
  ['names no day', (response: ServerResponse) => response.end(release('9.0.0', 'soon')), 'release.json'],
  ['is too large', (response: ServerResponse) => response.end(' '.repeat(300_000) + release('9.0.0')), 'release.json'],
  ['leads elsewhere', (response: ServerResponse) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(), 'unexpected redirect'],
])('a feed that %s tells of nothing, and says so', async (_, answer, problem) => {
  await using feed = await follow((response) => void answer(response))
  expect(await feed.after(0)).toEqual({ ...unknown, checkedAt: startAt, problem })
})

test('a console follows the feed that is named, and asks nobody where none is', async () => {
  const engines = await createTestEngines(startAt)
  const url = await createSite(engines, (_, response) => response.end(release('0.1.0')))
  const followed = await engines.start({ updates: url })
  await engines.clock.advance(1_000)
  expect(await followed.client.access.updates()).toMatchObject({ newest: '0.1.0', isNewer: true })
  await engines.stop(followed.engine)
  expect(await (await engines.start()).client.access.updates()).toBeNull()
  await closeWithoutBugs(engines)
})
