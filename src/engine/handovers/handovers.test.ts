import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { handoverDocument } from '../../i18n/handoverText.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { documentHtml } from '../../shared/documentPage.ts'
import type { HandoverFacts } from '../../shared/handovers.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { CountPeriod } from '../alarms/alarmStatistics.ts'
import { createMailServer } from '../notifications/channels/mailServer.fixture.ts'
import { packedJson, unpackedJson } from '../storage/storedJson.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { createTestLog } from '../testLog.ts'
import { gatherHandoverFacts } from './handoverFacts.ts'

const startAt = Date.UTC(2026, 10, 24, 20, 0, 0)
const hourMs = 3_600_000

describe('handovers', () => {
  let engines: TestEngines
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
  })
  afterEach(() => engines[Symbol.asyncDispose]())
  const refusedAs = (kind: string) => ({ data: { kind } })

  /** A console with a server that does not answer, and its alarm. */
  async function startInTrouble() {
    const started = await engines.start()
    await started.client.servers.add({ name: 'Gate B', url: 'http://127.0.0.1:9' })
    await engines.clock.advance(60_000)
    await expect.poll(async () => (await started.client.alarms.list({})).length).toBeGreaterThan(0)
    const [alarm] = await started.client.alarms.list({})
    return { ...started, alarm: alarm ?? expect.fail() }
  }

  test('what is open, who has it and with which comment, is handed over', async () => {
    const { client, alarm } = await startInTrouble()
    await client.alarms.acknowledge({ ids: [alarm.id], comment: 'Called the data centre' })
    const { facts, operator } = await client.handovers.current()
    expect(operator).toBeNull()
    expect(facts.open.total).toBe(1)
    expect(facts.open.rows[0]).toMatchObject({ incident: { serverName: 'Gate B' }, taken: { by: 'operator' }, comment: { text: 'Called the data centre' } })
    expect(facts.figures).toEqual({ began: 1, incidents: 1, taken: 1 })
    expect(facts).toMatchObject({ isSinceHandover: false, since: facts.at - (facts.at % 60_000) - 12 * hourMs })
  })

  test('one that names a cause of an earlier version is read without it', async () => {
    const { client, engine } = await startInTrouble()
    const { id } = await client.handovers.handOver({ note: 'Calm', name: 'Ada' })
    await engines.stop(engine)
    const db = new BetterSqlite3(join(engines.folder, 'data', 'main.db'))
    const facts = unpackedJson(db.prepare<[number], Buffer>('SELECT facts FROM handovers WHERE id = ?').pluck().get(id) as Buffer) as HandoverFacts
    const [row] = facts.open.rows
    const former = { facts: { kind: 'othersLive', server: 'Gate B', streams: 3 }, sure: 'likely', of: null, metric: null }
    Object.assign(row?.incident ?? {}, { causes: [former] })
    db.prepare('UPDATE handovers SET facts = ? WHERE id = ?').run(await packedJson(facts), id)
    db.close()
    const { client: again } = await engines.start()
    expect((await again.handovers.get({ id })).facts.open.rows[0]?.incident).toMatchObject({ serverName: 'Gate B', causes: [] })
  })

  test('what ended before anybody saw it is handed over with its end, and what was seen is not', async () => {
    const at = engines.clock.now()
    const ended = { since: at - 600_000, healedAt: at - 540_000 }
    const unseen = someIncident({ ...ended, id: 'unseen', serverName: 'Gate B', subject: serverSubject('b'), state: 'healedUnseen' })
    const onset = { trouble: 'serverDown', severity: 'critical', since: at, why: { kind: 'noAnswer' } } as const
    const facts = await gatherHandoverFacts(
      {
        clock: engines.clock,
        log: createTestLog(),
        incidents: () => [unseen, someIncident({ ...ended, id: 'shelved', state: 'shelved' })],
        ...{ incident: () => null, openAlarms: () => [], maintenance: () => [] },
        // It was back three times, once before this shift.
        alarm: () => ({
          ...someAlarm({}),
          changes: [at - 90_000_000, at - 9_000_000, at - 600_000].map((when) => ({ kind: 'returned', at: when, ...onset })),
        }),
        countPeriod: async () => ({ began: 1, incidents: 1, taken: 0 }) as Awaited<ReturnType<CountPeriod>>,
        availability: async () => Promise.reject(new Error('not read here')),
      },
      null,
    )
    expect(facts.unseen?.rows.map(({ incident }) => incident.id)).toEqual(['unseen'])
    expect(facts.open.total, 'it is not counted as open').toBe(0)
    const unseenSection = handoverDocument(facts, null, 'en', 'utc').sections.find(({ id }) => id === 'unseen')
    expect(unseenSection?.rows[0]?.[2]).toMatchObject({ text: expect.stringMatching(/ – .*\(1 min.*\) · 2 times$/) })
  })

  test('what is shelved and until when, and maintenance that lasts or begins within a day, is handed over', async () => {
    const { client, alarm } = await startInTrouble()
    const until = engines.clock.now() + 2 * hourMs
    await client.alarms.shelve({ ids: [alarm.id], until, reason: 'Being repaired' })
    const window = (name: string, start: string) => client.maintenance.add({ name, zone: 'UTC', start, hours: 1, servers: ['Gate B'] })
    await window('tonight', '2026-11-24T23:00')
    await window('next week', '2026-11-30T23:00')
    const { facts } = await client.handovers.current()
    expect(facts.open.total).toBe(0)
    expect(facts.shelved.rows).toMatchObject([{ serverName: 'Gate B', by: 'operator', until, reason: 'Being repaired' }])
    expect(facts.maintenance.rows.map(({ name }) => name)).toEqual(['tonight'])
  })

  test('a handover keeps its facts over what happens later and over a restart; figures count since the last one', async () => {
    const { engine, client } = await startInTrouble()
    const first = await client.handovers.handOver({ name: ' Ada ', note: 'Watch gate B' })
    expect(first).toMatchObject({ by: 'Ada', note: 'Watch gate B', taken: null, facts: { open: { total: 1 } } })
    const [server] = await client.servers.list()
    await client.servers.remove({ id: server?.id ?? '' })
    await engines.clock.advance(hourMs)
    await engines.stop(engine)
    const again = await engines.start()
    expect(await again.client.handovers.get({ id: first.id })).toEqual(first)
    const { facts } = await again.client.handovers.current()
    expect(facts).toMatchObject({ isSinceHandover: true, since: first.at, open: { total: 0 }, figures: { began: 0 } })
    await engines.stop(again.engine)
    await engines.clock.advance(8 * 24 * hourMs)
    const later = await engines.start()
    expect((await later.client.handovers.current()).facts).toMatchObject({ isSinceHandover: false })
  })

  test('whoever takes over is stored once, and nobody hands over without a name', async () => {
    const { client } = await engines.start()
    await expect(client.handovers.handOver({ note: 'no name' })).rejects.toMatchObject(refusedAs('nameMissing'))
    const { id } = await client.handovers.handOver({ name: 'Ada' })
    await expect(client.handovers.takeOver({ id })).rejects.toMatchObject(refusedAs('nameMissing'))
    const at = engines.clock.now()
    expect((await client.handovers.takeOver({ id, name: 'Bob' })).taken).toEqual({ by: 'Bob', at })
    await expect(client.handovers.takeOver({ id, name: 'Eve' })).rejects.toMatchObject(refusedAs('alreadyTakenOver'))
    await expect(client.handovers.takeOver({ id: id + 1, name: 'Eve' })).rejects.toMatchObject(refusedAs('noSuch'))
    expect(await client.handovers.list({})).toMatchObject([{ id, by: 'Ada', taken: { by: 'Bob' } }])
  })

  test('names and notes are bounded, and so is what is kept', async () => {
    const { client } = await engines.start()
    for (const wrong of [{ name: 'x'.repeat(61) }, { name: 'a\nb' }, { name: 'Ada', note: 'x'.repeat(4_001) }])
      await expect(client.handovers.handOver(wrong)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    for (let count = 0; count < 502; count++) await client.handovers.handOver({ name: `n${count}` })
    const kept = await client.handovers.list({ limit: 500 })
    expect([kept.length, kept[0]?.by, kept.at(-1)?.by]).toEqual([500, 'n501', 'n2'])
    await expect(client.handovers.get({ id: 1 })).rejects.toMatchObject(refusedAs('noSuch'))
  })

  test('a handover is mailed as a page through a mail channel, in the language of that, and through no other', async () => {
    const mail = engines.open.use(await createMailServer())
    const { client } = await engines.start()
    const smtp = `smtp://127.0.0.1:${mail.port}`
    await client.channels.add({ name: 'mail', email: 'noc@example.org', from: 'mtxdeck@example.com', smtp, startTls: 'false', language: 'de' })
    await client.channels.add({ name: 'hook', webhook: 'http://127.0.0.1:9/' })
    const { id } = await client.handovers.handOver({ name: 'Ada', note: '<b>Watch</b> gate B' })
    await client.handovers.mail({ id, channel: 'mail' })
    await expect.poll(() => mail.mails.length).toBe(1)
    const text = mail.mails[0]?.text.replaceAll('=\r\n', '').replaceAll('=3D', '=') ?? ''
    expect(text).toContain('Content-Type: text/html')
    expect(text).toContain('Schicht')
    expect(text).toContain('&lt;b&gt;Watch&lt;/b&gt; gate B')
    await expect(client.handovers.mail({ id, channel: 'hook' })).rejects.toMatchObject(refusedAs('channelNotMail'))
    await expect(client.handovers.mail({ id, channel: 'nobody' })).rejects.toMatchObject(refusedAs('noSuch'))
  })

  test('nothing in a page can run or be fetched, whatever names and notes say', async () => {
    const { client } = await engines.start()
    await client.servers.add({ name: '<img src=x onerror=alert(1)>', url: 'http://127.0.0.1:9' })
    await engines.clock.advance(60_000)
    const { facts, ...given } = await client.handovers.handOver({ name: 'Ada', note: '<script>alert(1)</script>' })
    const page = documentHtml(handoverDocument(facts, given, 'en', 'utc'))
    expect(page).not.toMatch(/<script|<img/)
    expect(page).toContain("default-src 'none'")
  })
})
