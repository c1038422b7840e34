// Which packages of the registry are passed on, and the notices of them that tools/pack.ts puts into what it packs.
// `node bin/node24.mjs tools/notices.ts` checks that each has a licence that goes with ours.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface LockEntry {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}
const root = join(import.meta.dirname, '..')
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, LockEntry>> }

/** Left out: FFmpeg with libfdk-aac may not be passed on (docs/adr/0004), Node is copied alone, and Electron is what runs the desktop. */
const isOmitted = (path: string) => /^node_modules\/(?:node-av|@seydx|node-(?:darwin|linux|win)-|electron)/.test(path)
/** Folders of the packages that the engine runs with. */
export const packedPackages: readonly string[] = Object.entries(packages).flatMap(([path, { dev = false, devOptional = false }]) =>
  path !== '' && !dev && !devOptional && !isOmitted(path) && existsSync(join(root, path)) ? [path] : [],
)

/** Of the packages that npm takes for those of development, all others are in the window. */
const isTool = (name: string) =>
  /^(?:@biomejs|@playwright|@tailwindcss|@testing-library|@types|@vitejs|ajv|axe-core|dependency-cruiser|electron|fast-check|happy-dom|jose|knip|smtp-server|typescript|vite)/.test(
    name,
  )
/** The window's packages, which are in its bundles, and what they need. */
function windowPackages(): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (from: string, names: readonly string[]) => {
    for (const name of names) {
      const path = [`${from}/node_modules/${name}`, `node_modules/${name}`].find((candidate) => candidate in packages)
      if (path === undefined || found.has(path)) continue
      found.add(path)
      visit(path, Object.keys(packages[path]?.dependencies ?? {}))
    }
  }
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly devDependencies: Readonly<Record<string, string>> }
  visit(
    '',
    Object.keys(devDependencies).filter((name) => !isTool(name)),
  )
  return found
}

/** Licences that packages name in a text of theirs alone. */
const inText: Readonly<Record<string, string>> = { '@shinyoshiaki/jspack': 'BSD-3-Clause' }
/** null: it names none. */
function licenseOf(path: string, name: string): string | null {
  const { licenses } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as { readonly licenses?: readonly { readonly type: string }[] }
  return packages[path]?.license ?? licenses?.map(({ type }) => type).join(' OR ') ?? inText[name] ?? null
}
const passedOn = [...new Set([...packedPackages, ...windowPackages()])]
  .map((path) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return { path, name, version: packages[path]?.version ?? '', license: licenseOf(path, name) }
  })
  .sort((a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'))

/** THIRD-PARTY-NOTICES.md of what is packed: the packages, their licences and the texts of these. */
export function makeNotices(): string {
  const texts = new Map<string, string[]>()
  for (const { path, name, version } of passedOn)
    for (const file of readdirSync(join(root, path)).filter((candidate) => /^(?:licen[cs]e|copying|notice)(?:\.|$|-)/i.test(candidate))) {
      const text = readFileSync(join(root, path, file), 'utf8').trim()
      texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`])
    }
  return `# Third-party notices

mtxdeck is free software under the GNU General Public License, version 3 or later (LICENSE). It runs with these packages.
Node.js and Electron, where they are part of this, carry their own notices.

| package | version | licence |
| --- | --- | --- |
${passedOn.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`).join('\n')}

${[...texts].map(([text, names]) => `## ${names.join(', ')}\n\n\`\`\`\n${text}\n\`\`\``).join('\n\n')}
`
}

/** Licences of what may be passed on together with our own. */
const compatible: readonly string[] = [
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'MPL-2.0', 'Unlicense'],
  // Of the font.
  'OFL-1.1',
]
if (import.meta.main) {
  const isCompatible = (license: string) => license.split(/[()\s]+|\b(?:AND|OR)\b/).every((id) => id === '' || compatible.includes(id))
  const wrong = passedOn.filter(({ license }) => license === null || !isCompatible(license))
  for (const { name, version, license } of wrong)
    console.error(
      license === null
        ? `${name} ${version} names no licence: read its files, and add it to tools/notices.ts.`
        : `${name} ${version} is under ${license}: if it may be passed on with ours, add that to tools/notices.ts.`,
    )
  if (wrong.length > 0) process.exit(1)
  console.log(`ok: ${passedOn.length} packages`)
}
