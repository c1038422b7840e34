import { readFile } from 'node:fs/promises'
import { expect, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { addServer, type Folder, goToAddress, inEachKind, makeFolder, type OpenConsole, testServer } from './consoles.ts'

// Names come from strangers: with invisible characters, or that turn the direction of reading, one could look like another one.

const serverName = 'studio'
const names = ['gpj.\u202E1mac', 'cam\u200B1', 'cam\u2066\u00ADx']
const shown = ['gpj.⟨U+202E⟩1mac', 'cam⟨U+200B⟩1', 'cam⟨U+2066⟩⟨U+00AD⟩x']
const hidden = /[\u00AD\u200B\u202E\u2066]/

inEachKind((kind) => {
  let folder: Folder
  let fleet: DemoFleet
  let sat: OpenConsole

  test.beforeAll(async () => {
    folder = await makeFolder()
    fleet = await createDemoFleet({
      clock: createSystemClock(),
      seed: 'names',
      servers: [{ name: serverName, paths: names.map((name) => ({ name, mode: 'publisher', source: 'rtspSession' })) }],
    })
    sat = await kind.open({ dir: folder.dir })
    await addServer(sat.page, fleet.server(serverName), () => testServer(sat.page))
  })
  test.afterAll(async () => {
    await sat?.close()
    await fleet?.[Symbol.asyncDispose]()
    await folder?.remove()
  })
  const nothingHidden = async () => expect(await sat.page.locator('body').innerText()).not.toMatch(hidden)

  test('are shown in the table of streams as what they are', async () => {
    const { page } = sat
    await goToAddress(page, '/streams')
    for (const name of shown) await expect(page.getByRole('row').filter({ hasText: name })).toContainText(/live/i)
    await nothingHidden()
  })

  // The desktop asks its operator where the file goes, in a dialog of the system.
  if (kind.name === 'browser')
    test('and in the file that is made of it', async () => {
      const { page } = sat
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).first().click()])
      const text = await readFile(await download.path(), 'utf8')
      for (const name of shown) expect(text).toContain(name)
      expect(text.replace(/^\uFEFF/, '')).not.toMatch(hidden)
    })

  test('and on the page of the stream, which is found by its real name', async () => {
    const { page } = sat
    await page
      .getByRole('link', { name: shown[0] as string })
      .first()
      .click()
    await expect(page.getByRole('heading', { name: shown[0] as string })).toBeVisible()
    await expect(page.getByText(/live/i).first()).toBeVisible()
    await nothingHidden()
  })

  test('and in what happened', async () => {
    const { page } = sat
    fleet.server(serverName).trouble({ kind: 'publisherGone', path: names[1] as string })
    await goToAddress(page, '/history')
    await expect(page.getByText(shown[1] as string).first()).toBeVisible()
    await nothingHidden()
  })

  test('nothing of it broke a rule of the page', () => expect(sat.complaints).toEqual([]))
})
