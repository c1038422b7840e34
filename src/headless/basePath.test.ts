import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { hasNginx, startNginx, startSmallProxy } from '../../tests/fakes/pathProxy.ts'
import { freePort } from '../../tests/freePort.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const ways = [
  { name: 'a proxy that passes the path on', start: startSmallProxy, strips: false },
  { name: 'a proxy that takes the path off', start: startSmallProxy, strips: true },
  { name: 'nginx that passes the path on', start: startNginx, strips: false },
  { name: 'nginx that takes the path off', start: startNginx, strips: true },
]

describe.each(ways)('below a path of $name', ({ start, strips }) => {
  const isMissing = start === startNginx && !hasNginx
  let ended: AsyncDisposableStack
  let fleet: DemoFleet
  let deck: TestConsole
  let origin = ''
  let publicUrl = ''
  let cookie = ''
  const messages: { readonly url: string; readonly ackUrl: string }[] = []
  beforeAll(async () => {
    if (isMissing) return
    await using starting = new AsyncDisposableStack()
    fleet = starting.use(
      await createDemoFleet({
        clock: createSystemClock(),
        seed: 'below a path',
        servers: [{ name: 'Berlin', paths: ['gate', 'yard'].map((name) => ({ name, source: 'rtspSession' as const })), intervalSeconds: 0.5 }],
      }),
    )
    const hook = createServer((asked, answer) => {
      let text = ''
      asked.on('data', (part: Buffer) => (text += part.toString('utf8')))
      asked.on('end', () => {
        messages.push(JSON.parse(text))
        answer.end()
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => hook.once('listening', resolve))
    starting.defer(async () => {
      hook.closeAllConnections()
      await new Promise((resolve) => hook.close(resolve))
    })
    const port = await freePort()
    origin = `http://localhost:${port}`
    publicUrl = `${origin}/mtx`
    const rendererDir = mkdtempSync(join(tmpdir(), 'mtxdeck-renderer-'))
    starting.defer(() => rmSync(rendererDir, { recursive: true, force: true }))
    mkdirSync(join(rendererDir, 'assets'))
    writeFileSync(join(rendererDir, 'index.html'), '<script type="module" src="./assets/index-x.js"></script>')
    writeFileSync(join(rendererDir, 'guest.html'), '<script type="module" src="./assets/index-x.js"></script>')
    writeFileSync(join(rendererDir, 'assets', 'index-x.js'), 'export {}')
    deck = starting.use(
      await startTestConsole({
        servers: fleet.yamlServers(),
        rules: [{ id: 'streamGone', onDelaySeconds: 0, offDelaySeconds: 0 }],
        channels: [{ name: 'ops', webhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/` }],
        publicUrl,
        publicUrls: [publicUrl],
        rendererDir,
      }),
    )
    starting.use(await start({ strips, port, to: deck.server.port }))
    ended = starting.move()
  })
  afterAll(() => ended?.disposeAsync())

  /** Follows an address as a browser does; `at`: where the page is. */
  const get = (to: string, headers: Record<string, string> = {}, at = `${publicUrl}/`) => fetch(new URL(to, at), { redirect: 'manual', headers })
  const post = (path: string, body: URLSearchParams | object, headers: Record<string, string> = {}) =>
    fetch(`${publicUrl}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin, ...(body instanceof URLSearchParams ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body instanceof URLSearchParams ? body : JSON.stringify(body),
    })
  const leadsTo = (answer: Response) => new URL(answer.headers.get('location') ?? '', `${publicUrl}/`).href
  const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? ''

  test.skipIf(isMissing)('signing in leads to the page below the path, with a cookie for that path alone', async () => {
    expect(leadsTo(await get('/mtx'))).toBe(`${publicUrl}/`)
    const page = await get('./', { accept: 'text/html' })
    expect(page.status).toBe(401)
    const html = await page.text()
    const [, script = ''] = /<script src="([^"]+)"/.exec(html) ?? []
    const [, form = ''] = /<form method="post" action="([^"]+)"/.exec(html) ?? []
    expect([script, form]).toEqual(['/mtx/sign-in.js', '/mtx/api/sign-in'])
    expect(await (await get(script)).text()).not.toMatch(/'\/api/)
    const wrong = await post('/api/sign-in', new URLSearchParams({ token: 'wrong' }), { accept: 'text/html' })
    expect([wrong.status, await wrong.text()]).toEqual([401, expect.stringContaining('action="/mtx/api/sign-in"')])
    const signedIn = await post('/api/sign-in', new URLSearchParams({ token: deck.token }))
    expect([signedIn.status, leadsTo(signedIn)]).toEqual([303, `${publicUrl}/`])
    expect(signedIn.headers.get('set-cookie')).toMatch(/^mtxdeck-\d+=.*; Path=\/mtx; HttpOnly; SameSite=Strict$/)
    cookie = cookieOf(signedIn)
    const shown = await get('./', { cookie, accept: 'text/html' })
    const [, asset = ''] = /src="([^"]+)"/.exec(await shown.text()) ?? []
    expect((await get(asset, { cookie })).status).toBe(200)
    expect(leadsTo(await get('streams/a/cam.mp4?x=1', { cookie, accept: 'text/html' }))).toBe(`${publicUrl}/#/streams/a/cam.mp4?x=1`)
    expect(leadsTo(await get(`./?token=${deck.token}`, { accept: 'text/html' }))).toBe(`${publicUrl}/`)
    const out = await post('/api/sign-out', {}, { cookie: cookieOf(await get(`./?token=${deck.token}`)) })
    expect(out.headers.get('set-cookie')).toMatch(/Max-Age=0; Path=\/mtx;/)
  })

  test.skipIf(isMissing)('data comes by WebSocket, for pages of this origin', async () => {
    const opened = (from: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${publicUrl.replace('http', 'ws')}/api/feed`, { headers: { cookie, origin: from } })
        socket.once('message', (data) => {
          resolve(String(data))
          socket.terminate()
        })
        socket.once('error', (error) => resolve(error.message))
      })
    expect(await opened(origin)).toContain('"Berlin"')
    expect(await opened('http://elsewhere.example')).toContain('403')
  })

  const firstSegmentOf = async (playlist: string, headers: Record<string, string>): Promise<Response> => {
    const answer = await get(playlist, headers)
    expect(answer.status, playlist).toBe(200)
    if (!answer.headers.get('content-type')?.includes('mpegurl')) return answer
    const line = (await answer.text()).split('\n').findLast((each) => each !== '' && !each.startsWith('#')) ?? ''
    return firstSegmentOf(new URL(line, answer.url).href, headers)
  }
  const gate = async () => {
    const read = async () => (await (await get('api/streams', { cookie })).json()) as readonly { readonly serverId: string; readonly name: string }[]
    await expect.poll(async () => (await read()).length).toBe(2)
    return { serverId: (await read())[0]?.serverId ?? '', path: 'gate' }
  }

  test.skipIf(isMissing)('a picture plays through the relay', async () => {
    const opened = await post('/api/previews', { ...(await gate()), viewer: crypto.randomUUID() }, { cookie })
    const { url } = (await opened.json()) as { readonly url: string }
    expect(url).toMatch(/^\/relay\//)
    expect((await (await firstSegmentOf(publicUrl + url, { cookie })).arrayBuffer()).byteLength).toBeGreaterThan(1000)
  })

  test.skipIf(isMissing)('a guest sees and plays by a link, with a cookie for the guests of this console alone', async () => {
    const made = await post('/api/guests', { name: 'Fair', shows: { kind: 'streams', streams: [await gate()] } }, { cookie })
    const { url } = (await made.json()) as { readonly url: string }
    expect(url).toMatch(/\/mtx\/guest\/mtxg_/)
    const entered = await get(url)
    expect([entered.status, leadsTo(entered)]).toEqual([303, `${publicUrl}/guest/`])
    expect(entered.headers.get('set-cookie')).toContain('; Path=/mtx/guest;')
    const headers = { cookie: cookieOf(entered) }
    const page = leadsTo(entered)
    const [, asset = ''] = /src="([^"]+)"/.exec(await (await get(page, headers)).text()) ?? []
    expect((await get(asset, headers, page)).status).toBe(200)
    const { pictures } = (await (await get('page', headers, page)).json()) as { readonly pictures: readonly { readonly id: string }[] }
    const played = await post(`/guest/pictures/${pictures[0]?.id}`, { asked: true }, headers)
    const { address } = (await played.json()) as { readonly address: string }
    expect((await firstSegmentOf(new URL(address, page).href, headers)).status).toBe(200)
  })

  test.skipIf(isMissing)('an alarm is acknowledged by the link of its message', async () => {
    fleet.server('Berlin').trouble({ kind: 'publisherGone', path: 'yard' })
    await expect.poll(() => messages.length, { timeout: 20_000 }).toBeGreaterThan(0)
    const [{ url, ackUrl } = { url: '', ackUrl: '' }] = messages
    expect(url).toMatch(/\/mtx\/#\/alarms\?incident=/)
    expect(ackUrl.startsWith(`${publicUrl}/ack/`)).toBe(true)
    const [, ask = ''] = /name="ask" value="([^"]+)"/.exec(await (await get(ackUrl)).text()) ?? []
    const pressed = await post(ackUrl.slice(publicUrl.length), new URLSearchParams({ ask, name: 'Ada' }), { origin: 'null' })
    expect([pressed.status, leadsTo(pressed)]).toEqual([303, ackUrl])
    expect(await (await get(ackUrl)).text()).toContain('Ada')
  })

  test.skipIf(isMissing)('the description of the API names the path, and metrics are read below it', async () => {
    const { servers, paths } = (await (await get('api/openapi.json', { cookie })).json()) as {
      readonly servers: unknown
      readonly paths: Readonly<Record<string, { readonly get?: { readonly servers?: unknown } }>>
    }
    expect([servers, paths['/relay/recordings']?.get?.servers]).toEqual([[{ url: '/mtx/api' }], [{ url: '/mtx' }]])
    expect((await get('metrics', { authorization: `Bearer ${deck.token}` })).status).toBe(200)
  })

  test.skipIf(isMissing)('asked past the proxy it answers with the path and without, and leads browsers below it', async () => {
    const authorization = `Bearer ${deck.token}`
    for (const path of ['/healthz', '/api/hello', '/metrics', '/mtx/healthz', '/mtx/api/hello'])
      expect([path, (await get(deck.url + path, { authorization })).status]).toEqual([path, 200])
    expect((await get(`${deck.url}/mtxother/api/hello`, { authorization })).status).toBe(404)
    const signedIn = await get(deck.server.signInUrl)
    expect(signedIn.headers.get('location')).toBe('/mtx/')
    expect((await get(`${deck.url}/mtx/`, { cookie: cookieOf(signedIn) })).status).toBe(200)
  })
})
