import { ipOf } from '../../shared/ipAddresses.ts'
import { mostProbes } from '../../shared/probeIds.ts'
import type { ImportedProbes, ListColumn } from '../../shared/probes.ts'
import { redactUrl } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import { readProbeList } from './probeList.ts'
import { begin, hidesSecrets, storeProbes, updateProbe } from './probeSettings.ts'
import { hasSecrets, type ProbeChangeError, type ProbesState } from './probesState.ts'

export interface ImportInput {
  readonly csv: string
  readonly template: string
  /** Whether addresses of this machine may be added. */
  readonly allowsThisMachine: boolean
  readonly columns?: readonly (ListColumn | null)[] | undefined
  readonly preview: boolean
}

/** Adds the probes of a CSV list and changes those whose names already exist: all of them, or none if the list has a mistake. */
export function importProbes(
  probes: ProbesState,
  { csv, template, allowsThisMachine, columns: said, preview }: ImportInput,
): Result<ImportedProbes, ProbeChangeError> {
  const { list, box, rows } = probes
  const byName = new Map(list.all().map((probe) => [probe.name.toLowerCase(), probe]))
  const wrongWithAddress = (name: string, url: string): ValidationError | null => {
    const stored = byName.get(name)
    if (hidesSecrets(url, stored)) return { kind: 'secretsHidden' }
    // An unchanged stored address needs no permission.
    return allowsThisMachine || stored?.settings.url === url || !isThisMachine(url) ? null : { kind: 'addressOfThisMachine' }
  }
  const { inputs, columns, read, validationErrors } = readProbeList(csv, template, (name) => byName.get(name)?.origin === 'yaml', wrongWithAddress, said)
  if (preview) {
    const first = inputs.slice(0, 5).map(({ name, url, project }) => ({ name, url: redactUrl(url), project }))
    return ok({ added: 0, changed: 0, validationErrors, preview: { ...read, first } })
  }
  if (validationErrors.length > 0) return ok({ added: 0, changed: 0, validationErrors })
  const known = inputs.map((input) => ({ input, id: byName.get(input.name.toLowerCase())?.id ?? null }))
  const added = known.flatMap(({ input, id }) => (id === null ? [input] : []))
  const changed = known.flatMap(({ input, id }) => (id === null ? [] : [{ input, id }]))
  if (list.byId.size + added.length > mostProbes) return err('TOO_MANY')
  if (box === null && inputs.some(({ url }) => hasSecrets(url))) return err('KEY_UNAVAILABLE')
  rows.inOne(() => {
    for (const probe of storeProbes(probes, added)) begin(probes, probe)
    // Settings without a column in the list stay unchanged.
    for (const { input, id } of changed)
      updateProbe(probes, id, Object.fromEntries(columns.flatMap((column) => (column === 'name' ? [] : [[column, input[column]]]))))
  })
  return ok({ added: added.length, changed: changed.length, validationErrors: [] })
}

/**
 * Whether a stream's address names this machine, however its host is written: in decimal, octal or hexadecimal, as IPv4 in IPv6, with a dot at its
 * end. Names are not looked up, and other addresses of this machine's network cards are not known.
 */
function isThisMachine(address: string): boolean {
  // URL writes the hosts of http in one way only, and leaves those of rtsp or srt as they stand.
  const ofHttp = address.replace(/^[a-z]+:/i, 'http:')
  if (!URL.canParse(ofHttp)) return false
  const host = new URL(ofHttp).hostname.replace(/^\[|\]$|\.$/g, '')
  const range = ipOf(host)?.range()
  return range === undefined ? host === 'localhost' || host.endsWith('.localhost') : range === 'loopback' || range === 'unspecified'
}
