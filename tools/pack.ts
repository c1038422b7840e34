// `npm run pack`: the desktop app for this system, by build/electron-builder.yml (tools/packDesktop.ts). `npm run pack -- server`: the console for a machine
// without a desktop, with its own Node, as an archive with an installer and as a .deb. In dist/ unless `--to FOLDER` names another one. `--updates URL`: where the
// release.json of later versions will be, at which what is packed looks once a day unless its configuration names another one.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { engineEnv, engineFlags, installedNode24 } from '../bin/node24.mjs'
import { isBuildStale } from '../src/headless/buildConsole.ts'
import { makeNotices, packedPackages } from './notices.ts'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: 'string', default: join(root, 'dist') }, updates: { type: 'string' } },
})
const dist = resolve(values.to)
const notices = 'THIRD-PARTY-NOTICES.md'
if (isBuildStale(root))
  execFileSync(process.execPath, [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  })

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }

/** Says how large a file is, and puts its checksum beside it. */
function finish(file: string): void {
  const packed = readFileSync(file)
  writeFileSync(`${file}.sha256`, `${createHash('sha256').update(packed).digest('hex')}  ${basename(file)}\n`)
  console.log(`${file}: ${Math.round(packed.length / 1e6)} MB, and its checksum beside it.`)
  // Served from anywhere, it tells consoles whose `updates` names it that there is a newer version.
  writeFileSync(join(dist, 'release.json'), `${JSON.stringify({ version, released: new Date().toISOString().slice(0, 10) })}\n`)
}
/** What is in it, for whoever keeps a list of what runs: CycloneDX. */
function writeSbom(name: string): void {
  const npm = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
  if (npm.status !== 0) throw new Error(`npm sbom failed: ${npm.stderr}`)
  writeFileSync(join(dist, `${name}.cdx.json`), npm.stdout)
}

const [what = 'desktop'] = positionals
if (what === 'desktop') {
  const { packDesktop } = await import('./packDesktop.ts')
  mkdirSync(dist, { recursive: true })
  writeFileSync(join(dist, notices), makeNotices())
  for (const file of await packDesktop(dist, join(dist, notices), values.updates)) finish(file)
  writeSbom('mtxdeck')
  process.exit()
}
if (what !== 'server') {
  console.error('Say what to pack: "npm run pack" for the desktop, "npm run pack -- server" for a server.')
  process.exit(64)
}
const node = installedNode24()
if (node === null || process.platform !== 'linux') {
  console.error('The server is packed on Linux, with the Node 24 that "npm ci" installs; it is not there.')
  process.exit(69)
}

const name = `mtxdeck-server-${version}-linux-${process.arch}`
const folder = join(dist, name)
const app = join(folder, 'app')

rmSync(folder, { recursive: true, force: true })
mkdirSync(join(app, 'bin'), { recursive: true })

const copy = (from: string, keeps: (path: string) => boolean = () => true) =>
  cpSync(join(root, from), join(app, from), { recursive: true, dereference: true, preserveTimestamps: true, filter: (path) => keeps(path.slice(root.length)) })

for (const file of ['package.json', 'LICENSE', 'README.md', 'docs', 'out/renderer', 'out/main'])
  copy(file, (path) => !/\.map$|^\/docs\/(pictures|structure)/.test(path))
// The processes that read streams are started from their sources (docs/adr/0013); who changes the program needs all of them.
copy('src', (path) => !/\.(?:test|fixture|snap)(?:\.|$)|__snapshots__|^\/src\/(?:renderer|main|preload)\b/.test(path))

if (values.updates !== undefined) {
  const packed = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as object
  writeFileSync(join(app, 'package.json'), `${JSON.stringify({ ...packed, updates: values.updates }, null, 2)}\n`)
}

/** Sources of native packages, their builds for other systems, and what only developing needs. */
const isNeedless = (path: string) =>
  /\.(?:map|d\.[cm]?ts|tsbuildinfo)$|\/better-sqlite3\/(?:deps|src)(?:\/|$)|\/(?:ssh2|cpu-features)\/(?:deps|src|test|examples)(?:\/|$)|\/node_modules\/\.bin(?:\/|$)/.test(
    path,
  ) ||
  (/\/better-sqlite3\/prebuilds\/.+/.test(path) && basename(path) !== `linux-${process.arch}.node`)
