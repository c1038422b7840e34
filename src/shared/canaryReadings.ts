import { z } from 'zod'

/** What a look at our own test signal found by the times in its pictures. */
export const canaryReadingSchema = z.object({
  /** From when a picture was made until it was here, ms; where pictures come in segments, of the oldest. null: no picture had our time in it. */
  delayMs: z.number().min(0).max(600_000).nullable(),
  /** How far sound is ahead of the picture that it belongs to, ms; below 0: behind. null: no tone was heard, or no picture had our time in it. */
  soundAheadMs: z.number().min(-500).max(500).nullable(),
  /** Pictures with our time in them. */
  pictures: z.number().int().min(0).max(1e6),
  /** Pictures without: of another signal, or too blurred. */
  strange: z.number().int().min(0).max(1e6),
})
export type CanaryReading = z.infer<typeof canaryReadingSchema>
