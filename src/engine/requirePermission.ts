import { isAllowed, type Operator, type Permission } from '../shared/permissions.ts'
import { notAllowed } from '../shared/refusals.ts'
import { refusalError } from './refusalError.ts'

/** Throws FORBIDDEN unless the operator may do what needs this. undefined: somebody forgot to say what it needs, so nobody may. */
export function requirePermission(operator: Operator, needs: Permission | undefined): void {
  if (!isAllowed(operator, needs)) throw refusalError('FORBIDDEN', 403, notAllowed(operator, needs))
}
