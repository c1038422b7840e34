import { z } from 'zod'
import { mistaken } from './mistakes.ts'

const meant = z.enum(['true', 'false', '1', '0']).transform((said) => said === 'true' || said === '1')
/** A parameter of a URL that is on by `true` or `1`, or a member of a body. */
export const askedFlag = z.union([z.boolean(), meant], mistaken({ kind: 'notOneOf', words: ['true', 'false'] })).default(false)
