import { z } from 'zod'
import { invalid } from './validationErrors.ts'

const meant = z.enum(['true', 'false', '1', '0']).transform((said) => said === 'true' || said === '1')
/** A parameter of a URL that is on by `true` or `1`, or a member of a body. */
export const askedFlag = z.union([z.boolean(), meant], invalid({ kind: 'notOneOf', words: ['true', 'false'] })).default(false)
