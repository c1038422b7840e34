import type { YmlLine } from '../../shared/connectionTest.ts'
import type { ServerError } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { ServerAuthInput } from '../../shared/servers.ts'

/** Facts that the suggested lines depend on. */
interface LinesFor {
  readonly url: URL
  readonly auth: ServerAuthInput
  /** The API's default port. */
  readonly apiPort: string
  /** The address has the port of another MediaMTX listener. */
  readonly isInvalid: boolean
  /** This machine's address towards the server; null: the same machine, or unknown. */
  readonly ownAddress: string | null
}

/** A user with the console's permissions. Never contains its password. */
const userLines = ({ auth, ownAddress }: LinesFor): readonly YmlLine[] =>
  auth.kind === 'jwt'
    ? [
        { before: '# ', remark: 'tokenClaim', after: '' },
        '#   "mediamtx_permissions": [{"action": "api"}, {"action": "metrics"}, {"action": "playback"}, {"action": "read"}]',
        'authMethod: jwt',
        'authJWTJWKS: https://your-identity-provider.example/jwks.json',
      ]
    : [
        { before: '# ', remark: 'sinceVersion', after: '' },
        { before: '# ', remark: 'keepUsers', after: '' },
        'authInternalUsers:',
        `  - user: ${auth.kind === 'basic' ? JSON.stringify(auth.user) : 'noc'}`,
        { before: "    pass: '", remark: 'password', after: "'" },
        ...(ownAddress === null ? ['    ips: []'] : [{ before: '    # ', remark: 'thisConsole', after: '' } as const, `    ips: ['${ownAddress}']`]),
        '    permissions:',
        '      - action: api',
        '      - action: metrics',
        '      - action: playback',
        { before: '      # ', remark: 'livePictures', after: '' },
        '      - action: read',
      ]

function switchOnLines({ url, auth, apiPort, isInvalid, ownAddress }: LinesFor): readonly YmlLine[] {
  const isHere = isLoopback(url.hostname)
  return [
    'api: yes',
    ...(url.port === apiPort || isInvalid ? [] : [{ before: '# ', remark: 'usualPort', after: '' } as const]),
    // Never the port that was typed: it may be a typo, and the server would move to it.
    isHere ? `apiAddress: 127.0.0.1:${apiPort}` : `apiAddress: :${apiPort}`,
    // A default configuration lets everyone on the same machine use the API.
    ...(isHere && auth.kind === 'none' ? [] : ['', ...userLines({ url, auth, apiPort, isInvalid, ownAddress })]),
  ]
}

/** Lines of mediamtx.yml that fix a failure of the API, or none where the server's configuration is not the cause. */
export function linesForApi(error: ServerError, facts: LinesFor): readonly YmlLine[] {
  switch (error.kind) {
    case 'unreachable':
      return error.reason === 'refused' || error.reason === 'connectTimeout' ? switchOnLines(facts) : []
    case 'unauthorized':
    case 'forbidden':
      return userLines(facts)
    case 'noApiHere':
    case 'notMediaMtx':
    case 'redirected':
      return facts.isInvalid ? switchOnLines(facts) : []
    case 'notTls':
      return [{ before: '# ', remark: 'orHttp', after: '' }, 'apiEncryption: yes', 'apiServerKey: server.key', 'apiServerCert: server.crt']
    default:
      return []
  }
}
