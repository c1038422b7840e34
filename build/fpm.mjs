#!/usr/bin/env node
// As much of fpm's command line as electron-builder uses for a .deb, done by Debian's own dpkg-deb: fpm itself would be downloaded.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const string = { type: 'string' }
const several = { type: 'string', multiple: true }
const { values: of, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...Object.fromEntries(
      ['architecture', 'after-install', 'after-remove', 'description', 'version', 'package', 'name', 'maintainer'].map((name) => [name, string]),
    ),
    // Of no use to dpkg, or always the same.
    ...Object.fromEntries(['vendor', 'url', 'license', 'category', 'deb-priority', 'deb-compression'].map((name) => [name, string])),
    source: { type: 'string', short: 's' },
    target: { type: 'string', short: 't' },
    depends: { ...several, short: 'd' },
    'deb-recommends': several,
    force: { type: 'boolean' },
  },
})

const tree = mkdtempSync(join(tmpdir(), 'mtxdeck-deb-'))
chmodSync(tree, 0o755)
try {
  for (const given of positionals) {
    const [from, to] = given.split('=')
    mkdirSync(join(tree, dirname(to)), { recursive: true })
    cpSync(from, join(tree, to), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  }
  const control = join(tree, 'DEBIAN')
  mkdirSync(control)
  /** electron-builder's scripts know nothing of the steps in which dpkg calls them. */
  const script = (name, file, steps) =>
    writeFileSync(join(control, name), readFileSync(file, 'utf8').replace('\n', `\ncase "$1" in ${steps}) ;; *) exit 0 ;; esac\n`), { mode: 0o755 })
  script('postinst', of['after-install'], 'configure')
  script('postrm', of['after-remove'], 'remove | purge')
  const fields = {
    Package: of.name,
    Version: of.version,
    Architecture: of.architecture,
    Maintainer: of.maintainer,
    'Installed-Size': execFileSync('du', ['-sk', tree], { encoding: 'utf8' }).split('\t')[0],
    Depends: of.depends?.join(', '),
    Recommends: of['deb-recommends']?.join(', '),
    Section: 'net',
    Priority: 'optional',
    Description: of.description.trim(),
  }
  const lines = Object.entries(fields).flatMap(([key, value]) => (value ? [`${key}: ${value}\n`] : []))
  writeFileSync(join(control, 'control'), lines.join(''))
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', tree, of.package], { stdio: ['ignore', 'ignore', 'inherit'] })
} finally {
  rmSync(tree, { recursive: true })
}
