import { api, never, orElse, orNotEdited, orNotFound } from '../api.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { Servers } from '../servers/servers.ts'
import { checkConfigurationFile } from './checkFile.ts'
import type { CompareConfigurations } from './compareConfigurations.ts'
import type { ConfigurationLog } from './configurationLog.ts'
import type { PathEdits } from './pathEdits.ts'

export function configurationsRouter(
  configurations: ConfigurationLog,
  compareConfigurations: CompareConfigurations,
  pathEdits: PathEdits,
  servers: Pick<Servers, 'get'>,
  refuseUnknown: RefuseUnknownServer,
) {
  return {
    configurations: {
      compare: api.configurations.compare.handler(({ input = {}, context, signal = never }) => {
        // A past moment may have had other servers.
        if (input.at === undefined) for (const name of input.server ?? []) refuseUnknown('server', name, context)
        return compareConfigurations(input, signal)
      }),
      check: api.configurations.check.handler(({ input: { text, version = null } }) => checkConfigurationFile(text, version)),
      changes: api.configurations.changes.handler(({ input, errors }) => {
        orNotFound(servers.get(input.id), errors)
        return configurations.changes(input)
      }),
      at: api.configurations.at.handler(async ({ input, errors }) => {
        orNotFound(servers.get(input.id), errors)
        return orElse(await configurations.at(input.id, input.at), errors.NOT_KEPT)
      }),
      difference: api.configurations.difference.handler(async ({ input, errors }) => {
        orNotFound(servers.get(input.id), errors)
        return orElse(await configurations.difference(input.id, input.from, input.to), errors.NOT_KEPT)
      }),
    },
    pathEdits: {
      read: api.pathEdits.read.handler(async ({ input, errors }) => orNotEdited(await pathEdits.read(input.id, input.path), errors)),
      preview: api.pathEdits.preview.handler(async ({ input, errors }) => orNotEdited(await pathEdits.preview(input), errors)),
      apply: api.pathEdits.apply.handler(async ({ input, errors, context }) =>
        orNotEdited(await pathEdits.apply(input, context.operator.name, input.reason), errors),
      ),
    },
  }
}
