import { matcherOf, patternSchema } from '../../shared/patterns.ts'
import type { ServerConfiguration } from '../../shared/servers.ts'

type Fields = Readonly<Record<string, unknown>>
const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter((item): item is Fields => typeof item === 'object' && item !== null) : []

/** elsewhere: an HTTP server or a token issuer decides. */
export type WhoMayPublish = 'anybody' | 'users' | 'nobody' | 'elsewhere'

/** Whether a permission's path (a name, an expression after `~`, or empty for all) covers this one. */
function isFor(permitted: unknown, path: string): boolean {
  if (typeof permitted !== 'string' || permitted === '') return true
  if (!permitted.startsWith('~')) return permitted === path
  // An expression that only the server understands may match.
  return !patternSchema.safeParse(permitted).success || matcherOf([permitted])(path)
}

/** Who may publish to a path according to the configured users. null: not read, or from a version before 1.6, which configures it differently. */
export function whoMayPublish(configuration: ServerConfiguration | null, path: string): WhoMayPublish | null {
  if (configuration === null || configuration.readAt === null) return null
  const { authMethod, authInternalUsers } = configuration.global
  if (authMethod === 'http' || authMethod === 'jwt') return 'elsewhere'
  if (!Array.isArray(authInternalUsers)) return null
  const publishers = listOf(authInternalUsers).filter(({ permissions }) =>
    listOf(permissions).some(({ action, path: permitted }) => action === 'publish' && isFor(permitted, path)),
  )
  if (publishers.length === 0) return 'nobody'
  const isFree = ({ user, ips }: Fields) => user === 'any' && !(Array.isArray(ips) && ips.length > 0)
  return publishers.some(isFree) ? 'anybody' : 'users'
}
