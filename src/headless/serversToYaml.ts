import type { YamlServer } from '../engine/engineOptions.ts'
import { yaml } from '../engine/yaml.ts'

/** The servers in the form of the configuration file, so that a console can watch them. */
export function serversToYaml(servers: readonly YamlServer[]): string {
  return yaml().stringify({
    servers: servers.map(({ name, url, auth, fingerprint, intervalSeconds, tags, addresses }) => ({
      name,
      url,
      ...(auth.kind === 'basic' ? { user: auth.user, password: auth.password ?? '' } : auth.kind === 'none' ? {} : { token: auth.token ?? '' }),
      ...(fingerprint === null ? {} : { fingerprint }),
      intervalSeconds,
      ...(tags.length > 0 ? { tags } : {}),
      ...(Object.keys(addresses).length > 0 ? { addresses } : {}),
    })),
  })
}
