import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReportInput } from '../../shared/reports.ts'
import { namedZone } from '../maintenance/windows.ts'
import { createMailServer } from '../notifications/channels/mailServer.fixture.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { periodOf } from './reports.ts'

// A Tuesday, 06:00 in Berlin.
const startAt = Date.UTC(2026, 10, 24, 5, 0, 0)
const hourMs = 3_600_000

describe('scheduled reports', () => {
  let engines: TestEngines
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
  })
  afterEach(() => engines[Symbol.asyncDispose]())
  const refusedAs = (kind: string) => ({ data: { kind } })
  const daily = (more: Partial<ReportInput> = {}) => ({ name: 'Daily', at: '07:00', zone: 'Europe/Berlin', channels: ['mail'], ...more })

  async function startWithMail(port: number) {
    const started = await engines.start()
    const known = await started.client.channels.list()
    const smtp = `smtp://127.0.0.1:${port}`
    if (known.length === 0) await started.client.channels.add({ name: 'mail', email: 'boss@example.org', from: 'mtxdeck@example.com', smtp, startTls: 'false' })
    return started
  }
  const mailServer = async () => engines.open.use(await createMailServer())
  const plain = (text: string | undefined) => (text ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=')

  test('a report is mailed at its time of the zone, once, as a page with a CSV file beside it', async () => {
    const { port, mails } = await mailServer()
    const { client } = await startWithMail(port)
    const { id, nextAt } = await client.reports.add(daily({ language: 'de' }))
    expect(nextAt).toBe(startAt + hourMs)
    await engines.clock.advance(hourMs - 60_000)
    expect(mails).toEqual([])
    await engines.clock.advance(120_000)
    await expect.poll(() => mails.length).toBe(1)
    const text = plain(mails[0]?.text)
    expect(text).toContain('Content-Type: text/html')
    expect(text).toContain('Verf')
    expect(text).toContain('filename=Daily.csv')
    expect(text).not.toContain('fällig')
    await engines.clock.advance(hourMs)
    expect(mails).toHaveLength(1)
    const [report] = await client.reports.list()
    expect(report).toMatchObject({
      ...{ id, failingSince: null, noChannels: [], nextAt: startAt + 25 * hourMs },
      last: { dueAt: startAt + hourMs, by: null, sent: [{ channel: 'mail', state: 'delivered', failure: null }] },
    })
  })

  test('what was due several times while the console was off is sent once at the start, and says so', async () => {
    const { port, mails } = await mailServer()
    const { engine, client } = await startWithMail(port)
    await client.reports.add(daily())
    await engines.stop(engine)
    await engines.clock.advance(50 * hourMs)
    const again = await startWithMail(port)
    await engines.clock.advance(60_000)
    await expect.poll(() => mails.length).toBe(1)
    expect(plain(mails[0]?.text)).toContain('This report was due')
    await engines.clock.advance(hourMs)
    expect(mails).toHaveLength(1)
    expect((await again.client.reports.list())[0]).toMatchObject({ last: { dueAt: startAt + 49 * hourMs }, nextAt: startAt + 73 * hourMs })
  })

  test('a mail that fails is retried as notifications are, says why meanwhile, and arrives once', async () => {
    let isOpen = false
    const { port, mails } = engines.open.use(
      await createMailServer({
        onMailFrom: (_address, _session, done) => (isOpen ? done() : done(Object.assign(new Error('try later'), { responseCode: 451 }))),
      }),
    )
    const { client } = await startWithMail(port)
    const { id } = await client.reports.add(daily())
    const sent = await client.reports.send({ id })
    expect(sent.last).toMatchObject({ dueAt: null, by: 'operator', sent: [{ channel: 'mail', state: 'waiting' }] })
    await expect.poll(async () => (await client.reports.list())[0]?.last?.sent[0]?.failure).toMatchObject({ kind: 'answer', isPassing: true })
    isOpen = true
    await engines.clock.advance(600_000)
    await expect.poll(() => mails.length).toBe(1)
    expect((await client.reports.list())[0]?.last?.sent).toMatchObject([{ state: 'delivered' }])
  })

  test('one that is changed or switched off counts from then on, and a removed one is made no more', async () => {
    const { port, mails } = await mailServer()
    const { client } = await startWithMail(port)
    const { id } = await client.reports.add(daily({ at: '06:30' }))
    const off = await client.reports.update({ id, change: daily({ at: '06:30', enabled: false }) })
    expect(off.nextAt).toBeNull()
    await engines.clock.advance(hourMs)
    const on = await client.reports.update({ id, change: daily({ at: '06:30' }) })
    expect(on.nextAt).toBe(startAt + 24.5 * hourMs)
    await engines.clock.advance(120_000)
    await client.reports.remove({ id })
    expect(await client.reports.list()).toEqual([])
    expect(mails).toEqual([])
    await expect(client.reports.send({ id })).rejects.toMatchObject(refusedAs('noSuch'))
  })

  test('channels that are missing or take no documents are named, and the report is made all the same', async () => {
    const { client } = await engines.start()
    await client.channels.add({ name: 'hook', webhook: 'http://127.0.0.1:9/' })
    const { id, noChannels } = await client.reports.add(daily({ channels: ['mail', 'hook'] }))
    expect(noChannels).toEqual(['mail', 'hook'])
    expect((await client.reports.send({ id })).last).toMatchObject({ sent: [] })
  })

  test('a report is shown as it would be mailed, under a link of its own', async () => {
    const { engine, client } = await engines.start()
    const { id } = await client.reports.add(daily())
    const { name, link } = await client.reports.show({ id })
    expect(name).toBe('mtxdeck-report-2026-11-24.html')
    const answer = await engine.relay(new Request(`http://console${link}`))
    expect(await answer.text()).toContain('Availability by project')
    expect((await client.reports.list())[0]?.last).toBeNull()
  })

  test('names are taken once, and numbers, names and channels are bounded', async () => {
    const { client } = await engines.start()
    await client.reports.add(daily())
    await expect(client.reports.add(daily({ name: 'DAILY' }))).rejects.toMatchObject(refusedAs('taken'))
    for (const wrong of [{ at: '24:00' }, { zone: 'Mars/Olympus' }, { channels: [] }, { name: 'x'.repeat(61) }, { servers: Array(201).fill('a') }])
      await expect(client.reports.add(daily({ name: 'other', ...wrong }))).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    for (let count = 1; count < 20; count++) await client.reports.add(daily({ name: `r${count}` }))
    await expect(client.reports.add(daily({ name: 'one more' }))).rejects.toMatchObject(refusedAs('tooMany'))
  })
})

test('periods are whole days of the zone, also where its clocks are set', () => {
  const berlin = namedZone('Europe/Berlin')
  const of = (every: ReportInput['every'], at: string) => {
    const { from, to } = periodOf(every, Date.parse(at), berlin)
    return [from, to].map((moment) => new Date(moment).toISOString())
  }
  expect(of('day', '2026-10-26T06:00:00Z')).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'])
  expect(of('week', '2026-11-24T06:00:00Z')).toEqual(['2026-11-15T23:00:00.000Z', '2026-11-22T23:00:00.000Z'])
  expect(of('week', '2026-11-22T22:59:00Z')).toEqual(['2026-11-08T23:00:00.000Z', '2026-11-15T23:00:00.000Z'])
  expect(of('month', '2026-01-01T06:00:00Z')).toEqual(['2025-11-30T23:00:00.000Z', '2025-12-31T23:00:00.000Z'])
})
