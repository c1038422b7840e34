import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createTestProxy, insideName } from '../http/proxy.fixture.ts'
import { createReceiver } from '../notifications/channels.fixture.ts'
import { createCalendarFetch } from './fetchCalendar.ts'

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
