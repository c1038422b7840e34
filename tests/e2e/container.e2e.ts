import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { parse } from 'yaml'
import { freePort } from '../freePort.ts'
import { findMediaMtx } from '../real/realServer.ts'
import { type Folder, makeFolder } from './consoles.ts'

// The console in a container, from the archive of the server and a Debian that debootstrap makes: no registry is in reach.

const run = promisify(execFile)
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0
const lacking = ['podman', 'crun', 'debootstrap'].filter((program) => !has(program))
test.skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'only root of a Linux machine makes the base, as in .ci/run')
test.skip(lacking.length > 0, `no ${lacking.join(', ')}: apt-get install --no-install-recommends podman crun debootstrap`)
test.skip(spawnSync('unshare', ['--mount', '--net', 'true']).status !== 0, 'this machine allows no namespaces')
test.describe.configure({ mode: 'serial', timeout: 600_000 })

let folder: Folder
const at = (name: string): string => join(folder.dir, name)

/**
 * Podman with images, settings and mounts of its own. It starts containers without limits of resources, in the network of this machine: where tests run, they
 * are often refused. `apart` comes before it.
 */
function podman(args: readonly string[], apart: readonly string[] = []): Promise<{ readonly stdout: string; readonly stderr: string }> {
  // crun refuses a machine that has both versions of cgroups.
  const script = 'umount -R /sys/fs/cgroup 2>/dev/null || true; mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec podman "$@"'
  const own = ['--root', at('images'), '--runroot', at('run'), '--tmpdir', at('libpod'), '--storage-driver', 'overlay']
  const env = { ...process.env, CONTAINERS_CONF: at('containers.conf') }
  return run('unshare', ['--mount', ...apart, 'sh', '-euc', script, 'podman', ...own, ...args], { env, maxBuffer: 1e8 })
}
async function inspected<T>(kind: 'image' | 'container', name: string): Promise<T> {
  const [found] = JSON.parse((await podman([kind, 'inspect', name])).stdout) as readonly T[]
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}

let mediamtx: ChildProcess | null = null
test.beforeAll(async () => {
  folder = await makeFolder()
  await writeFile(
    at('containers.conf'),
    `[containers]
cgroups = "disabled"
netns = "host"
default_ulimits = ["nofile=1024:4096", "nproc=2048:2048"]
[engine]
runtime = "crun"
events_logger = "none"
`,
  )
  const packed = run(process.execPath, ['bin/node24.mjs', 'tools/pack.ts', 'server', '--to', at('packed')])
  const made = run('debootstrap', ['--variant=minbase', '--include=bubblewrap,tini', 'bookworm', at('base')], { maxBuffer: 1e8 }).catch(() => null)
  const [base] = await Promise.all([made, packed])
  test.skip(
    base === null,
    `debootstrap made no Debian: ${base === null ? await readFile(at('base/debootstrap/debootstrap.log'), 'utf8').catch(() => 'no mirror in reach') : ''}`,
  )
  await run('tar', ['-C', at('base'), '--exclude=./var/cache/apt/*', '--exclude=./var/lib/apt/lists/*', '-cf', at('base.tar'), '.'])
  await podman(['import', '--quiet', at('base.tar'), 'localhost/base'])
})
test.afterAll(async () => {
  mediamtx?.kill('SIGKILL')
  await podman(['rm', '--all', '--force', '--volumes']).catch(() => null)
  await folder?.remove()
})

test('the image is built without a network, and names its user, data folder and health check', async () => {
  const archive = (await readdir(at('packed'))).find((name) => name.endsWith('.tar.gz')) ?? ''
  const settings = { BASE: 'localhost/base', NODE: 'localhost/base', PACKAGES: '', ARCHIVE: archive }
  const given = Object.entries(settings).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const options = ['--format', 'docker', '--isolation', 'chroot', '--network', 'host', '--layers=false', '--file', resolve('Containerfile'), '--tag', 'mtxdeck']
  await podman(['build', ...options, ...given, at('packed')], ['--net'])
  expect(await inspected('image', 'mtxdeck')).toMatchObject({
    User: '10001:10001',
    Config: { Volumes: { '/var/lib/mtxdeck': {} } },
    Healthcheck: { Interval: 30e9 },
  })
})

