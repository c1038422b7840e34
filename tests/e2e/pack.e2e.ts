import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { type Folder, makeFolder } from './consoles.ts'

// The server as it is packed: with its own Node, and without the checkout.

const run = promisify(execFile)
test.skip(process.platform !== 'linux', 'the server is packed on Linux')
test.describe.configure({ mode: 'serial' })

/** What a machine of a user has: no Node of its own, nothing of this checkout. */
const bare = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' }
let folder: Folder
let unpacked = ''
let served: ChildProcess | null = null
test.beforeAll(async () => {
  folder = await makeFolder()
  await run(process.execPath, ['bin/node24.mjs', 'tools/pack.ts', 'server', '--to', folder.dir, '--updates', 'https://files.example/release.json'])
})
test.afterAll(async () => {
  served?.kill('SIGKILL')
  await folder?.remove()
})

test('the archive is small enough, and its checksum is right', async () => {
  const [archive = ''] = (await readdir(folder.dir)).filter((name) => name.endsWith('.tar.gz'))
  expect((await stat(join(folder.dir, archive))).size).toBeLessThan(120e6)
  const { stdout } = await run('sha256sum', ['--check', `${archive}.sha256`], { cwd: folder.dir })
  expect(stdout).toContain('OK')
  await run('tar', ['-xzf', archive], { cwd: folder.dir })
  unpacked = join(folder.dir, archive.replace('.tar.gz', ''))
  const text = await readdir(join(unpacked, 'app/node_modules'))
  expect(text.filter((name) => /^(node-av|@seydx|electron|vitest|typescript)$/.test(name))).toEqual([])
})

test('a release.json tells of it, at which what is packed looks for later ones', async () => {
  const read = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as { readonly version: string; readonly updates?: string }
  const packed = await read(join(unpacked, 'app/package.json'))
  expect(packed.updates).toBe('https://files.example/release.json')
  expect((await read(join(folder.dir, 'release.json'))).version).toBe(packed.version)
})

test('it names what it is made of, with the licences', async () => {
  const notices = await readFile(join(unpacked, 'app/THIRD-PARTY-NOTICES.md'), 'utf8')
  for (const name of ['better-sqlite3', 'commander', 'react']) expect(notices).toMatch(new RegExp(`^\\| ${name} \\| \\d\\S+ \\| MIT \\|$`, 'm'))
  expect(notices).not.toMatch(/^\| (node-av|electron|vitest) /m)
  expect(await readFile(join(unpacked, 'app/bin/LICENSE.node'), 'utf8')).toContain('Node.js is licensed for use as follows')
})

test('the package for Debian says how much room it takes', async () => {
  test.skip(spawnSync('dpkg-deb', ['--version']).status !== 0, 'no dpkg-deb: it is a part of Debian')
  const [deb = ''] = (await readdir(folder.dir)).filter((name) => name.endsWith('.deb'))
  const { stdout } = await run('dpkg-deb', ['--field', join(folder.dir, deb), 'Installed-Size'])
  expect(Number(stdout)).toBeGreaterThan(100_000)
})

test('what it needs of the registry loads', async () => {
  const packages = ['werift', 'ssh2', 'better-sqlite3', '@node-rs/argon2', 'hono', 'nodemailer']
  const { stdout } = await run(join(unpacked, 'app/bin/node'), ['-p', `${JSON.stringify(packages)}.map((name) => typeof require(name)).join()`], {
    cwd: join(unpacked, 'app'),
    env: bare,
  })
  expect(stdout.trim()).not.toContain('undefined')
})

async function serve(...args: readonly string[]): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = spawn(join(unpacked, 'app/bin/mtxdeck'), ['serve', '--listen', '127.0.0.1:0', ...args], { env: { ...bare, HOME: folder.dir }, cwd: '/' })
  served = child
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
  await expect.poll(() => said).toContain('token')
  return { url: /http:\/\/\S+/.exec(said)?.[0] ?? said, child }
}

test('it starts on its own Node, serves the window and the interface, and ends in order', async () => {
  const { url, child } = await serve('--data-dir', join(folder.dir, 'data'))
  const token = (await readFile(join(folder.dir, 'data/token'), 'utf8')).trim()
  const ask = (path: string) => fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } })
  expect(await (await ask('/')).text()).toContain('id="root"')
  expect(await (await ask('/api/hello')).json()).toMatchObject({ product: 'mtxdeck' })
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
})

test('its unit is one that systemd takes', async () => {
  test.skip(spawnSync('systemd-analyze', ['--version']).status !== 0, 'no systemd-analyze: install systemd')
  const unit = (await readFile(join(unpacked, 'mtxdeck.service'), 'utf8')).replace('/usr/local/bin/mtxdeck', join(unpacked, 'app/bin/mtxdeck'))
  await writeFile(join(folder.dir, 'mtxdeck.service'), unit)
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', join(folder.dir, 'mtxdeck.service')])
  expect(stderr).toBe('')
})

/** Runs a script as root where what it installs is seen by nobody else, and no systemd runs. */
const apart = (script: string) =>
  run('unshare', [
    ...['--mount', 'sh', '-euc'],
    `for dir in /opt /usr/local/bin /var/lib /var/backups /var/cache /run /mnt; do mount -t tmpfs tmpfs "$dir"; done
    cp -a /etc /mnt/etc && mount --bind /mnt/etc /etc
    exec 2>&1
    ${script}`,
  ])
const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0

test('it is installed, updated with a backup, taken back with the data of then, and removed', async () => {
  test.skip(!mayMount, 'only root can mount, as in .ci/run')
  const { stdout } = await apart(`
    install() { '${unpacked}'/install.sh "$@"; }
    called() { setpriv --reuid=mtxdeck --regid=mtxdeck --init-groups --reset-env mtxdeck "$@"; }
    data() { called "$@" --data-dir /var/lib/mtxdeck; }
    install
    timeout --signal=TERM 12 setpriv --reuid=mtxdeck --regid=mtxdeck --init-groups --reset-env mtxdeck serve --config /etc/mtxdeck/mtxdeck.yaml --listen 127.0.0.1:0 || true
    data account add before --administrator
    sed -i 's/"version": "[^"]*"/"version": "99.0.0"/' '${unpacked}'/app/package.json
    install
    echo "now $(mtxdeck --version)"
    data account add after
    install --back
    echo "then $(mtxdeck --version)"
    data account reset after || true
    data account reset before
    install --back || echo refused
    mkdir /var/cache/mtxdeck
    install --remove
    [ ! -e /var/cache/mtxdeck ]
    ls /opt/mtxdeck /usr/local/bin/mtxdeck || ls /etc/mtxdeck
  `)
  expect(stdout).toContain('is installed.')
  expect(stdout).toContain('to 99.0.0.')
  expect(stdout).toContain('now 99.0.0')
  expect(stdout).toMatch(/then (?!99)/)
  expect(stdout).toContain('There is no account "after". There are: before.')
  expect(stdout).toContain('New password of before')
  expect(stdout).toContain('there is no version before this one.\nrefused')
  expect(stdout).toMatch(/was removed[\s\S]*mtxdeck\.yaml\n$/)
})
