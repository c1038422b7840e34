import type { IncomingMessage, ServerResponse } from 'node:http'
import { hash32 } from '../clock/every.ts'
import { listItems } from './demoAnswers.ts'
import { enabledList, onApi } from './demoApi.ts'
import { createFleet, type DemoFleetDeps, type DemoSize } from './demoFleet.ts'
import type { DemoModel } from './demoModel.ts'
import { DemoServer, jsonType } from './demoServer.ts'

/** A hundred servers are four in many guises, or the fleet would want a gigabyte. */
const guises = 4

/** A fleet for load benches, whose servers share their streams, and whole lists as bytes of which only the numbers are rewritten. They have an API and nothing else. */
export function createBenchFleet({ preset, ...deps }: Omit<DemoFleetDeps, 'preset'> & { readonly preset: DemoSize }) {
  const models = new Map<string, DemoModel>()
  const bodies = new Map<DemoModel, Map<string, { readonly structure: number; readonly body: ListBody }>>()
  class SharedServer extends DemoServer {
    protected override modelOf(paths: number, make: () => DemoModel): DemoModel {
      const key = `${paths}/${hash32(this.options.name) % guises}`
      const model = models.get(key) ?? make()
      models.set(key, model)
      return model
    }
    override open() {
      return super.open({ api: (_, request, response, url) => this.#answerList(request, response, url) || onApi(this, request, response, url) })
    }
    /** Answers with a whole list; false: that is not what is asked for, or whoever asks may not. */
    #answerList(request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): boolean {
      const { model } = this
      const list = pathname.endsWith('/list') ? enabledList(this, pathname.slice('/v3/'.length)) : null
      if (list === null || this.authorize(request) !== 'yes') return false
      const t = model.settle()
      const { count } = listItems(model, list, t, '')
      if (searchParams.get('page') || Number(searchParams.get('itemsPerPage')) < count || count === 0) return false
      const ofModel = bodies.get(model) ?? new Map()
      bodies.set(model, ofModel)
      let kept = ofModel.get(list)
      if (kept?.structure !== model.structure) {
        const itemsAt = (at: number) => listItems(model, list, at, '').items(0, count)
        kept = { structure: model.structure, body: createListBody(`{"itemCount":${count},"pageCount":1,"items":[`, itemsAt, ']}', t) }
        ofModel.set(list, kept)
      }
      const { bytes, release } = kept.body.take(t)
      response.once('close', release)
      this.send(response, { status: 200, type: jsonType, body: bytes })
      return true
    }
  }
  return createFleet({ ...deps, preset: { ...preset, churnEveryMs: 0 } }, SharedServer)
}

/**
 * A list's answer whose text is made once and whose numbers are rewritten into its bytes.
 *
 * 1. Numbers that grow are extrapolated from two readings a minute apart; each item's time is warped a little
 *    (never backwards), so that its rates waver by a sixth while all its counters agree with one another.
 * 2. Fractions waver around their first reading.
 * 3. Each number has just the digits it needs, as a server writes it: where one grows a digit, the text is laid out
 *    again. Fractions keep their length by having more or fewer decimals.
 * 4. Bytes that are being sent are never written over; bytes younger than 50 ms are sent again.
 */
interface ListBody {
  /** The answer as it is at the monotonic time `t`; `release` when it has been sent. */
  readonly take: (t: number) => { readonly bytes: Buffer; readonly release: () => void }
}

const freshMs = 50
const numberAfterColon = /:(-?\d+(?:\.\d+)?(?:e-?\d+)?)(?=[,}])/g
const apartMs = 60_000
const warpMs = 150
const warpPeriodMs = 6_100

