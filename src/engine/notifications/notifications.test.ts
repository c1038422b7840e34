import { createHmac } from 'node:crypto'
import { cpSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { DemoFleet, TestTrouble } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import type { Route } from '../../shared/channels.ts'
import { dailySettingsSchema } from '../../shared/dailyChecks.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import type { RuleInput } from '../../shared/rules.ts'
import type { EngineOptions } from '../engineOptions.ts'
import { createTestProxy, insideName } from '../http/proxy.fixture.ts'
import type { MediaPort } from '../ports.ts'
import { snapshotsFile } from '../snapshots/snapshotFiles.ts'
import type { TestEngines } from '../testEngines.ts'
import type { ChannelInput } from './channelKinds.ts'
import { createMailServer, headerOf } from './channels/mailServer.fixture.ts'
import type { WebhookChannel } from './channels/webhook.ts'
import { createSendWithCauses } from './notifications.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000
/** These tests are about notifications: nothing waits before it is an alarm, or has healed. */
const atOnce: readonly RuleInput[] = (['streamGone', 'streamStalled', 'slateOnAir', 'serverDown'] as const).map((id) => ({
  id,
  onDelaySeconds: 0,
  offDelaySeconds: 0,
}))

interface Got {
  readonly at: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly message: Record<string, unknown>
}

describe('notifications of alarms to webhooks over real HTTP, in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    ;({ engines, demo } = await createTestFleet(startAt, 'notifications', [
      rtspServer('Berlin', 'cam1', 'a_b*[<&»'),
      rtspServer('Hamburg', 'gate1', 'gate2', 'gate3', 'gate4', 'gate5'),
    ]))
  })
  afterEach(() => closeWithoutBugs(engines))

  /** Answers as `answer` says; null: not at all. */
  async function receiver(answer: (got: Got, response: ServerResponse) => void = (_, response) => void response.end()) {
    const all: Got[] = []
    let reply = answer
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      request.on('end', () => {
        const got = { at: engines.clock.now(), headers: request.headers, text, message: JSON.parse(text || 'null') as Record<string, unknown> }
        all.push(got)
        reply(got, response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const stop = async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    engines.open.defer(async () => {
      if (server.listening) await stop()
    })
    return {
      url: `http://127.0.0.1:${port}/hook?token=hunter2`,
      all,
      events: () => all.map(({ message }) => message.event),
      answer: (next: typeof answer) => {
        reply = next
      },
      stop,
      restart: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
    }
  }
  const channel = (url: string, more: Partial<WebhookChannel> = {}): ChannelInput => ({ name: 'ops', webhook: url, ...more })
  async function watch(
    channels: readonly ChannelInput[],
    more: Pick<EngineOptions, 'routes' | 'publicUrl' | 'heartbeat' | 'drill'> & { readonly dataDir?: string; readonly everySeconds?: number } = {},
  ) {
    // Where hours pass, what is polled seldom costs little.
    const { dataDir = join(engines.folder, 'data'), everySeconds = 2, ...options } = more
    const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: everySeconds }))
    const { engine, client } = await engines.start({ servers, channels, rules: atOnce, ...options }, { dataDir })
    await engines.clock.advance(10_000)
    return { engine, client }
  }
  const befall = async (trouble: TestTrouble, ms = 20_000) => {
    demo.server('Berlin').trouble(trouble)
    await engines.clock.advance(ms)
  }
  const hamburg = (...paths: readonly string[]) => {
    for (const path of paths) demo.server('Hamburg').trouble({ kind: 'publisherGone', path })
  }
  /** What a message says of the extent. */
  const extentOf = ({ message }: Got) => [message.event, message.title, (message.members as unknown[]).length, message.membersTotal]
  /** What a summary says of each. */
  const itemsOf = (got: Got | undefined) => (got?.message.items as { event: string; key: string; title: string; startMissed: boolean }[] | undefined) ?? []
  const status =
    (code: number, headers: Record<string, string> = {}) =>
    (_: Got, response: ServerResponse): void => {
      response.writeHead(code, headers).end()
    }

  test('a start and its end are sent once each, with one key, signed, and in the language of the channel', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url, { secret: 'hmac key', headers: { 'X-Team': 'noc' }, language: 'de' })], {
      publicUrl: 'https://noc.example.org',
    })
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    await engines.clock.advance(minuteMs)
    expect(ops.events()).toEqual(['start', 'end'])
    const [start, end] = ops.all
    expect(start?.message).toMatchObject({
      severity: 'critical',
      state: 'unacknowledged',
      title: 'Berlin · cam1',
      text: expect.stringContaining('Prüfen Sie'),
      servers: ['Berlin'],
      streams: ['cam1'],
      members: [{ server: 'Berlin', stream: 'cam1', kind: 'streamGone' }],
      endedAt: null,
      mayRepeat: false,
    })
    expect(end?.message).toMatchObject({
      key: start?.message.key,
      since: start?.message.since,
      endedAt: expect.stringMatching(/^2026-11-14T03:/),
      startMissed: false,
    })
    expect(start?.message.url).toBe(`https://noc.example.org/#/alarms?incident=${String(start?.message.key)}`)
    expect(start?.headers).toMatchObject({ 'x-team': 'noc', 'content-type': 'application/json', 'user-agent': expect.stringMatching(/^mtxdeck\//) })
    for (const { headers, text } of ops.all)
      expect(headers['x-mtxdeck-signature']).toBe(`sha256=${createHmac('sha256', 'hmac key').update(text).digest('hex')}`)
    const [alarm] = await client.alarms.list()
    const ledger = await client.channels.messages({ alarmId: alarm?.id ?? '' })
    expect(ledger).toMatchObject([
      { channel: 'ops', event: 'start', state: 'delivered', tries: 1, failure: null },
      { channel: 'ops', event: 'end', state: 'delivered', tries: 1, failure: null },
    ])
    const [shown] = await client.channels.list()
    expect(shown).toMatchObject({ name: 'ops', origin: new URL(ops.url).origin, waiting: 0, refused: 0, failure: null })
    expect(JSON.stringify(await client.channels.list())).not.toContain('hunter2')
  })

  test('notified, then shelved or suppressed, then healed: one end, with the same key', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const [alarm] = await client.alarms.list()
    await client.alarms.shelve({ ids: [alarm?.id ?? ''], until: engines.clock.now() + 60 * minuteMs, reason: 'lens change' })
    await befall({ kind: 'die' }, minuteMs)
    await befall({ kind: 'clear' }, minuteMs)
    const ofCam = ops.all.filter(({ message }) => message.key === alarm?.id).map(({ message }) => message.event)
    expect(ofCam).toEqual(['start', 'end'])
  })

  test('a server that is down is notified, and not its streams', async () => {
    const ops = await receiver()
    await watch([channel(ops.url)])
    await befall({ kind: 'die' }, minuteMs)
    await befall({ kind: 'clear' }, minuteMs)
    expect(ops.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`)).toEqual(['start Berlin', 'end Berlin'])
  })

  test('the channel was away at that second: after ten minutes it gets what lasts, and of what healed meanwhile one message that says both', async () => {
    const ops = await receiver()
    await watch([channel(ops.url)])
    await ops.stop()
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: minuteMs })
    await befall({ kind: 'stall', path: 'a_b*[<&»', keep: true })
    await engines.clock.advance(10 * minuteMs)
    expect(ops.events()).toEqual([])
    await ops.restart()
    await engines.clock.advance(6 * minuteMs)
    expect(ops.all.map(({ message }) => [message.event, message.title, message.startMissed]).sort()).toEqual([
      ['end', 'Berlin · cam1', true],
      ['start', 'Berlin · a_b*[<&»', false],
    ])
  })

  test('of a return that healed while the channel was away again, one message says both, too', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 }, 2 * minuteMs)
    await ops.stop()
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 }, 2 * minuteMs)
    await ops.restart()
    await engines.clock.advance(6 * minuteMs)
    expect((await client.alarms.list()).map(({ count }) => count)).toEqual([2])
    expect(ops.all.map(({ message }) => [message.event, message.startMissed])).toEqual([
      ['start', false],
      ['end', false],
      ['end', true],
    ])
  })

  test('what returns before its end was sent has not ended for the channel', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 }, 45_000)
    expect((await client.alarms.list()).map(({ state }) => state)).toEqual(['healedUnseen'])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    expect(ops.events()).toEqual(['start', 'update'])
    await engines.clock.advance(5 * minuteMs)
    expect(ops.events()).toEqual(['start', 'update', 'end'])
  })

  test('what returns before its end was sent has not ended for the channel, also if it was shelved meanwhile', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 }, 45_000)
    const ids = (await client.alarms.list()).map(({ id }) => id)
    await client.alarms.shelve({ ids, until: engines.clock.now() + 60 * minuteMs, reason: 'lens change' })
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 4 * minuteMs }, 3 * minuteMs)
    expect((await client.alarms.list()).map(({ state }) => state)).toEqual(['shelved'])
    expect(ops.events()).toEqual(['start'])
    await engines.clock.advance(5 * minuteMs)
    expect(ops.events()).toEqual(['start', 'end'])
  })

  test.each([
    ['500', status(500)],
    ['an answer that never comes', () => undefined],
    [
      'a connection that is cut',
      (_: Got, response: ServerResponse): void => {
        response.destroy()
      },
    ],
  ] as const)('after %s it is sent again, with the same key', async (_, answer) => {
    const ops = await receiver(answer)
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const [alarm] = await client.alarms.list()
    const [waits] = await client.channels.messages({ alarmId: alarm?.id ?? '' })
    expect(waits).toMatchObject({ state: 'waiting' })
    ops.answer((__, response) => void response.end())
    await engines.clock.advance(5 * minuteMs)
    expect(new Set(ops.all.map(({ message }) => message.key)).size).toBe(1)
    expect((await client.channels.messages({ alarmId: alarm?.id ?? '' })).map(({ state }) => state)).toEqual(['delivered'])
  })

  test('429 waits as long as the channel asks for', async () => {
    const ops = await receiver(status(429, { 'Retry-After': '120' }))
    await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' }, 10_000)
    expect(ops.all).toHaveLength(1)
    ops.answer((_, response) => void response.end())
    await engines.clock.advance(100_000)
    expect(ops.all).toHaveLength(1)
    await engines.clock.advance(30_000)
    expect(ops.all).toHaveLength(2)
  })

  test('one poisonous message blocks nothing: what a channel refuses is put aside', async () => {
    const ops = await receiver(
      (got, response) => void response.writeHead(got.text.includes('Berlin') && JSON.stringify(got.message).includes('a_b') ? 400 : 200).end(),
    )
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'a_b*[<&»' })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    // That it refused one is notified, too.
    const [first, next, ...more] = ops.all.filter(({ message }) => message.title !== 'mtxdeck')
    expect(more).toEqual([])
    expect(first?.message.title).toBe('Berlin · a_b*[<&»')
    expect(next?.message.title).toBe('Berlin · cam1')
    const [shown] = await client.channels.list()
    expect(shown).toMatchObject({
      waiting: 0,
      refused: 1,
      // Another one was accepted since.
      failure: null,
      lastRefused: { alarmId: String(first?.message.key), event: 'start', failure: { kind: 'status', status: 400 } },
    })
    const ledger = await client.channels.messages({ alarmId: String(first?.message.key) })
    expect(ledger).toMatchObject([{ state: 'refused', failure: { kind: 'status', status: 400 } }])
  })

  const ownAlarms = async (client: Awaited<ReturnType<typeof watch>>['client']) =>
    (await client.alarms.list()).filter(({ subject }) => subject.kind === 'console').map(({ kind, severity, healedAt }) => [kind, severity, healedAt !== null])

  test('a message that is put aside is an alarm of the console, sent to other channels, until the channel takes one again', async () => {
    const [bad, ops] = [await receiver(status(400)), await receiver()]
    const { client, engine } = await watch([channel(bad.url, { name: 'bad' }), channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await ownAlarms(client)).toEqual([['messageRefused', 'major', false]])
    const exported = [...engine.exported({ format: 'text', operator: null })].join('').split('\n')
    for (const line of [
      'mtxdeck_messages_total{channel="ops",outcome="accepted"} 2',
      'mtxdeck_messages_total{channel="bad",outcome="refused"} 2',
      'mtxdeck_channel_up{channel="ops"} 1',
      'mtxdeck_channel_up{channel="bad"} 0',
    ])
      expect(exported).toContain(line)
    expect(ops.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`)).toEqual(['start Berlin · cam1', 'start mtxdeck'])
    expect(ops.all[1]?.message).toMatchObject({
      severity: 'major',
      cause: 'A message about an alarm was set aside: bad did not accept it. The channel refused the message: HTTP 400.',
    })
    // It is no other alarm for the next console.
    await engines.stop(engine)
    bad.answer(status(503))
    const next = await watch([channel(bad.url, { name: 'bad' }), channel(ops.url)])
    expect(await ownAlarms(next.client)).toEqual([['messageRefused', 'major', false]])
    bad.answer((_, response) => void response.end())
    await befall({ kind: 'clear' }, 6 * minuteMs)
    expect(await ownAlarms(next.client)).toEqual([['messageRefused', 'major', true]])
    expect(ops.events()).toEqual(['start', 'start', 'end', 'end'])
  })

  test('a channel that takes a test message takes messages again, also for the next console', async () => {
    const bad = await receiver(status(400))
    const { client, engine } = await watch([channel(bad.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await ownAlarms(client)).toEqual([['messageRefused', 'major', false]])
    bad.answer((_, response) => void response.end())
    await client.channels.test({ name: 'ops' })
    await engines.clock.advance(minuteMs + 5_000)
    expect(await ownAlarms(client)).toEqual([['messageRefused', 'major', true]])
    await engines.stop(engine)
    const next = await watch([channel(bad.url)])
    expect(await ownAlarms(next.client)).toEqual([['messageRefused', 'major', true]])
  })

  test('a channel that can’t be reached for a quarter of an hour while messages wait is an alarm, sent to other channels, until it takes them', async () => {
    const [bad, ops] = [await receiver(), await receiver()]
    const { client } = await watch([channel(bad.url, { name: 'bad' }), channel(ops.url)])
    await bad.stop()
    // Nothing waits for it.
    await engines.clock.advance(20 * minuteMs)
    expect(await ownAlarms(client)).toEqual([])
    await befall({ kind: 'publisherGone', path: 'cam1' }, 14 * minuteMs)
    expect(await ownAlarms(client)).toEqual([])
    await engines.clock.advance(2 * minuteMs)
    expect(await ownAlarms(client)).toEqual([['channelUnreachable', 'major', false]])
    expect(ops.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`)).toEqual(['start Berlin · cam1', 'start mtxdeck'])
    expect(ops.all[1]?.message.cause).toContain('Messages about alarms wait, because bad can’t be reached.')
    await bad.restart()
    await engines.clock.advance(6 * minuteMs)
    expect(await ownAlarms(client)).toEqual([['channelUnreachable', 'major', true]])
    expect(ops.events()).toEqual(['start', 'start', 'end'])
    // It need not hear that it was away.
    expect(bad.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`)).toEqual(['start Berlin · cam1'])
  })

  test('a channel that is taken out is not waited for, and is no alarm any more', async () => {
    const [bad, ops] = [await receiver(status(503)), await receiver()]
    const { client, engine } = await watch([channel(bad.url, { name: 'bad' }), channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' }, 16 * minuteMs)
    expect(await ownAlarms(client)).toEqual([['channelUnreachable', 'major', false]])
    await engines.stop(engine)
    const next = await watch([channel(ops.url)])
    await engines.clock.advance(minuteMs)
    expect(await ownAlarms(next.client)).toEqual([['channelUnreachable', 'major', true]])
  })

  test('what can no longer be read of an alarm is not waited with', async () => {
    const ops = await receiver(status(503))
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const [{ id } = expect.fail('there is an alarm')] = await client.alarms.list()
    ops.answer((_, response) => void response.end())
    await engines.clock.advance(minuteMs)
    ops.answer(status(503))
    await client.alarms.acknowledge({ ids: [id] })
    await befall({ kind: 'clear' })
    const other = new BetterSqlite3(join(engines.folder, 'data', 'alarms.db'))
    other.prepare("UPDATE alarms SET alarm = 'x' WHERE id = ?").run(id)
    other.close()
    ops.answer((_, response) => void response.end())
    await engines.clock.advance(6 * minuteMs)
    expect(await client.channels.list()).toMatchObject([{ waiting: 0, refused: 0 }])
  })

  test('a channel that hangs delays no other', async () => {
    const slow = await receiver(() => undefined)
    const ops = await receiver()
    await watch([channel(slow.url, { name: 'slow' }), channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' }, 6_000)
    expect(ops.events()).toEqual(['start'])
    slow.answer((_, response) => void response.end())
    await engines.clock.advance(minuteMs)
  })

  test('routes choose by severity and tag, and a channel that got a start gets the end', async () => {
    const [all, minor, studio] = [await receiver(), await receiver(), await receiver()]
    const routes: Route[] = [{ to: ['all'] }, { to: ['minor'], severities: ['minor'] }, { to: ['studio'], tags: ['studio'] }]
    const { client } = await watch([channel(all.url, { name: 'all' }), channel(minor.url, { name: 'minor' }), channel(studio.url, { name: 'studio' })], {
      routes,
    })
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    await engines.clock.advance(minuteMs)
    expect(all.events()).toEqual(['start', 'end'])
    expect(minor.events()).toEqual([])
    expect(studio.events()).toEqual([])
    void client
  })

  test('a route counts at its hours in its zone: what lasts and nobody has acknowledged when they begin is notified then', async () => {
    const [day, night] = [await receiver(), await receiver()]
    // It is 3:00 in UTC, so 22:00 in New York.
    const times = { weekly: ['FR 22:02-22:04'], zone: 'America/New_York' }
    const { client } = await watch([channel(day.url, { name: 'day' }), channel(night.url, { name: 'night' })], {
      routes: [{ to: ['day'] }, { to: ['night'], times }],
    })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    demo.server('Hamburg').trouble({ kind: 'publisherGone', path: 'gate1' })
    await engines.clock.advance(20_000)
    const taken = (await client.alarms.list()).filter(({ serverName }) => serverName === 'Hamburg').map(({ id }) => id)
    await client.alarms.acknowledge({ ids: taken })
    await engines.clock.advance(minuteMs)
    expect(day.events()).toEqual(['start', 'start', 'update'])
    expect(night.events()).toEqual([])
    await engines.clock.advance(30_000)
    expect(night.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`)).toEqual(['start Berlin · cam1'])
    await engines.clock.advance(2 * minuteMs)
    // What begins after its hours is not notified there, the end of what was notified is.
    demo.server('Hamburg').trouble({ kind: 'publisherGone', path: 'gate3' })
    await befall({ kind: 'clear' }, minuteMs)
    expect(night.events()).toEqual(['start', 'end'])
    expect(day.all.at(-1)?.message.event).toBe('end')
  })

  test('after a pause a channel that keeps an alert for each incident gets each by itself', async () => {
    const pager = await receiver()
    const { client } = await watch([{ name: 'pager', pagerduty: new URL(pager.url).origin, secret: 'key' }])
    await client.channels.pause({ name: 'pager', minutes: 30 })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    hamburg('gate1')
    await engines.clock.advance(minuteMs)
    expect(await client.channels.list()).toMatchObject([{ waiting: 2 }])
    await client.channels.resume({ name: 'pager' })
    await engines.clock.advance(minuteMs)
    expect(new Set(pager.all.map(({ message }) => message.dedup_key)).size).toBe(2)
  })

  test('a console that begins within the hours of a route notifies what began before them', async () => {
    const night = await receiver()
    const times = { weekly: ['SA 03:01-04:00'], zone: 'UTC' }
    const { engine } = await watch([channel(night.url)], { routes: [{ to: ['ops'], times }] })
    await befall({ kind: 'publisherGone', path: 'cam1' }, 10_000)
    await engines.stop(engine)
    await engines.clock.advance(minuteMs)
    expect(night.events()).toEqual([])
    const { engine: next } = await watch([channel(night.url)], { routes: [{ to: ['ops'], times }] })
    expect(night.events()).toEqual(['start'])
    await engines.stop(next)
    await watch([channel(night.url)], { routes: [{ to: ['ops'], times }] })
    expect(night.events()).toEqual(['start'])
  })

  test('a channel with a limit gets what is beyond it as one, and of each incident a start and its end', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url, { atMost: 3, perMinutes: 10 })])
    const begun = ['gate1', 'gate2', 'gate3', 'gate4', 'gate5']
    for (const path of begun) {
      hamburg(path)
      await engines.clock.advance(20_000)
    }
    // Two by themselves, and the third says all that waits: alone, as nothing else does yet.
    expect(ops.events()).toEqual(['start', 'start', 'start'])
    const [held] = await client.channels.list()
    expect(held).toMatchObject({ waiting: 2, heldUntil: (ops.all[0]?.at ?? 0) + 10 * minuteMs })
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(minuteMs)
    expect(ops.all).toHaveLength(3)
    await engines.clock.advance(9 * minuteMs)
    const [summary] = ops.all.slice(3)
    expect(ops.events().slice(3)).toEqual(['summary'])
    expect(summary?.message).toMatchObject({ title: 'mtxdeck', text: '0 began, 0 changed, 5 ended.', severity: 'critical', membersTotal: 5 })
    const begunBefore = new Set(ops.all.slice(0, 3).map(({ message }) => message.key))
    expect(itemsOf(summary).map(({ event }) => event)).toEqual(begun.map(() => 'end'))
    for (const { key, startMissed } of itemsOf(summary)) expect(startMissed).toBe(!begunBefore.has(key))
    expect(new Set(itemsOf(summary).map(({ key }) => key)).size).toBe(5)
    const [now] = await client.channels.list()
    expect(now).toMatchObject({ waiting: 0 })
    const ledger = await client.channels.messages({ alarmId: String(ops.all[1]?.message.key) })
    expect(ledger).toMatchObject([
      { event: 'start', state: 'delivered', sentWith: null },
      { event: 'end', state: 'delivered', sentWith: expect.any(Number) },
    ])
  })

  test('a channel that collects gets as one message what came within its time, and at once nothing', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url, { digestMinutes: 10 })])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const [since] = (await client.alarms.list()).map(({ raisedAt }) => raisedAt)
    await befall({ kind: 'stall', path: 'a_b*[<&»', keep: true })
    demo.server('Hamburg').trouble({ kind: 'publisherGone', path: 'gate1', forMs: 30_000 })
    await engines.clock.advance(7 * minuteMs)
    expect(ops.all).toEqual([])
    const [collecting] = await client.channels.list()
    expect(collecting).toMatchObject({ waiting: 3, digestMinutes: 10, heldUntil: (since ?? 0) + 10 * minuteMs })
    await engines.clock.advance(3 * minuteMs)
    expect(ops.events()).toEqual(['summary'])
    expect(itemsOf(ops.all[0]).map(({ event, title, startMissed }) => [event, title, startMissed])).toEqual([
      ['start', 'Berlin · cam1', false],
      ['start', 'Berlin · a_b*[<&»', false],
      ['end', 'Hamburg · gate1', true],
    ])
    // What comes alone is a message of its own, after the same time.
    await befall({ kind: 'clear' }, 9 * minuteMs)
    expect(ops.events()).toEqual(['summary'])
    await engines.clock.advance(2 * minuteMs)
    expect(itemsOf(ops.all[1]).map(({ event }) => event)).toEqual(['end', 'end'])
  })

  test('a channel that is paused gets what waits as one when that is over, also after a restart, or at once when it is resumed', async () => {
    const ops = await receiver()
    const channels = [channel(ops.url), channel(ops.url.replace('hook', 'other'), { name: 'other' })]
    const { engine, client } = await watch(channels)
    await expect(client.channels.pause({ name: 'nobody', minutes: 30 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await client.channels.pause({ name: 'ops', minutes: 30 })
    const until = engines.clock.now() + 30 * minuteMs
    const ofOps = () => ops.all.filter(({ text }) => text !== '').length
    await befall({ kind: 'publisherGone', path: 'cam1' })
    demo.server('Hamburg').trouble({ kind: 'publisherGone', path: 'gate1', forMs: 30_000 })
    await engines.clock.advance(5 * minuteMs)
    const toldOther = ofOps()
    expect(toldOther, 'the other one gets both at once').toBe(3)
    const [paused, other] = await client.channels.list()
    expect(paused).toMatchObject({ name: 'ops', waiting: 2, heldUntil: until, pause: { until, since: until - 30 * minuteMs, by: expect.any(String) } })
    expect(other).toMatchObject({ name: 'other', waiting: 0, pause: null })
    await engines.stop(engine)
    const again = await watch(channels)
    await engines.clock.advance(24 * minuteMs)
    expect(ofOps()).toBe(toldOther)
    await engines.clock.advance(2 * minuteMs)
    expect(ofOps()).toBe(toldOther + 1)
    expect(itemsOf(ops.all.at(-1)).map(({ event, title }) => [event, title])).toEqual([
      ['start', 'Berlin · cam1'],
      ['end', 'Hamburg · gate1'],
    ])
    await again.client.channels.pause({ name: 'ops', minutes: 60 })
    await befall({ kind: 'clear' }, 2 * minuteMs)
    const before = ofOps()
    await again.client.channels.resume({ name: 'ops' })
    await engines.clock.advance(1_000)
    expect(ofOps()).toBe(before + 1)
    expect(ops.all.at(-1)?.message).toMatchObject({ event: 'end', title: 'Berlin · cam1' })
    const said = (await again.client.history.events({})).filter(({ kind }) => kind === 'channelEdited').map(({ text }) => text)
    expect(said.map((text) => text.replace(/^\S+ /, '')).sort()).toEqual(['paused the channel ops.', 'paused the channel ops.', 'resumed the channel ops.'])
  })

  test('when the hours of a route begin, what began and ended outside them is told with what is open, as one message, also after a restart', async () => {
    const ops = await receiver()
    const channels = [channel(ops.url)]
    const routes: readonly Route[] = [{ to: ['ops'], times: { weekly: ['SA 04:00-05:00'], zone: 'UTC' } }]
    const { engine } = await watch(channels, { routes, everySeconds: 10 })
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 60_000 }, 3 * minuteMs)
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 60_000 }, 3 * minuteMs)
    await engines.stop(engine)
    await watch(channels, { routes, everySeconds: 10 })
    hamburg('gate1')
    await engines.clock.advance(40 * minuteMs)
    expect(ops.all).toEqual([])
    await engines.clock.advance(20 * minuteMs)
    expect(ops.events()).toEqual(['summary'])
    expect(itemsOf(ops.all[0]).map(({ event, title, startMissed }) => [event, title, startMissed])).toEqual([
      ['end', 'Berlin · cam1', true],
      ['start', 'Hamburg · gate1', false],
    ])
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(5 * minuteMs)
    expect(ops.events()).toEqual(['summary', 'end'])
  })

  test('a pause that has held messages back for hours is an alarm of the console, told by the other channels', async () => {
    const [ops, other] = [await receiver(), await receiver()]
    const { client } = await watch([channel(ops.url), channel(other.url, { name: 'other' })], { everySeconds: 60 })
    await client.channels.pause({ name: 'ops', minutes: 1_440 })
    await engines.clock.advance(5 * 60 * minuteMs)
    expect(await client.alarms.list(), 'as long as nothing waits, nobody misses anything').toEqual([])
    await befall({ kind: 'publisherGone', path: 'cam1' }, 20 * minuteMs)
    expect(await client.alarms.list()).toContainEqual(
      expect.objectContaining({ kind: 'channelUnreachable', text: expect.stringContaining('ops have been paused since') }),
    )
    expect(ops.all).toEqual([])
    expect(other.all.map(({ message }) => message.title)).toContain('mtxdeck')
    await client.channels.resume({ name: 'ops' })
    await engines.clock.advance(20_000)
    expect((await client.alarms.list()).find(({ kind }) => kind === 'channelUnreachable')?.healedAt).not.toBeNull()
  })

  test('a channel that is entered while something is open is told of that, unless it shall not be', async () => {
    const [ops, news] = [await receiver(), await receiver()]
    const { client } = await watch([])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    // One that was refused says nothing of the next of its name.
    await expect(client.channels.add({ name: 'ops', webhook: 'nowhere', sendOpen: 'false' })).rejects.toThrow()
    await client.channels.add({ name: 'ops', webhook: ops.url })
    await client.channels.add({ name: 'news', webhook: news.url, sendOpen: 'false' })
    await engines.clock.advance(20_000)
    expect([ops.events(), news.events()]).toEqual([['start'], []])
    hamburg('gate1')
    await engines.clock.advance(20_000)
    expect([ops.events(), news.events()]).toEqual([['start', 'start'], ['start']])
  })

  test('the last message before the limit says all that waits at once', async () => {
    const ops = await receiver()
    await watch([channel(ops.url, { atMost: 2 })])
    await ops.stop()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await befall({ kind: 'stall', path: 'a_b*[<&»', keep: true })
    hamburg('gate1')
    await engines.clock.advance(20_000)
    await ops.restart()
    await engines.clock.advance(6 * minuteMs)
    expect(ops.events()).toEqual(['start', 'summary'])
    expect(itemsOf(ops.all[1]).map(({ event, title }) => `${event} ${title}`)).toEqual(['start Berlin · a_b*[<&»', 'start Hamburg · gate1'])
    expect(ops.all[1]?.message).toMatchObject({ servers: ['Berlin', 'Hamburg'], members: [], text: '2 began, 0 changed, 0 ended.' })
  })

  /** Notifies `ops` at once, and `boss` if nobody has acknowledged it after three minutes. */
  const escalating = async () => {
    const [ops, boss] = [await receiver(), await receiver()]
    const channels = [channel(ops.url), channel(boss.url, { name: 'boss' })]
    const routes: Route[] = [{ to: ['ops'], escalate: { afterMinutes: 3, to: ['boss'] } }]
    return { ops, boss, begin: (dataDir?: string) => watch(channels, { routes, ...(dataDir !== undefined && { dataDir }) }) }
  }

  test('escalation reports the extent of now, and not the old one, of what nobody takes, and whoever heard of it hears of its end', async () => {
    const { ops, boss, begin } = await escalating()
    await begin()
    hamburg('gate1', 'gate2', 'gate3')
    await engines.clock.advance(2_000)
    hamburg('gate4')
    await engines.clock.advance(2 * minuteMs)
    expect(boss.events()).toEqual([])
    await engines.clock.advance(minuteMs + 5_000)
    expect(ops.all.map(extentOf)[0]).toEqual(['start', 'Hamburg · 3 streams', 3, 3])
    expect(boss.all.map(extentOf)).toEqual([['start', 'Hamburg · 4 streams', 4, 4]])
    expect(boss.all[0]?.message).toMatchObject({ escalated: true, key: ops.all[0]?.message.key })
    expect(ops.all.some(({ message }) => message.escalated === true)).toBe(false)
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(minuteMs)
    expect(boss.events()).toEqual(['start', 'end'])
  })

  test('what somebody took is not escalated, and counts anew once it is given back', async () => {
    const { boss, begin } = await escalating()
    const { client } = await begin()
    await befall({ kind: 'publisherGone', path: 'cam1' }, 2 * minuteMs)
    const ids = (await client.alarms.list()).map(({ id }) => id)
    await client.alarms.acknowledge({ ids, until: engines.clock.now() + 5 * minuteMs })
    await engines.clock.advance(7 * minuteMs)
    expect(boss.events()).toEqual([])
    await engines.clock.advance(minuteMs + 5_000)
    expect(boss.events()).toEqual(['start'])
  })

  test('what heals before, or is shelved, is not escalated', async () => {
    const { boss, begin } = await escalating()
    const { client } = await begin()
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: minuteMs })
    hamburg('gate1')
    await engines.clock.advance(20_000)
    const ids = (await client.alarms.list()).filter(({ serverName }) => serverName === 'Hamburg').map(({ id }) => id)
    await client.alarms.shelve({ ids, until: engines.clock.now() + 60 * minuteMs, reason: 'lens change' })
    await engines.clock.advance(10 * minuteMs)
    expect(boss.events()).toEqual([])
  })

  test('whoever was notified is reminded until somebody takes it, in the same thread, with the age and extent of then', async () => {
    const [ops, boss] = [await receiver(), await receiver()]
    const routes: Route[] = [{ to: ['ops'], escalate: { afterMinutes: 15, to: ['boss'] }, remindMinutes: 10 }]
    const { client } = await watch([channel(ops.url), channel(boss.url, { name: 'boss' })], { routes, everySeconds: 10 })
    hamburg('gate1', 'gate2', 'gate3')
    await engines.clock.advance(26 * minuteMs)
    expect(ops.all.map(({ message }) => [message.event, message.escalated, message.membersTotal])).toEqual([
      ['start', false, 3],
      ['update', true, 3],
      ['update', true, 3],
    ])
    expect(ops.all.map(({ message }) => message.headline)).toEqual([
      'CRITICAL Hamburg · 3 streams: stream gone',
      expect.stringMatching(/^STILL CRITICAL after 10 min [01]\d s: Hamburg · 3 streams stream gone$/),
      expect.stringMatching(/^STILL CRITICAL after 20 min [01]\d s: Hamburg · 3 streams stream gone$/),
    ])
    expect(new Set(ops.all.map(({ message }) => message.key)).size).toBe(1)
    // Those it escalated to count from their own start.
    expect(boss.all.map(({ message }) => [message.event, message.escalated])).toEqual([
      ['start', true],
      ['update', true],
    ])
    await client.alarms.acknowledge({ ids: (await client.alarms.list()).map(({ id }) => id) })
    await engines.clock.advance(30 * minuteMs)
    expect(ops.all.map(({ message }) => message.state).slice(3)).toEqual(['acknowledged'])
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(30 * minuteMs)
    expect(ops.events().slice(4)).toEqual(['end'])
  })

  test('outside the hours of its route nobody is reminded, and an end stops it', async () => {
    const ops = await receiver()
    const times = { weekly: ['SA 03:00-03:15', 'SA 04:00-05:00'], zone: 'UTC' }
    await watch([channel(ops.url)], { routes: [{ to: ['ops'], times, remindMinutes: 10 }], everySeconds: 30 })
    hamburg('gate1')
    await engines.clock.advance(59 * minuteMs)
    expect(ops.events()).toEqual(['start', 'update'])
    await engines.clock.advance(12 * minuteMs)
    expect(ops.events()).toEqual(['start', 'update', 'update'])
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(30 * minuteMs)
    expect(ops.events()).toEqual(['start', 'update', 'update', 'end'])
  })

  test('a console that is killed escalates at the same moment', async () => {
    const { boss, begin } = await escalating()
    const { engine } = await begin()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const left = join(engines.folder, 'left')
    cpSync(join(engines.folder, 'data'), left, { recursive: true, filter: (name) => !name.includes('lock') })
    await engines.stop(engine)
    await engines.clock.advance(minuteMs)
    await begin(left)
    await engines.clock.advance(80_000)
    expect(boss.events()).toEqual([])
    await engines.clock.advance(20_000)
    expect(boss.events()).toEqual(['start'])
  })

  test('a console that is killed repeats nothing that was accepted, and sends what was not', async () => {
    const ops = await receiver()
    const { engine } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    ops.answer(status(503))
    await befall({ kind: 'stall', path: 'a_b*[<&»', keep: true })
    expect(new Set(ops.all.map(({ message }) => message.title))).toEqual(new Set(['Berlin · cam1', 'Berlin · a_b*[<&»']))
    const left = join(engines.folder, 'left')
    cpSync(join(engines.folder, 'data'), left, { recursive: true, filter: (name) => !name.includes('lock') })
    await engines.stop(engine)
    ops.answer((_, response) => void response.end())
    ops.all.length = 0
    await watch([channel(ops.url)], { dataDir: left })
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`)).toEqual(['start Berlin · a_b*[<&»'])
  })

  test('a channel that forgets gets every minute what lasts, also by the next console, and nothing of it after its end', async () => {
    const ops = await receiver()
    const forgets: ChannelInput = { name: 'ops', alertmanager: new URL(ops.url).origin }
    const alerts = () =>
      ops.all.flatMap(({ at, message }) => (message as unknown as { endsAt: string; labels: { stream: string } }[]).map((alert) => ({ at, ...alert })))
    const { engine } = await watch([forgets])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await engines.clock.advance(5 * minuteMs)
    expect(alerts().length).toBeGreaterThanOrEqual(6)
    for (const { at, endsAt, labels } of alerts()) {
      expect(labels).toMatchObject({ alertname: 'streamGone', severity: 'critical', server: 'Berlin', stream: 'cam1' })
      expect(Date.parse(endsAt)).toBe(at + 15 * minuteMs)
    }
    await engines.stop(engine)
    ops.all.length = 0
    await watch([forgets])
    await engines.clock.advance(minuteMs)
    expect(alerts().map(({ labels }) => labels.stream)).toContain('cam1')
    await befall({ kind: 'clear' }, minuteMs)
    const [last] = alerts().slice(-1)
    expect(Date.parse(last?.endsAt ?? '')).toBeLessThanOrEqual(last?.at ?? 0)
    ops.all.length = 0
    await engines.clock.advance(5 * minuteMs)
    expect(alerts()).toEqual([])
  })

  test('streams of one server that go at once are notified as one, and what they have in common', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    hamburg('gate1', 'gate2', 'gate3', 'gate4')
    await engines.clock.advance(minuteMs)
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(extentOf)).toEqual([
      ['start', 'Hamburg · 4 streams', 4, 4],
      ['end', 'Hamburg · 4 streams', 4, 4],
    ])
    expect(ops.all[0]?.message).toMatchObject({
      cause: expect.stringMatching(/^No signal on 4 of 5 streams of Hamburg, within \d s\./),
      servers: ['Hamburg'],
      streams: expect.arrayContaining(['gate1', 'gate4']),
    })
    expect(new Set(ops.all.map(({ message }) => message.key)).size).toBe(1)
    // Each of its alarms has the same ledger.
    for (const { id } of await client.alarms.list())
      expect((await client.channels.messages({ alarmId: id })).map(({ event }) => event)).toEqual(['start', 'end'])
  })

  test('an incident that grows says its extent of now: 3 streams, then 4', async () => {
    const ops = await receiver()
    await watch([channel(ops.url)])
    hamburg('gate1', 'gate2', 'gate3')
    await engines.clock.advance(2_000)
    hamburg('gate4')
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(extentOf)).toEqual([
      ['start', 'Hamburg · 3 streams', 3, 3],
      ['update', 'Hamburg · 4 streams', 4, 4],
    ])
  })

  test('what is not back after its server was down is notified as one, in that outage, which lasts until then', async () => {
    const ops = await receiver()
    await watch([channel(ops.url)])
    demo.server('Hamburg').trouble({ kind: 'die', forMs: 20_000 })
    await engines.clock.advance(15_000)
    hamburg('gate1', 'gate2')
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(extentOf)).toEqual([
      ['start', 'Hamburg', 1, 1],
      ['update', 'Hamburg · 2 streams', 2, 2],
    ])
    expect(ops.all[1]?.message).toMatchObject({ cause: expect.stringMatching(/^No signal on 2 streams\./) })
    expect(new Set(ops.all.map(({ message }) => message.key)).size).toBe(1)
  })

  test('a server that is seen to be down becomes the cause of what its streams began, and all of it has one end', async () => {
    const ops = await receiver()
    await watch([channel(ops.url)])
    hamburg('gate1', 'gate2', 'gate3')
    await engines.clock.advance(3_000)
    demo.server('Hamburg').trouble({ kind: 'die' })
    await engines.clock.advance(minuteMs)
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(2 * minuteMs)
    expect(ops.all.map(({ message }) => [message.event, message.title])).toEqual([
      ['start', 'Hamburg · 3 streams'],
      ['update', 'Hamburg'],
      ['end', 'Hamburg'],
    ])
    expect(ops.all[1]?.message).toMatchObject({ cause: expect.stringContaining('It also explains 3 alarms of streams'), streams: [] })
  })

  test('an update that is put off holds up nobody else', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const [{ id } = expect.fail('there is an alarm')] = await client.alarms.list()
    for (const text of ['cable?', 'no', 'yes', 'maybe']) {
      await client.alarms.comment({ ids: [id], text })
      await engines.clock.advance(1_000)
    }
    expect(ops.events()).toEqual(['start', 'update'])
    expect(ops.all[1]?.message.text, 'what it is about').toMatch(/: “cable\?”\. /)
    await befall({ kind: 'publisherGone', path: 'a_b*[<&»' }, 10_000)
    expect(ops.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`)).toEqual([
      'start Berlin · cam1',
      'update Berlin · cam1',
      'start Berlin · a_b*[<&»',
    ])
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(({ message }) => `${String(message.event)} ${String(message.title)}`).slice(3)).toEqual(['update Berlin · cam1'])
    expect(ops.all[3]?.message.text).toMatch(/: “no”; .*: “yes”; .*: “maybe”\. /)
  })

  test('whoever takes all of an incident is heard of once, and what is put off is not sent after its end', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    hamburg('gate1', 'gate2', 'gate3')
    await engines.clock.advance(20_000)
    const ids = (await client.alarms.list()).map(({ id }) => id)
    await client.alarms.acknowledge({ ids: ids.slice(0, 2) })
    await engines.clock.advance(1_000)
    expect(ops.events()).toEqual(['start'])
    await client.alarms.acknowledge({ ids: ids.slice(2) })
    await engines.clock.advance(1_000)
    expect(ops.all.at(-1)?.message).toMatchObject({ event: 'update', state: 'acknowledged' })
    await client.alarms.comment({ ids, text: 'on my way' })
    demo.server('Hamburg').trouble({ kind: 'clear' })
    await engines.clock.advance(2 * minuteMs)
    expect(ops.events()).toEqual(['start', 'update', 'end'])
  })

  test('an incident is acknowledged with all its alarms, also those that came since, and one that is over is said not to be open', async () => {
    const { client } = await watch([])
    hamburg('gate1', 'gate2', 'gate3')
    await engines.clock.advance(20_000)
    const [incident = expect.fail('there is one')] = await client.incidents.list()
    expect(incident.membersTotal).toBe(3)
    const acknowledged = await client.alarms.acknowledge({ incidents: [incident.id], comment: 'mine' })
    expect(acknowledged).toMatchObject({ notOpen: [], alarms: [{ state: 'acknowledged' }, { state: 'acknowledged' }, { state: 'acknowledged' }] })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await client.alarms.acknowledge({ incidents: [incident.id, 'over'] })).toEqual({ alarms: [], notOpen: ['over'] })
    expect((await client.incidents.get({ id: incident.id })).state).toBe('acknowledged')
    await expect(client.alarms.acknowledge({})).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  test('a channel whose kind is changed gets the end, though the other kind left another receipt', async () => {
    const ops = await receiver((_, response) => void response.end(JSON.stringify({ ok: true, result: { message_id: 7 } })))
    const { origin } = new URL(ops.url)
    const { engine } = await watch([{ name: 'ops', telegram: '1', url: origin, secret: '1:a' }])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await engines.stop(engine)
    ops.answer((_, response) => void response.end(JSON.stringify({ ok: true, channel: 'C0123456789', ts: '1.1' })))
    ops.all.length = 0
    await watch([{ name: 'ops', slack: '#noc', url: origin, secret: 'xoxb' }])
    await befall({ kind: 'clear' }, minuteMs)
    expect(ops.all.map(({ message }) => message)).toMatchObject([
      { channel: '#noc', text: expect.stringMatching(/^ENDED after .+: Berlin · cam1 stream gone$/) },
    ])
  })

  test('a channel that is added is notified of what lasts by then and nobody has acknowledged, once, if it is routed there', async () => {
    const [ops, night] = [await receiver(), await receiver()]
    const { client } = await watch([channel(ops.url)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await client.alarms.acknowledge({ ids: (await client.alarms.list({})).map(({ id }) => id) })
    await befall({ kind: 'publisherGone', path: 'a_b*[<&»' }, 3 * minuteMs)
    await client.channels.add({ name: 'night', webhook: night.url })
    await engines.clock.advance(10_000)
    await client.channels.add({ name: 'third', webhook: 'http://127.0.0.1:9' })
    await engines.clock.advance(10_000)
    expect(night.all.map(({ message }) => `${message.event} ${message.title}`)).toEqual(['start Berlin · a_b*[<&»'])
    await befall({ kind: 'clear' }, minuteMs)
    expect(night.events()).toEqual(['start', 'end'])
  })

  test('a channel that was taken out of the configuration for a while gets the end of what ended meanwhile, once', async () => {
    const ops = await receiver()
    const { engine } = await watch([channel(ops.url)])
    const rest = { servers: demo.yamlServers(), hosts: [], probes: [], onAir: [], rules: atOnce, routes: null, maintenance: [] }
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await befall({ kind: 'publisherGone', path: 'a_b*[<&»' })
    engine.applyYaml('mtxdeck.yaml', { ...rest, channels: [] })
    demo.server('Berlin').trouble({ kind: 'clear' })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await engines.clock.advance(minuteMs)
    engine.applyYaml('mtxdeck.yaml', { ...rest, channels: [channel(ops.url)] })
    await engines.clock.advance(10_000)
    engine.applyYaml('mtxdeck.yaml', { ...rest, channels: [channel(ops.url)] })
    await engines.clock.advance(10_000)
    expect(ops.all.map(({ message }) => `${message.event} ${message.title}`)).toEqual([
      'start Berlin · cam1',
      'start Berlin · a_b*[<&»',
      'end Berlin · a_b*[<&»',
    ])
    await befall({ kind: 'clear' }, minuteMs)
    expect(ops.all.slice(3).map(({ message }) => `${message.event} ${message.title}`)).toEqual(['end Berlin · cam1'])
  })

  test.each([
    ['waits to be sent again', {}, 503, 2],
    ['is put off by a limit', { atMost: 1, perMinutes: 10 }, 200, 11],
    ['is collected', { digestMinutes: 10 }, 200, 11],
  ] as const)('a clock that is set back by a day holds up no message that %s', async (_, keys, code, withinMinutes) => {
    const ops = await receiver(status(code))
    await watch([channel(ops.url, keys)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    hamburg('gate1')
    await engines.clock.advance(20_000)
    engines.clock.jumpWall(-24 * 60 * minuteMs)
    ops.all.length = 0
    ops.answer(status(200))
    await engines.clock.advance(withinMinutes * minuteMs)
    expect(ops.all.flatMap((got) => (got.message.event === 'summary' ? itemsOf(got).map(({ title }) => title) : [got.message.title]))).toContain(
      'Hamburg · gate1',
    )
  })

  test('a clock that is set back by half an hour holds up no message that waits to be sent again', async () => {
    const ops = await receiver(status(503))
    await watch([channel(ops.url)])
    hamburg('gate1')
    await engines.clock.advance(20_000)
    engines.clock.jumpWall(-30 * minuteMs)
    ops.all.length = 0
    ops.answer(status(200))
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(({ message }) => message.title)).toEqual(['Hamburg · gate1'])
  })

  test('a clock that is set back by half an hour while no console runs holds up no message that waits to be sent again, and no escalation', async () => {
    const ops = await receiver(status(503))
    const boss = await receiver()
    const channels = [channel(ops.url), { name: 'boss', webhook: boss.url }]
    const routes = [{ to: ['ops'], escalate: { afterMinutes: 2, to: ['boss'] } }]
    const { engine } = await watch(channels, { routes })
    hamburg('gate1')
    await engines.clock.advance(20_000)
    await engines.stop(engine)
    engines.clock.jumpWall(-30 * minuteMs)
    ops.all.length = 0
    ops.answer(status(200))
    await watch(channels, { routes })
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(({ message }) => message.title)).toEqual(['Hamburg · gate1'])
    await engines.clock.advance(minuteMs)
    expect(boss.all.map(({ message }) => message.title)).toEqual(['Hamburg · gate1'])
  })

  test('alarms, tests, drills and the heartbeat take one way: that of their proxy', async () => {
    const ops = await receiver()
    const proxy = engines.open.use(await createTestProxy())
    const inside = (url: string) => url.replace('127.0.0.1', insideName)
    const heartbeat = { url: inside(ops.url).replace('/hook', '/ping'), everySeconds: 60, proxy: proxy.url }
    const drill = { weekly: ['SA 03:05-24:00'], zone: 'UTC' }
    const { client } = await watch([channel(inside(ops.url), { proxy: proxy.url })], { heartbeat, drill })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await client.channels.test({ name: 'ops' })).toEqual({ failure: null })
    await engines.clock.advance(5 * minuteMs)
    expect(ops.all.filter(({ text }) => text !== '').map(({ message }) => message.event)).toEqual(['start', 'test', 'test'])
    const ways = new Set(proxy.asked.map((asked) => asked.replace(/:\d+/, '').split('?')[0]))
    expect(ways).toEqual(new Set([`POST http://${insideName}/hook`, `GET http://${insideName}/ping`]))
    expect((await client.channels.readiness()).heartbeat).toMatchObject({ failure: null })
  })

  test('a watcher elsewhere hears of this console at its interval, and what it does not take is said', async () => {
    const asked: { at: number; method: string; path: string }[] = []
    let answer = 200
    const server = createServer((request, response) => {
      asked.push({ at: engines.clock.now(), method: request.method ?? '', path: request.url ?? '' })
      response.writeHead(answer).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    engines.open.defer(() => new Promise((resolve) => void server.close(() => resolve())))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { client } = await watch([], { heartbeat: { url: `${origin}/ping/hunter2`, everySeconds: 20 } })
    await engines.clock.advance(5 * minuteMs)
    expect(asked.length).toBeGreaterThanOrEqual(15)
    for (const one of asked) expect(one).toMatchObject({ method: 'GET', path: '/ping/hunter2' })
    const { heartbeat } = await client.channels.readiness()
    expect(heartbeat).toEqual({ origin, everySeconds: 20, okAt: asked.at(-1)?.at, failure: null })
    answer = 404
    await engines.clock.advance(minuteMs)
    expect((await client.channels.readiness()).heartbeat).toMatchObject({ okAt: heartbeat?.okAt, failure: { kind: 'status', status: 404 } })
    expect(JSON.stringify(await client.channels.readiness())).not.toContain('hunter2')
  })

  test('a drill goes through every channel at its time, once, and its receipts are listed; one that no console was there for is made up for', async () => {
    const [ops, bad] = [await receiver(), await receiver(status(403))]
    const channels = [channel(ops.url), channel(bad.url, { name: 'bad', language: 'de' })]
    // It is a Saturday, 4:00 in Berlin.
    const drill = { weekly: ['SA 04:05-24:00'], zone: 'Europe/Berlin' }
    const { client, engine } = await watch(channels, { drill })
    await engines.clock.advance(4 * minuteMs)
    expect(ops.all).toEqual([])
    await engines.clock.advance(10 * minuteMs)
    const drills = () => ops.all.filter(({ message }) => message.event === 'test')
    expect(drills().map(({ message }) => message.text)).toEqual(['This is a test of mtxdeck. Nothing is wrong.'])
    expect(bad.all[0]?.message).toMatchObject({ event: 'test', text: 'Dies ist ein Test von mtxdeck. Es ist nichts passiert.' })
    const at = startAt + 5 * minuteMs
    const [first, second] = await client.channels.list()
    expect(first?.tests).toMatchObject([{ isDrill: true, failure: null }])
    expect(first?.tests[0]?.at).toBeGreaterThanOrEqual(at)
    expect(first?.tests[0]?.at).toBeLessThan(at + 2_000)
    expect(second?.tests).toMatchObject([{ isDrill: true, failure: { kind: 'status', status: 403 } }])
    await engines.stop(engine)
    const next = await watch(channels, { drill })
    expect(drills()).toHaveLength(1)
    await engines.stop(next.engine)
    engines.clock.jumpWall(8 * 24 * 60 * minuteMs)
    await watch(channels, { drill })
    expect(drills()).toHaveLength(2)
  })

  test('a drill whose hour is moved to one of today that is over waits for its next time', async () => {
    const ops = await receiver()
    const drillAt = (hour: string) => ({ weekly: [`${hour}-24:00`], zone: 'Europe/Berlin' })
    const [channels, rest] = [
      [channel(ops.url)],
      { servers: demo.yamlServers(), hosts: [], probes: [], onAir: [], rules: atOnce, routes: null, maintenance: [] },
    ]
    // It is a Saturday, 4:00 in Berlin.
    const { engine, client } = await watch(channels, { drill: drillAt('SA 04:01') })
    const configured = async (hour: string | null) => {
      engine.applyYaml('mtxdeck.yaml', { ...rest, channels, drill: hour === null ? null : drillAt(hour) })
      await engines.clock.advance(5_000)
      return ops.all.length
    }
    await engines.clock.advance(minuteMs)
    expect(ops.events()).toEqual(['test'])
    engines.clock.jumpWall(24 * 60 * minuteMs)
    expect(await configured('SU 03:00')).toBe(1)
    // Nor does one that was taken out and comes back, or a change of something else.
    expect(await configured(null)).toBe(1)
    expect(await configured('SU 02:00')).toBe(1)
    expect(await configured('SU 02:00')).toBe(1)
    expect(await configured('SU 04:03')).toBe(1)
    await engines.clock.advance(2 * minuteMs)
    expect(ops.all).toHaveLength(2)
    expect((await client.channels.list())[0]?.tests).toHaveLength(2)
  })

  test('a drill whose hour was moved while the console was stopped counts from its start on', async () => {
    const ops = await receiver()
    const drillAt = (hour: string) => ({ drill: { weekly: [`${hour}-24:00`], zone: 'Europe/Berlin' } })
    // It is a Saturday, 4:00 in Berlin.
    const first = await watch([channel(ops.url)], drillAt('SA 04:01'))
    await engines.clock.advance(minuteMs)
    expect(ops.events()).toEqual(['test'])
    await engines.stop(first.engine)
    engines.clock.jumpWall(24 * 60 * minuteMs)
    const moved = await watch([channel(ops.url)], drillAt('SU 04:00'))
    expect(ops.all).toHaveLength(1)
    await engines.stop(moved.engine)
    // Taken out while it ran, and put back while it was stopped.
    await engines.stop((await watch([channel(ops.url)])).engine)
    const back = await watch([channel(ops.url)], drillAt('SU 04:00'))
    expect(ops.all).toHaveLength(1)
    await engines.stop(back.engine)
    engines.clock.jumpWall(7 * 24 * 60 * minuteMs)
    await watch([channel(ops.url)], drillAt('SU 04:00'))
    expect(ops.all).toHaveLength(2)
  })

  test('a drill that did not reach a channel is an alarm of the console, sent to the others, until that channel takes something', async () => {
    const [ops, bad] = [await receiver(), await receiver(status(403))]
    const channels = [channel(ops.url), channel(bad.url, { name: 'bad' })]
    const { engine } = await watch(channels, { drill: { weekly: ['SA 04:01-24:00'], zone: 'Europe/Berlin' } })
    await engines.clock.advance(minuteMs)
    expect(ops.all.map(({ message }) => [message.event, message.cause])).toEqual([
      ['test', null],
      ['start', expect.stringMatching(/^The drill did not reach bad\. .*403/)],
    ])
    // It is known after a restart, too.
    await engines.stop(engine)
    const { client } = await watch(channels, {})
    const drillAlarm = async () =>
      (await client.alarms.list()).filter(({ why }) => why.kind === 'drillFailed' || why.kind === 'messageRefused').map(({ state }) => state)
    expect(await drillAlarm()).toEqual(['unacknowledged'])
    bad.answer(status(200))
    expect(await client.channels.test({ name: 'bad' })).toEqual({ failure: null })
    await engines.clock.advance(2 * minuteMs)
    expect(ops.events().at(-1)).toBe('end')
  })

  test('a test message says whether the channel takes it', async () => {
    const ops = await receiver()
    const { client } = await watch([channel(ops.url)])
    expect(await client.channels.test({ name: 'ops' })).toEqual({ failure: null })
    expect(ops.events()).toEqual(['test'])
    ops.answer(status(403))
    expect(await client.channels.test({ name: 'ops' })).toMatchObject({ failure: { kind: 'status', status: 403 } })
    await ops.stop()
    expect(await client.channels.test({ name: 'ops' })).toMatchObject({ failure: { kind: 'unreachable', code: 'ECONNREFUSED' } })
    await expect(client.channels.test({ name: 'nobody' })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
  })

  test('a report of the daily check is sent once, in the words of each channel, also after a restart and to one that was away; channels of alarms get none', async () => {
    const ops = await receiver()
    const mail = engines.open.use(await createMailServer())
    const pager = await receiver()
    const channels: ChannelInput[] = [
      channel(ops.url),
      { name: 'mail', email: ['noc@example.org'], from: 'mtxdeck@example.com', smtp: `smtp://127.0.0.1:${mail.port}`, startTls: false, language: 'de' },
      { name: 'pager', pagerduty: new URL(pager.url).origin, secret: 'key' },
    ]
    const dailyCheck = dailySettingsSchema.parse({ enabled: true, at: '03:05', zone: 'UTC', windowMinutes: 10, tell: ['ops', 'mail', 'pager'] })
    const media: MediaPort = {
      snapshot: async () => ({ ok: false, error: { kind: 'noVideo' } }),
      tools: async () => ({ ok: false, error: { kind: 'noVideo' } }),
      probe: async ({ url }, onReading) => {
        if (url.includes('gate1')) return { kind: 'noVideo' }
        onReading(goodReading, null)
        return null
      },
    }
    ops.answer(status(503))
    const begin = async () =>
      await engines.start({ servers: demo.yamlServers(), channels, dailyCheck, publicUrl: 'https://noc.example.org', rules: atOnce }, { media })
    const { engine, client } = await begin()
    await engines.clock.advance(6 * minuteMs)
    const [report] = await client.dailyChecks.list({})
    expect(report).toMatchObject({ state: 'done', by: null, counts: { cameras: 7, ok: 6, fault: 1, newFault: 1 } })
    expect((await client.dailyChecks.status()).untold).toEqual(['pager'])
    await engines.stop(engine)
    ops.answer(status(200))
    await begin()
    await engines.clock.advance(3 * minuteMs)
    const taken = ops.all.filter(({ at }) => at > startAt + 6 * minuteMs)
    expect(taken.map(({ message: { event, title, text, lines, url } }) => [event, title, text, lines, url])).toEqual([
      [
        'report',
        expect.stringMatching(/^Daily check .*: 1 of 7 cameras faulty$/),
        '6 OK, 1 faulty (1 new), 0 not checked, 0 fixed.',
        [expect.stringMatching(/^Hamburg · gate1 \(new\): /)],
        `https://noc.example.org/#/probes/daily?report=${report?.id}`,
      ],
    ])
    expect(mail.mails.map((one) => headerOf(one, 'X-Mtxdeck-Event'))).toEqual(['report'])
    expect(mail.mails[0]?.text).toMatch(/1 von 7 Kameras mit Fehlern/)
    expect(pager.all).toEqual([])
    // It is no incident that lasts.
    expect((await client.alarms.list()).filter(({ kind }) => kind === 'streamGone')).toEqual([])
  })

  test('a report is sent also where those before it were lost with the index of pictures', async () => {
    const ops = await receiver()
    const dailyCheck = dailySettingsSchema.parse({ enabled: true, at: '03:05', zone: 'UTC', windowMinutes: 10, tell: ['ops'] })
    const media: MediaPort = {
      snapshot: async () => ({ ok: false, error: { kind: 'noVideo' } }),
      tools: async () => ({ ok: false, error: { kind: 'noVideo' } }),
      probe: async () => ({ kind: 'noVideo' }),
    }
    const begin = async () => await engines.start({ servers: demo.yamlServers(), channels: [channel(ops.url)], dailyCheck, rules: atOnce }, { media })
    const { engine } = await begin()
    await engines.clock.advance(6 * minuteMs)
    await engines.stop(engine)
    writeFileSync(snapshotsFile(join(engines.folder, 'data')), 'x'.repeat(10_000))
    await engines.clock.sleepMachine(24 * 60 * minuteMs - 2 * minuteMs)
    const again = await begin()
    await engines.clock.advance(8 * minuteMs)
    expect(await again.client.dailyChecks.list({})).toMatchObject([{ state: 'done' }])
    expect(engines.bugs.splice(0)).toMatchObject([{ facts: { setAside: expect.stringContaining('damaged') } }])
    expect(ops.events().filter((event) => event === 'report')).toHaveLength(2)
  })

  test('a report keeps its lines in a channel that collects: it is none of those that are sent as one', async () => {
    const ops = await receiver()
    const dailyCheck = dailySettingsSchema.parse({ enabled: true, at: '03:05', zone: 'UTC', windowMinutes: 10, tell: ['ops'] })
    const media: MediaPort = {
      snapshot: async () => ({ ok: false, error: { kind: 'noVideo' } }),
      tools: async () => ({ ok: false, error: { kind: 'noVideo' } }),
      probe: async () => ({ kind: 'noVideo' }),
    }
    const channels = [channel(ops.url, { digestMinutes: 10, atMost: 2 })]
    await engines.start({ servers: demo.yamlServers(), channels, dailyCheck, rules: atOnce }, { media })
    await engines.clock.advance(4 * minuteMs)
    await befall({ kind: 'publisherGone', path: 'cam1' })
    hamburg('gate1')
    await engines.clock.advance(30 * minuteMs)
    expect(ops.events()).toEqual(['summary', 'report'])
    expect(itemsOf(ops.all[0]).map(({ event }) => event)).toEqual(['start', 'start'])
    expect(ops.all[1]?.message.lines).toHaveLength(7)
  })
})

test('a message waits for causes that are being looked for, but half a second at most', async () => {
  const clock = createTestClock(1_700_000_000_000)
  let found = Promise.withResolvers<void>()
  let looking: Promise<void> | null = null
  let sent = 0
  const sending = createSendWithCauses({ clock, looking: () => looking, send: () => sent++, signal: new AbortController().signal })

  sending.send()
  expect(sent).toBe(1)

  looking = found.promise
  sending.send()
  sending.send()
  expect(sent).toBe(1)
  found.resolve()
  await sending.settled()
  expect(sent).toBe(2)

  found = Promise.withResolvers<void>()
  looking = found.promise
  sending.send()
  await clock.advance(499)
  expect(sent).toBe(2)
  await clock.advance(1)
  await sending.settled()
  expect(sent).toBe(3)
})
