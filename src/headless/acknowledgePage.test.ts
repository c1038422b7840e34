import { cpSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import type { EngineOptions } from '../engine/engineOptions.ts'
import type { ChannelInput } from '../engine/notifications/channelKinds.ts'
import type { Log } from '../engine/ports.ts'
import type { TestEngines } from '../engine/testEngines.ts'
import { soleOperator } from '../shared/permissions.ts'
import { createConsoleServer } from './http.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 30, 0)
const hourMs = 3_600_000
const publicUrl = 'https://noc.example.org'
const atOnce = (['streamGone', 'serverDown'] as const).map((id) => ({ id, onDelaySeconds: 0, offDelaySeconds: 0 }))

interface Page {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}
interface Received {
  readonly event: string
  readonly key: string
  readonly ackUrl: string | null
}

describe('acknowledging by the link of a message, over real HTTP and in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    ;({ engines, demo } = await createTestFleet(startAt, 'links', [rtspServer('Berlin', 'cam1', 'cam2', '<b>&"cam'), rtspServer('Hamburg', 'gate1')]))
  })
  afterEach(() => closeWithoutBugs(engines))

  /** A channel that takes everything, and what it received. */
  async function receiver() {
    const received: Received[] = []
    const server = createServer((asked, answer) => {
      let text = ''
      asked.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      asked.on('end', () => {
        received.push(JSON.parse(text) as Received)
        answer.end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    engines.open.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
  }

  /** A console behind its real door. */
  async function open(channels: readonly ChannelInput[], options: EngineOptions & { readonly dataDir?: string; readonly isPublic?: false } = {}) {
    const { dataDir = join(engines.folder, 'data'), isPublic = true, ...others } = options
    const more: EngineOptions = { ...(isPublic && { publicUrl }), ...others }
    const { engine, client } = await engines.start({ servers: demo.yamlServers(), rules: atOnce, channels, ...more }, { dataDir })
    const lines: string[] = []
    const write = (facts: object, text: string) => void lines.push(`${JSON.stringify(facts)} ${text}`)
    const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log }
    const served = await createConsoleServer({
      engine,
      clock: engines.clock,
      log,
      version: '0.0.0-test',
      token: 'a-token-for-tests-only',
      operator: soleOperator,
      listen: { host: '127.0.0.1', port: 0 },
      tls: null,
      publicUrls: more.publicUrl === undefined ? [] : [more.publicUrl],
      trustedProxies: [],
      rendererDir: join(engines.folder, 'none'),
    })
    if (!served.ok) throw new Error('no console')
    const { port } = served.value
    let isOpen = true
    const close = async () => {
      if (!isOpen) return
      isOpen = false
      await served.value[Symbol.asyncDispose]()
      await engines.stop(engine)
    }
    engines.open.defer(close)
    const ask = (path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}) =>
      new Promise<Page>((resolve, reject) => {
        const asked = request(
          {
            host: '127.0.0.1',
            port,
            path,
            method,
            headers: { host: 'noc.example.org', ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }), ...headers },
          },
          (answer) => {
            let text = ''
            answer.setEncoding('utf8')
            answer.on('data', (part: string) => (text += part))
            answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
          },
        )
        asked.on('error', reject)
        asked.end(body)
      })
    /** What the browser sends when somebody presses the button of a page. */
    const press = (path: string, page: Page, name = '', headers: Record<string, string> = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
        body: new URLSearchParams({ ask: askIn(page), name }).toString(),
      })
    await engines.clock.advance(10_000)
    return { client, ask, press, close, lines }
  }
  const askIn = ({ text }: Page) => /name="ask" value="([^"]+)"/.exec(text)?.[1] ?? ''
  const gone = async (path = 'cam1', server = 'Berlin', forMs?: number) => {
    demo.server(server).trouble({ kind: 'publisherGone', path, ...(forMs !== undefined && { forMs }) })
    await engines.clock.advance(20_000)
  }
  const pathOf = (received: Received | undefined) => (received?.ackUrl ?? '').slice(publicUrl.length)
  /** A console with an incident, and the link of its message. */
  async function withIncident(more: Partial<ChannelInput> = {}, forMs?: number) {
    const ops = await receiver()
    const channel = { name: 'ops', webhook: ops.url, ...more } as ChannelInput
    const deck = await open([channel])
    await gone('cam1', 'Berlin', forMs)
    const [start] = ops.received
    expect(start).toMatchObject({ event: 'start', ackUrl: expect.stringMatching(/^https:\/\/noc\.example\.org\/ack\/[\w-]+\.[\w-]{43}$/) })
    return { ...deck, ops, channel, path: pathOf(start), key: start?.key ?? '' }
  }
  const stateOf = async ({ client }: Pick<Awaited<ReturnType<typeof open>>, 'client'>) => (await client.alarms.list()).map(({ state }) => state)

  test('the page shows the incident and asks, its button acknowledges, and everybody sees who did', async () => {
    const deck = await withIncident({ language: 'de' })
    const page = await deck.ask(deck.path)
    expect(page.status).toBe(200)
    for (const said of ['<html lang="de">', 'kritisch: Berlin · cam1', 'Seit 14.11.2026', 'Das hat noch niemand quittiert.', 'Ihr Name'])
      expect(page.text).toContain(said)
    expect(page.text).not.toMatch(/<script|\sstyle=|https?:\/\/(?!noc\.example\.org\/#)/)
    expect(page.headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
      ),
    })
    expect(page.headers).not.toHaveProperty('set-cookie')
    expect(await stateOf(deck)).toEqual(['unacknowledged'])
    const pressed = await deck.press(deck.path, page, ' Anna\u202e\n ')
    expect(pressed).toMatchObject({ status: 303, headers: { location: deck.path } })
    expect((await deck.ask(deck.path)).text).toContain('Quittiert von Anna (per Link von ops), 14.11.2026')
    const [alarm] = await deck.client.alarms.list()
    expect(alarm).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'Anna', link: 'ops', until: null } })
    await engines.clock.advance(60_000)
    // All are notified who acknowledged it, and nobody is asked again.
    expect(deck.ops.received.map(({ event, ackUrl }) => [event, ackUrl === null])).toEqual([
      ['start', false],
      ['update', true],
    ])
  })

  test('programs that open links change nothing: not by GET, not by HEAD, not by sending a form of their own', async () => {
    const deck = await withIncident()
    for (let time = 0; time < 3; time++) await deck.ask(deck.path)
    expect(await deck.ask(deck.path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    expect((await deck.ask(`${deck.path}?ask=1&name=scanner`)).status).toBe(200)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const body of ['', 'name=scanner', 'ask=&name=scanner', `ask=zzz.${'a'.repeat(43)}`]) {
      const answer = await deck.ask(deck.path, { method: 'POST', headers: form, body })
      expect(answer.status, body).toBe(403)
      expect(answer.text).toContain('Nothing was acknowledged. Please press the button on this page.')
    }
    const page = await deck.ask(deck.path)
    expect(
      (await deck.ask(deck.path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ask: askIn(page) }) })).status,
    ).toBe(403)
    for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await deck.ask(deck.path, { method })).status).toBeGreaterThanOrEqual(400)
    expect(await stateOf(deck)).toEqual(['unacknowledged'])
  })

  test('a page of another site cannot send the form, even with what the page asked', async () => {
    const deck = await withIncident()
    const page = await deck.ask(deck.path)
    expect((await deck.press(deck.path, page, 'evil', { origin: 'https://evil.example' })).status).toBe(403)
    expect((await deck.press(deck.path, page, 'evil', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await deck.press(deck.path, page, 'evil', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await deck.press(deck.path, page, 'evil', { host: 'evil.example' })).status).toBe(403)
    expect(await stateOf(deck)).toEqual(['unacknowledged'])
  })

  test('a forged or cut link is refused, and opens nothing else of the console', async () => {
    const deck = await withIncident()
    const [content = '', mac = ''] = deck.path.slice('/ack/'.length).split('.')
    const changed = Buffer.from(JSON.stringify(['other', 'ops', startAt * 2])).toString('base64url')
    for (const link of [
      `${changed}.${mac}`,
      `${content}.${'A'.repeat(43)}`,
      content,
      `${content}.`,
      `${content}.${mac}.${mac}`,
      'x',
      'a'.repeat(4_000),
      '%00',
      '..',
    ]) {
      const page = await deck.ask(`/ack/${link}`, { headers: { 'accept-language': 'ko' } })
      expect([page.status, page.text.includes('cam1')], link).toEqual([link === '..' ? 401 : 404, false])
    }
    expect((await deck.ask('/ack/x', { headers: { 'accept-language': 'ko' } })).text).toContain('유효하지 않은 링크입니다')
    for (const path of ['/api/alarms', `${deck.path}/api/alarms`, '/api/hello', '/']) expect((await deck.ask(path)).status, path).toBe(401)
  })

  test('what one link asks is of no use for another, and a link takes only its own incident', async () => {
    const deck = await withIncident()
    await gone('gate1', 'Hamburg')
    const other = pathOf(deck.ops.received.find(({ key }) => key !== deck.key))
    expect(other).not.toBe('')
    expect((await deck.press(other, await deck.ask(deck.path))).status).toBe(403)
    expect((await deck.press(other, await deck.ask(other))).status).toBe(303)
    expect((await deck.client.alarms.list()).map(({ incident, state }) => [incident === deck.key, state])).toEqual([
      [true, 'unacknowledged'],
      [false, 'acknowledged'],
    ])
  })

  test('sent again it does nothing more, and does not take from whoever has it', async () => {
    const deck = await withIncident()
    const page = await deck.ask(deck.path)
    expect((await deck.press(deck.path, page, 'Anna')).status).toBe(303)
    expect((await deck.press(deck.path, page, 'Bert')).status).toBe(303)
    const [alarm] = await deck.client.alarms.list()
    expect(alarm?.acknowledged?.by).toBe('Anna')
    const { changes } = await deck.client.alarms.get({ id: alarm?.id ?? '' })
    expect(changes.filter(({ kind }) => kind === 'acknowledged')).toHaveLength(1)
    expect((await deck.ask(deck.path)).text).not.toContain('<form')
  })

  test('without a name it says by which channel', async () => {
    const deck = await withIncident()
    await deck.press(deck.path, await deck.ask(deck.path))
    expect((await deck.ask(deck.path)).text).toContain('Acknowledged by link from ops, ')
    expect((await deck.client.alarms.list())[0]?.acknowledged).toMatchObject({ by: '', link: 'ops' })
  })

  test('a long name is cut, and names are never markup', async () => {
    const ops = await receiver()
    const deck = await open([{ name: '<i>ops</i>', webhook: ops.url }])
    await gone('<b>&"cam')
    const path = pathOf(ops.received[0])
    await deck.press(path, await deck.ask(path), `<script>${'x'.repeat(500)}`)
    const page = await deck.ask(path)
    expect(page.text).toContain('&lt;b&gt;&amp;&quot;cam')
    expect(page.text).toContain('&lt;script&gt;xxx')
    expect(page.text).not.toMatch(/<b>|<i>|<script/)
    expect((await deck.client.alarms.list())[0]?.acknowledged?.by).toHaveLength(60)
  })

  test('a link ends after a day, and a page that stood open for over an hour asks again', async () => {
    const deck = await withIncident()
    const early = await deck.ask(deck.path)
    /** Nothing is polled meanwhile, which would take long. */
    const later = async (before: Pick<typeof deck, 'close'>, ms: number) => {
      await before.close()
      await engines.clock.advance(ms)
      return open([deck.channel])
    }
    const afterHour = await later(deck, hourMs)
    expect((await afterHour.press(deck.path, early)).status).toBe(403)
    const nextDay = await later(afterHour, 23 * hourMs)
    const last = await nextDay.ask(deck.path)
    expect(last.status).toBe(200)
    const tooLate = await later(nextDay, hourMs / 2)
    const page = await tooLate.ask(deck.path)
    expect([page.status, page.text.includes('cam1')]).toEqual([410, false])
    expect(page.text).toContain('This link no longer works')
    expect((await tooLate.press(deck.path, last)).status).toBe(410)
    expect(await stateOf(tooLate)).toEqual(['unacknowledged'])
  })

  test('after its end the page says so, and nothing is left to do', async () => {
    const deck = await withIncident({}, 30_000)
    const page = await deck.ask(deck.path)
    await engines.clock.advance(40_000)
    // It waits for somebody who knows of it.
    expect(await stateOf(deck)).toEqual(['healedUnseen'])
    expect((await deck.press(deck.path, page)).status).toBe(303)
    expect(await stateOf(deck)).toEqual([])
    const over = await deck.ask(deck.path)
    expect(over.text).toContain('This ended 14 Nov 2026')
    expect(over.text).not.toContain('<form')
  })

  test('the same link is good after a restart, and in a copy of the store with its key; another key makes it void', async () => {
    const deck = await withIncident()
    await deck.close()
    cpSync(join(engines.folder, 'data'), join(engines.folder, 'copy'), { recursive: true })
    cpSync(join(engines.folder, 'data'), join(engines.folder, 'stranger'), { recursive: true })
    const again = await open([deck.channel])
    expect((await again.ask(deck.path)).status).toBe(200)
    await again.close()
    const restored = await open([deck.channel], { dataDir: join(engines.folder, 'copy') })
    expect((await restored.press(deck.path, await restored.ask(deck.path))).status).toBe(303)
    await restored.close()
    const { engine } = await engines.start(
      { servers: demo.yamlServers(), rules: atOnce, channels: [deck.channel], publicUrl },
      {
        dataDir: join(engines.folder, 'stranger'),
        secretsKey: { protection: 'file', kept: { kind: 'keyFile', file: 'x' }, key: new Uint8Array(32).fill(9) },
      },
    )
    expect(engine.acknowledging.look(deck.path.slice('/ack/'.length))).toEqual({ is: 'invalid' })
  })

  test('a copy of the store from before the incident does not know it', async () => {
    const ops = await receiver()
    const channel: ChannelInput = { name: 'ops', webhook: ops.url }
    const deck = await open([channel])
    await deck.close()
    cpSync(join(engines.folder, 'data'), join(engines.folder, 'backup'), { recursive: true })
    const again = await open([channel])
    await gone()
    const path = pathOf(ops.received[0])
    expect((await again.ask(path)).status).toBe(200)
    await again.close()
    const restored = await open([channel], { dataDir: join(engines.folder, 'backup') })
    const page = await restored.ask(path)
    expect([page.status, page.text.includes('This link no longer works')]).toEqual([410, true])
  })

  test('with another publicUrl new links lead there, and the old name is not answered any more', async () => {
    const deck = await withIncident()
    await deck.close()
    const moved = await open([deck.channel], { publicUrl: 'https://deck.example.net' })
    expect((await moved.ask(deck.path)).status).toBe(403)
    expect((await moved.ask(deck.path, { headers: { host: 'deck.example.net' } })).status).toBe(200)
    await gone('gate1', 'Hamburg')
    expect(deck.ops.received.at(-1)?.ackUrl).toMatch(/^https:\/\/deck\.example\.net\/ack\//)
  })

  test('a public address that is entered counts at once: messages link there, and browsers are answered under it; that of the file counts before it', async () => {
    const ops = await receiver()
    const deck = await open([{ name: 'ops', webhook: ops.url }], { isPublic: false })
    expect(await deck.client.channels.readiness()).toMatchObject({ publicUrl: null })
    await deck.client.channels.putReadiness({ part: 'publicUrl', entries: { publicUrl: 'https://night.example.org' } })
    expect(await deck.client.channels.readiness()).toMatchObject({ publicUrl: 'https://night.example.org', entered: { publicUrl: { by: 'operator' } } })
    await gone()
    const ackUrl = ops.received[0]?.ackUrl ?? ''
    expect(ackUrl).toMatch(/^https:\/\/night\.example\.org\/ack\//)
    expect((await deck.ask(new URL(ackUrl).pathname, { headers: { host: 'night.example.org' } })).status).toBe(200)
    await deck.close()
    const again = await open([{ name: 'ops', webhook: ops.url }])
    expect(await again.client.channels.readiness()).toMatchObject({ publicUrl, entered: { publicUrl: null } })
  })

  test('there are no links without publicUrl, for a channel that wants none, and of one that is gone', async () => {
    const [quiet, ops] = [await receiver(), await receiver()]
    const deck = await open([
      { name: 'quiet', webhook: quiet.url, acknowledgeLink: false },
      { name: 'ops', webhook: ops.url },
    ])
    await gone()
    expect(quiet.received[0]).toMatchObject({ event: 'start', ackUrl: null, url: expect.any(String) })
    const path = pathOf(ops.received[0])
    await deck.close()
    const without = await open([{ name: 'quiet', webhook: quiet.url }])
    expect((await without.ask(path)).status).toBe(404)
    await without.close()
    const { engine } = await engines.start({ servers: demo.yamlServers(), rules: atOnce, channels: [{ name: 'ops', webhook: ops.url }] })
    await engines.clock.advance(10_000)
    expect(engine.acknowledging.look(path.slice('/ack/'.length))).toEqual({ is: 'invalid' })
    await gone('gate1', 'Hamburg')
    expect(ops.received.at(-1)).toMatchObject({ url: null, ackUrl: null })
  })

  test('requests are limited in size, and links stand in no log', async () => {
    const deck = await withIncident()
    const large = await deck.ask(deck.path, { method: 'POST', headers: { 'content-length': '9000' }, body: 'x'.repeat(9_000) })
    expect(large.status).toBe(413)
    expect((await deck.press(deck.path, await deck.ask(deck.path))).status).toBe(303)
    expect([...deck.lines, ...engines.logged].join()).not.toContain(deck.path.slice(10, 60))
  })
})
