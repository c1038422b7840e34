// Makes THIRD-PARTY-NOTICES.md from the lockfile and the licence files of the packages that we ship or run with:
// `node bin/node24.mjs tools/notices.ts`, and `--check` to see whether it is up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface LockEntry {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { readonly packages: Readonly<Record<string, LockEntry>> }

/** Bundled into the window, though npm calls them development packages. */
const { devDependencies, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}
const toolsOnly =
  /^(@biomejs|@playwright|@types|@vitejs|@tailwindcss|typescript|vite$|vitest|knip|dependency-cruiser|electron-vite|electron-builder|fast-check|ajv|oxc-|playwright)/

const shipped = new Set<string>()
function visit(name: string) {
  if (shipped.has(name) || toolsOnly.test(name)) return
  const file = join('node_modules', name, 'package.json')
  if (!existsSync(file)) return
  shipped.add(name)
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly dependencies?: Readonly<Record<string, string>> }
  for (const child of Object.keys(manifest.dependencies ?? {})) visit(child)
}
for (const name of [...Object.keys(dependencies), ...Object.keys(devDependencies)]) visit(name)

const rows: string[] = []
const texts = new Map<string, string[]>()
for (const name of [...shipped].sort((a, b) => a.localeCompare(b, 'en'))) {
  const entry = packages[`node_modules/${name}`]
  if (!entry) continue
  const folder = join('node_modules', name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly license?: string | { readonly type?: string } }
  const license = entry.license ?? (typeof manifest.license === 'string' ? manifest.license : (manifest.license?.type ?? 'see its files'))
  rows.push(`| ${name} | ${entry.version} | ${license} |`)
  const file = readdirSync(folder).find((candidate) => /^(licen[cs]e|copying)(\.|$|-)/i.test(candidate))
  if (!file) continue
  const text = readFileSync(join(folder, file), 'utf8').trim()
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${entry.version}`])
}

const made = `# Third-party notices

mtxdeck is free software under the GNU General Public License, version 3 or later (LICENSE). It runs with these packages.
This file is made from the lockfile by \`tools/notices.ts\`; don't edit it.

FFmpeg comes inside node-av, built with its GPL-3 parts. Node.js and Electron carry their own notices.

| package | version | licence |
| --- | --- | --- |
${rows.join('\n')}

${[...texts].map(([text, names]) => `## ${names.join(', ')}\n\n\`\`\`\n${text}\n\`\`\``).join('\n\n')}
`

const file = 'THIRD-PARTY-NOTICES.md'
if (process.argv.includes('--check')) {
  const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (current !== made) {
    console.error(`${file} is not that of the lockfile: run "node bin/node24.mjs tools/notices.ts"`)
    process.exit(1)
  }
  console.log(`ok: ${rows.length} packages`)
} else {
  writeFileSync(file, made)
  console.log(`${file}: ${rows.length} packages`)
}
