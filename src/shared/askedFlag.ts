import { z } from 'zod'

/** A parameter of a URL that is on by `true` or `1`, or a member of a body. */
export const askedFlag = z.union([z.boolean(), z.enum(['true', 'false', '1', '0']).transform((said) => said === 'true' || said === '1')]).default(false)
