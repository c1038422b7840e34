import type { Clock } from '../../clock/clock.ts'
import { type FactsOf, newEvent } from '../../shared/events.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import type { Intake } from '../intake.ts'
import type { MaintenancePlans } from './maintenance.ts'
import type { OnAirPlans } from './onAir.ts'

export function maintenanceRouter(maintenance: MaintenancePlans, onAir: OnAirPlans, clock: Pick<Clock, 'now'>, record: Intake['record']) {
  const edited = (use: FactsOf<'planEdited'>['use'], what: FactsOf<'planEdited'>['what'], by: string, { name }: { readonly name: string }) =>
    record([newEvent('planEdited', clock.now(), { use, plan: name, by, what })])
  return {
    maintenance: {
      list: api.maintenance.list.handler(() => [...maintenance.list()]),
      get: api.maintenance.get.handler(({ input, errors }) => orNotFound(maintenance.get(input.id), errors)),
      preview: api.maintenance.preview.handler(({ input, signal }) => maintenance.preview(input, signal)),
      add: api.maintenance.add.handler(({ input, context: { operator }, errors }) => {
        const plan = orRefused(maintenance.add(input, operator.name), errors)
        edited('maintenance', 'added', operator.name, plan)
        return plan
      }),
      update: api.maintenance.update.handler(({ input, context: { operator }, errors }) => {
        const plan = orRefused(maintenance.update(input.id, input.change, operator.name), errors)
        edited('maintenance', 'changed', operator.name, plan)
        return plan
      }),
      remove: api.maintenance.remove.handler(({ input, context: { operator }, errors }) => {
        const plan = maintenance.get(input.id)
        orRefused(maintenance.remove(input.id), errors)
        if (plan !== null) edited('maintenance', 'removed', operator.name, plan)
      }),
    },
    onAir: {
      list: api.onAir.list.handler(() => [...onAir.list()]),
      get: api.onAir.get.handler(({ input, errors }) => orNotFound(onAir.get(input.id), errors)),
      preview: api.onAir.preview.handler(({ input, signal }) => onAir.preview(input, signal)),
      add: api.onAir.add.handler(({ input, context: { operator }, errors }) => {
        const plan = orRefused(onAir.add(input, operator.name), errors)
        edited('onAir', 'added', operator.name, plan)
        return plan
      }),
      update: api.onAir.update.handler(({ input, context: { operator }, errors }) => {
        const plan = orRefused(onAir.update(input.id, input.change, operator.name), errors)
        edited('onAir', 'changed', operator.name, plan)
        return plan
      }),
      remove: api.onAir.remove.handler(({ input, context: { operator }, errors }) => {
        const plan = onAir.get(input.id)
        orRefused(onAir.remove(input.id), errors)
        if (plan !== null) edited('onAir', 'removed', operator.name, plan)
      }),
    },
  }
}
