import { api } from '../api.ts'
import { refusalError } from '../refusing.ts'

export function accountsRouter() {
  const notYet = () => {
    throw refusalError('NOT_FOUND', 404, { kind: 'noSuchRoute' })
  }
  return {
    me: api.accounts.me.handler(notYet),
    changePassword: api.accounts.changePassword.handler(notYet),
    startTotp: api.accounts.startTotp.handler(notYet),
    confirmTotp: api.accounts.confirmTotp.handler(notYet),
    removeTotp: api.accounts.removeTotp.handler(notYet),
    endSession: api.accounts.endSession.handler(notYet),
    sessions: api.accounts.sessions.handler(notYet),
    list: api.accounts.list.handler(notYet),
    add: api.accounts.add.handler(notYet),
    update: api.accounts.update.handler(notYet),
    remove: api.accounts.remove.handler(notYet),
    resetPassword: api.accounts.resetPassword.handler(notYet),
    tokens: api.accounts.tokens.handler(notYet),
    addToken: api.accounts.addToken.handler(notYet),
    rotateToken: api.accounts.rotateToken.handler(notYet),
    removeToken: api.accounts.removeToken.handler(notYet),
    audit: api.accounts.audit.handler(notYet),
  }
}
