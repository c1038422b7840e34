import type { Database } from 'better-sqlite3'
import { handoverDocument } from '../../i18n/handoverText.ts'
import type { Language } from '../../i18n/languages.ts'
import { documentHtml, type ShiftDocument } from '../../shared/documentPage.ts'
import { type BriefHandover, type HandOverInput, type Handover, type HandoverFacts, mostHandovers, storedHandoverFactsSchema } from '../../shared/handovers.ts'
import { type Operator, soleOperator } from '../../shared/permissions.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { zoneOf } from '../../shared/units.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import type { Notifications } from '../notifications/notifications.ts'
import { packedJson, unpackedJson } from '../storage/storedJson.ts'
import { gatherHandoverFacts, type HandoverFactsDeps } from './handoverFacts.ts'

interface HandoversDeps extends HandoverFactsDeps {
  readonly db: Database
  readonly sendDocument: Notifications['sendDocument']
}

/** A handover that was begun anew in another main.db has the number of an earlier one, and another time. */
const keyOf = ({ id, at }: Pick<Handover, 'id' | 'at'>): string => `handover-${id}-${at}`

/** Handovers of shifts. A stored one keeps the facts as they were. */
export class Handovers {
  readonly #deps: HandoversDeps
  readonly #rows: ReturnType<typeof createHandoverRows>

  constructor(deps: HandoversDeps) {
    this.#deps = deps
    this.#rows = createHandoverRows(deps.db)
  }
  current(): Promise<HandoverFacts> {
    return gatherHandoverFacts(this.#deps, this.#rows.list(1)[0]?.at ?? null)
  }
  /** The newest first. */
  list(limit: number): readonly BriefHandover[] {
    return this.#rows.list(limit)
  }
  get(id: number): Handover | null {
    return this.#rows.get(id)
  }
  async handOver({ note, name }: HandOverInput, operator: Operator): Promise<Result<Handover, 'BAD_REQUEST'>> {
    const by = personOf(operator, name)
    if (by === null) return err('BAD_REQUEST')
    const facts = await this.current()
    return ok(this.#rows.add({ at: Math.round(facts.at), by, note, facts }, await packedJson(facts)))
  }
  takeOver(id: number, name: string, operator: Operator): Result<Handover, 'NOT_FOUND' | 'CONFLICT' | 'BAD_REQUEST'> {
    const handover = this.#rows.get(id)
    if (handover === null) return err('NOT_FOUND')
    if (handover.taken !== null) return err('CONFLICT')
    const by = personOf(operator, name)
    if (by === null) return err('BAD_REQUEST')
    const taken = { by, at: Math.round(this.#deps.clock.now()) }
    this.#rows.take(id, taken)
    return ok({ ...handover, taken })
  }
  mail(id: number, channel: string): Result<void, 'NOT_FOUND' | 'NO_CHANNEL' | 'CONFLICT'> {
    const handover = this.#rows.get(id)
    if (handover === null) return err('NOT_FOUND')
    const sent = this.#deps.sendDocument(keyOf(handover), channel)
    return sent.ok ? sent : err(sent.error === 'noChannel' ? 'NO_CHANNEL' : 'CONFLICT')
  }
  /** What is mailed under a key, in the language of the channel; null: it is no handover, or not kept any more. */
  document(key: string, language: Language): (Pick<ShiftDocument, 'title'> & { readonly html: string }) | null {
    const id = Number(/^handover-(\d+)-/.exec(key)?.[1] ?? Number.NaN)
    const handover = Number.isNaN(id) ? null : this.#rows.get(id)
    if (handover === null || keyOf(handover) !== key) return null
    const { facts, ...given } = handover
    const page = handoverDocument(facts, given, language, `in ${zoneOf('local')}`)
    return { title: page.title, html: documentHtml(page) }
  }
}

/** Who acts; null: it is not known, because one operator stands for all, and no name was given. */
export function personOf({ id, name }: Operator, given: string): string | null {
  return id === soleOperator.id ? given || null : name
}

interface Row {
  readonly id: number
  readonly at: number
  readonly by: string
  readonly note: string
  readonly taken_at: number | null
  readonly taken_by: string | null
}
const briefOf = ({ id, at, by, note, taken_at: takenAt, taken_by: takenBy }: Row): BriefHandover => ({
  ...{ id, at, by, note },
  taken: takenAt === null ? null : { by: takenBy ?? '', at: takenAt },
})

function createHandoverRows(db: Database) {
  const list = db.prepare<[number], Row>('SELECT id, at, by, note, taken_at, taken_by FROM handovers ORDER BY id DESC LIMIT ?')
  const get = db.prepare<[number], Row & { readonly facts: Buffer }>('SELECT * FROM handovers WHERE id = ?')
  const insert = db.prepare('INSERT INTO handovers (at, by, note, facts) VALUES (?, ?, ?, ?)')
  const forget = db.prepare('DELETE FROM handovers WHERE id <= (SELECT id FROM handovers ORDER BY id DESC LIMIT 1 OFFSET ?)')
  const take = db.prepare('UPDATE handovers SET taken_at = ?, taken_by = ? WHERE id = ?')
  return {
    list: (limit: number) => list.all(limit).map(briefOf),
    /** null: there is none, or it can't be read. */
    get: (id: number): Handover | null => {
      const row = get.get(id)
      const facts = row && storedHandoverFactsSchema.safeParse(unpackedJson(row.facts)).data
      return row === undefined || facts === undefined ? null : { ...briefOf(row), facts }
    },
    add: (handover: Omit<Handover, 'id' | 'taken'>, packed: Uint8Array): Handover =>
      db.transaction(() => {
        const { at, by, note } = handover
        const { lastInsertRowid } = insert.run(at, by, note, packed)
        forget.run(mostHandovers)
        return { ...handover, id: Number(lastInsertRowid), taken: null }
      })(),
    take: (id: number, { by, at }: NonNullable<Handover['taken']>): void => void take.run(at, by, id),
  }
}

export function handoversRouter(handovers: Handovers) {
  return {
    current: api.handovers.current.handler(async ({ context }) => ({ facts: await handovers.current(), operator: personOf(context.operator, '') })),
    list: api.handovers.list.handler(({ input }) => [...handovers.list(input.limit)]),
    get: api.handovers.get.handler(({ input, errors }) => orNotFound(handovers.get(input.id), errors)),
    handOver: api.handovers.handOver.handler(async ({ input, context, errors }) => orRefused(await handovers.handOver(input, context.operator), errors)),
    takeOver: api.handovers.takeOver.handler(({ input: { id, name }, context, errors }) => orRefused(handovers.takeOver(id, name, context.operator), errors)),
    mail: api.handovers.mail.handler(({ input: { id, channel }, errors }) => {
      orRefused(handovers.mail(id, channel), errors)
    }),
  }
}