/** As docs/headless.md and compose.yaml say, with a port that is free here. */
async function start(more: readonly string[]): Promise<string> {
  const port = await freePort()
  const confined = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'all', '--security-opt', 'no-new-privileges']
  const options = [...confined, '--volume', 'data:/var/lib/mtxdeck', '--env', `MTXDECK_LISTEN=127.0.0.1:${port}`, ...more]
  await podman(['run', '--detach', '--name', 'deck', ...options, 'localhost/mtxdeck'])
  // There is no systemd here that would ask by itself.
  const isHealthy = () =>
    podman(['healthcheck', 'run', 'deck']).then(
      () => true,
      () => false,
    )
  await expect.poll(isHealthy).toBe(true)
  return `http://127.0.0.1:${port}`
}
const inside = async (...command: readonly string[]): Promise<string> => (await podman(['exec', 'deck', ...command])).stdout.trim()
const asking = (url: string, token: string) => async (path: string, body?: object) => {
  const method = body === undefined ? 'GET' : 'POST'
  const headers = { Authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  return (await answer.json()) as unknown
}
/** Ends it as a machine that goes down does; whoever does not end within ten seconds is killed, with 137. */
async function stop(): Promise<void> {
  await podman(['stop', '--time', '10', 'deck'])
  expect(await inspected('container', 'deck')).toMatchObject({ State: { ExitCode: 0 } })
  await podman(['rm', 'deck'])
}

test('read-only and as nobody it runs by a mounted file and variables, ends in order, and has its data when it comes back', async () => {
  await writeFile(at('mtxdeck.yaml'), 'naming: ["{place}/{camera}"]\nlogLevel: error\n')
  const config = ['--volume', `${at('mtxdeck.yaml')}:/etc/mtxdeck/mtxdeck.yaml:ro`, '--env', 'MTXDECK_LOG_LEVEL=info']
  const url = await start([...config, '--env', 'MTXDECK_CHANNELS=[{ name: ops, webhook: "http://127.0.0.1:9/" }]'])
  expect(await inside('id', '-u')).toBe('10001')
  await expect(inside('touch', '/usr/lib/mtxdeck/x')).rejects.toThrow('Read-only file system')
  const said = await podman(['logs', 'deck'])
  const token = await inside('cat', '/var/lib/mtxdeck/token')
  expect(said.stdout).toContain(`shown this once and kept in /var/lib/mtxdeck/token: ${token}`)
  expect(said.stderr).toContain('"msg":"The console is ready"')
  const ask = asking(url, token)
  expect(await ask('/api/streams/naming')).toMatchObject({ templates: ['{place}/{camera}'] })
  expect(await ask('/api/channels')).toMatchObject([{ name: 'ops' }])
  // It runs on, and says so, where the runtime allows no sandbox within its own.
  expect(await ask('/api/previews/tools')).toMatchObject({ sandbox: expect.stringMatching(/^(bwrap|refused)$/) })
  await ask('/api/servers', { name: 'kept', url: 'http://127.0.0.1:9' })
  await stop()

  const again = await start(config)
  expect((await podman(['logs', 'deck'])).stdout).not.toContain('shown this once')
  expect(await asking(again, token)('/api/servers')).toMatchObject([{ name: 'kept' }])
  await stop()
})

test('it watches the MediaMTX of compose.yaml, with the password from a file', async () => {
  const binary = findMediaMtx()
  test.skip(binary === null, 'no MediaMTX: set MEDIAMTX_BIN')
  const [api, rtsp] = await Promise.all([freePort(), freePort()])
  const off = Object.fromEntries(['RTMP', 'HLS', 'WEBRTC', 'SRT', 'METRICS'].map((name) => [`MTX_${name}`, 'no']))
  const password = 'a-password-of-this-test'
  const env = { ...off, MTX_APIADDRESS: `127.0.0.1:${api}`, MTX_RTSPADDRESS: `127.0.0.1:${rtsp}`, MTX_AUTHINTERNALUSERS_0_PASS: password }
  mediamtx = spawn(binary ?? '', ['build/container/mediamtx.yml'], { env, stdio: 'ignore' })
  await mkdir(at('secrets'))
  await writeFile(at('secrets/mediamtx'), `${password}\n`)
  const { services } = parse(await readFile('compose.yaml', 'utf8')) as { services: { mtxdeck: { environment: { MTXDECK_SERVERS: string } } } }
  const servers = services.mtxdeck.environment.MTXDECK_SERVERS.replace('mediamtx:9997', `127.0.0.1:${api}`)
  const url = await start(['--volume', `${at('secrets/mediamtx')}:/run/secrets/mediamtx:ro`, '--env', `MTXDECK_SERVERS=${servers}`])
  const ask = asking(url, await inside('cat', '/var/lib/mtxdeck/token'))
  await expect.poll(() => ask('/api/servers')).toContainEqual(expect.objectContaining({ name: 'mediamtx', state: 'up' }))
  await stop()
})
