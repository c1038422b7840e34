import { describe, expect, test } from 'vitest'
import { createTestProxy, insideName } from '../http/proxy.fixture.ts'
import type { ChannelInput } from './channelKinds.ts'
import { type Answer, answers, createReceiver, hostileName, sendingInEachTest, someEnd, someStart, someSummary, someUpdate } from './channels.fixture.ts'
import type { Notification } from './notification.ts'

interface HttpKind {
  /** The channel, with a receiver at this origin. */
  readonly channel: (origin: string) => ChannelInput
  /** What the service answers to a message that it takes. */
  readonly accepts: Answer
  /** Names are passed on as they are. */
  readonly isVerbatim?: boolean
  /** It gets each message by itself. */
  readonly isKeyed?: boolean
}

/** Every kind that speaks HTTP. */
const httpKinds: Readonly<Record<string, HttpKind>> = {
  alertmanager: { channel: (origin) => ({ name: 'am', alertmanager: `${origin}/prefix/` }), accepts: (response) => void response.end(), isKeyed: true },
  webhook: {
    channel: (origin) => ({ name: 'ops', webhook: `${origin}/hook`, secret: 'hunter2' }),
    accepts: (response) => void response.writeHead(204).end(),
    isVerbatim: true,
  },
  pagerduty: {
    channel: (origin) => ({ name: 'pd', pagerduty: origin, secret: 'hunter2' }),
    accepts: answers(202, { status: 'success', message: 'Event processed', dedup_key: 'mtxdeck-a1b2' }),
    isKeyed: true,
  },
  slack: {
    channel: (origin) => ({ name: 'slack', slack: 'C0123456789', url: origin, secret: 'hunter2' }),
    accepts: answers(200, { ok: true, channel: 'C0123456789', ts: '1763089200.000100' }),
  },
  'slack by an incoming webhook': {
    channel: (origin) => ({ name: 'slack', slack: origin, secret: '/services/T0/hunter2' }),
    accepts: (response) => void response.end('ok'),
  },
  teams: { channel: (origin) => ({ name: 'teams', teams: `${origin}/workflows?sig=hunter2` }), accepts: (response) => void response.writeHead(202).end() },
  telegram: {
    channel: (origin) => ({ name: 'tg', telegram: '-100123', url: origin, secret: '1:hunter2' }),
    accepts: answers(200, { ok: true, result: { message_id: 7 } }),
  },
  ntfy: { channel: (origin) => ({ name: 'ntfy', ntfy: `${origin}/noc`, secret: 'hunter2' }), accepts: answers(200, { id: 'x', event: 'message' }) },
  apprise: { channel: (origin) => ({ name: 'ap', apprise: `${origin}/notify/noc`, user: 'noc', secret: 'hunter2' }), accepts: answers(200, { error: null }) },
}

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []

