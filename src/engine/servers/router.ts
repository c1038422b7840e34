import { configurationFindings, linesThatChange } from '../../shared/configurationFindings.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import { type GateValidationError, gateAfter } from '../http/gate.ts'
import { refusalError } from '../refusing.ts'
import type { TestConnection } from './connectionTest.ts'
import type { Servers } from './servers.ts'

const gateRefused = ({ field, validationError }: GateValidationError, under = ''): Error =>
  refusalError('BAD_REQUEST', 400, { kind: 'notAccepted', validationErrors: [{ field: `${under}${field}`, validationError }], more: 0 })

export function serversRouter(servers: Servers, testConnection: TestConnection) {
  return {
    list: api.servers.list.handler(() => [...servers.all()]),
    get: api.servers.get.handler(({ input, errors }) => orNotFound(servers.get(input.id), errors)),
    add: api.servers.add.handler(({ input, errors }) => {
      const added = servers.add(input)
      if (!added.ok) throw typeof added.error === 'object' ? gateRefused(added.error) : errors[added.error]()
      return added.value
    }),
    update: api.servers.update.handler(({ input, errors }) => {
      const updated = servers.update(input.id, input.change)
      if (!updated.ok) throw typeof updated.error === 'object' ? gateRefused(updated.error, 'change.') : errors[updated.error]()
      return updated.value
    }),
    remove: api.servers.remove.handler(({ input, errors }) => {
      orRefused(servers.remove(input.id), errors)
    }),
    tryNow: api.servers.tryNow.handler(({ input, errors }) => orNotFound(servers.tryNow(input.id), errors)),
    test: api.servers.test.handler(async ({ input, signal }) => {
      // A stored password is only ever sent to the server it belongs to, never to another address.
      const stored = input.id === undefined ? null : servers.get(input.id)
      const sameServer = stored !== null && new URL(stored.url).origin === new URL(input.url).origin
      const lent = sameServer ? servers.accessOf(stored.id) : null
      const gate = gateAfter(lent?.gate ?? null, input)
      if (!gate.ok) throw gateRefused(gate.error)
      return await testConnection(input, { authorization: lent?.authorization ?? null, gate: gate.value }, signal)
    }),
    configuration: api.servers.configuration.handler(({ input, errors }) => orNotFound(servers.configuration(input.id), errors)),
    configurationFindings: api.servers.configurationFindings.handler(({ input, errors }) => {
      const configuration = orNotFound(servers.configuration(input.id), errors)
      if (configuration.readAt === null) return []
      const findings = configurationFindings({ ...configuration, version: servers.get(input.id)?.version ?? null })
      return findings.map((finding) => ({ finding, lines: [...linesThatChange(finding)] }))
    }),
  }
}
