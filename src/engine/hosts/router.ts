import { hostname } from 'node:os'
import { api, orNotFound, orRefused } from '../api.ts'
import type { HostCollector } from './hostCollector.ts'
import type { Hosts } from './hosts.ts'
import { processOf, withMediaServer } from './hostsState.ts'
import type { HostSizing } from './sizing.ts'

export function hostsRouter(hosts: Hosts, localHost: HostCollector, sizing: HostSizing) {
  return {
    local: api.hosts.local.handler(async ({ errors, signal = new AbortController().signal }) => {
      const read = await localHost.read(signal)
      if (!read.ok) throw errors.UNREADABLE({ data: { kind: 'hostNotAsked', name: hostname(), error: read.error } })
      return withMediaServer(read.value, processOf(read.value.mediaProcesses, null), 0)
    }),
    list: api.hosts.list.handler(() => [...hosts.all()]),
    add: api.hosts.add.handler(({ input, errors }) => orRefused(hosts.add(input), errors)),
    update: api.hosts.update.handler(({ input, errors }) => orRefused(hosts.update(input.id, input.change), errors)),
    remove: api.hosts.remove.handler(({ input, errors }) => {
      orRefused(hosts.remove(input.id), errors)
    }),
    acceptKey: api.hosts.acceptKey.handler(({ input, errors }) => orRefused(hosts.acceptKey(input.id, input.target, input.fingerprint), errors)),
    test: api.hosts.test.handler(({ input, signal }) => hosts.test(input, signal)),
    processes: api.hosts.processes.handler(async ({ input, errors, signal }) => {
      const found = await hosts.processes(input.id, signal)
      if (!found.ok) throw found.error === null ? errors.NOT_FOUND() : errors.UNREADABLE({ data: found.error })
      return [...found.value]
    }),
    sizing: api.hosts.sizing.handler(async ({ input, errors, signal }) => await sizing.of(orNotFound(hosts.get(input.id), errors), signal)),
  }
}
