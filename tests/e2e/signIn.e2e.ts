import { expect, test } from '@playwright/test'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { openBrowser } from './consoles.ts'
import { browserMissing } from './missing.ts'

// Somebody is sent a link, and has not signed in yet.

const missing = browserMissing()
test.skip(missing !== null, missing ?? '')

let deck: TestConsole
test.beforeAll(async () => {
  deck = await startTestConsole({ rendererDir: 'out/renderer' })
})
test.afterAll(async () => {
  await deck?.[Symbol.asyncDispose]()
})

for (const javaScriptEnabled of [true, false])
  test(javaScriptEnabled ? 'a link leads where it points, also by way of the sign-in' : 'without scripts the sign-in works all the same', async () => {
    const context = await (await openBrowser()).newContext({ javaScriptEnabled })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
    await page.goto(`${deck.url}/#/streams?state=gone`)
    await page.getByLabel('Token').fill(deck.token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL(`${deck.url}/${javaScriptEnabled ? '#/streams?state=gone' : ''}`)
    expect(complaints).toEqual([])
    await context.close()
  })

test('a page whose code is still on its way holds its place', async () => {
  const context = await (await openBrowser()).newContext()
  const page = await context.newPage()
  await page.goto(`${deck.url}/?token=${deck.token}`)
  await page.goto('about:blank')
  await page.route(/\/assets\/RecordingsPage-/, () => {})
  await page.goto(`${deck.url}/#/recordings`)
  await expect(page.locator('main [data-skeleton]').first()).toBeVisible()
  await context.close()
})
