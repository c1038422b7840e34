import { api, orNotFound, orRefused } from '../api.ts'
import type { MaintenancePlans } from './maintenance.ts'
import type { OnAirPlans } from './onAir.ts'

export function maintenanceRouter(maintenance: MaintenancePlans, onAir: OnAirPlans) {
  return {
    maintenance: {
      list: api.maintenance.list.handler(() => [...maintenance.list()]),
      get: api.maintenance.get.handler(({ input, errors }) => orNotFound(maintenance.get(input.id), errors)),
      preview: api.maintenance.preview.handler(({ input, signal }) => maintenance.preview(input, signal)),
      add: api.maintenance.add.handler(({ input, context, errors }) => orRefused(maintenance.add(input, context.operator.name), errors)),
      update: api.maintenance.update.handler(({ input, context, errors }) =>
        orRefused(maintenance.update(input.id, input.change, context.operator.name), errors),
      ),
      remove: api.maintenance.remove.handler(({ input, context: { operator }, errors }) => {
        orRefused(maintenance.remove(input.id, operator.name), errors)
      }),
    },
    onAir: {
      list: api.onAir.list.handler(() => [...onAir.list()]),
      get: api.onAir.get.handler(({ input, errors }) => orNotFound(onAir.get(input.id), errors)),
      preview: api.onAir.preview.handler(({ input, signal }) => onAir.preview(input, signal)),
      add: api.onAir.add.handler(({ input, context, errors }) => orRefused(onAir.add(input, context.operator.name), errors)),
      update: api.onAir.update.handler(({ input, context, errors }) => orRefused(onAir.update(input.id, input.change, context.operator.name), errors)),
      remove: api.onAir.remove.handler(({ input, context: { operator }, errors }) => {
        orRefused(onAir.remove(input.id, operator.name), errors)
      }),
    },
  }
}
