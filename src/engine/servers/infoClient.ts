import { err, ok } from '../../shared/result.ts'
import type { ApiAnswers } from './apiAnswers.ts'
import type { EndpointNames } from './apiEndpoints.ts'
import { checkFields, type FieldChecker, infoFields } from './apiFields.ts'
import type { JsonLimits } from './jsonInSlices.ts'
import type { MediaServerClient } from './readings.ts'

export interface InfoClient {
  readonly readInfo: MediaServerClient['readInfo']
  /**
   * Reads the info unless the server has already answered for its version, or has no endpoint for it: the names of
   * endpoints and the meaning of counters depend on the version.
   */
  readonly learnVersion: (signal: AbortSignal) => Promise<void>
}

/** Reads the info of one server, and passes its version to `names`. */
export function createInfoClient(answers: ApiAnswers, names: EndpointNames, limits: JsonLimits, checker: FieldChecker): InfoClient {
  let isVersionKnown = false
  const readInfo: InfoClient['readInfo'] = async (signal) => {
    const fields = await answers.readFields('info', limits, signal)
    if (fields.ok || fields.error.kind === 'noApiHere') isVersionKnown = true
    // Exists since 1.15.2. Its absence means an old server; whether this is MediaMTX at all is decided by the request for paths.
    if (!fields.ok && fields.error.kind === 'noApiHere') {
      names.setVersion(null)
      return ok({ version: null, startedAt: null })
    }
    if (!fields.ok) return fields
    const info = checkFields(fields.value, infoFields, checker)
    if (typeof info.version !== 'string') return err({ kind: 'badReply', detail: { kind: 'otherForm', field: 'version' } })
    // Custom builds have a line break in it.
    const version = info.version.trim()
    names.setVersion(version)
    return ok({ version, startedAt: info.started ?? null })
  }
  return {
    readInfo,
    learnVersion: async (signal) => {
      if (!isVersionKnown) await readInfo(signal)
    },
  }
}
