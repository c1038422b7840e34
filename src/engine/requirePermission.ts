import { ORPCError } from '@orpc/server'
import { isAllowed, notAllowedWords, type Operator, type Permission } from '../shared/permissions.ts'

/** Throws FORBIDDEN, in words, unless the operator may do what needs this. undefined: somebody forgot to say what it needs, so nobody may. */
export function requirePermission(operator: Operator, needs: Permission | undefined): void {
  if (!isAllowed(operator, needs)) throw new ORPCError('FORBIDDEN', { message: notAllowedWords(operator, needs) })
}
