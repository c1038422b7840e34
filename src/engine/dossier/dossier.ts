import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { Language } from '../../i18n/languages.ts'
import { refusalText } from '../../i18n/refusalText.ts'
import { alarmSchema } from '../../shared/alarms.ts'
import {
  type DossierFacts,
  type DossierMade,
  dossierLimits,
  type IncidentDossierInput,
  longestDossierMs,
  type PeriodDossierInput,
} from '../../shared/dossier.ts'
import { dossierPieces } from '../../shared/dossierPage.ts'
import { incidentSchema } from '../../shared/incidents.ts'
import type { SeesCamera } from '../alarms/alarmSearch.ts'
import { addressesToHide, createAddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import { withSeenCameras } from '../seenCameras.ts'
import { type FactsDeps, gatherFacts, type Scope } from './gatherFacts.ts'

interface DossiersDeps extends FactsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly slices: Slices
}

/** Dossiers of incidents and periods: one HTML file each, for whoever `sees` these cameras, ready for download for ten minutes. */
export interface Dossiers {
  /** null: there is no such incident. */
  readonly ofIncident: (input: IncidentDossierInput, sees: SeesCamera | null, asked?: AbortSignal) => Promise<DossierMade | null>
  readonly ofPeriod: (input: PeriodDossierInput, sees: SeesCamera | null, asked?: AbortSignal) => Promise<DossierMade>
  /** Keeps another page for as long; `name` is a plain file name. */
  readonly publish: (name: string, page: string) => DossierMade
  /** Answers `GET /relay/dossiers/<ticket>/<name>`; null: not a dossier's URL. The caller has already authorized the request. */
  readonly fetch: (request: Request, language?: Language) => Promise<Response> | null
  readonly [Symbol.dispose]: () => void
}

const never = new AbortController().signal
const lifeMs = 600_000
/** They are in memory, so that there is one while the disk is full, too; an older one gives way. */
const mostKept = 4
const addressPattern = /^\/relay\/dossiers\/([0-9a-f]{32})\/([^/]+)$/
/** What is shown of the time around an incident, ms. */
const beforeMs = 1_800_000
const afterMs = 900_000

/** What of the facts names cameras. */
const namingSchema = z.object({
  incident: incidentSchema.nullable(),
  incidents: z.object({ rows: z.array(incidentSchema) }),
  alarms: z.object({ rows: z.array(alarmSchema) }),
})

interface Kept {
  readonly name: string
  readonly content: Uint8Array<ArrayBuffer>
  readonly timer: Timer
}

export function createDossiers(deps: DossiersDeps): Dossiers {
  const { clock, log } = deps
  const kept = new Map<string, Kept>()
  const remove = (ticket: string): void => {
    const one = kept.get(ticket)
    if (one !== undefined) clock.clearTimeout(one.timer)
    kept.delete(ticket)
  }
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
    const made = publish(dossierName(facts.incident?.since ?? facts.from), new Uint8Array(Buffer.concat(pieces)))
    log.info({ bytes: made.bytes, alarms: facts.alarms.rows.length, pictures: facts.pictures.rows.length }, 'a dossier was made')
    return made
  }
  const publish = (name: string, content: Uint8Array<ArrayBuffer>): DossierMade => {
    const ticket = randomBytes(16).toString('hex')
    for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - mostKept + 1))) remove(oldest)
    kept.set(ticket, { name, content, timer: clock.setTimeout(() => remove(ticket), lifeMs) })
    return { name, bytes: content.length, link: `/relay/dossiers/${ticket}/${name}` }
  }
  return {
    ofIncident: async ({ id, ...how }, sees, asked) => {
      const incident = deps.incident(id)
      if (incident === null) return null
      const from = Math.max(0, incident.since - beforeMs)
      const to = Math.min(clock.now(), incident.healedAt === null ? clock.now() : incident.healedAt + afterMs, from + longestDossierMs)
      const subjects = new Set(incident.alarms.map(({ subject }) => subject))
      const serverIds = [...new Set([...subjects].flatMap((subject) => ('serverId' in subject ? [subject.serverId] : [])))]
      return make({ incident, from, to: Math.max(to, from + 1), serverIds: serverIds.slice(0, dossierLimits.servers) }, how, sees, asked)
    },
    ofPeriod: async ({ since, until, servers, ...how }, sees, asked) => {
      const from = Math.max(since, until - longestDossierMs)
      return make({ incident: null, from, to: until, serverIds: servers ?? null }, how, sees, asked)
    },
    publish: (name, page) => publish(name, new TextEncoder().encode(page)),
    fetch: (request, language = 'en') => {
      const found = addressPattern.exec(new URL(request.url).pathname)
      if (!found) return null
      const one = kept.get(found[1] as string)
      if (one === undefined || found[2] !== one.name) return Promise.resolve(new Response(refusalText({ kind: 'dossierGone' }, language), { status: 404 }))
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-length': String(one.content.length),
        'content-disposition': `inline; filename="${one.name}"`,
        'cache-control': 'no-store',
      }
      return Promise.resolve(new Response(request.method === 'HEAD' ? null : one.content, { headers }))
    },
    [Symbol.dispose]: () => {
      for (const ticket of [...kept.keys()]) remove(ticket)
    },
  }
}

/** The same with stand-ins in place of addresses and users of clients. `servers`: what names the servers, whose own addresses stay. */
function withoutAddresses(facts: DossierFacts, servers: string): DossierFacts {
  const { figures, pictures, rules, ...texts } = facts
  return { ...createAddressHider(addressesToHide(servers)).value(texts), figures, pictures, rules, isHidden: true }
}

/** File name from the time that it is about, UTC, of characters that every file system accepts. */
const dossierName = (at: number): string => `mtxdeck-${new Date(at).toISOString().slice(0, 16).replace('T', '-').replace(':', '')}.html`