describe.each(Object.entries(httpKinds))('%s', (_kind, { channel, accepts, isVerbatim, isKeyed }) => {
  const { sending, open } = sendingInEachTest()

  const receiver = async (answer: Answer) => open.use(await createReceiver(answer))
  const sentTo = async (answer: Answer, notification: Notification = someStart) => {
    const { origin, all } = await receiver(answer)
    return { sent: await sending.to(channel(origin))(notification), all }
  }

  test('takes a start, an update, an end and a test', async () => {
    const { origin, all } = await receiver(accepts)
    const send = sending.to(channel(origin))
    for (const notification of [someStart, someUpdate, someEnd, { ...someStart, event: 'test', ackUrl: null } as const])
      expect(await send(notification)).toMatchObject({ ok: true })
    expect(all.length).toBeGreaterThanOrEqual(4)
    // The same first line everywhere.
    for (const { headline } of isKeyed ? [someStart] : [someStart, someUpdate, someEnd]) expect(all.map(({ text }) => text).join()).toContain(headline)
    for (const { headers } of all) expect(headers['user-agent']).toBe('mtxdeck/0.0.0')
    // Whoever has to take it can do so from there.
    expect(all[0]?.text).toContain(someStart.ackUrl)
    expect(all.at(-1)?.text).not.toContain('/ack/e30')
  })

  test('is reached through its proxy alone, which is asked by name, and what the proxy refuses waits', async () => {
    const { origin, all } = await receiver(accepts)
    const proxy = open.use(await createTestProxy())
    const inside = origin.replace('127.0.0.1', insideName)
    expect(await sending.to(channel(inside))(someStart)).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
    const send = sending.to({ ...channel(inside), proxy: proxy.url })
    expect(await send(someStart)).toMatchObject({ ok: true })
    expect(all.length).toBeGreaterThan(0)
    expect(proxy.asked[0]).toContain(`POST ${inside}/`)
    for (const status of [407, 502]) {
      proxy.refuse(status)
      expect(await send(someUpdate)).toMatchObject({ ok: false, isFinal: false })
    }
  })

  test.skipIf(isKeyed)('takes several messages as one, and names each', async () => {
    const { sent, all } = await sentTo(accepts, someSummary)
    expect(sent).toMatchObject({ ok: true })
    for (const { text } of all) expect(text).toContain('Berlin · cam1')
    expect(all.map(({ text }) => text).join()).toMatch(/ENDED after 2 min 10 s: Berlin · cam1 stream gone|"items":\[/)
  })

  test('what it puts off is sent again, what it refuses is not, and wrong credentials are not the fault of the message', async () => {
    const to = (status: number, headers: Record<string, string> = {}) => sentTo((response) => void response.writeHead(status, headers).end('no'))
    expect((await to(429, { 'Retry-After': '120' })).sent).toMatchObject({ ok: false, isFinal: false, retryAfterMs: 120_000 })
    expect((await to(503)).sent).toMatchObject({ ok: false, isFinal: false, retryAfterMs: null, failure: { kind: expect.stringMatching(/status|answer/) } })
    expect((await to(400)).sent).toMatchObject({ ok: false, isFinal: true, mayHaveArrived: false, failure: { kind: expect.stringMatching(/status|answer/) } })
    expect((await to(302, { Location: 'http://127.0.0.1:1/' })).sent).toMatchObject({ ok: false, isFinal: true })
    expect((await to(401)).sent).toMatchObject({ ok: false, isFinal: false, failure: { kind: 'signIn' } })
  })

  test('no answer, a connection that is cut and no connection at all are tried again', async () => {
    const { origin, first } = await receiver(() => undefined)
    const waits = sending.to(channel(origin))(someStart)
    await first
    await sending.clock.advance(10_000)
    expect(await waits).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: true, failure: { kind: 'noAnswer', code: 'ETIMEDOUT' } })
    const { sent } = await sentTo((response) => void response.destroy())
    expect(sent).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: true, failure: { kind: 'noAnswer' } })
    expect(await sending.to(channel('http://127.0.0.1:1'))(someStart)).toMatchObject({ ok: false, mayHaveArrived: false, failure: { code: 'ECONNREFUSED' } })
    expect(sending.clock.pending()).toBe(0)
  })

  test('an answer without end is not read to its end', async () => {
    const { sent } = await sentTo((response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(sent.ok || sent.isFinal).toBe(true)
  })

  test('takes names of any kind, in messages of bounded length', async () => {
    const members = Array.from(
      { length: 300 },
      () => ({ ...someStart.members[0], server: hostileName, stream: hostileName }) as Notification['members'][number],
    )
    const named: Notification = { ...someStart, title: hostileName, text: hostileName, cause: hostileName, servers: [hostileName], streams: [hostileName] }
    const summary: Notification = { ...named, event: 'summary', items: Array.from({ length: 100 }, () => named) }
    for (const notification of [named, { ...named, members }, ...(isKeyed === true || isVerbatim === true ? [] : [summary])]) {
      const { sent, all } = await sentTo(accepts, notification)
      expect(sent).toMatchObject({ ok: true })
      for (const { path, headers, text } of all) {
        if (!isVerbatim) for (const said of textsIn(JSON.parse(text))) expect(said).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]|\p{Cs}/u)
        expect(`${path}${JSON.stringify(headers)}`).not.toContain('evil')
      }
    }
    const { all } = await sentTo(accepts, named)
    for (const { text } of all) expect(Buffer.byteLength(text)).toBeLessThan(isVerbatim ? 200_000 : 28_000)
  })
})