/** `itemsAt` gives the items' texts at a moment, with the same structure each time. */
function createListBody(head: string, itemsAt: (t: number) => readonly string[], tail: string, t0: number): ListBody {
  const before = itemsAt(t0)
  const later = itemsAt(t0 + apartMs)
  const firsts: number[] = []
  const slopes: number[] = []
  const owners: number[] = []
  /** How many bytes each number has; negative for fractions. */
  const widths: number[] = []
  /** What stands between the numbers; one more than there are numbers. */
  const between: string[] = []
  let text = head
  for (const [index, item] of before.entries()) {
    if (index > 0) text += ','
    const then = [...(later[index] ?? item).matchAll(numberAfterColon)]
    let done = 0
    for (const [nth, match] of [...item.matchAll(numberAfterColon)].entries()) {
      const first = Number(match[1])
      const second = Number(then[nth]?.[1] ?? match[1])
      const whole = Number.isInteger(first) && Number.isInteger(second)
      if (whole && second <= first) continue
      between.push(text + item.slice(done, match.index + 1))
      text = ''
      widths.push(whole ? String(first).length : -(String(Math.trunc(Math.abs(first))).length + 7))
      firsts.push(first)
      slopes.push(whole ? (second - first) / apartMs : 0)
      owners.push(index)
      done = match.index + match[0].length
    }
    text += item.slice(done)
  }
  between.push(text + tail)

  const count = widths.length
  const width = Int16Array.from(widths)
  const first = Float64Array.from(firsts)
  const slope = Float64Array.from(slopes)
  const owner = Uint32Array.from(owners)
  const offset = new Uint32Array(count)
  let template = Buffer.alloc(0)
  const layOut = () => {
    const texts: string[] = []
    let length = 0
    for (let i = 0; i <= count; i++) {
      const piece = between[i] as string
      length += Buffer.byteLength(piece)
      texts.push(piece)
      if (i === count) break
      offset[i] = length
      const room = Math.abs(width[i] as number)
      texts.push('0'.repeat(room))
      length += room
    }
    template = Buffer.from(texts.join(''))
  }
  layOut()

  /** Gives false where a number had not enough room: it has now, once the text is laid out again. */
  const write = (bytes: Buffer, t: number): boolean => {
    let item = -1
    let ms = 0
    let sway = 0
    let fits = true
    for (let i = 0; i < count; i++) {
      if (owner[i] !== item) {
        item = owner[i] as number
        sway = Math.sin((2 * Math.PI * t) / warpPeriodMs + item)
        ms = t - t0 + warpMs * (sway + 1)
      }
      const room = Math.abs(width[i] as number)
      const from = offset[i] as number
      let at = from + room - 1
      let rest: number
      if ((width[i] as number) > 0) rest = Math.floor((first[i] as number) + (slope[i] as number) * ms)
      else {
        let fraction = Math.abs((first[i] as number) * (1 + 0.05 * sway))
        rest = Math.floor(fraction)
        const places = room - 1 - digitsOf(rest)
        fraction = Math.floor((fraction - rest) * 10 ** places)
        for (let place = 0; place < places; place++) {
          const tenth = Math.floor(fraction / 10)
          bytes[at--] = 48 + (fraction - tenth * 10)
          fraction = tenth
        }
        bytes[at--] = 46
      }
      do {
        const tenth = Math.floor(rest / 10)
        bytes[at--] = 48 + (rest - tenth * 10)
        rest = tenth
      } while (at >= from)
      if (rest > 0) {
        width[i] = room + digitsOf(rest)
        fits = false
      }
    }
    return fits
  }
  let copies: { readonly bytes: Buffer; users: number; writtenAt: number }[] = []
  return {
    take: (t) => {
      let copy = copies.find((one) => t - one.writtenAt < freshMs)
      while (!copy) {
        let free = copies.find((one) => one.users === 0)
        if (!free) {
          free = { bytes: Buffer.from(template), users: 0, writtenAt: 0 }
          copies.push(free)
        }
        if (write(free.bytes, t)) copy = free
        else {
          layOut()
          copies = []
          continue
        }
        copy.writtenAt = t
      }
      const taken = copy
      taken.users++
      return { bytes: taken.bytes, release: () => taken.users-- }
    },
  }
}

const digitsOf = (whole: number): number => (whole < 10 ? 1 : Math.floor(Math.log10(whole)) + 1)
