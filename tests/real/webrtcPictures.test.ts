import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommand } from '../../src/headless/testCommand.fixture.ts'
import { browserMissing, chromiumPath } from '../e2e/missing.ts'
import { binary, until } from './lab.ts'
import { makeClip } from './makeClip.ts'
import { type RealServer, startPublisher, startRealServer } from './realServer.ts'

// Pictures as whoever sits before the window sees them: a real server, the console with its window, and a real browser on both sides.

const missing = browserMissing()
if (missing !== null) console.log(`Pictures by WebRTC are not tried: ${missing}.`)

/** Publishes the browser's made-up camera by WHIP, through the console. Runs in the page. */
async function publish({ path, bearer }: { readonly path: string; readonly bearer: string }): Promise<number> {
  const media = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240, frameRate: 20 }, audio: true })
  const peer = new RTCPeerConnection()
  for (const track of media.getTracks()) peer.addTrack(track, media)
  // What HLS carries, too.
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? []
  const wanted = ['video/h264', 'video/vp9'].flatMap((type) => codecs.filter(({ mimeType }) => mimeType.toLowerCase() === type))
  peer
    .getTransceivers()
    .find(({ sender }) => sender.track?.kind === 'video')
    ?.setCodecPreferences(wanted)
  await peer.setLocalDescription(await peer.createOffer())
  await new Promise<void>((resolve) => {
    if (peer.iceGatheringState === 'complete') return resolve()
    peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && resolve())
  })
  const answered = await fetch(`/api/webrtc/whip?server=real&path=${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${bearer}` },
    body: peer.localDescription?.sdp ?? '',
  })
  if (answered.ok) await peer.setRemoteDescription({ type: 'answer', sdp: await answered.text() })
  // Otherwise it may be collected.
  Object.assign(window, { published: { peer, media } })
  return answered.status
}

describe.skipIf(binary === null || missing !== null)('a picture in the window, of a real server in a real browser', () => {
  let open: AsyncDisposableStack
  let server: RealServer
  let browser: Browser
  let window: Page
  let url = ''
  let token = ''
  let clip = ''
  let serverId = ''

  const ask = async (path: string): Promise<Response> => await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  const isLive = (path: string) =>
    until(`${path} is live`, 40, async () => {
      const found = await ask(`/api/servers/${serverId}/streams/${path}`)
      return found.ok && ((await found.json()) as { state: string }).state === 'live'
    })
  const goTo = (path: string) =>
    window.evaluate((hash) => {
      location.hash = hash
    }, `/servers/${serverId}/streams/${path}`)
  const facts = () => window.locator('[data-picture-facts]')
  const frames = () => window.evaluate(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0)
  /** Waits until it plays by this protocol, and until more frames come. */
  const playsBy = async (way: 'webrtc' | 'hls') => {
    await until(`it plays by ${way}`, 90, async () => (await facts().getAttribute('data-picture-facts')) === way)
    const before = await frames()
    await until('frames advance', 30, async () => (await frames()) > before + 10)
  }

  beforeAll(async () => {
    await using starting = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-real-webrtc-'))
    starting.defer(() => rmSync(folder, { recursive: true, force: true }))
    clip = join(folder, 'clip.mkv')
    await makeClip(clip, { width: 320, height: 180, videoKbps: 300 })
    server = starting.use(await startRealServer(binary ?? '', 'paths:\n  all_others:\n'))
    writeFileSync(join(folder, 'password'), 'watch-me', { mode: 0o600 })
    const watched = `servers:\n  - { name: real, url: "${server.apiUrl}", user: noc, passwordFile: password, intervalSeconds: 1 }\n`
    writeFileSync(join(folder, 'mtxdeck.yaml'), watched, { mode: 0o600 })
    // It builds the window first where that is not built.
    const command = startCommand(['start', '--config', 'mtxdeck.yaml', '--listen', '127.0.0.1:0', '--data-dir', 'data'], { cwd: folder })
    starting.defer(async () => {
      command.child.kill('SIGTERM')
      await command.ended
    })
    const [, at = '', bearer = ''] = await until('it serves', 120, async () => {
      if (command.child.exitCode !== null) throw new Error(`${command.said.out}\n${command.said.err}`)
      return /signed in: (\S+)\/\?token=(\S+)/.exec(command.said.out)
    })
    url = at
    token = bearer
    const media = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required']
    browser = await chromium.launch({ executablePath: chromiumPath() ?? '', args: [...media, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] })
    starting.defer(() => browser.close())
    window = await (await browser.newContext({ locale: 'en' })).newPage()
    await window.goto(`${url}/?token=${token}`)
    serverId = ((await (await ask('/api/servers')).json()) as { id: string }[])[0]?.id ?? ''
    open = starting.move()
  }, 240_000)
  afterAll(() => open?.disposeAsync())

  it('that a browser publishes by WHIP through the console plays by WebRTC within a second, and by HLS where that is chosen', async () => {
    const camera = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
    // The console's own pages may use no camera.
    await camera.route('**/camera', (route) => route.fulfill({ contentType: 'text/html', body: '<title>camera</title>' }))
    await camera.goto(`${url}/camera`)
    expect(await camera.evaluate(publish, { path: 'from-browser', bearer: token })).toBe(201)
    await isLive('from-browser')
    await goTo('from-browser')
    await playsBy('webrtc')
    await until('it says how far behind', 30, async () => {
      const [, seconds] = /live by WebRTC, ([\d.]+) s behind/.exec((await window.locator('main').textContent()) ?? '') ?? []
      return seconds !== undefined && Number(seconds) < 1
    })
    await until('what its player reports is kept', 40, async () => {
      const [, seconds] = /^mtxdeck_stream_preview_delay_seconds\{[^}]*path="from-browser"[^}]*\} ([\d.e-]+)/m.exec(await (await ask('/metrics')).text()) ?? []
      return seconds !== undefined && Number(seconds) > 0 && Number(seconds) < 1
    })
    // Ours is no viewer.
    const stream = (await (await ask(`/api/servers/${serverId}/streams/from-browser`)).json()) as { figures: { readers: number } }
    expect(stream.figures.readers).toBe(0)
    await window.getByRole('button', { name: 'HLS only' }).click()
    await playsBy('hls')
    await window.getByRole('button', { name: 'WebRTC, or else HLS' }).click()
    await playsBy('webrtc')
    await camera.close()
  }, 300_000)

  it('plays by HLS and names the addresses where the server offers none that can be reached', async () => {
    await server.ask('PATCH', '/v3/config/global/patch', { webrtcAdditionalHosts: ['10.255.255.1'] })
    open.use(startPublisher(clip, `rtsp://127.0.0.1:${server.ports.rtsp}/far`, 'rtsp', 'tcp'))
    await isLive('far')
    await goTo('far')
    await playsBy('hls')
    expect(await facts().textContent()).toContain('only addresses that this desk cannot reach (10.255.255.1)')
  }, 200_000)
})
