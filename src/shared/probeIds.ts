import { z } from 'zod'

const probeMark = 'probe-'
/** Whether an id without a kind, as in the store's files, is a probe's. No id of a server or host begins like this. */
export const isProbeId = (id: string): boolean => id.startsWith(probeMark)
export const probeIdSchema = z.string().regex(/^probe-[0-9a-z]{4,40}$/)
