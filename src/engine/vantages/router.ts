import type { Clock } from '../../clock/clock.ts'
import { api, orRefused } from '../api.ts'
import type { Probes } from '../probes/probes.ts'
import { ownSights } from './ownSights.ts'
import type { Vantages } from './vantages.ts'

/** `installation`: id of this one. */
export function vantagesRouter(vantages: Vantages, probes: Pick<Probes, 'all'>, installation: string, clock: Pick<Clock, 'now'>) {
  return {
    list: api.vantages.list.handler(() => [...vantages.all()]),
    put: api.vantages.put.handler(({ input, errors }) => orRefused(vantages.put(input), errors)),
    remove: api.vantages.remove.handler(({ input, errors }) => {
      orRefused(vantages.remove(input.name), errors)
    }),
    sights: api.vantages.sights.handler(() => ownSights(installation, probes.all(), clock.now())),
  }
}
