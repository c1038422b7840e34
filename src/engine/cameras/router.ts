import { ORPCError } from '@orpc/server'
import { api } from '../api.ts'

/** Nothing is kept yet. */
export function camerasRouter() {
  const later = (): never => {
    throw new ORPCError('NOT_IMPLEMENTED')
  }
  return {
    list: api.cameras.list.handler(() => ({ cameras: [], total: 0, projects: [], places: [], tags: [] })),
    get: api.cameras.get.handler(({ errors }) => {
      throw errors.NOT_FOUND()
    }),
    add: api.cameras.add.handler(later),
    update: api.cameras.update.handler(later),
    updateMany: api.cameras.updateMany.handler(later),
    remove: api.cameras.remove.handler(later),
    removeMany: api.cameras.removeMany.handler(later),
    restore: api.cameras.restore.handler(later),
    ofAccount: api.cameras.ofAccount.handler(later),
    favourite: api.cameras.favourite.handler(later),
    picture: api.cameras.picture.handler(later),
    pictures: api.cameras.pictures.handler(later),
    play: api.cameras.play.handler(later),
    stop: api.cameras.stop.handler(later),
    proposals: api.cameras.proposals.handler(() => ({ streams: [], total: 0 })),
    unseen: api.cameras.unseen.handler(() => ({ cameras: [], total: 0 })),
    import: api.cameras.import.handler(later),
    export: api.cameras.export.handler(later),
    pushPreview: api.cameras.pushPreview.handler(later),
    push: api.cameras.push.handler(later),
    withdraw: api.cameras.withdraw.handler(later),
  }
}
