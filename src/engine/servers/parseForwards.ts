import type { Slice } from '../../clock/slices.ts'
import { quoted } from '../../shared/quoted.ts'
import { redactText, secretMark } from '../../shared/redact.ts'
import { answerLimits, checkFields, type FieldChecker, forwardConfFields, forwardFields, longestName } from './apiFields.ts'
import type { ForwardReading } from './readings.ts'
import { ShapeError } from './shapeError.ts'
import { shownAddress } from './shownConfiguration.ts'

type Raw = Readonly<Record<string, unknown>>

/** Shorter parts of an address are words such as `app`, and would hide half of a sentence. */
const shortestSecret = 4
const longestError = 300

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What stands in an address and is not shown of it: a server may say it again in what went wrong. */
function secretsOf(address: string, shown: string): readonly string[] {
  const parts = address.split(/[/?#&=@:,]+/).flatMap((part) => [part, decoded(part)])
  return parts.filter((part) => part.length >= shortestSecret && !shown.includes(part)).sort((one, other) => other.length - one.length)
}

/** What a server says in its own words of an address, without what that address hides. null: nothing. */
function saidOf(address: string, token: string, text: string | null | undefined): string | null {
  let said = text ?? ''
  for (const secret of [...secretsOf(address, shownAddress(address)), ...(token === '' ? [] : [token])]) said = said.replaceAll(secret, secretMark)
  return quoted(redactText(said), longestError)
}

/** An entry of a path's list. */
export function readForward(raw: unknown, index: number, checker: FieldChecker): ForwardReading {
  if (typeof raw !== 'object' || raw === null) throw new ShapeError({ kind: 'otherForm', field: `items[${index}]` })
  const { id, pos, type, state, lastError, outboundBytes, conf } = checkFields(raw as Raw, forwardFields, checker)
  const { dest, whipBearerToken } = checkFields(conf ?? {}, forwardConfFields, checker)
  return {
    id: id ?? '',
    position: pos ?? null,
    protocol: type ?? null,
    address: dest ? shownAddress(dest) : null,
    state: state ?? null,
    lastError: saidOf(dest ?? '', whipBearerToken ?? '', lastError),
    outboundBytes: outboundBytes ?? null,
  }
}

/** Words that look drawn by lot may be keys of an address that is not known here. */
const drawnByLot = /(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}/g

/** What a server says of a source, without addresses' secrets. null: nothing. */
export function saidOfSource(text: string | null | undefined): string | null {
  return quoted(redactText(text ?? '').replace(drawnByLot, secretMark), longestError)
}

const line = /^(forward_dests(?:_outbound_bytes)?)\{([^{}]{1,2000})\} (\d{1,20})$/
const labels = /(\w{1,30})="([^"]*)"/g

/** Destinations by path from the lines of the metrics, in slices. Other lines mean nothing here. */
export async function readForwardLines(
  body: Buffer,
  checker: FieldChecker,
  slice: Slice,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly ForwardReading[]>> {
  const found = new Map<string, Map<string, ForwardReading>>()
  let count = 0
  for (let from = 0, lines = 0; from < body.length; lines++) {
    if (lines % 64 === 63 && slice.isOver()) await slice.next(signal)
    const end = body.indexOf(0x0a, from)
    const [, name, tags = '', value] = line.exec(body.toString('utf8', from, end < 0 ? body.length : Math.min(end, from + 4_096))) ?? []
    from = end < 0 ? body.length : end + 1
    if (name === undefined) continue
    const tag = Object.fromEntries(Array.from(tags.matchAll(labels), ([, label, text]) => [label, text] as const))
    const { path = '' } = tag
    if (path === '' || path.length > longestName) continue
    const { id, type, state, outboundBytes } = checkFields(
      { ...tag, ...(name !== 'forward_dests' && { outboundBytes: Number(value) }) },
      forwardFields,
      checker,
    )
    if (!id) continue
    const ofPath = found.get(path) ?? new Map<string, ForwardReading>()
    const before = ofPath.get(id)
    if (before === undefined) {
      if (count === answerLimits.forwards || ofPath.size === answerLimits.forwardsOfPath) {
        checker.note('forward_dests', 'tooLong')
        continue
      }
      count++
    }
    found.set(path, ofPath)
    ofPath.set(id, {
      id,
      position: null,
      protocol: type ?? null,
      address: null,
      state: state ?? null,
      lastError: null,
      outboundBytes: outboundBytes ?? before?.outboundBytes ?? null,
    })
  }
  return new Map([...found].map(([path, ofPath]) => [path, [...ofPath.values()]]))
}
