import type { Slice, Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { BodyBuffers } from '../http/bodyBuffers.ts'
import type { WholeReply } from '../http/takeReplies.ts'
import { type ApiAnswers, formError, inForm } from './apiAnswers.ts'
import { checkFields, pageFields } from './apiFields.ts'
import type { FieldFaults } from './fieldFaults.ts'
import type { JsonLimits } from './jsonInSlices.ts'
import type { ListPage } from './listPages.ts'
import type { Answer, Ask, Requests } from './readings.ts'

/** Reads one page of a list from its bytes; null: not of the usual form. */
type QuickParser<T> = (body: Buffer, slice: Slice, signal: AbortSignal) => Promise<ListPage<T> | null>
/** How to read one kind of list. */
export interface ListReading<T> {
  readonly perPage: number
  readonly most: number
  /** Key of an entry; entries with equal keys on several pages are the same. */
  readonly keyOf: (item: T) => string
  /** Fast parser for a page; null: there is none. */
  readonly quick: ((page: number) => QuickParser<T>) | null
  readonly limits: JsonLimits
  /** Parses one entry of JSON; null: left out. */
  readonly read: (raw: unknown, index: number) => T | null
  /** Field under which a fault is recorded if there are too many entries. */
  readonly noted: string
}

interface ApiListsOptions {
  readonly answers: ApiAnswers
  readonly buffers: BodyBuffers
  readonly slices: Slices
  readonly faults: FieldFaults
  /** A list with more bytes than this on all its pages is given up. */
  readonly mostListBytes: number
}

/** Reads a whole list, page by page. */
export type ListFetcher = <T>(endpoint: string, list: ListReading<T>, ask: Ask) => Requests<Result<Answer<T>, ServerError>>

/** Returns a function that reads whole lists of one server's API. */
export function createListFetcher({ answers, buffers, slices, faults, mostListBytes }: ApiListsOptions): ListFetcher {
  /** Reads one page, with the fast parser if it has the usual form, and returns the body's buffer. */
  const readPage = async <T>(reply: WholeReply, page: number, list: ListReading<T>, signal: AbortSignal): Promise<Result<ListPage<T>, ServerError>> => {
    const { body } = reply
    if (list.quick !== null && formError(reply) === null) {
      const quick = list.quick(page)
      const read = await inForm(body, () => quick(body, slices.begin(), signal))
      if (!read.ok || read.value) {
        buffers.give(body)
        return read as Result<ListPage<T>, ServerError>
      }
    }
    const fields = await answers.parseFields(reply, list.limits, signal)
    if (!fields.ok) return fields
    const { items: raws, pageCount } = checkFields(fields.value, pageFields, faults)
    if (!Array.isArray(raws)) return err({ kind: 'badReply', detail: { kind: 'otherForm', field: 'items' } })
    return inForm(body, async () => {
      const slice = slices.begin()
      const items: T[] = []
      const known = new Set<string>()
      for (const [index, raw] of raws.entries()) {
        // One entry alone may have thousands of readers.
        if (slice.isOver()) await slice.next(signal)
        const item = list.read(raw, index)
        if (item === null || known.has(list.keyOf(item))) continue
        known.add(list.keyOf(item))
        items.push(item)
      }
      // An impossibly high page count is not trusted, and those pages are not requested.
      return { items, pageCount: pageCount === null ? Number.POSITIVE_INFINITY : (pageCount ?? null) }
    })
  }

  /** Reads a whole list page by page. Fewer entries than announced are accepted: entries come and go between pages. */
  async function* readPages<T>(endpoint: string, list: ListReading<T>, ask: Ask): Requests<Result<Answer<T>, ServerError>> {
    let items: readonly T[] = []
    let keys: Set<string> | null = null
    let pageCount = 1
    let bytes = 0
    let tookMs = 0
    let arrivedAt = 0
    let serverDate: number | null = null
    for (let page = 0; page < pageCount; page++) {
      if (page > 0) yield
      const read = await ask(async (signal): Promise<Result<ListPage<T>, ServerError>> => {
        const reply = await answers.readReply(`${endpoint}${endpoint.includes('?') ? '&' : '?'}itemsPerPage=${list.perPage}&page=${page}`, signal)
        if (!reply.ok) return reply
        bytes += reply.value.body.length
        tookMs += reply.value.tookMs
        arrivedAt = reply.value.arrivedAt
        serverDate ??= reply.value.serverDate
        if (bytes <= mostListBytes) return readPage(reply.value, page, list, signal)
        buffers.give(reply.value.body)
        return err({ kind: 'tooLarge', limitBytes: mostListBytes })
      })
      if (!read.ok) return read
      if (page === 0) {
        items = read.value.items
        pageCount = Math.max(1, read.value.pageCount ?? 1)
        if (pageCount > pageFields.pageCount.most) return err({ kind: 'badReply', detail: { kind: 'tooMuch', most: pageFields.pageCount.most } })
        if (pageCount > 1) keys = new Set(items.map(list.keyOf))
      } else {
        const known = keys
        const added = read.value.items.filter((item) => !known?.has(list.keyOf(item)))
        for (const item of added) known?.add(list.keyOf(item))
        items = [...items, ...added]
      }
      if (items.length > list.most) {
        faults.note(list.noted, 'tooLong')
        items = items.slice(0, list.most)
        break
      }
    }
    return ok({ items, arrivedAt, tookMs, bytes, serverDate })
  }

  return readPages
}
