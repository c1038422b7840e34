import { expect, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import {
  addServer,
  type Desktop,
  expectPlaying,
  type Folder,
  goToAddress,
  inEachKind,
  makeFolder,
  mediaPid,
  type OpenConsole,
  rowOf,
  snapshotButton,
  testServer,
} from './consoles.ts'

// What an operator does on his first day, at the desktop and in the browser: the same steps, because it is the same console.

const serverName = 'studio'
const secondServer = 'remote'
// Not called after a state: rows are searched for words.
const cam = 'news/cam-1'
/** A codec that the browsers of these tests don't play. */
const hevc = 'news/cam-3'

inEachKind((kind) => {
  let folder: Folder
  let fleet: DemoFleet
  let sat: OpenConsole
  let address = ''
  let began = 0
  const complaints: string[] = []

  test.beforeAll(async () => {
    folder = await makeFolder()
    fleet = await createDemoFleet({
      clock: createSystemClock(),
      seed: 'e2e',
      servers: [
        {
          name: serverName,
          paths: [
            { name: cam, mode: 'publisher', source: 'rtmpConn', tracks: 'h264Aac', readers: ['rtspSession'] },
            { name: 'news/cam-2', mode: 'publisher', source: 'srtConn', tracks: 'h264' },
            { name: hevc, mode: 'publisher', source: 'rtspSession', tracks: 'h265Aac' },
          ],
        },
        { name: secondServer, paths: 3, auth: { kind: 'basic', user: 'noc', password: 'right' } },
      ],
    })
    began = Date.now()
    sat = await kind.open({ dir: folder.dir })
  })
  test.afterAll(async () => {
    await sat?.close()
    await fleet?.[Symbol.asyncDispose]()
    await folder?.remove()
  })

  test('the first run offers three doors', async () => {
    const { page } = sat
    await expect(page.getByRole('heading', { name: 'Welcome to mtxdeck' })).toBeVisible()
    for (const name of ['Add a server', 'This machine', 'Explore a demo fleet']) await expect(page.getByRole('heading', { name })).toBeVisible()
  })

  test('a server is added, tested in words, and its streams are there', async () => {
    const { page } = sat
    address = await addServer(page, fleet.server(serverName), () => testServer(page))
    await goToAddress(page, '/streams')
    await expect(rowOf(page, cam)).toContainText(/live/i)
  })

  test('a wrong password is named, and the right one works', async () => {
    const { page } = sat
    await goToAddress(page, '/settings/servers')
    await page.getByRole('button', { name: 'Add a server' }).first().click()
    await page.getByLabel('Address of its API').fill(fleet.server(secondServer).url)
    await page.getByLabel('Name').fill(secondServer)
    await page.getByLabel('Sign-in').click()
    await page.getByRole('option', { name: 'User and password' }).click()
    await page.getByLabel('User').fill('noc')
    await page.getByLabel('Password').fill('wrong')
    await testServer(page)
    await expect(page.getByRole('dialog')).toContainText(/password/i)
    await expect(page.getByRole('button', { name: 'Add anyway' })).toBeVisible()
    await page.getByLabel('Password').fill('right')
    await page.getByRole('button', { name: 'Add', exact: false }).last().click()
    // Its page, where it asks what of it is expected.
    await expect(page).toHaveURL(/#\/servers\//)
    await goToAddress(page, '/streams')
    await expect(page.getByRole('row').filter({ hasText: secondServer })).toHaveCount(3)
  })

  test('a stream that goes down is in front with its reason, and comes back', async () => {
    const { page } = sat
    fleet.server(serverName).trouble({ kind: 'publisherGone', path: cam })
    await goToAddress(page, '/')
    const box = page
      .getByRole('region', { name: 'Penalty box' })
      .or(page.locator('section', { hasText: 'Penalty box' }))
      .first()
    await expect(box).toContainText(cam)
    await goToAddress(page, '/streams')
    await expect(rowOf(page, cam)).toContainText(/gone/i)
    fleet.server(serverName).trouble({ kind: 'clear' })
    await expect(rowOf(page, cam)).toContainText(/live/i)
  })

  test('a picture plays: its time goes on and what it shows changes', async () => {
    const { page } = sat
    await goToAddress(page, `${address}/streams/${cam}`)
    await expectPlaying(page)
  })

  test('a snapshot of a stream whose server has no open RTSP is read by HLS, also after the media process died', async () => {
    const { page } = sat
    await goToAddress(page, `${address}/streams/${hevc}`)
    const picture = page.locator('[data-kept]')
    await snapshotButton(page).click()
    await expect(picture).toBeVisible()
    if (!('app' in sat)) return
    const desktop = sat as Desktop
    const before = await picture.getAttribute('data-kept')
    const first = await mediaPid(desktop)
    expect(first).toBeGreaterThan(0)
    process.kill(first, 'SIGKILL')
    await expect.poll(async () => [0, first].includes(await mediaPid(desktop))).toBe(false)
    await snapshotButton(page).click()
    await expect(picture).not.toHaveAttribute('data-kept', before ?? '')
  })

  if (kind.name === 'desktop')
    test('the media process decodes pictures in Electron', async () => {
      const { app } = sat as Desktop
      const taken = await app.evaluate(
        ({ app: main, utilityProcess, MessageChannelMain }, url) =>
          new Promise<{ readonly kind: string; readonly widthPx?: number; readonly start?: readonly number[] }>((resolve) => {
            const child = utilityProcess.fork(`${main.getAppPath()}/out/main/mediaHost.js`, [], { serviceName: 'media under test' })
            child.once('message', ({ kind: said }: { kind: string }) => {
              if (said !== 'ready') return resolve({ kind: said })
              const { port1, port2 } = new MessageChannelMain()
              child.postMessage({ kind: 'line' }, [port1])
              port2.on('message', ({ data }) => {
                child.kill()
                resolve({ kind: data.kind, widthPx: data.snapshot?.widthPx, start: [...(data.snapshot?.jpeg.slice(0, 3) ?? [])] })
              })
              port2.start()
              port2.postMessage({ kind: 'snapshot', id: 1, request: { url, widthPx: 320, timeoutMs: 20_000 } })
            })
          }),
        `${fleet.server(serverName).hlsUrl}/${cam}/index.m3u8`,
      )
      expect(taken).toEqual({ kind: 'snapshot', widthPx: 320, start: [0xff, 0xd8, 0xff] })
    })

  test('after a restart the servers and their history are still there', async () => {
    const ended = Date.now()
    complaints.push(...sat.complaints)
    await sat.close()
    sat = await kind.open({ dir: folder.dir })
    const { page } = sat
    await goToAddress(page, '/streams')
    await expect(rowOf(page, cam)).toContainText(/live/i)
    await goToAddress(page, `${address}/streams/${cam}`)
    // What happened before the restart stands on the lane below the charts.
    await expect(page.getByRole('button', { name: /left after/ })).toBeVisible()
    await expect(page.getByRole('button', { name: /is back after/ })).toBeVisible()
    // And the figures of that time: a stretch that lies before the restart as a whole is drawn.
    await goToAddress(page, `${address}/streams/${cam}?from=${began}&to=${ended}`)
    const curves = page.locator('.recharts-line-curve')
    await expect
      .poll(async () => Math.max(0, ...(await curves.evaluateAll((all) => all.map((curve) => (curve.getAttribute('d') ?? '').length)))))
      .toBeGreaterThan(60)
  })

  test('no page complained', () => {
    expect([...complaints, ...sat.complaints]).toEqual([])
  })
})
