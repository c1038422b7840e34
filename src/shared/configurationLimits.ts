import { z } from 'zod'
import type { PackedConfiguration, Settings } from './configurationLevels.ts'

// Who may use a server, from where, and how near its paths are to the readers that they may have.

/** Most paths and rules in one answer. */
export const mostLimitedPaths = 200
const mostRules = 100

const ips = z.array(z.string())
export const configurationLimitsSchema = z.object({
  /** Paths with a limit of readers that the server lists now, the fullest first. `readers` is the server's own count; all HLS viewers of a path are one before 1.18. */
  paths: z.array(z.object({ path: z.string(), limit: z.number(), readers: z.number() })),
  /** How many there are, and how many that are listed have none. */
  limited: z.number().int(),
  unlimited: z.number().int(),
  /** Whether it is known now who reads: the server answers. */
  known: z.boolean(),
  /** internal, http or jwt; null: a version before 1.6. */
  method: z.string().nullable(),
  /** Users of the configuration, without their names: `any` is everybody, `***` one with a name. No addresses: from anywhere. */
  users: z.array(z.object({ user: z.string(), hasPassword: z.boolean(), ips, permissions: z.array(z.object({ action: z.string(), path: z.string() })) })),
  /** Addresses that may publish and read, by path (null: of all that say nothing else), in the form of before 1.6. */
  ranges: z.array(z.object({ path: z.string().nullable(), publish: ips, read: ips })),
})
export type ConfigurationLimits = z.infer<typeof configurationLimitsSchema>

/** A stream that a server lists: its path, the entry of the configuration that it goes by, and how many read it. */
export interface ListedReaders {
  readonly path: string
  readonly entry: string | null
  /** It is on air. */
  readonly live: boolean
  readonly readers: number
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])
const objects = (value: unknown): readonly Settings[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [])
const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/** What a configuration limits, and how near that is. `listed` null: the server does not answer. */
export function configurationLimits({ global, pathDefaults, paths }: PackedConfiguration, listed: readonly ListedReaders[] | null): ConfigurationLimits {
  const entries = new Map(paths.map((path) => [path.name, path.own]))
  const limitOf = ({ path, entry }: ListedReaders) => Number(entries.get(entry ?? path)?.maxReaders ?? pathDefaults.maxReaders ?? 0)
  const limited = (listed ?? []).map((one) => ({ path: one.path, limit: limitOf(one), readers: one.readers })).filter(({ limit }) => limit > 0)
  limited.sort((a, b) => b.readers / b.limit - a.readers / a.limit || (a.path < b.path ? -1 : 1))
  const rangesOf = (path: string | null, { publishIPs, readIPs }: Settings) => ({ path, publish: texts(publishIPs), read: texts(readIPs) })
  return {
    paths: limited.slice(0, mostLimitedPaths),
    limited: limited.length,
    unlimited: (listed?.length ?? 0) - limited.length,
    known: listed !== null,
    method: typeof global.authMethod === 'string' ? global.authMethod : null,
    users: objects(global.authInternalUsers)
      .slice(0, mostRules)
      .map(({ user, pass, ips: from, permissions }) => ({
        user: textOr(user, ''),
        hasPassword: typeof pass === 'string' && pass !== '',
        ips: texts(from),
        permissions: objects(permissions).map(({ action, path }) => ({ action: textOr(action, ''), path: textOr(path, '') })),
      })),
    ranges: [rangesOf(null, pathDefaults), ...paths.map(({ name, own }) => rangesOf(name, own))]
      .filter(({ publish, read }) => publish.length + read.length > 0)
      .slice(0, mostRules),
  }
}
