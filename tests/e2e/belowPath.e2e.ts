import { expect, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole } from '../../src/headless/testConsole.fixture.ts'
import { startSmallProxy } from '../fakes/pathProxy.ts'
import { freePort } from '../freePort.ts'
import { goToAddress, listen, openBrowser } from './consoles.ts'
import { browserMissing } from './missing.ts'

// The console below a path of a proxy that takes the path off: whatever the window asks for at the root of the host would be another program's.

const missing = browserMissing()
test.skip(missing !== null, missing ?? '')

test('everything that the window asks for is below the path, and what the browser keeps is kept for that path', async () => {
  await using ended = new AsyncDisposableStack()
  const fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'below a path',
    servers: [{ name: 'Berlin', paths: [{ name: 'gate', source: 'rtspSession' }], intervalSeconds: 0.5 }],
  })
  ended.use(fleet)
  const port = await freePort()
  const publicUrl = `http://localhost:${port}/mtx`
  const deck = await startTestConsole({ servers: fleet.yamlServers(), publicUrl, publicUrls: [publicUrl], rendererDir: 'out/renderer' })
  ended.use(deck)
  ended.use(await startSmallProxy({ strips: true, port, to: deck.server.port }))
  const context = await (await openBrowser()).newContext({ locale: 'en-US' })
  ended.defer(() => context.close())
  const page = await context.newPage()
  const complaints = listen(page)
  const wrong: string[] = []
  context.on('response', (answer) => {
    const isBelow = answer.url().startsWith(`${publicUrl}/`) || answer.url().startsWith('blob:')
    if (!isBelow || answer.status() === 404) wrong.push(`${answer.status()} ${answer.url()}`)
  })

  await page.goto(`${publicUrl}/#/streams`)
  await page.getByLabel('Token').fill(deck.token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL(`${publicUrl}/#/streams`)
  await expect(page.getByText('gate').first()).toBeVisible()
  for (const path of ['/', '/alarms', '/wall', '/servers', '/recordings', '/history', '/probes', '/settings/servers']) {
    await goToAddress(page, path)
    await expect(page.locator('main')).not.toBeEmpty()
  }
  const [{ serverId }] = (await (await deck.ask('/api/streams')).json()) as [{ readonly serverId: string }]
  await goToAddress(page, `/servers/${serverId}/streams/gate`)
  await expect(page.locator('video')).toHaveAttribute('data-picture', 'playing')
  const kept = await page.evaluate(() => Object.keys(localStorage))
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.filter((name) => !name.endsWith(' /mtx/'))).toEqual([])
  expect(wrong).toEqual([])
  // That the sign-in page comes with 401 the browser says as well.
  expect(complaints.filter((text) => !text.includes('401 ('))).toEqual([])

  const direct = await context.newPage()
  await direct.goto(`${deck.url}/#/alarms`)
  await expect(direct).toHaveURL(`${deck.url}/mtx/#/alarms`)
})

test('a page whose file is gone, as after an update, says so and is there once it was loaded anew', async () => {
  await using ended = new AsyncDisposableStack()
  const deck = await startTestConsole({ rendererDir: 'out/renderer' })
  ended.use(deck)
  const context = await (await openBrowser()).newContext({ locale: 'en-US' })
  ended.defer(() => context.close())
  const page = await context.newPage()
  await page.route('**/assets/RecordingsPage-*', (route) => route.abort())
  await page.goto(`${deck.url}/?token=${deck.token}`)
  await goToAddress(page, '/recordings')
  const main = page.locator('main')
  await expect(main).toContainText('mtxdeck was updated meanwhile')
  await page.unroute('**/assets/RecordingsPage-*')
  await main.getByRole('button', { name: 'Reload' }).click()
  await expect(page).toHaveURL(/#\/recordings/)
  await expect(main).not.toBeEmpty()
  await expect(main).not.toContainText('mtxdeck was updated meanwhile')
})
