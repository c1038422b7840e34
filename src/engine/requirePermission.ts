import { isAllowed, type Operator, type Permission } from '../shared/permissions.ts'
import { notAllowed } from '../shared/refusals.ts'
import { refusalError } from './refusalError.ts'

/** Throws FORBIDDEN unless the operator has the permission. undefined: the procedure declares none by mistake, so everybody is refused. */
export function requirePermission(operator: Operator, needs: Permission | undefined): void {
  if (!isAllowed(operator, needs)) throw refusalError('FORBIDDEN', 403, notAllowed(operator, needs))
}
