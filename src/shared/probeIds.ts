import { z } from 'zod'

export const probeIdSchema = z.string().regex(/^probe-[0-9a-z]{4,40}$/)

export const mostProbes = 2_000
