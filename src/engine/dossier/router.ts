import type { Operator } from '../../shared/permissions.ts'
import type { SeesCamera } from '../alarms/alarmSearch.ts'
import { api, orNotFound } from '../api.ts'
import type { Dossiers } from './dossier.ts'

export function dossiersRouter(dossiers: Dossiers, seesOf: (operator: Operator) => SeesCamera | null) {
  return {
    ofIncident: api.dossiers.ofIncident.handler(async ({ input, context, errors, signal }) =>
      orNotFound(await dossiers.ofIncident(input, seesOf(context.operator), signal), errors),
    ),
    ofPeriod: api.dossiers.ofPeriod.handler(({ input, context, signal }) => dossiers.ofPeriod(input, seesOf(context.operator), signal)),
  }
}
