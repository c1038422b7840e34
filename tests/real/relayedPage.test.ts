import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { browserMissing, chromiumPath } from '../e2e/missing.ts'
import { binary, until } from './lab.ts'
import { startRealServer } from './realServer.ts'

// The page that docs/webrtc.md shows, at an origin of its own, in a real browser, with a real server.

const missing = browserMissing()
const [, shownPage = ''] = /```html\n(.*?)```/s.exec(readFileSync('docs/webrtc.md', 'utf8')) ?? []

describe.skipIf(binary === null || missing !== null)('the page of an application, at another origin', () => {
  let open: AsyncDisposableStack
  let deck: TestConsole
  let browser: Browser
  let origin = ''

  beforeAll(async () => {
    await using starting = new AsyncDisposableStack()
    const server = starting.use(await startRealServer(binary ?? '', 'paths:\n  all_others:\n'))
    const application = createServer((_, response) => void response.setHeader('content-type', 'text/html').end(shownPage)).listen(0, '127.0.0.1')
    await once(application, 'listening')
    starting.defer(() => void application.close())
    // Another name for the same machine: to a browser another site.
    origin = `http://localhost:${(application.address() as AddressInfo).port}`
    const auth = { kind: 'basic', user: 'noc', password: 'watch-me' } as const
    const servers = [serverInputSchema.parse({ name: 'real', url: server.apiUrl, auth, intervalSeconds: 1 })]
    deck = starting.use(await startTestConsole({ servers, webrtcOrigins: [origin] }))
    const media = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required']
    browser = await chromium.launch({ executablePath: chromiumPath() ?? '', args: [...media, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] })
    starting.defer(() => browser.close())
    open = starting.move()
  }, 120_000)
  afterAll(() => open?.disposeAsync())

  const tokenFor = async (may: string, paths: readonly string[], seconds = 600): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    const made = await deck.ask('/api/webrtc/tokens', { method: 'POST', headers, body: JSON.stringify({ may, paths, seconds }) })
    expect(made.status).toBe(201)
    return ((await made.json()) as { token: string }).token
  }
  const visit = async (use: string, path: string, token: string): Promise<Page> => {
    const page = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
    await page.goto(`${origin}/live#${new URLSearchParams({ use, deck: deck.url, path, token })}`, { waitUntil: 'commit' })
    return page
  }
  const said = async (page: Page) => {
    const words = await until('the page says why', 30, async () => (await page.locator('p').textContent()) || null)
    await page.close()
    return words
  }
  const streams = async () => (await (await deck.ask('/api/streams')).json()) as readonly { name: string; state: string }[]

  it('publishes by a token that may publish, plays by one that may play, and reads why it may not', async () => {
    const publishes = await tokenFor('publish', ['exam_*'])
    const plays = await tokenFor('play', ['exam_*'])
    const camera = await visit('whip', 'exam_7', publishes)
    await until('it is live', 40, async () => (await streams()).some(({ name, state }) => name === 'exam_7' && state === 'live'))
    const viewer = await visit('whep', 'exam_7', plays)
    const frames = () => viewer.evaluate(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0)
    await until('it plays', 40, async () => (await frames()) > 10)

    const notThis = 'This token has expired, or is not valid for this. Request a new one.'
    expect(await said(await visit('whep', 'exam_7', publishes))).toBe(notThis)
    expect(await said(await visit('whip', 'exam_8', plays))).toBe(notThis)
    expect(await said(await visit('whip', 'news', publishes))).toBe(notThis)
    // Whoever leaves the page ends what it published.
    await camera.goto('about:blank')
    await until('it is off', 40, async () => (await streams()).every(({ name, state }) => name !== 'exam_7' || state !== 'live'))
  }, 240_000)

  it('gets nothing without a token, nor where its origin is not named', async () => {
    const page = await visit('whep', 'exam_7', await tokenFor('play', ['exam_7']))
    const asked = (url: string, authorization: string | null) =>
      page.evaluate(
        async ([at, token]) =>
          await fetch(at, {
            method: 'POST',
            body: 'v=0',
            headers: { 'content-type': 'application/sdp', ...(token !== null && { authorization: token }) },
          }).then(
            ({ status }) => status,
            () => 'refused by the browser',
          ),
        [url, authorization] as const,
      )
    expect(await asked(`${deck.url}/api/webrtc/whep?path=exam_7`, null)).toBe(401)
    expect(await asked(`${deck.url}/api/streams`, `Bearer ${deck.token}`)).toBe('refused by the browser')
    await using other = await startTestConsole({})
    expect(await asked(`${other.url}/api/webrtc/whep?path=exam_7`, `Bearer ${other.token}`)).toBe('refused by the browser')
    await page.close()
  }, 120_000)
})