for (const path of packedPackages) copy(path, (file) => !isNeedless(file) && !file.startsWith(`/${path}/node_modules`))
writeFileSync(join(app, notices), makeNotices())

cpSync(node, join(app, 'bin', 'node'), { dereference: true })
cpSync(join(node, '../../LICENSE'), join(app, 'bin', 'LICENSE.node'))
const exports = Object.entries(engineEnv).map(([key, value]) => `export ${key}="\${${key}:-${value}}"`)
writeFileSync(
  join(app, 'bin', 'mtxdeck'),
  [
    '#!/bin/sh',
    'here=$(dirname "$(readlink -f "$0")")',
    ...exports,
    `exec "$here/node" --disable-warning=ExperimentalWarning ${engineFlags.join(' ')} "$here/../out/main/commandLine.js" "$@"`,
    '',
  ].join('\n'),
)
chmodSync(join(app, 'bin', 'mtxdeck'), 0o755)
const server = (file: string) => join(root, 'build/server', file)
for (const file of ['install.sh', 'mtxdeck.service', 'mtxdeck.yaml']) cpSync(server(file), join(folder, file))

const archive = `${name}.tar.gz`
execFileSync('tar', ['--owner=0', '--group=0', '--sort=name', '-czf', archive, name], { cwd: dist })
finish(join(dist, archive))

const debian = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
if (debian === undefined || spawnSync('dpkg-deb', ['--version']).status !== 0) console.log('No .deb: dpkg-deb, which makes it, is a part of Debian.')
else {
  const tree = join(dist, 'deb')
  rmSync(tree, { recursive: true, force: true })
  for (const dir of ['DEBIAN', 'usr/bin', 'lib/systemd/system', 'etc/mtxdeck']) mkdirSync(join(tree, dir), { recursive: true })
  cpSync(app, join(tree, 'usr/lib/mtxdeck'), { recursive: true, preserveTimestamps: true })
  symlinkSync('../lib/mtxdeck/bin/mtxdeck', join(tree, 'usr/bin/mtxdeck'))
  const unit = readFileSync(server('mtxdeck.service'), 'utf8')
  writeFileSync(
    join(tree, 'lib/systemd/system/mtxdeck.service'),
    unit.replaceAll('/usr/local/bin/', '/usr/bin/').replaceAll('/opt/mtxdeck/current/', '/usr/lib/mtxdeck/'),
  )
  cpSync(server('mtxdeck.yaml'), join(tree, 'etc/mtxdeck/mtxdeck.yaml'))
  for (const script of ['postinst', 'prerm']) cpSync(server(script), join(tree, 'DEBIAN', script))
  writeFileSync(join(tree, 'DEBIAN/conffiles'), '/etc/mtxdeck/mtxdeck.yaml\n')
  const control = {
    Package: 'mtxdeck-server',
    // A pre-release comes before its release.
    Version: version.replace('-', '~'),
    Architecture: debian,
    Maintainer: 'The mtxdeck authors',
    'Installed-Size': Number.parseInt(execFileSync('du', ['-sk', tree], { encoding: 'utf8' }), 10),
    Depends: 'libc6 (>= 2.28), libstdc++6, passwd, util-linux',
    Recommends: 'bubblewrap, ffmpeg',
    Section: 'net',
    Priority: 'optional',
    Description:
      'console of a network operations centre for MediaMTX media servers\n It watches many MediaMTX servers over their API, without a desktop: for browsers and scripts.',
  }
  writeFileSync(
    join(tree, 'DEBIAN/control'),
    Object.entries(control)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  )
  const deb = `mtxdeck-server_${control.Version}_${debian}.deb`
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', tree, join(dist, deb)], { stdio: ['ignore', 'ignore', 'inherit'] })
  rmSync(tree, { recursive: true })
  finish(join(dist, deb))
}
rmSync(folder, { recursive: true })
writeSbom(name)
