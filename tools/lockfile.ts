// The lockfile names no host, and holds every optional package that a package of it asks for: the newest releases
// of packages with a binary for each system may lack some of them for weeks, and then other systems get none.
import { readFileSync } from 'node:fs'

interface LockEntry {
  readonly version?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
const text = readFileSync('package-lock.json', 'utf8')
const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, LockEntry>> }
const wrong: string[] = []
const found = new Map<string, Set<string>>()
for (const [path, entry] of Object.entries(packages)) {
  const name = path.replace(/^.*node_modules\//, '')
  if (entry.version) found.set(name, (found.get(name) ?? new Set()).add(entry.version))
  if (entry.resolved !== undefined && /^https?:/.test(entry.resolved)) wrong.push(`${path} names a host: run npm with omit-lockfile-registry-resolved=true`)
}
for (const [path, entry] of Object.entries(packages))
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    // Only exact versions tell; ranges are satisfied by whatever npm chose.
    const versions = found.get(name)
    if (!versions) wrong.push(`${path || 'package.json'} wants the optional ${name}@${range}, which the lockfile lacks`)
    else if (/^\d/.test(range) && !versions.has(range))
      wrong.push(`${path || 'package.json'} wants ${name}@${range}; the lockfile has ${[...versions].join(', ')}`)
  }
if (Object.keys(packages).length < 100) wrong.push(`only ${Object.keys(packages).length} packages seen: this is not our lockfile`)
for (const line of wrong) console.error(line)
console.log(wrong.length === 0 ? `ok: ${Object.keys(packages).length} packages, none missing` : `${wrong.length} things wrong with package-lock.json`)
process.exit(wrong.length === 0 ? 0 : 1)
