import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { expect, test } from '@playwright/test'
import { type Folder, makeFolder, startWindow } from './consoles.ts'
import { desktopMissing } from './missing.ts'

// The desktop app as it is packed: what is in its .deb, and that it runs away from the checkout. With an older Electron it carries its Node 24 (tools/packDesktop.ts).

const run = promisify(execFile)
const missing = process.platform === 'linux' ? desktopMissing() : 'the .deb is made on Linux'
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'serial' })

let folder: Folder
const app = () => join(folder.dir, 'installed/opt/mtxdeck')
test.beforeAll(async () => {
  test.setTimeout(600_000)
  folder = await makeFolder()
  await run(process.execPath, ['bin/node24.mjs', 'tools/pack.ts', '--to', join(folder.dir, 'dist')], { maxBuffer: 64 << 20 })
  const [deb = ''] = (await readdir(join(folder.dir, 'dist'))).filter((name) => name.endsWith('.deb'))
  await run('sha256sum', ['--check', `${deb}.sha256`], { cwd: join(folder.dir, 'dist') })
  await run('dpkg-deb', ['-R', join(folder.dir, 'dist', deb), join(folder.dir, 'installed')])
})
test.afterAll(() => folder?.remove())

test('the package names what a bare Debian lacks, its icon, and the files that it opens', async () => {
  const read = (file: string) => readFile(join(folder.dir, 'installed', file), 'utf8')
  expect(await read('DEBIAN/control')).toMatch(/^Package: mtxdeck$[\s\S]*^Depends: .*libnss3[\s\S]*^Recommends: ffmpeg$/m)
  expect(await read('DEBIAN/postinst')).toContain('case "$1" in configure)')
  expect(await read('usr/share/applications/mtxdeck.desktop')).toMatch(/^Exec=\/opt\/mtxdeck\/mtxdeck .*%U$[\s\S]*^MimeType=application\/x-mtxdeck;$/m)
})

test('its switches are off, its code is in its archive, and it lists what it is made of', async () => {
  const { stdout } = await run(process.execPath, ['node_modules/@electron/fuses/dist/bin.js', 'read', '--app', join(app(), 'mtxdeck')])
  for (const fuse of [
    ...['RunAsNode', 'EnableNodeOptionsEnvironmentVariable', 'EnableNodeCliInspectArguments'].map((name) => `${name} is Disabled`),
    ...['EnableCookieEncryption', 'EnableEmbeddedAsarIntegrityValidation', 'OnlyLoadAppFromAsar'].map((name) => `${name} is Enabled`),
  ])
    expect(stripVTControlCharacters(stdout)).toContain(fuse)
  expect(await readdir(join(app(), 'resources'))).toContain('app.asar')
  const sbom = JSON.parse(await readFile(join(folder.dir, 'dist/mtxdeck.cdx.json'), 'utf8')) as { readonly components: readonly { readonly name: string }[] }
  expect(sbom.components.map(({ name }) => name)).toContain('better-sqlite3')
})

test('it opens its window with the servers of a configuration, a second start shows that window, and it ends in order', async () => {
  const config = join(folder.dir, 'mtxdeck.yaml')
  await writeFile(config, 'servers:\n  - name: studio-north\n    url: http://127.0.0.1:9\n')
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const args = [...asRoot, '--disable-gpu', '--lang=en-US', `--user-data-dir=${join(folder.dir, 'user')}`, `--config=${config}`]
  const env = { PATH: '/usr/bin:/bin', HOME: folder.dir, LANG: 'C.UTF-8', DISPLAY: process.env.DISPLAY, XAUTHORITY: process.env.XAUTHORITY }
  const window = await startWindow(join(app(), 'mtxdeck'), ['--remote-debugging-port=0', ...args], env)
  try {
    await expect.poll(() => window.evaluate("location.hash = '/servers'; document.body.innerText"), { timeout: 60_000 }).toContain('studio-north')
    expect(await window.evaluate('typeof require + typeof process')).toBe('undefinedundefined')
    const second = await run(join(app(), 'mtxdeck'), args, { env })
    expect(second.stdout).toBe('')
    expect(await window.evaluate('location.origin')).toBe('app://mtxdeck')
  } finally {
    expect(await window.close()).toBe(0)
  }
})
