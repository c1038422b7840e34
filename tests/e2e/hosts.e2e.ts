import { expect, type Page, test } from '@playwright/test'
import { createKeyFolder, createKeyPair, createTestSshd, hasSshd, type KeyPair, type TestSshd } from '../../src/engine/hosts/testSshd.fixture.ts'
import { freePort } from '../freePort.ts'
import { type Folder, goToPage, inEachKind, makeFolder, type OpenConsole } from './consoles.ts'

// An operator adds a machine over SSH, against a real sshd: compares its key, sees how it fares, edits it, and is stopped when
// it shows another key.

const rowOfHost = (page: Page, name: string) => page.getByRole('grid').getByRole('row').filter({ hasText: name })

inEachKind((kind) => {
  test.skip(!hasSshd, 'sshd is missing (apt-get install openssh-server)')
  const keys = createKeyFolder()
  let key: KeyPair
  let port = 0
  let sshd: TestSshd
  let folder: Folder
  let sat: OpenConsole
  /** Of the address that the operator enters; a second start has another key. */
  const startSshd = async () => {
    sshd = await createTestSshd([`Port ${port}`])
    sshd.authorize(key)
  }

  test.beforeAll(async () => {
    key = createKeyPair(keys.path, 'id_ed25519')
    port = await freePort()
    await startSshd()
    folder = await makeFolder()
    sat = await kind.open({ dir: folder.dir, demo: true })
  })
  test.afterAll(async () => {
    await sat?.close()
    await sshd?.[Symbol.asyncDispose]()
    await folder?.remove()
    keys[Symbol.dispose]()
  })

  test('a host is added once its key was compared', async () => {
    const { page } = sat
    await goToPage(page, 'Hosts')
    await page.getByRole('button', { name: 'Add a host' }).first().click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Address').fill(`${sshd.target.user}@127.0.0.1:${port}`)
    await form.getByLabel('Name', { exact: true }).fill('rack-7')
    // A desktop without a keychain stores no key.
    await form.getByLabel('The key', { exact: true }).click()
    await page.getByRole('option', { name: 'File on the engine’s machine' }).click()
    await form.getByLabel('File of the private key').fill(key.file)
    await form.getByRole('button', { name: 'Test the connection' }).click()
    await expect(form.getByText(sshd.hostKeys.get('ed25519')?.fingerprint ?? 'no key')).toBeVisible()
    await form.getByRole('button', { name: 'They match' }).click()
    await expect(form.getByText('It works.')).toBeVisible()
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(rowOfHost(page, 'rack-7').getByRole('img', { name: 'up' })).toBeVisible()
  })

  test('no letter is lost of what is looked for', async () => {
    const { page } = sat
    await page.keyboard.press('/')
    await page.keyboard.type('rack-7')
    await expect(page.getByRole('searchbox', { name: 'Name, address, system' })).toHaveValue('rack-7')
    await expect.poll(() => new URLSearchParams(page.url().split('?')[1]).get('q')).toBe('rack-7')
    await expect(rowOfHost(page, 'rack-7')).toBeVisible()
  })

  test('its page says how it fares, with its time in sight, and who is busy when asked', async () => {
    const { page } = sat
    await page.getByRole('link', { name: 'rack-7' }).click()
    await expect(page.getByText(/\d+ % ?busiest|busiest \d+ %/).first()).toBeVisible()
    await expect(page.locator('[data-lane="host.cpu"] path').first()).toBeAttached()
    await expect(page.locator('[data-foot]')).toBeInViewport({ ratio: 1 })
    await page.getByRole('button', { name: 'Read now' }).click()
    await expect(page.getByRole('columnheader', { name: 'PID' })).toBeVisible()
  })

  test('the files of an edit are shown the next time', async () => {
    const { page } = sat
    const form = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Edit' }).click()
    await expect(form.getByLabel('File of the private key')).toHaveValue(key.file)
    await form.getByLabel('Media server on this host').click()
    await page.getByRole('option', { name: 'Hamburg-2' }).click()
    await form.getByText('More settings').click()
    await form.getByLabel('File of known hosts').fill(sshd.knownHostsFile)
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(form).toBeHidden()
    await page.getByRole('button', { name: 'Edit' }).click()
    await expect(form.getByLabel('File of the private key')).toHaveValue(key.file)
    await expect(form.getByLabel('File of known hosts')).toHaveValue(sshd.knownHostsFile)
    // It is no longer needed, and would hold the new key as well.
    await form.getByLabel('File of known hosts').fill('')
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(form).toBeHidden()
  })

  test('another key stops it, and is an alarm, until somebody has compared it', async () => {
    const { page } = sat
    await sshd[Symbol.asyncDispose]()
    await startSshd()
    const fingerprint = sshd.hostKeys.get('ed25519')?.fingerprint ?? ''
    await expect(page.getByText(fingerprint, { exact: true })).toBeVisible()
    await goToPage(page, 'Overview')
    const top = page.getByRole('navigation', { name: 'Open alarms, by severity' })
    await expect(top.getByText('All is well')).toBeHidden()
    await expect(
      page
        .getByRole('region', { name: 'Penalty box' })
        .getByRole('link', { name: /rack-7/ })
        .first(),
    ).toBeVisible()
    await page.getByRole('link', { name: 'Hamburg-2', exact: true }).first().click()
    await expect(page.getByRole('heading', { level: 1, name: 'Hamburg-2' })).toBeVisible()
    const words = page.getByText('presents a different key than before').first()
    await expect(words).toBeVisible()
    expect(await words.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth), 'a fingerprint is cut off').toBeLessThanOrEqual(0)
    await goToPage(page, 'Hosts')
    await expect(rowOfHost(page, 'rack-7').getByRole('button', { name: 'Show' })).toBeVisible()
    await page.getByRole('link', { name: 'rack-7' }).click()
    const accept = page.getByRole('button', { name: 'They match: accept this key', exact: true })
    await page.getByLabel('Type the last 6 characters').fill('AAAAAA')
    await expect(accept).toBeDisabled()
    await page.getByLabel('Type the last 6 characters').fill(fingerprint.slice(-6))
    await accept.click()
    await expect(page.getByText(/^answering for /)).toBeVisible()
    await expect(accept).toBeHidden()
    await expect(page.getByText('was accepted').first()).toBeVisible()
  })

  test('nothing of it broke a rule of the page', () => expect(sat.complaints).toEqual([]))
})
