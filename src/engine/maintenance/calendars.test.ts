import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createTestProxy, insideName } from '../http/proxy.fixture.ts'
import { createReceiver } from '../notifications/channels.fixture.ts'
import { createCalendarFetch } from './calendars.ts'

test('a calendar is read through its proxy, where it is reachable only there', async () => {
  await using open = new AsyncDisposableStack()
  const receiver = open.use(await createReceiver((response) => void response.end('BEGIN:VCALENDAR')))
  const proxy = open.use(await createTestProxy())
  const source = createCalendarFetch(createTestClock(), 'mtxdeck/0.0.0')
  open.defer(source.close)
  const ref = { calendar: `${receiver.origin.replace('127.0.0.1', insideName)}/plan.ics`, zone: 'UTC' }
  const { signal } = new AbortController()
  expect(await source.text(ref, signal)).toMatchObject({ ok: false, error: { kind: 'unreachable' } })
  expect(await source.text({ ...ref, proxy: proxy.url }, signal)).toEqual({ ok: true, value: 'BEGIN:VCALENDAR' })
  expect(proxy.asked).toEqual([`GET ${ref.calendar}`])
})

test.each([
  ['the same server', (url: URL) => new URL('/elsewhere/plan.ics', url).href, { ok: true, value: 'BEGIN:VCALENDAR' }],
  ['another port', (url: URL) => `http://${url.hostname}:1/plan.ics`, { ok: false, error: { kind: 'redirected', to: 'http://127.0.0.1:1' } }],
  ['services inside', () => 'http://169.254.169.254/latest/meta-data', { ok: false, error: { kind: 'redirected', to: 'http://169.254.169.254' } }],
  ['a file', () => 'file:///etc/passwd', { ok: false, error: { kind: 'redirected', to: 'null' } }],
  ['itself, again and again', (url: URL) => url.href, { ok: false, error: { kind: 'redirected' } }],
])('a redirect to %s is followed only where it stays there', async (_, to, expected) => {
  await using open = new AsyncDisposableStack()
  const receiver = open.use(
    await createReceiver((response) => {
      const { url = '', headers } = response.req
      if (url.startsWith('/elsewhere')) response.end('BEGIN:VCALENDAR')
      else response.writeHead(302, { location: to(new URL(url, `http://${headers.host}`)) }).end()
    }),
  )
  const source = createCalendarFetch(createTestClock(), 'mtxdeck/0.0.0')
  open.defer(source.close)
  expect(await source.text({ calendar: `${receiver.origin}/plan.ics`, zone: 'UTC' }, new AbortController().signal)).toMatchObject(expected)
})

test('a file is an ordinary one of at most 5 MB', async () => {
  const source = createCalendarFetch(createTestClock(), 'mtxdeck/0.0.0')
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-calendar-'))
  const large = join(folder, 'large.ics')
  writeFileSync(large, '')
  truncateSync(large, 5_000_001)
  const problemOf = async (calendar: string) => {
    const read = await source.text({ calendar, zone: 'UTC' }, new AbortController().signal)
    return read.ok ? null : read.error
  }
  expect(await problemOf('/dev/zero')).toEqual({ kind: 'notACalendar' })
  expect(await problemOf(folder)).toEqual({ kind: 'notACalendar' })
  expect(await problemOf(large)).toEqual({ kind: 'tooLarge' })
  expect(await problemOf(join(folder, 'none.ics'))).toEqual({ kind: 'unreachable', code: 'ENOENT' })
  rmSync(folder, { recursive: true })
  await source.close()
})
