import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import { alarmSchema } from '../../shared/alarms.ts'
import { type DossierMade, dossierLimits, type IncidentDossierInput, longestDossierMs, type PeriodDossierInput } from '../../shared/dossier.ts'
import { incidentSchema } from '../../shared/incidents.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { SeesCamera } from '../alarms/alarmSearch.ts'
import { api, orNotFound } from '../api.ts'
import { createDownloads, downloadName } from '../downloads.ts'
import { addressesToHide, createAddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import { withSeenCameras } from '../seenCameras.ts'
import { dossierPieces } from './dossierPage.ts'
import { type DossierFacts, type FactsDeps, gatherFacts, type Scope } from './gatherFacts.ts'

interface DossiersDeps extends FactsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly slices: Slices
}

const never = new AbortController().signal
/** They are in memory, so that there is one while the disk is full, too; an older one gives way. */
const mostKept = 4
/** What is shown of the time around an incident, ms. */
const beforeMs = 1_800_000
const afterMs = 900_000

/** What of the facts names cameras. */
const namingSchema = z.object({
  incident: incidentSchema.nullable(),
  incidents: z.object({ rows: z.array(incidentSchema) }),
  alarms: z.object({ rows: z.array(alarmSchema) }),
})

/** Dossiers of incidents and periods: one HTML file each, for whoever `sees` these cameras, ready for download for ten minutes. */
export function createDossiers(deps: DossiersDeps) {
  const { clock, log } = deps
  const downloads = createDownloads(clock, 'dossiers', { type: 'text/html; charset=utf-8', disposition: 'inline', mostKept })
  const make = async (
    scope: Scope,
    { lang, hideAddresses }: Pick<PeriodDossierInput, 'lang' | 'hideAddresses'>,
    sees: SeesCamera | null,
    asked: AbortSignal = never,
  ): Promise<DossierMade> => {
    const all = withSeenCameras(namingSchema, await gatherFacts(deps, scope, asked), sees)
    const facts = hideAddresses ? withoutAddresses(all, JSON.stringify(deps.servers())) : all
    const pieces: Uint8Array[] = []
    const slice = deps.slices.begin()
    for (const piece of dossierPieces(facts, lang)) {
      pieces.push(new TextEncoder().encode(`${piece}\n`))
      if (slice.isOver()) await slice.next(asked)
    }
    const made = publish(downloadName(facts.incident?.since ?? facts.from, 'html'), new Uint8Array(Buffer.concat(pieces)))
    log.info({ bytes: made.bytes, alarms: facts.alarms.rows.length, pictures: facts.pictures.length }, 'a dossier was made')
    return made
  }
  const publish = (name: string, content: Uint8Array<ArrayBuffer>): DossierMade => downloads.publish({ name, bytes: content.length, body: () => content })
  return {
    /** null: there is no such incident. */
    ofIncident: async ({ id, ...how }: IncidentDossierInput, sees: SeesCamera | null, asked?: AbortSignal): Promise<DossierMade | null> => {
      const incident = deps.alarms.incident(id)
      if (incident === null) return null
      const from = Math.max(0, incident.since - beforeMs)
      const to = Math.min(clock.now(), incident.healedAt === null ? clock.now() : incident.healedAt + afterMs, from + longestDossierMs)
      const subjects = new Set(incident.alarms.map(({ subject }) => subject))
      const serverIds = [...new Set([...subjects].flatMap((subject) => ('serverId' in subject ? [subject.serverId] : [])))]
      return make({ incident, from, to: Math.max(to, from + 1), serverIds: serverIds.slice(0, dossierLimits.servers) }, how, sees, asked)
    },
    ofPeriod: async ({ since, until, servers, ...how }: PeriodDossierInput, sees: SeesCamera | null, asked?: AbortSignal): Promise<DossierMade> => {
      const from = Math.max(since, until - longestDossierMs)
      return make({ incident: null, from, to: until, serverIds: servers ?? null }, how, sees, asked)
    },
    /** Keeps another page for as long; `name` is a plain file name. */
    publish: (name: string, page: string): DossierMade => publish(name, new TextEncoder().encode(page)),
    fetch: downloads.fetch,
    [Symbol.dispose]: (): void => void downloads.clear(),
  }
}
export type Dossiers = ReturnType<typeof createDossiers>

/** The same with stand-ins in place of addresses and users of clients. `servers`: what names the servers, whose own addresses stay. */
function withoutAddresses(facts: DossierFacts, servers: string): DossierFacts {
  const { figures, pictures, ...texts } = facts
  return { ...createAddressHider(addressesToHide(servers)).value(texts), figures, pictures, isHidden: true }
}

export function dossiersRouter(dossiers: Dossiers, seesOf: (operator: Operator) => SeesCamera | null) {
  return {
    ofIncident: api.dossiers.ofIncident.handler(async ({ input, context, errors, signal }) =>
      orNotFound(await dossiers.ofIncident(input, seesOf(context.operator), signal), errors),
    ),
    ofPeriod: api.dossiers.ofPeriod.handler(({ input, context, signal }) => dossiers.ofPeriod(input, seesOf(context.operator), signal)),
  }
}
