import { api, orNotFound } from '../api.ts'
import type { Dossiers } from './dossier.ts'

export function dossiersRouter(dossiers: Dossiers) {
  return {
    ofIncident: api.dossiers.ofIncident.handler(async ({ input, errors, signal }) => orNotFound(await dossiers.ofIncident(input, signal), errors)),
    ofPeriod: api.dossiers.ofPeriod.handler(({ input, signal }) => dossiers.ofPeriod(input, signal)),
  }
}
