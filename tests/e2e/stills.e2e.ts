import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { writeFakeFfmpeg } from '../fakes/fakeFfmpeg.ts'
import { type RtspServer, startRtspServer } from '../fakes/rtspServer.ts'
import {
  addServer,
  type Desktop,
  electronMediaPid,
  expectSnapshot,
  type Folder,
  goToAddress,
  inEachKind,
  makeFolder,
  mediaPid,
  type OpenConsole,
  openDesktop,
  snapshotButton,
} from './consoles.ts'

// A stream that no browser here plays: its picture comes from the media process, which reads the server's RTSP.

const cam = 'roof/hevc'

/** Encoded by a process of its own: Playwright's runner need not load FFmpeg. */
async function makeTsClip(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-clip-'))
  try {
    const file = join(folder, 'clip.ts')
    const script = `import { makeClip } from './tests/real/makeClip.ts'; await makeClip(process.argv[1], { seconds: 2, format: 'mpegts' })`
    const made = spawnSync(process.execPath, ['bin/node24.mjs', '--input-type=module', '--eval', script, file], { stdio: ['ignore', 'ignore', 'pipe'] })
    if (made.status !== 0) throw new Error(made.stderr.toString())
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

inEachKind((kind) => {
  let folder: Folder
  let fleet: DemoFleet
  let rtsp: RtspServer
  let sat: OpenConsole
  /** Called by the server when a picture is asked of it. */
  let onDescribe = () => {}
  let server = ''

  test.beforeAll(async () => {
    folder = await makeFolder()
    rtsp = await startRtspServer({
      clip: await makeTsClip(),
      onDescribe: () => {
        onDescribe()
        return 'serve'
      },
    })
    fleet = await createDemoFleet({
      clock: createSystemClock(),
      seed: 'stills',
      servers: [{ name: 'studio', paths: [{ name: cam, mode: 'publisher', source: 'rtspSession', tracks: 'h265Aac' }] }],
    })
    sat = await kind.open({ dir: folder.dir })
  })
  test.afterAll(async () => {
    await sat?.close()
    await fleet?.[Symbol.asyncDispose]()
    await rtsp?.[Symbol.asyncDispose]()
    await folder?.remove()
  })

  test('a snapshot is offered where nothing plays, and shown with its time', async () => {
    const { page } = sat
    // Only these tests ask for pictures: a snapshot by schedule would be described, too.
    await goToAddress(page, '/settings/pictures?edit')
    await page.getByLabel('One of each live stream every (s)').fill('')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(page.getByText('only by hand')).toBeVisible()
    await goToAddress(page, '/')
    server = await addServer(page, fleet.server('studio'), async () => {
      await page.getByText('More settings').click()
      await page.getByLabel('RTSP', { exact: true }).fill(rtsp.url)
    })
    await goToAddress(page, `${server}/streams/${cam}`)
    await expect(page.getByText('The video is H265, which this browser can’t play.')).toBeVisible()
    await expectSnapshot(page)
    expect(rtsp.asked()[0]?.url).toContain('?mtxdeck=')
  })

  // At the desktop its process is found below that of the app.
  if (kind.name === 'desktop')
    test('the media process that is killed while it works says so, and the next snapshot is made', async () => {
      const { page } = sat
      const desktop = sat as Desktop
      const first = await mediaPid(desktop)
      expect(first).toBeGreaterThan(0)
      onDescribe = () => process.kill(first, 'SIGKILL')
      const picture = page.locator('img[data-kept]')
      const before = await picture.getAttribute('data-kept')
      await snapshotButton(page).click()
      await expect(page.getByText('The console’s media process ended or was not ready; it is being restarted.')).toBeVisible()
      onDescribe = () => {}
      await snapshotButton(page).click()
      await expect(picture).not.toHaveAttribute('data-kept', before ?? '')
      expect(await mediaPid(desktop)).not.toBe(first)
      // The engine never noticed.
      await expect(page.getByText(/data \d s old/)).toBeVisible()
    })

  test('what stills are made with stands in Settings, and another ffmpeg is kept only once it has run', async () => {
    test.skip(process.platform === 'win32', 'its stand-in is a script')
    const { page } = sat
    const path = join(folder.dir, 'ffmpeg-of-mine')
    writeFakeFfmpeg(path, { '-protocols': ['  http', '  pipe', '  srt', '  tcp'] })
    await goToAddress(page, '/settings/pictures')
    const main = page.getByRole('main')
    await expect(main).toContainText('node-av, part of this console')
    const field = page.getByLabel('Path of ffmpeg')
    const save = page.getByRole('button', { name: 'Save' })
    await expect(save).toBeDisabled()
    await field.fill('/bin/sh')
    await save.click()
    await expect(main).toContainText('Not kept. "/bin/sh" is not the absolute path of an ffmpeg that works here.')
    await field.fill(path)
    await save.click()
    await expect(main).toContainText(`${path} · 7.1.1-fake`)
    await expect(main).toContainText('Built without: protocol tls.')
    await page.reload()
    await expect(page.getByLabel('Path of ffmpeg')).toHaveValue(path)
  })

  if (kind.name === 'desktop' && process.platform === 'linux')
    test('with the sandbox switched off, a process of Electron takes stills, as in a packaged app', async () => {
      await sat.close()
      sat = await openDesktop({ dir: folder.dir, env: { MTXDECK_SANDBOX: 'off' } })
      const { page } = sat
      await goToAddress(page, '/settings/pictures')
      await expect(page.getByRole('main')).toContainText('switched off (MTXDECK_SANDBOX)')
      await goToAddress(page, `${server}/streams/${cam}`)
      const picture = page.locator('img[data-kept]')
      const before = await picture.getAttribute('data-kept')
      await snapshotButton(page).click()
      await expect(picture).not.toHaveAttribute('data-kept', before ?? '')
      expect(await electronMediaPid(sat as Desktop)).toBeGreaterThan(0)
    })
})
